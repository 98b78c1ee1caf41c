# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From which entry on each sensor's readings have to name what. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType

from edge_daemon.log.calibration_terms import ValueFunction
from edge_daemon.log.computed_channels import ComputedChannels, with_computed
from edge_daemon.log.in_force import NOTHING, ByChannel, InForce
from edge_daemon.log.instruments import Instruments

Change = tuple[int, ByChannel]
_index_of = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Changes:
    """By sensor every entry that changed it, in log order, and what it was then, by channel."""

    told: Mapping[str, tuple[Change, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, sensor: str) -> tuple[Change, ...]:
        """The sensor's."""
        return self.told.get(sensor, ())

    def before(self, sensor: str, index: int | None = None) -> Change | None:
        """The last one before `index`; None: the last one."""
        changes = self.of(sensor)
        place = len(changes) if index is None else bisect_left(changes, index, key=_index_of)
        return changes[place - 1] if place else None

    def at(self, sensor: str, index: int | None = None) -> ByChannel:
        """What the sensor's reading at `index` has to name; None: those to come."""
        found = self.before(sensor, index)
        return found[1] if found else NOTHING

    def after(
        self, index: int, instruments: Instruments, made: Sequence[InForce], computed: ComputedChannels
    ) -> "Changes":
        """With what is in force for each sensor once the entry at `index` is in the log, where that is now something
        else or dated otherwise."""
        if not made:
            return self
        found = dict(self.told)
        for sensor in instruments.stretches:
            installed = instruments.present(sensor)
            mine = (one for one in made if one.key == installed.key) if installed else ()
            now = {one.channel: one for one in with_computed(mine, computed.of(sensor))}
            last = self.before(sensor)
            if _names(now) != _names(last[1] if last else NOTHING):
                found[sensor] = (*found.get(sensor, ()), (index, MappingProxyType(now)))
        return Changes(MappingProxyType(found))


def _names(told: ByChannel) -> dict[str, tuple[int, int, ValueFunction | None]]:
    return {name: (one.index, one.calibrated_ns, one.function) for name, one in told.items()}
