# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The standard uncertainty of an hour's mean and energy, from that of its values. Pure.

The model: what all values of a calibration share (reference, fit, proportional part) is the same error for the whole
hour, so it adds up in full; the repeatability is new in every reading and averages out. Parts of two calibrations in
one hour count as shared too, since they mostly come from the same references. Source: JCGM 100:2008 (GUM), 5.2.2, with
correlation 1 for the shared part. Where any value has no known uncertainty, neither has the result.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge_daemon.domain.channel import ChannelValue
from edge_daemon.log.calibration_values import difference_uncertainty, extrapolated, systematic_uncertainty, value_of
from edge_daemon.log.effective import Effective
from edge_daemon.log.in_force import InForce


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Standard uncertainty of one value in its unit: `shared` with all others of the calibration, `own` of it alone."""

    shared: float
    own: float


def of_value(one: Effective, channel: str, value: ChannelValue) -> Uncertain | None:
    """The uncertainty of a channel's value; None where its calibration states none, or an amendment changed it."""
    made = _made(one, channel, value)
    if made is None or made.uncertainty is None or value.raw is None or value.value is None:
        return None
    shared, own = systematic_uncertainty(made.uncertainty, value.raw, value.value), made.uncertainty.repeatability
    return Uncertain(shared, own) if math.isfinite(shared) and math.isfinite(own) else None


@dataclass(slots=True)
class MeanUncertainty:
    """Takes the values of a mean one by one. `extrapolated` of them lie outside the points of their calibration."""

    extrapolated: int = 0
    _shared: list[float] = field(default_factory=list)
    _own: list[float] = field(default_factory=list)
    _known: bool = True

    def add(self, one: Effective, channel: str, value: ChannelValue) -> None:
        """One more value enters the mean."""
        made = one.made_with.get(channel)
        if made is not None and value.raw is not None and extrapolated(made.function, made.uncertainty, value.raw):
            self.extrapolated += 1
        if not self._known:
            return
        found = of_value(one, channel, value)
        if found is None:
            self._known = False
            return
        self._shared.append(found.shared)
        self._own.append(found.own * found.own)

    @property
    def standard(self) -> float | None:
        """Standard uncertainty of the mean; None where it is not known, or there is no value."""
        if not self._known or not self._shared:
            return None
        count = len(self._shared)
        shared = math.fsum(self._shared) / count
        return _finite(math.sqrt(shared * shared + math.fsum(self._own) / (count * count)))


def of_counter(
    steps: Sequence[tuple[Effective, Effective, float]], channel: str, resolution: float = 0.0
) -> float | None:
    """Standard uncertainty of a counter's gain in the channel's unit, over steps with the share that counts of each.
    The register shows nothing of what lies below its `resolution`, in the same unit.

    What shifts both ends of a step by the same amount cancels. Repeatability and resolution cancel where one step ends
    and the next begins, and stay at the first and the last end of every unbroken run of them.
    """
    shared: list[float] = []
    counts: dict[int, float] = {}
    own: dict[int, float] = {}
    for first, last, share in steps:
        before, after = first.channels[channel], last.channels[channel]
        made, next_made = _made(first, channel, before), _made(last, channel, after)
        if made is None or made.uncertainty is None or next_made is None or next_made.uncertainty is None:
            return None
        if before.raw is None or after.raw is None or before.value is None or after.value is None:
            return None
        gained = after.value - before.value
        shared.append(difference_uncertainty(made.uncertainty, before.raw, after.raw, gained) * share)
        for one, by, part in ((first, made.uncertainty, -share), (last, next_made.uncertainty, share)):
            counts[one.index] = counts.get(one.index, 0.0) + part
            own[one.index] = math.hypot(by.repeatability, resolution / math.sqrt(12))
    if not shared:
        return None
    total = math.fsum(shared)
    return _finite(math.sqrt(total * total + math.fsum((counts[at] * own[at]) ** 2 for at in counts)))


def of_power(
    samples: Sequence[tuple[Effective, int]],
    count: int,
    channel: str,
    integrate: Callable[[Sequence[tuple[int, float]]], float],
) -> float | None:
    """Standard uncertainty of what `integrate` makes of (time, number) pairs, such as power at its times.

    `samples` are the readings that enter, with their times; `count` of them lie within. The shared parts are integrated
    as the values are. The repeatability counts as if each of these stood for the same length of time.
    """
    found = [of_value(one, channel, one.channels[channel]) for one, _ in samples]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    times = [t_ns for _, t_ns in samples]
    shared = integrate([(t_ns, one.shared) for t_ns, one in zip(times, known, strict=True)])
    largest = max(one.own for one in known)
    own = integrate([(t_ns, largest) for t_ns in times])
    return _finite(math.sqrt(shared * shared + own * own / max(1, count)))


def _made(one: Effective, channel: str, value: ChannelValue) -> InForce | None:
    """The calibration that made just this value; None where an amendment made it, or nobody calibrated."""
    made = one.made_with.get(channel)
    if made is None or value.raw is None or value_of(made.function, value.raw) != value.value:
        return None
    return made


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
