# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Rules across channels and sensors: what each value may well be, and all of them together can hardly be. Pure.

A rule says something about the station, not about a value: it changes no flag. Each begins once it has held for its
time and ends once it has not held for `QUIET_NS`, so that what comes and goes is told once. Thresholds are this
program's own, in the spirit of QARTOD test 9 (calibration reference, 4.2: "jump without partner jump").
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

NS_PER_S = 1_000_000_000
QUIET_NS = 300 * NS_PER_S
STALE_NS = 300 * NS_PER_S
SILENT_STEPS = 3

SUNNY_W_M2 = 200.0
IDLE_KW = 0.01
WINDY_M_S = 1.0
JUMP_NS = 60 * NS_PER_S
CO2_JUMP_PPM = 150.0
HUMIDITY_JUMP_PERCENT = 4.0
AIR_US_CM = 5.0

Values = Mapping[str, float | None]
"""The values of a sensor's channels; None for what is missing or failed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A sensor's newest values, when (ns of one clock), since when each of them is what it is, and before a jump.

    `step_ns` is the time since its reading before: at least so often it may be expected to be read.
    """

    at_ns: int
    values: Values
    since_ns: Mapping[str, int]
    earlier: tuple[tuple[int, Values], ...] = ()
    step_ns: int = 0

    def is_followed_at(self, at_ns: int) -> bool:
        """Whether a reading at this time goes on from here, and no silence lies between, nor a clock set back."""
        return 0 <= at_ns - self.at_ns <= max(STALE_NS, SILENT_STEPS * self.step_ns)


Sight = Mapping[str, Seen]
"""What is known of each sensor, by its id."""


