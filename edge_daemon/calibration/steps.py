# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The step of a guided calibration that is open. Pure."""

from dataclasses import dataclass, replace
from typing import Literal

from edge_daemon.domain.procedure import DeviceCommand
from edge_daemon.log.calibration_body import Stage

Kind = Literal["conditions", "apply", "settle", "decide", "command", "sign", "return", "done"]


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked now. `id` is new after every entry of the run, so that an answer to an older step is known as one.

    `stage` and `point` belong to `apply` and `settle`; a `command` has the point at which the instrument must stand,
    and before it stand an `apply` and a `settle` of that point with no stage. `return` comes after the end of a run for
    which the sensor left its place.
    """

    kind: Kind
    stage: Stage | None = None
    point: str = ""
    id: str = ""
    command: DeviceCommand | None = None

    def before(self) -> "Step":
        """The step before a command: what it needs is brought before the instrument."""
        if self.kind != "command":
            raise ValueError(f"nothing is applied for the step {self.kind}")
        return replace(self, kind="apply", id=f"{self.id}-before")

    def settling(self) -> "Step":
        """The step after `apply` has been answered: the standard stands there, the signal settles."""
        if self.kind != "apply":
            raise ValueError(f"nothing settles in the step {self.kind}")
        return replace(self, kind="settle", id=f"{self.id}-settle")
