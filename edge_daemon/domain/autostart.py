# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether recording begins by itself when the computer starts ("Record after restart"). Pure."""

from dataclasses import dataclass
from enum import StrEnum


class AutostartState(StrEnum):
    """`UNAVAILABLE` also covers what is half done: it is never told as enabled."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class AutostartReport:
    """What was read back from the system.

    `reason` is for a person: why it is unavailable and what to do, or what to know about the state. `mechanism` names
    what starts the recorder, e.g. "systemd user service".
    """

    state: AutostartState
    reason: str = ""
    mechanism: str = ""
