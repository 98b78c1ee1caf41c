# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
r"""What a station tells the broker of itself, retained. Pure.

    {"state": "online", "time": "2026-11-23T08:15:30.250000000Z", "log": origin, "version": "0.1.0", "recording": true,
     "disk_days": 41.5, "last_anchor": "2026-11-22T17:02:11.000000000Z", "calibrations_due": ["co2_monitor"],
     "checkpoint": "verifield/log/…\n123457\n…"}

`state` is `online` while a sync is connected, `offline` after a proper end, and `lost` when the connection broke: that
one is left with the broker as the last will. Everything else was true at `time`; what is not known is null.
"""

import json
from dataclasses import dataclass
from typing import Literal

from edge_daemon.domain.time import rfc3339_from_ns

State = Literal["online", "offline", "lost"]


@dataclass(frozen=True, slots=True)
class StationStatus:
    """`disk_days`: days until the disk is full; `last_anchor_ns`: UTC; `calibrations_due`: sensors, None: not known.

    `checkpoint` is the newest of the log as the device key signed it: who keeps it is a witness to the log.
    """

    version: str
    recording: bool
    disk_days: float | None = None
    last_anchor_ns: int | None = None
    calibrations_due: tuple[str, ...] | None = ()
    checkpoint: str | None = None


def status_payload(status: StationStatus, state: State, origin: str, now_ns: int) -> bytes:
    """The retained message."""
    anchor_ns = status.last_anchor_ns
    told = {
        "state": state,
        "time": rfc3339_from_ns(now_ns),
        "log": origin,
        "version": status.version,
        "recording": status.recording,
        "disk_days": status.disk_days,
        "last_anchor": None if anchor_ns is None else rfc3339_from_ns(anchor_ns),
        "calibrations_due": None if status.calibrations_due is None else list(status.calibrations_due),
        "checkpoint": status.checkpoint,
    }
    return json.dumps(told, ensure_ascii=False).encode()
