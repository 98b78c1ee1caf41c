# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which sensors that record were silent at the edges of a run, where no later entry can account for it. Pure.

A gap is told when it ends. A sensor that is silent at the end of the run may tell its gap later, so that this is
neither called accounted for nor called wrong.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.entry import EntryType
from sync.evidence.chain import Chain

S = 1_000_000_000
CALM_NS = 10 * S
OPENS_AFTER_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """An entry's index and its stamps: wall clock (UTC ns), and `mono` (µs), None where only the wall clock counts."""

    index: int
    t_ns: int
    mono_us: int | None


@dataclass(frozen=True, slots=True)
class Recording:
    """A sensor is to record from the configuration `since` on, to `until` (None: it goes on), every `interval_ns`."""

    sensor: str
    since: Moment
    until: Moment | None
    interval_ns: int


def recordings(chain: Chain, end: int) -> list[Recording]:
    """The last stretch of recording of each sensor before index `end`, as its configurations tell."""
    found: dict[str, Recording] = {}
    for index, entry in sorted(chain.entries.items()):
        form = chain.forms.get(index)
        if index >= end or form is None or entry.type != EntryType.CONFIGURATION:
            continue
        here = Moment(index, entry.t_ns, entry.mono_us)
        known = found.get(form.sensor)
        if entry.body.get("state", "recording") == "recording":
            goes_on = known is not None and known.until is None
            since = known.since if known is not None and goes_on else here
            found[form.sensor] = Recording(form.sensor, since, None, form.interval_ns)
        elif known is not None and known.until is None:
            found[form.sensor] = Recording(form.sensor, known.since, here, known.interval_ns)
    return list(found.values())


def silent_at_end(chain: Chain, run_first: Moment, run_last: Moment, seen: Mapping[str, Moment]) -> Iterator[str]:
    """What sensors are silent from their last sign of life in the run up to its end, in words."""
    for one in recordings(chain, run_last.index + 1):
        edge = one.until or run_last
        last = seen.get(one.sensor)
        if edge.index < run_first.index or (last is not None and last.index >= edge.index):
            continue
        begun = last or (one.since if one.since.index >= run_first.index else run_first)
        silent_ns = lasted_ns(chain.history, begun, edge)
        if silent_ns > limit_ns(one.interval_ns):
            never = "said nothing" if last is None else "was silent"
            yield f"{one.sensor} {never} since {rfc3339_from_ns(begun.t_ns)[:19]}Z ({silent_ns / S:,.0f} s)"


def lasted_ns(history: ClockHistory, begun: Moment, edge: Moment) -> int:
    """How long it was at least from one entry to a later one (ns): by `mono` within a boot, else by the wall clock."""
    boots = [history.stretch_at(one.index) for one in (begun, edge)]
    ids = [stretch.boot_id if stretch else "" for stretch in boots]
    if begun.mono_us is not None and edge.mono_us is not None and ids[0] == ids[1]:
        return (edge.mono_us - begun.mono_us) * 1000
    by_wall_ns = edge.t_ns - begun.t_ns
    started = _boot_began(history, edge.index)
    if edge.mono_us is None or started is None or started.index <= begun.index:
        return by_wall_ns
    # A clock that was set wrongly at the start must not hide the silence since.
    return max(by_wall_ns, (edge.mono_us - (started.mono_us or 0)) * 1000)


def limit_ns(interval_ns: int) -> int:
    """How long (ns) a sensor of this interval may be silent without a gap."""
    return max(CALM_NS, OPENS_AFTER_INTERVALS * interval_ns)


def _boot_began(history: ClockHistory, index: int) -> Moment | None:
    position = bisect_right(history.stretches, index, key=lambda stretch: stretch.first) - 1
    if position < 0:
        return None
    boot_id = history.stretches[position].boot_id
    while position > 0 and history.stretches[position - 1].boot_id == boot_id:
        position -= 1
    stretch = history.stretches[position]
    return Moment(stretch.first, stretch.t_ns, stretch.mono_us)
