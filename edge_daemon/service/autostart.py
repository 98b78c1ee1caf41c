# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a way to start with the computer can do, and the answer where there is none. Touches nothing."""

from dataclasses import dataclass
from typing import Protocol

from edge_daemon.domain.autostart import AutostartReport, AutostartState


class Autostart(Protocol):
    """One system's way to start the recorder of one home with the computer.

    Each call asks the system, waits for it, and reports what was read back: never from a thread that must not wait. A
    recorder that runs is neither stopped nor started: what is switched counts from the next start of the computer.
    """

    def state(self) -> AutostartReport:
        """What the system says now."""

    def enable(self) -> AutostartReport:
        """Switch it on; the report says what came of it."""

    def disable(self) -> AutostartReport:
        """Switch it off; the report says what came of it."""


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The answer where the recorder cannot be made to start by itself. `reason` says why and what else there is."""

    reason: str

    def state(self) -> AutostartReport:
        return AutostartReport(AutostartState.UNAVAILABLE, self.reason)

    def enable(self) -> AutostartReport:
        return self.state()

    def disable(self) -> AutostartReport:
        return self.state()
