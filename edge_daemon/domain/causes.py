# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Why there are no readings, as a person is told. Pure."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from edge_daemon.domain.faults import Fault

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "no_data": "nothing came, and the recorder saw no reason",
        "unplugged": "the sensor was unplugged",
        "daemon_off": "the recorder was off",
        "daemon_killed": "the recorder ended unexpectedly",
        "power_loss": "the computer lost power or was restarted",
        "suspend": "the computer slept",
        "paused": "paused by a person",
        "bug": "an error in Verifield itself; please report it",
        "device_settings": "the recorder was reading or writing settings of the sensor",
        "nothing_new": "the sensor answered, but had nothing new",
        "not_connected": "the sensor was not connected",
        "port_busy": "another program held the port",
        "permission_refused": "the recorder was not allowed to open the port",
        "no_reply": "the sensor did not answer",
        "reads_otherwise": "the sensor holds another setting than it was given",
        "checksum_mismatch": "what the sensor sent arrived damaged",
        "malformed_frame": "what the sensor sent could not be read",
        "device_refused": "the sensor refused the question",
        "device_fault": "the sensor reported a fault of its own",
        "not_ready": "the sensor was not ready yet",
        "disk_full": "the disk was full",
        "buffer_unavailable": "the disk could not be written",
        "overloaded": "readings came faster than the disk takes them",
        "damaged_log": "the record on disk was damaged",
        "clock_untrusted": "the computer's clock could not be trusted, so its length is not known",
        "already_running": "another recorder used the folder",
        "capture": "a person had the bytes on the line recorded instead",
        "identity_pending": "the sensor was being asked which one it is",
        "identity_mismatch": "another instrument was plugged in than the one recorded",
        "wrong_plug": "a person said that the wrong instrument was plugged in",
        "moved": "the sensor was connected to another port",
    }
)
"""A gap's causes by their codes, each to complete "there are no readings because …"."""


def causes_text(codes: Iterable[str]) -> str:
    """A gap's causes in words; one that is not known here is shown as the recorder names it."""
    return ", ".join(map(_cause_text, codes)) or "cause unknown"


def _cause_text(code: str) -> str:
    title = next((kind.title for kind in Fault.__subclasses__() if kind.code == code), code.replace("_", " "))
    return CAUSES.get(code) or title[:1].lower() + title[1:]
