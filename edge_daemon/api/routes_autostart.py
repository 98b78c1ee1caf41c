# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on recording after a restart. They wait for the system's answer, each in a thread of the server's pool."""

from fastapi import APIRouter

from edge_daemon.api.messages_autostart import AutostartChange, AutostartMessage
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.autostart import AutostartReport

router = APIRouter(prefix="/api", tags=["station"])


@router.get("/autostart")
def autostart(wired: Wired) -> AutostartMessage:
    """Whether recording begins by itself when the computer starts, read from the system now."""
    return _message(wired.autostart.state())


@router.put("/autostart")
def change_autostart(change: AutostartChange, wired: Wired) -> AutostartMessage:
    """Switch it. The reply is what was read back, which may not be what was asked for: `reason` then says why."""
    return _message(wired.autostart.enable() if change.enabled else wired.autostart.disable())


def _message(report: AutostartReport) -> AutostartMessage:
    return AutostartMessage(state=report.state, reason=report.reason, mechanism=report.mechanism)
