# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a log says again of the calibrations of the log before it. Values only."""

from dataclasses import dataclass
from typing import Literal

from edge_daemon.log.calibration_terms import Outcome, PointResult, ValueFunction, ValueUncertainty


@dataclass(frozen=True, slots=True)
class CarriedCalibration:
    """What held in the log before this one goes on here, since readings name entries of their own log only.

    `origin` and `index` say which entry that was. `outcome` is None for a laboratory's certificate. `calibrated` is
    when it was made, `due` a date. `doubted`: one after it failed, or was broken off too late; `check` is the key of
    its procedure where it was a mere check, and `altered` says that it was no run but a setting that was changed.
    `results` are what it left, or where nothing was adjusted found. It stands
    after the entry that installs the instrument at `sensor`, which is empty where it is installed nowhere.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    origin: str
    index: int
    calibrated: str
    due: str
    outcome: Outcome | None
    function: ValueFunction | None = None
    uncertainty: ValueUncertainty | None = None
    doubted: bool = False
    check: str = ""
    results: tuple[PointResult, ...] = ()
    altered: bool = False
    event: Literal["carried"] = "carried"

    @property
    def is_mere_doubt(self) -> bool:
        """Whether nothing was in force there but the doubt: what failed took nothing into effect, unless the instrument
        had adjusted itself, which leaves a function."""
        return self.doubted and self.outcome == "fail" and self.function is None


@dataclass(frozen=True, slots=True)
class CutOffRun:
    """A run that was under way when the log before this one was closed ends with that log; nothing of it takes effect.

    `origin` and `index` say where it began, `cause` why the log was closed. `commanded`: the instrument had been told
    to change itself, so its values are in doubt; `as_found` and `outcome` as in `CalibrationAbort`. `since` is the
    entry of that log at which the last good calibration stands, and `since_made` when that was made: None where there
    was none. It stands as carried ones do.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    origin: str
    index: int
    cause: str
    commanded: bool = False
    as_found: tuple[PointResult, ...] = ()
    outcome: Outcome | None = None
    since: int | None = None
    since_made: str = ""
    event: Literal["cut_off"] = "cut_off"
