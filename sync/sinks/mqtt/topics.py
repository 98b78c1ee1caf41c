# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of a station. Pure.

Source: the system interface for packets; those of hourly summaries and status lie beside them.
"""

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.station import Station


def packets_topic(station: Station) -> str:
    """Where a station's packets go. Raises BadInput for a project whose name cannot stand in a topic."""
    return f"carbon_marketplace/projects/{_level('project_id', station.project_id)}/sensors"


def hours_topic(station: Station) -> str:
    """Where hourly summaries go; who listens for packets alone never sees one. Raises as `packets_topic`."""
    return f"carbon_marketplace/projects/{_level('project_id', station.project_id)}/hours"


def status_topic(station: Station) -> str:
    """Where a station's retained status lies. Raises BadInput as `packets_topic`, for the device as well."""
    project, device = _level("project_id", station.project_id), _level("device_id", station.device_id)
    return f"carbon_marketplace/projects/{project}/devices/{device}/status"


def mark_topic(station: Station, name: str) -> str:
    """Where one log's mark lies, retained (`sync.sinks.mqtt.witness`). Raises BadInput as `status_topic`."""
    return f"{status_topic(station).removesuffix('/status')}/marks/{name}"


def _level(field: str, text: str) -> str:
    if not text or any(character in "+#/\0" for character in text):
        raise BadInput(field, text, "a name for MQTT is needed: not empty, and without '/', '+' and '#'")
    return text
