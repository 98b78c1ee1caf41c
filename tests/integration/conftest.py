# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""In which order the tests run: those that take long first, so that no worker is left alone with one at the end."""

from pathlib import Path

import pytest

LONGEST_FIRST = (
    "test_calibration_resumed",
    "test_soil_flux",
    "test_full_disk_at_start",
    "test_sync_bad_link",
    "test_logs_and_check",
    "test_sync_doubt",
    "test_evidence_commands",
    "test_capture",
    "test_power_blink",
    "test_sync_stick",
    "test_calibration_pace",
    "test_imported_model",
    "test_daemon",
    "test_calibration",
    "test_sync_summaries",
    "test_sync_api",
    "test_buffer_kill",
    "test_sync_promises",
    "test_devices_api",
)
"""Names of files. One that is missing here costs a little time, and nothing else."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the order within a file, and that of all other files."""
    places = {Path(__file__).parent / f"{name}.py": place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
