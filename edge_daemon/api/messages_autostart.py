# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages about recording after a restart. Values only."""

from edge_daemon.api.messages import Message, Request
from edge_daemon.domain.autostart import AutostartState


class AutostartMessage(Message):
    """What was read back from the system. `reason` is for a person; `mechanism` names what starts the recorder."""

    state: AutostartState
    reason: str
    mechanism: str


class AutostartChange(Request):
    """Whether the recorder shall begin by itself when the computer starts."""

    enabled: bool
