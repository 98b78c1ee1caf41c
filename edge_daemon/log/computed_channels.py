# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration of a channel says of those that are computed from it, as the configuration entries tell. Pure.

1. `proportional`, with the factor k: where the calibration makes f(raw) of the channel, it makes k · f(raw / k) of the
   computed one, from that one's own raw. So a polynomial's coefficient i becomes, rounded after each operation, the
   first one times k, the second one itself, and each further one divided by k as often as its place is above 1; a knot
   (raw, value) of segments becomes (raw · k, value · k), and the knots ascend. The uncertainty goes along.
2. `counter`: its values stay raw. Where the calibration left the other's values as they are, that one's proportional
   uncertainty holds for what is counted; where it changed them, it says nothing of the counter. A calibration of the
   counter's own that makes its values is not touched, nor is another one that passed until it is due; only where it
   states no uncertainty does it give way to what states one.
3. `instrument`: nothing is adjusted. As with the others, a doubt about the one is a doubt about the other.
4. A certificate of an earlier day than the calibration in force is history for a computed channel too, whichever of the
   two is the channel's own. It holds for a counter all the same: what is the counter's own tells more than its power.
   But where it leaves the counter's values raw and was over already when the power was compared, or is over when it is
   accepted and the comparison is not, it is history: as if it had been accepted on its day (2).

Which relation holds for a reading is told by the configuration entry that the reading names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from edge_daemon.domain.channel import Computed
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.calibration_terms import ValueFunction, ValueUncertainty
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.in_force import ByChannel, InForce
from edge_daemon.log.instruments import Instruments, Key

Relations = Mapping[str, Computed]
"""By the name of a computed channel."""

NO_RELATIONS: Relations = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ComputedChannels:
    """The relations of every configuration entry that has some, by its index, and of each sensor as it is now."""

    by_configuration: Mapping[int, Relations] = field(default_factory=lambda: MappingProxyType({}))
    by_sensor: Mapping[str, tuple[tuple[int, Relations], ...]] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, index: int, entry: Entry) -> "ComputedChannels":
        """With what this entry tells; the same object where it tells nothing of it.

        Raises ValueError for an entry of a wrong form.
        """
        if entry.type != EntryType.CONFIGURATION or entry.body.get("subject") == "station":
            return self
        sensor = str(entry.body.get("sensor", ""))
        known = self.by_sensor.get(sensor, ())
        if not known and not _tells_of_any(entry.body.get("channels")):
            return self
        relations = relations_of(from_json(ConfigurationBody, entry.body))
        before = known[-1][1] if known else NO_RELATIONS
        if relations == before:
            return replace(self, by_configuration=MappingProxyType({**self.by_configuration, index: before}))
        return ComputedChannels(
            MappingProxyType({**self.by_configuration, index: relations}),
            MappingProxyType({**self.by_sensor, sensor: (*known, (index, relations))}),
        )

    def at(self, configuration: int) -> Relations:
        """Those of the readings that name this configuration entry."""
        return self.by_configuration.get(configuration, NO_RELATIONS)

    def of(self, sensor: str, index: int | None = None) -> Relations:
        """The sensor's before the entry at `index`; None: now."""
        known = reversed(self.by_sensor.get(sensor, ()))
        return next((told for at, told in known if index is None or at < index), NO_RELATIONS)

    def ever_with(self, sensor: str, channel: str) -> tuple[str, ...]:
        """The channels of the sensor that this one's calibration ever spoke for."""
        found = (name for _, told in self.by_sensor.get(sensor, ()) for name in adjusted_with(channel, told))
        return tuple(dict.fromkeys(found))

    def of_last(self, instruments: Instruments, key: Key) -> Relations:
        """Those of the sensor that this instrument is installed at, or was last."""
        last = instruments.of(key)[-1:] if self.by_sensor else ()
        return self.of(last[0].sensor) if last else NO_RELATIONS

    def of_reading(self, in_force: ByChannel, configuration: int) -> ByChannel:
        """What is in force for a sensor, as it is for the raw numbers of a reading made under this configuration."""
        return by_these(in_force, self.at(configuration))

    def made_with(self, made: InForce | None, channel: str, configuration: int) -> InForce | None:
        """What the calibration is for a channel of a reading made under this configuration; itself where it is another
        channel's and says nothing of this one."""
        told = self.at(configuration).get(channel)
        if made is None or told is None or made.channel == channel:
            return made
        return said_of(made, channel, told) or made


def _tells_of_any(channels: JsonValue) -> bool:
    return isinstance(channels, list) and any(isinstance(one, dict) and one.get("computed") for one in channels)


def relations_of(configuration: ConfigurationBody) -> Relations:
    """What a configuration says of its computed channels."""
    found = {one.name: one.computed for one in configuration.channels if one.computed is not None}
    return MappingProxyType(found) if found else NO_RELATIONS


def computed_from(channel: str, relations: Relations) -> tuple[str, ...]:
    """The channels that are computed from this one, in whatever way."""
    return tuple(name for name, told in relations.items() if told.of == channel)


def adjusted_with(channel: str, relations: Relations) -> tuple[str, ...]:
    """Those of them whose values a calibration of this channel speaks for."""
    return tuple(name for name in computed_from(channel, relations) if relations[name].how != "instrument")


