# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log says of the time before this start: how the last run ended, what the clock was worth, and how far a
sensor is accounted for. Reads the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge_daemon.acquisition.clock_watch import ClockPast, ClockState, SameBoot
from edge_daemon.acquisition.gaps import Accounted
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log import calibrations
from edge_daemon.log.bodies import BootBody, ConfigurationBody, Ending, GapBody, from_json
from edge_daemon.log.clock_history import CLOCK_TYPES, SAME_CLOCK_NS, ClockHistory, clock_history
from edge_daemon.log.effective import Amendments, amendments_of
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.instruments import TYPES, Instruments, fold
from edge_daemon.log.plan import Plan, plan_of
from edge_daemon.station.entries import entries_of

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the run before ended; `cause` is the gap cause of the time since."""

    cause: str
    ending: Ending


def last_run(reader: LogReader, boot_id: str) -> LastRun:
    """How the run before this one ended. `boot_id` is the computer's present one: another one means it restarted."""
    boots = entries_of(reader, (EntryType.BOOT.value,), limit=1_000_000)
    if not boots:
        return LastRun("daemon_off", "first")
    last = from_json(BootBody, boots[-1][1].body)
    if last.event == "stop":
        return LastRun("daemon_off", "stopped")
    if last.boot_id == boot_id:
        return LastRun("daemon_killed", "killed")
    return LastRun("power_loss", "power_loss")


def clock_history_of(reader: LogReader) -> ClockHistory:
    """All that the log says of the clock. Raises ValueError for a `boot` or `clock` entry of a wrong form."""
    return clock_history(_all_of(reader, CLOCK_TYPES))


def instruments_of(reader: LogReader) -> Instruments:
    """All that the log says of instruments. Raises ValueError for an entry of a wrong form."""
    return fold(_all_of(reader, TYPES))


def calibrations_of(reader: LogReader, before: int | None = None) -> calibrations.Calibrations:
    """What the log says of calibrations, where asked `before` the entry at an index only. Raises ValueError for an
    entry of a wrong form."""
    entries = _all_of(reader, calibrations.TYPES)
    return calibrations.fold((at, entry) for at, entry in entries if before is None or at < before)


def plan_in(reader: LogReader, index: int | None = None) -> Plan:
    """The monitoring plan for an entry at `index`; None: for those to come. Raises ValueError for a wrong form."""
    entries = _all_of(reader, (EntryType.PLAN.value,))
    return plan_of((at, entry) for at, entry in entries if index is None or at < index)


def amendments_in(reader: LogReader) -> Amendments:
    """All corrections that the log holds. Raises ValueError for an entry of a wrong form."""
    return amendments_of(_all_of(reader, (EntryType.AMENDMENT.value,)))


def clock_past(history: ClockHistory, size: int, read: Callable[[int], Entry], boot_id: str) -> ClockPast:
    """What a log of `size` entries says of the clock before this start. `history` is the whole log's.

    When the clock was synchronised counts across a restart of the computer only if the last run ended with a wall clock
    that was still followed: a hardware clock keeps whatever the wall clock was set to.
    """
    newest = read(size - 1)
    placed = history.placed(size - 1, newest.t_ns, newest.mono_us)
    believed = _newest(history, size, read, {"trusted", "holdover"})
    synchronised = _newest(history, size, read, {"trusted"})
    followed = history.state != "untrusted" and abs(placed.time_ns - newest.t_ns) <= SAME_CLOCK_NS
    return ClockPast(
        believed_ns=believed.time_ns if believed else None,
        last_ns=newest.t_ns,
        synchronised_ns=synchronised.time_ns if synchronised and followed else None,
        same_boot=_same_boot(history, synchronised) if history.boot_id == boot_id else None,
    )


def accounted(
    reader: LogReader, history: ClockHistory, sensor: str, boot_id: str, utc_minus_boot_ns: int | None
) -> Accounted | None:
    """Until when readings and gaps say what the sensor did; None where it never had a reading.

    `history` is the whole log's; `utc_minus_boot_ns` tells UTC in the present boot `boot_id`, None if that is unknown.
    """
    last = reader.last_reading(sensor)
    if last is None:
        return None
    index, entry = last.index, entry_at(reader, last.index)
    end_ns = entry.t_ns
    for gap_index, gap in _all_of(reader, (EntryType.GAP.value,), sensor=sensor, after=last.index):
        index, entry, end_ns = gap_index, gap, ns_from_rfc3339(from_json(GapBody, gap.body).end)
    interval_us = _interval_us(reader, sensor, index)
    stretch = history.stretch_at(index)
    if stretch is not None and stretch.boot_id == boot_id:
        return Accounted(end_ns, entry.mono_us - (entry.t_ns - end_ns) // 1000, interval_us)
    reported = history.placed_wall(index, entry.t_ns, entry.mono_us, end_ns)
    if reported.held or utc_minus_boot_ns is None:
        return Accounted(end_ns, None, interval_us)
    return Accounted(end_ns, (reported.time_ns - utc_minus_boot_ns) // 1000, interval_us)


def _interval_us(reader: LogReader, sensor: str, index: int) -> int | None:
    """How often the sensor was due when the entry at `index` was made; None where nothing configures it before."""
    configured = _all_of(reader, (EntryType.CONFIGURATION.value,), sensor=sensor)
    intervals_ns = [from_json(ConfigurationBody, entry.body).interval_ns for at, entry in configured if at < index]
    return intervals_ns[-1] // 1000 if intervals_ns else None


@dataclass(frozen=True, slots=True)
class _Newest:
    """The last moment of the newest stretch of some state."""

    boot_id: str
    mono_us: int
    time_ns: int


def _newest(history: ClockHistory, size: int, read: Callable[[int], Entry], states: set[str]) -> _Newest | None:
    """The last moment at which the clock had one of these states: told by the last entry made then."""
    following = size
    for stretch in reversed(history.stretches):
        if stretch.state in states and stretch.first < size:
            entry = read(following - 1)
            placed = history.placed(following - 1, entry.t_ns, entry.mono_us)
            return _Newest(stretch.boot_id, entry.mono_us, placed.time_ns)
        following = stretch.first
    return None


def _same_boot(history: ClockHistory, synchronised: _Newest | None) -> SameBoot | None:
    if not history.stretches:
        return None
    here = synchronised is not None and synchronised.boot_id == history.boot_id
    return SameBoot(
        state=ClockState(history.state),
        wall_offset_ns=history.stretches[-1].wall_offset_ns,
        base_ns=history.base.offset_ns if history.base else None,
        synchronised_us=synchronised.mono_us if synchronised and here else None,
    )


def entry_at(reader: LogReader, index: int) -> Entry:
    """The entry at `index`. Raises NotAnEntry for bytes that are none, IndexError past the end."""
    return decode_entry(reader.entries(index, 1)[0][1])


def _all_of(
    reader: LogReader, types: tuple[str, ...], *, sensor: str = "", after: int = -1
) -> Iterator[tuple[int, Entry]]:
    while page := entries_of(reader, types, sensor=sensor, after=after, limit=PAGE):
        yield from page
        after = page[-1][0]
