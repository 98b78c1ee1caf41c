# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibration procedures as data: what is presented to an instrument, when a point counts, what is allowed. Pure.

A run's first log entry carries the whole procedure, so that the run can be judged again by the limits it was made with.
All numbers are in the unit of the procedure's channel unless their name says otherwise.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

PERCENTILE95 = "percentile95"
"""Among the auxiliary numbers of a point: what 95 % of the magnitudes of the channel's own readings do not exceed."""


class Method(StrEnum):
    """How values follow from the points. Source: calibration reference, sections 1.2 and 1.4."""

    VERIFICATION = "verification"
    """Compared with the reference, never adjusted."""
    OFFSET = "offset"
    """One point moves the whole line (F1)."""
    GAIN = "gain"
    """One point turns the line about zero (F7)."""
    TWO_POINTS = "two_points"
    """Gain and offset through two points (F2)."""
    POLYNOMIAL = "polynomial"
    """Weighted least squares of the reference on raw, of `degree` (F3)."""
    SEGMENTS = "segments"
    """Straight lines from point to point, continued beyond the ends; what pH and turbidity electrodes use."""


class ReferenceSource(StrEnum):
    """Where a point's reference value comes from."""

    STANDARD = "standard"
    """A reference standard of the register: gas, buffer, formazin, block."""
    FIXED = "fixed"
    """Known by how it is made, such as filtered or still air; the procedure names value and uncertainty."""
    INSTRUMENT = "instrument"
    """Read off a reference instrument of the register and typed."""
    SATURATED_AIR = "saturated_air"
    """Air saturated with water: computed from station pressure and salinity."""


@dataclass(frozen=True, slots=True)
class ProcedurePoint:
    """One level at which the instrument is looked at.

    `standard_kind` is the kind a standard of the register must have. References outside `lowest` to `highest` are
    refused. `expanded_uncertainty` (k = 2) is that of a fixed reference, and what a typed one starts with. A point that
    is not `adjusts` only checks. An `optional` one may be left out. `tolerance` holds here instead of the procedure's,
    as left `tolerance_left` where there is one. 95 % of the magnitudes read must be at most `percentile95`.
    `share` is what part of the reference at the procedure's first point the reference must be here.
    `repeats` names the point whose standard is presented once more, from the other side: the difference of the two
    readings is the hysteresis. `saturation` says what saturated air stands for: always 100 % (`local`), 100 % at
    760 mmHg (`air_referenced`), or the oxygen that water takes up from it in mg/L (`solubility`).
    """

    name: str
    title: str
    help: str
    source: ReferenceSource
    lowest: float
    highest: float
    nominal: float | None = None
    standard_kind: str = ""
    expanded_uncertainty: float | None = None
    adjusts: bool = True
    optional: bool = False
    tolerance: "Tolerance | None" = None
    repeats: str = ""
    saturation: Literal["", "local", "air_referenced", "solubility"] = ""
    tolerance_left: "Tolerance | None" = None
    percentile95: float | None = None
    share: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """±limit on an error: the greater of `absolute` and `relative` × |reference|, or with `sum` both together."""

    absolute: float
    relative: float = 0.0
    combine: Literal["greater", "sum"] = "greater"

    def at(self, reference: float) -> float:
        """The limit at this reference value."""
        proportional = self.relative * abs(reference)
        return self.absolute + proportional if self.combine == "sum" else max(self.absolute, proportional)


@dataclass(frozen=True, slots=True)
class StableSignal:
    """When a point may be taken. Relative limits are shares of |mean|; the greater of both holds.

    Source: calibration reference, section 1.3.
    """

    settle_s: float
    window_s: float
    deviation: float
    slope_per_minute: float
    deviation_relative: float = 0.0
    slope_relative: float = 0.0


@dataclass(frozen=True, slots=True)
class Condition:
    """A circumstance of the run that the technician records once, such as station pressure."""

    name: str
    title: str
    unit: str
    minimum: float
    maximum: float
    required: bool = True


@dataclass(frozen=True, slots=True)
class DeviceCommand:
    """The driver's action (`Action.name`) that has the instrument adjust itself, at which point, and what it risks.

    With `takes_reference` the action gets the point's reference value. `settle_s` must pass before it is read back.
    """

    action: str
    point: str
    takes_reference: bool = False
    settle_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Procedure:
    """A way to verify or calibrate one channel. `channel` is empty for the model's primary one.

    `gain` and `offset` bound what an adjustment in software may be. `auxiliary` names channels whose means are kept
    with each point (electrode voltage, temperature), and `PERCENTILE95` where a point asks for it. `check` is a further
    judgement: `nernst` judges an electrode's slope, `comparison` the agreement with a reference instrument. A verdict
    holds for `interval_days`. `commands` are what the instrument does by itself where it is adjusted on the device.

    `channels` are the names of channels that a file fits; a procedure of a model has its one `channel` instead, and
    the instrument's output `span` and `usual` range with it. With `maker_tolerance` the channel's accuracy, where it is
    known, stands for `tolerance`. `ascending`: each standard must be higher than the one before. `hysteresis` bounds
    the difference of a repeated level. Where values begin anew at `full_circle`, errors go the shorter way round.
    A file's numbers are in its `unit`, and it fits channels of that unit only. Where only differences mean anything,
    errors count from the one at `zero_point`. `comparison_…` bound what a comparison may come to, in the unit.
    An electrode is accepted with a slope at 25 °C and a voltage at pH 7 within `electrode_…`. `keeps_slope` says that
    one point moves the line in force and does not turn it, which is so of every offset.
    With `sensitivity` the points' ratios to the reference are judged together as a change of the sensor's sensitivity.
    `maker_accuracy` is the accuracy of the channel by the catalogue, None where it knows none. What is `check_only`
    looks at too little of the range to be a calibration: passed, it changes nothing; failed, it casts doubt.
    With `status_ok` readings that the instrument itself doubts make no point, whatever the reason.
    With `leaves_place` the sensor is taken out of its place, or something else than its site is put before it: after
    the run's end its readings are of the site again only once a person said that it is back.
    """

    key: str
    revision: int
    title: str
    method: Method
    points: tuple[ProcedurePoint, ...]
    stable: StableSignal
    tolerance: Tolerance
    interval_days: int
    source: str
    channel: str = ""
    degree: int = 1
    adjustment: Literal["none", "software", "device"] = "none"
    gain: tuple[float, float] | None = None
    offset: tuple[float, float] | None = None
    conditions: tuple[Condition, ...] = ()
    preparation: tuple[str, ...] = ()
    commands: tuple[DeviceCommand, ...] = ()
    auxiliary: tuple[str, ...] = ()
    check: Literal["", "nernst", "comparison"] = ""
    resolution: float = 0.0
    channels: tuple[str, ...] = ()
    span: tuple[float, float] | None = None
    usual: tuple[float, float] | None = None
    maker_tolerance: bool = False
    ascending: bool = False
    hysteresis: float | None = None
    full_circle: float = 0.0
    unit: str = ""
    zero_point: str = ""
    comparison_intercept: float = 5.0
    comparison_rmse: float = 7.0
    electrode_slope25_mv: tuple[float, float] | None = None
    electrode_zero_mv: tuple[float, float] | None = None
    keeps_slope: bool = False
    sensitivity: bool = False
    status_ok: bool = False
    maker_accuracy: Tolerance | None = None
    check_only: bool = False
    leaves_place: bool = False

    def point(self, name: str) -> ProcedurePoint:
        """The point of this name. Raises KeyError."""
        for one in self.points:
            if one.name == name:
                return one
        raise KeyError(name)