def with_computed(made: Iterable[InForce], relations: Relations) -> Iterator[InForce]:
    """Calibrations of one instrument, in log order, each followed by what it says of computed channels."""
    now: dict[str, InForce] = {}
    for one in made:
        now[one.channel] = one
        yield one
        for name in computed_from(one.channel, relations):
            found = said_of(one, name, relations[name])
            if found is not None and not _stays(now.get(name), found, relations[name]):
                now[name] = found
                yield found


def overtaking(history: Sequence[InForce], relations: Relations, certificate: InForce, t_ns: int) -> InForce | None:
    """What of an instrument's history stays in force where this certificate is accepted at `t_ns`, UTC, since it was
    made on a later day: the certificate takes nothing into effect (4)."""
    told = relations.get(certificate.channel)
    is_counter = told is not None and told.how == "counter"
    for one in reversed(history):
        if one.channel == certificate.channel and not (is_counter and one.of and _is_good(certificate, one, t_ns)):
            return one if one.is_later_than(certificate.calibrated_ns) else None
    return None


def _is_good(certificate: InForce, compared: InForce, t_ns: int) -> bool:
    """Whether a counter's own certificate, accepted at `t_ns`, tells more than what a comparison of its power says."""
    if not _leaves_raw(certificate.function):
        return True
    over = certificate.is_over(compared.calibrated_ns) or (certificate.is_over(t_ns) and not compared.is_over(t_ns))
    return not over


def by_these(in_force: ByChannel, relations: Relations) -> ByChannel:
    """What is in force for a sensor, where these relations are the ones that hold for its readings."""
    if not any(one.of for one in in_force.values()):
        return in_force
    found: dict[str, InForce] = {}
    for name, one in in_force.items():
        if not one.of:
            found[name] = one
        elif name in relations and one.of in in_force:
            told = said_of(in_force[one.of], name, relations[name])
            if told is not None:
                found[name] = told
    return MappingProxyType(found)


@lru_cache(maxsize=256)  # asked for every reading
def said_of(made: InForce, channel: str, told: Computed) -> InForce | None:
    """What the calibration `made` is for `channel`, which is computed from its channel so; None where it is none."""
    if told.of != made.channel or told.how == "instrument":
        return None
    if told.how == "counter":
        if not _leaves_raw(made.function):
            return None
        return replace(made, channel=channel, of=told.of, function=None, uncertainty=_shares(made.uncertainty))
    return replace(
        made,
        channel=channel,
        of=told.of,
        function=_scaled(made.function, told.factor),
        uncertainty=_scaled_uncertainty(made.uncertainty, told.factor),
    )


def _stays(now: InForce | None, found: InForce, told: Computed) -> bool:
    """Whether the channel's own calibration `now` stays in force, whatever that of the other channel says of it."""
    if now is None or now.of:
        return False
    if found.outcome is None and now.is_later_than(found.calibrated_ns):
        return True
    if told.how != "counter":
        return False
    if not _leaves_raw(now.function):
        return True
    tells_as_much = now.uncertainty is not None or found.uncertainty is None
    return tells_as_much and now.evidenced and not now.is_over(found.calibrated_ns)


def _leaves_raw(function: ValueFunction | None) -> bool:
    return function is None or (function.form == "polynomial" and function.coefficients == (0.0, 1.0))


def _shares(uncertainty: ValueUncertainty | None) -> ValueUncertainty | None:
    """The part that is a share of the value. None where there is none: the rest says nothing of what is counted."""
    if uncertainty is None or not uncertainty.relative:
        return None
    return ValueUncertainty(
        constant=0.0,
        relative=uncertainty.relative,
        degrees_of_freedom=uncertainty.degrees_of_freedom,
        factor=uncertainty.factor,
    )


def _scaled(function: ValueFunction | None, factor: float) -> ValueFunction | None:
    if function is None:
        return None
    coefficients = tuple(_divided(one, place, factor) for place, one in enumerate(function.coefficients))
    knots = sorted((raw * factor, value * factor) for raw, value in function.knots)
    return ValueFunction(function.form, coefficients, tuple(knots), _scaled_span(function.span, factor))


def _divided(coefficient: float, place: int, factor: float) -> float:
    if place == 0:
        return coefficient * factor
    for _ in range(place - 1):
        coefficient = coefficient / factor
    return coefficient


def _scaled_uncertainty(uncertainty: ValueUncertainty | None, factor: float) -> ValueUncertainty | None:
    if uncertainty is None:
        return None
    size = abs(factor)
    return replace(
        uncertainty,
        constant=uncertainty.constant * size,
        covariance=tuple(
            tuple(_divided(_divided(one, left, factor), right, factor) for right, one in enumerate(row))
            for left, row in enumerate(uncertainty.covariance)
        ),
        repeatability=uncertainty.repeatability * size,
        span=_scaled_span(uncertainty.span, factor),
        levels=tuple(sorted((raw * factor, level * size) for raw, level in uncertainty.levels)),
    )


def _scaled_span(span: tuple[float, float] | None, factor: float) -> tuple[float, float] | None:
    if span is None:
        return None
    one, other = span[0] * factor, span[1] * factor
    return min(one, other), max(one, other)