@dataclass(frozen=True, slots=True)
class Found:
    """A rule holds for these sensors; `text` explains it with the numbers of this moment."""

    sensors: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is stable. It begins when `find` has found the same sensors for `for_ns`. `meaning` is for a person."""

    name: str
    title: str
    meaning: str
    for_ns: int
    find: Callable[[Sight, int], Iterator[Found]]


def irradiance_without_power(sight: Sight, now_ns: int) -> Iterator[Found]:
    """The sun shines on a pyranometer, and a meter of the station sees no power at all."""
    sunny = list(_above(sight, now_ns, ("irradiance", "solar_irradiance"), SUNNY_W_M2))
    for meter, seen in sight.items():
        power = seen.values.get("active_power")
        if power is None or abs(power) >= IDLE_KW or now_ns - seen.at_ns > STALE_NS:
            continue
        for sensor, irradiance in sunny:
            yield Found((sensor, meter), f"{sensor} sees {irradiance:.0f} W/m², and {meter} measures {power:.3f} kW.")


def wind_without_direction(sight: Sight, now_ns: int) -> Iterator[Found]:
    """It blows, and the direction is missing or has not changed by a single digit."""
    for sensor, speed in _above(sight, now_ns, ("wind_speed",), WINDY_M_S):
        seen = sight[sensor]
        if "wind_direction" not in seen.values:
            continue
        direction = seen.values["wind_direction"]
        still_ns = now_ns - seen.since_ns["wind_direction"]
        if still_ns < 600 * NS_PER_S:
            continue
        what = "gives no direction" if direction is None else f"says {direction:.0f}° and nothing else"
        yield Found(
            (sensor,), f"{sensor} measures {speed:.1f} m/s of wind and {what} for {still_ns // (60 * NS_PER_S)} min."
        )


def co2_and_humidity_jump(sight: Sight, now_ns: int) -> Iterator[Found]:
    """CO2 and humidity rise together within a minute: somebody breathes at the inlet."""
    for sensor, seen in sight.items():
        if now_ns - seen.at_ns > STALE_NS:
            continue
        rises = (_rise(seen, "co2"), _rise(seen, "humidity"))
        if rises[0] > CO2_JUMP_PPM and rises[1] > HUMIDITY_JUMP_PERCENT:
            text = f"{sensor}: CO2 rose by {rises[0]:.0f} ppm and humidity by {rises[1]:.1f} % within a minute."
            yield Found((sensor,), text)


def sonde_out_of_the_water(sight: Sight, now_ns: int) -> Iterator[Found]:
    """A water sonde that measures the conductivity of air measures nothing else of the water either."""
    for sensor, seen in sight.items():
        conductance = seen.values.get("specific_conductance")
        if conductance is not None and conductance < AIR_US_CM and now_ns - seen.at_ns <= STALE_NS:
            yield Found((sensor,), f"{sensor} measures {conductance:.1f} µS/cm, which is air and no natural water.")


RULES = (
    Rule(
        "irradiance_without_power",
        "Sun, but no power",
        "The plant may be switched off, the meter may be on the wrong line or its current transformers open, or the "
        "pyranometer may stand elsewhere than the modules.",
        600 * NS_PER_S,
        irradiance_without_power,
    ),
    Rule(
        "wind_without_direction",
        "Wind, but no direction",
        "A vane that is stuck or iced, a blocked path between transducers, or a wrong output format.",
        0,
        wind_without_direction,
    ),
    Rule(
        "co2_and_humidity_jump",
        "CO2 and humidity jump together",
        "Breath does that: somebody stands at the inlet. These values are not of the air that is to be measured.",
        0,
        co2_and_humidity_jump,
    ),
    Rule(
        "sonde_out_of_the_water",
        "The sonde is out of the water",
        "The water level has fallen, or the sonde was taken out: its values are not of the water meanwhile.",
        60 * NS_PER_S,
        sonde_out_of_the_water,
    ),
)


@dataclass(frozen=True, slots=True)
class Event:
    """A rule begins or ends for these sensors at `at_ns`; `text` explains it in words."""

    rule: Rule
    begins: bool
    sensors: tuple[str, ...]
    text: str
    at_ns: int


@dataclass(slots=True)
class _State:
    since_ns: int
    last_ns: int
    text: str
    told: bool = False


@dataclass(slots=True)
class AnomalyWatch:
    """Follows the station's readings, each given once in time's order. Memory: a minute of each sensor's values.

    A clock that is set back, and a silence longer than both `STALE_NS` and `SILENT_STEPS` times the step before it,
    make it forget what it saw of that sensor.
    """

    rules: tuple[Rule, ...] = RULES
    _sight: dict[str, Seen] = field(default_factory=dict)
    _states: dict[tuple[str, tuple[str, ...]], _State] = field(default_factory=dict)

    def see(self, sensor: str, at_ns: int, values: Values) -> None:
        """A sensor's reading."""
        last = self._sight.get(sensor)
        before = last if last is not None and last.is_followed_at(at_ns) else None
        since = {
            name: before.since_ns[name] if before and name in before.values and before.values[name] == value else at_ns
            for name, value in values.items()
        }
        step_ns = 0 if last is None else max(at_ns - last.at_ns, 0)
        self._sight[sensor] = Seen(at_ns, values, since, _minute(before, at_ns), step_ns)

    def look(self, now_ns: int) -> list[Event]:
        """What has begun or ended by now."""
        events: list[Event] = []
        for rule in self.rules:
            for found in rule.find(self._sight, now_ns):
                state = self._states.setdefault((rule.name, found.sensors), _State(now_ns, now_ns, found.text))
                state.last_ns, state.text = now_ns, found.text
                if not state.told and now_ns - state.since_ns >= rule.for_ns:
                    state.told = True
                    events.append(Event(rule, True, found.sensors, f"{found.text} {rule.meaning}", now_ns))
            events += self._ended(rule, now_ns)
        return events

    def _ended(self, rule: Rule, now_ns: int) -> Iterator[Event]:
        for key, state in list(self._states.items()):
            quiet_ns = QUIET_NS if state.told else 0
            if key[0] == rule.name and (now_ns - state.last_ns > quiet_ns or now_ns < state.last_ns):
                del self._states[key]
                if state.told:
                    text = f"{rule.title}: no longer so. It was: {state.text}"
                    yield Event(rule, False, key[1], text, now_ns)


def _minute(before: Seen | None, at_ns: int) -> tuple[tuple[int, Values], ...]:
    """The values of the last minute, thinned to one every two seconds."""
    if before is None:
        return ()
    kept = tuple(one for one in before.earlier if at_ns - one[0] <= JUMP_NS)
    thinned = bool(kept) and before.at_ns - kept[-1][0] < 2 * NS_PER_S
    # Where a sensor is read more seldom, or was silent, even its newest value is not of the last minute.
    return kept if thinned or at_ns - before.at_ns > JUMP_NS else (*kept, (before.at_ns, before.values))


def _rise(seen: Seen, channel: str) -> float:
    """How far the channel is above its least value of the last minute; 0 where it is not known."""
    now = seen.values.get(channel)
    before = [value for _, values in seen.earlier if (value := values.get(channel)) is not None]
    return 0.0 if now is None or not before else now - min(before)


def _above(sight: Sight, now_ns: int, channels: tuple[str, ...], limit: float) -> Iterator[tuple[str, float]]:
    for sensor, seen in sight.items():
        value = next((seen.values[name] for name in channels if seen.values.get(name) is not None), None)
        if value is not None and value > limit and now_ns - seen.at_ns <= STALE_NS:
            yield sensor, value
