# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One closing of a soil chamber, as a state machine over the readings of the CO2 sensor in it. Pure.

closed → dead band → measuring → opened → evaluated, and from each of the first three to aborted. Seconds count from the
closing, by a clock that cannot be set. Source of the procedure: LI-COR, LI-8100A manual, section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.metrology.soil_flux import Air, Chamber, dry_ppm, water_mmol_mol
from edge_daemon.metrology.soil_flux_fits import CO2Point
from edge_daemon.metrology.soil_flux_verdict import Flux, Rules, evaluate

MOST_POINTS = 20_000
FRESH_S = 900.0

_UNUSABLE = frozenset({Flag.FAIL, Flag.MISSING})


class Phase(StrEnum):
    """Where a closing stands. `closed` lasts until the first CO2 reading, `opened` until it is evaluated."""

    CLOSED = "closed"
    DEAD_BAND = "dead_band"
    MEASURING = "measuring"
    OPENED = "opened"
    EVALUATED = "evaluated"
    ABORTED = "aborted"


_UNDER_WAY = frozenset({Phase.CLOSED, Phase.DEAD_BAND, Phase.MEASURING})
_OVER = frozenset({Phase.EVALUATED, Phase.ABORTED})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a quantity of the chamber's air comes from: a number a person gives, or a channel of a sensor.

    `factor` brings the channel's unit to °C, kPa or %.
    """

    value: float | None = None
    sensor: str = ""
    channel: str = ""
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class ClosingPlan:
    """What a closing needs to know. `humidity` None: the analyser tells the dry mole fraction.

    CO2 is in the channel `co2` of `co2_sensor`, in ppm. A silence of `silence_s` ends the closing.
    """

    co2_sensor: str
    chamber: Chamber
    temperature: Source
    pressure: Source
    humidity: Source | None
    dead_band_s: float
    observation_s: float
    silence_s: float
    rules: Rules

    @property
    def sources(self) -> tuple[Source, ...]:
        """All of them."""
        return (self.temperature, self.pressure, *((self.humidity,) if self.humidity else ()))

    @property
    def sensors(self) -> frozenset[str]:
        """The sensors whose readings are needed."""
        return frozenset({self.co2_sensor, *(source.sensor for source in self.sources if source.sensor)})

    @property
    def end_s(self) -> float:
        """When the chamber may be opened."""
        return self.dead_band_s + self.observation_s


@dataclass(frozen=True, slots=True)
class Told:
    """A reading of a sensor: its index in the log, when it was taken, and its channels."""

    index: int
    sensor: str
    seconds: float
    channels: Mapping[str, ChannelValue]


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing and all it has seen. Every method returns what it is then; once over, nothing changes it.

    `air` is that of the closing, known with the first CO2 reading. `flag` is the worst of the CO2 values used,
    `indices` are those of the first and last of them. `left_out` counts values that were unusable.
    """

    plan: ClosingPlan
    phase: Phase = Phase.CLOSED
    seconds: float = 0.0
    points: tuple[CO2Point, ...] = ()
    air: Air | None = None
    flag: Flag = Flag.GOOD
    indices: tuple[int, int] | None = None
    left_out: int = 0
    heard_s: float = 0.0
    reason: str = ""
    flux: Flux | None = None
    _known: Mapping[Source, float] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self.phase in _OVER

    @property
    def under_way(self) -> bool:
        """Whether the chamber is closed and readings count."""
        return self.phase in _UNDER_WAY

    def told(self, reading: Told) -> "Closing":
        """A reading has become durable. Those from before the closing tell only of the air, unless they are old."""
        if not self.under_way or reading.seconds < -FRESH_S:
            return self
        now = self._learnt(reading)
        again = self.indices is not None and reading.index <= self.indices[1]
        if reading.sensor != self.plan.co2_sensor or reading.seconds < 0 or again:
            return now
        now = now.at(reading.seconds)
        return now._counted(reading) if now.under_way else now

    def at(self, seconds: float) -> "Closing":
        """Time has come to `seconds` after the closing."""
        if not self.under_way or seconds <= self.seconds:
            return self
        if seconds - self.heard_s > self.plan.silence_s and self.heard_s < self.plan.end_s - self.plan.silence_s:
            silent_s = seconds - self.heard_s
            return replace(self, seconds=seconds).aborted(f"no CO2 reading for {silent_s:.0f} s")
        if seconds > self.plan.end_s:
            return replace(self, seconds=seconds, phase=Phase.OPENED)
        return replace(self, seconds=seconds, phase=self._phase(seconds))

    def aborted(self, reason: str) -> "Closing":
        """It ends without a flux."""
        return self if self.over else replace(self, phase=Phase.ABORTED, reason=reason)

    def evaluated(self) -> "Closing":
        """After it was opened: with its flux, or aborted where there is none to be had."""
        if self.phase is not Phase.OPENED:
            return self
        if self.air is None:
            return self.aborted("temperature, pressure or humidity of the air was not known at the closing")
        try:
            flux = evaluate(self.points, self.plan.dead_band_s, self.plan.chamber, self.air, self.plan.rules)
        except ValueError as too_little:
            return self.aborted(str(too_little))
        return replace(self, phase=Phase.EVALUATED, flux=flux, reason=flux.reason)

    def so_far(self) -> Flux | None:
        """The flux by what has been seen up to now; None while that is too little."""
        if self.flux is not None or self.air is None:
            return self.flux
        try:
            return evaluate(self.points, self.plan.dead_band_s, self.plan.chamber, self.air, self.plan.rules)
        except ValueError:  # not enough yet
            return None

    def _phase(self, seconds: float) -> Phase:
        if not self.points:
            return Phase.CLOSED
        return Phase.DEAD_BAND if seconds < self.plan.dead_band_s else Phase.MEASURING

    def _learnt(self, reading: Told) -> "Closing":
        known = dict(self._known)
        for source in self.plan.sources:
            value = reading.channels.get(source.channel) if source.sensor == reading.sensor else None
            if value is not None and value.value is not None and value.flag not in _UNUSABLE:
                known[source] = value.value * source.factor
        return self if known == self._known else replace(self, _known=known)

    def _counted(self, reading: Told) -> "Closing":
        co2 = reading.channels.get("co2")
        now = replace(self, heard_s=reading.seconds)
        air = self._air()
        usable = co2 is not None and co2.value is not None and co2.flag not in _UNUSABLE and co2.value > 0
        if not usable or air is None or len(self.points) >= MOST_POINTS:
            return replace(now, left_out=self.left_out + 1)
        assert co2 is not None
        assert co2.value is not None
        point = CO2Point(reading.seconds, dry_ppm(co2.value, air.water_mmol_mol))
        first = self.indices[0] if self.indices else reading.index
        now = replace(
            now,
            points=(*self.points, point),
            air=self.air or air,
            flag=worse(self.flag, co2.flag),
            indices=(first, reading.index),
        )
        return replace(now, phase=now._phase(reading.seconds))

    def _air(self) -> Air | None:
        """The air as it is known now; None while something is not, or cannot be so."""
        temperature, pressure = self._value(self.plan.temperature), self._value(self.plan.pressure)
        humidity = self._value(self.plan.humidity) if self.plan.humidity else 0.0
        if temperature is None or pressure is None or humidity is None:
            return None
        try:
            return Air(pressure, temperature, water_mmol_mol(humidity, temperature, pressure))
        except (ValueError, ArithmeticError):  # a sensor far out of its range
            return None

    def _value(self, source: Source) -> float | None:
        return source.value if source.value is not None else self._known.get(source)
