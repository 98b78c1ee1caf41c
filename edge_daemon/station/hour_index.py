# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where in the log the readings of each sensor's hours stand, found by reading its bytes from the beginning. Reads the
log in short ranges; keeps a few numbers for each block of entries in memory."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.effective import Amendment, Amendments
from edge_daemon.log.entry import Entry, EntryType, LoggedReading, decode_entry, decode_reading
from edge_daemon.log.known_gap import KnownGap, known_gap
from edge_daemon.log.late_adjustments import told_late
from edge_daemon.log.measured import Edge, Measured
from edge_daemon.log.plan import Plan
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_continuity import Continuity
from edge_daemon.log.summary_energy import measures_energy
from edge_daemon.log.summary_fold import Key, Summaries, Told
from edge_daemon.station.bridges import Bridges
from edge_daemon.station.waiting import Waiting, joined, with_one_more

BLOCK = 500
"""Entries read at a time, where nothing else is asked."""

Read = Callable[[int, int], list[tuple[int, bytes]]]
_READING = b'"type":"reading","v":1}'


@dataclass(frozen=True, slots=True)
class BlockState:
    """A block of entries: the sensors' newest reported times before it (UTC ns), the hours of which it holds readings,
    whether any of them are of power, and those whose time is not known."""

    last_ns: Mapping[str, int]
    keys: tuple[Key, ...]
    powered: bool
    held: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexState:
    """What reading the first `size` entries of a log has told of its hours, `block` entries at a time.

    It is all that an index has from readings; what the other entries say is read from the log again.
    """

    size: int
    block: int
    newest_ns: int
    last_ns: Mapping[str, int]
    blocks: Sequence[BlockState]
    edges: Mapping[Key, Edge]
    gaps: Sequence[KnownGap]
    touched: Collection[Key]


@dataclass(slots=True)
class _Block:
    """As `BlockState`."""

    last_ns: Mapping[str, int]
    keys: set[Key] = field(default_factory=set)
    held: tuple[Waiting, ...] = ()


def reading_of(data: bytes) -> tuple[LoggedReading, Entry] | None:
    """The reading in these bytes, also in the form that the fold of reported time takes; None for other entries."""
    if not data.endswith(_READING):
        return None
    reading = decode_reading(data)
    return reading, Entry(1, EntryType.READING, reading.t_ns, reading.mono_us, reading.salt, {"sensor": reading.sensor})


class HourIndex:
    """The index, its hours that changed since they were last looked at (`touched`), and what the log says besides.

    `read` gives at most so many (index, bytes) from an index on, as LogReader.entries does. `history` and `amendments`
    are what is known of the log beforehand: all or nothing of it, it only saves reading parts of the log twice. `block`
    is how many entries are read at a time.
    """

    def __init__(
        self, read: Read, history: ClockHistory | None = None, amendments: Amendments | None = None, block: int = BLOCK
    ) -> None:
        self._read = read
        self._size = block
        self._begin(history or ClockHistory(), amendments or Amendments())

    def _begin(self, history: ClockHistory, amendments: Amendments) -> None:
        self._blocks: list[_Block] = []
        self._where: dict[Key, set[int]] = {}
        self.measured = Measured()
        self._bridges = Bridges()
        self._gaps: dict[int, KnownGap] = {}
        self._among_gaps: dict[str, tuple[int, int]] = {}
        self._plans: list[Plan] = []
        self._configurations: dict[int, ConfigurationBody] = {}
        self._powered: dict[int, bool] = {}
        self._fixes = len(history.fixes)
        self._gaps_end_ns = 0
        self._next = 0
        self._told = -1
        self._fold = ReportedTime(history, amendments.releases)
        self.amendments = amendments
        self.calibrations = Calibrations()
        self.continuity = Continuity()
        self.summaries = Summaries()
        self.touched: set[Key] = set()
        self.newest_ns = 0

    @property
    def block(self) -> int:
        """How many entries are read at a time."""
        return self._size

    @property
    def fold(self) -> ReportedTime:
        """Reported time, with all that is known of the clock."""
        return self._fold

    def newest_before(self, index: int) -> tuple[int, Mapping[str, int]]:
        """An entry at or before `index`, and each sensor's newest reported time before that entry, as known so far."""
        following, newest_ns, number = self._next, self._fold.last_ns, index // self._size
        for block in self._blocks[number : number + 1] if index < following else ():
            return number * self._size, block.last_ns
        return min(following, index), newest_ns

    def waiting(self) -> list[Waiting]:
        """The readings whose time is not known, in the log's order."""
        return list(joined(span for block in self._blocks[:] for span in block.held))

    def catch_up(self) -> Iterator[None]:
        """Read to the end of the log; stops after each block so that whoever drives it can pause."""
        while rows := self._read(self._next, self._size - self._next % self._size):
            back = self._take(rows)
            if back is not None:
                self._rewind(back)
            yield

    def state(self) -> IndexState:
        """What is to be kept so that these readings need not be read again.

        An hour whose summary stands after what was read counts as touched: who resumes may find it gone.
        """
        pending = {key for key in self.summaries.hours() if (told := self.summaries.current(key)) and self._after(told)}
        return IndexState(
            size=self._next,
            block=self._size,
            newest_ns=self.newest_ns,
            last_ns=self._fold.last_ns,
            blocks=tuple(
                BlockState(block.last_ns, tuple(sorted(block.keys)), self._powered.get(number, False), block.held)
                for number, block in enumerate(self._blocks)
            ),
            edges=dict(self.measured.edges),
            gaps=tuple(self._gaps.values()),
            touched=tuple(sorted(self.touched | pending)),
        )

    def resume(self, state: IndexState, told: Iterable[tuple[int, Entry]]) -> Iterator[None]:
        """Go on where `state` was kept, instead of reading up to there; `told` are the entries before that are no
        readings, in the log's order. Stops after each of them. If it is not ended, nothing is resumed: begin anew."""
        self._begin(ClockHistory(), Amendments())
        for index, entry in told:
            self._learn(index, entry)
            self.amendments = self.amendments.after(index, entry)
            yield
        history = self._fold.history
        self._fixes = len(history.fixes)
        self._fold = ReportedTime(history, self.amendments.releases, state.last_ns)
        self._blocks = [_Block(block.last_ns, set(block.keys), block.held) for block in state.blocks]
        for number, block in enumerate(state.blocks):
            for key in block.keys:
                self._where.setdefault(key, set()).add(number)
            if block.powered:
                self._powered[number] = True
        self.measured = Measured(state.edges)
        self._gaps = {gap.index: gap for gap in state.gaps}
        self._gaps_end_ns = max((gap.end_ns or 0 for gap in state.gaps), default=0)
        self.touched = set(state.touched)
        self.newest_ns = state.newest_ns
        self._next = state.size

    def begin_anew(self) -> None:
        """Forget everything, and read the log from its beginning."""
        self._begin(ClockHistory(), Amendments())

    def _after(self, told: Told) -> bool:
        return told.index >= self._next

    def configuration(self, index: int) -> ConfigurationBody:
        """The configuration entry at `index`. Raises LookupError where there is none."""
        if index not in self._configurations:
            rows = self._read(index, 1)
            if not rows or rows[0][0] != index:
                raise LookupError(f"there is no configuration at index {index}")
            self._configurations[index] = from_json(ConfigurationBody, decode_entry(rows[0][1]).body)
        return self._configurations[index]

    def plan_at(self, index: int) -> Plan:
        """The plan that held at this index."""
        return next((plan for plan in reversed(self._plans) if plan.index < index), Plan())

    def swaps_of(self, sensor: str) -> Collection[int]:
        """The entries at which the sensor's instrument became another one, or may have."""
        return self.continuity.swaps_of(sensor)

    def gaps_of(self, sensor: str) -> list[KnownGap]:
        """The sensor's gaps of which at least one end has a time."""
        return [gap for gap in self._gaps.values() if gap.sensor == sensor]

    def is_powered(self, key: Key) -> bool:
        """Whether readings next to this hour matter to it."""
        return any(self._powered.get(block, False) for block in self._where.get(key, ()))

    def blocks_of(self, keys: Iterable[Key]) -> list[int]:
        """The blocks with readings of these sensors and hours, or with flags for them."""
        return sorted(set().union(*(self._where.get(key, set()) for key in keys)))

    def rows(self, block: int) -> tuple[ReportedTime, list[tuple[int, bytes]]]:
        """A block's entries, and the fold as it stands before them with all that is known by now."""
        fold = ReportedTime(self._fold.history, self.amendments.releases, self._blocks[block].last_ns)
        return fold, self._read(block * self._size, self._size)

    def _take(self, rows: list[tuple[int, bytes]]) -> int | None:
        """Learn these entries of one block; the index from which on earlier ones must be read anew, if any."""
        back: list[int] = []
        for index, data in rows:
            block = self._block(index)
            found = reading_of(data)
            if found is not None:
                self._fold = self._fold.after(index, found[1])
                self._place(index, block, found[0])
            else:
                back.extend(self._tell(index, decode_entry(data)))
            self._next = index + 1
        self._touch_gaps_over()
        return min(back, default=None)

    def _block(self, index: int) -> int:
        number = index // self._size
        while len(self._blocks) <= number:
            self._blocks.append(_Block(self._fold.last_ns))
        return number

    def _place(self, index: int, block: int, reading: LoggedReading) -> None:
        for settled, _, _ in reading.settles:
            if settled < index:
                self._settle(settled // self._size, block, reading.sensor)
        reported = self._fold.reported
        if reported is None or reported.held:
            stretch = self._fold.history.stretch_at(index)
            kept = self._blocks[block]
            kept.held = with_one_more(kept.held, stretch.first if stretch else -1, index)
            return
        key, t_ns = self._counted(index, reading.sensor, reported.time_ns)
        self.newest_ns = max(self.newest_ns, t_ns)
        self._mark(key, block)
        self._mark((reading.sensor, reported.time_ns // HOUR_NS), block)  # which says why it is not there, if it is not
        self.touched.update(self.measured.add(key, t_ns, index))
        if t_ns < self._gaps_end_ns:
            self._spread(key)
        if measures_energy(configured := self.configuration(reading.configuration)):
            self._powered[block] = True
            near = self._bridges.add(key, t_ns, index, reading, configured, self.calibrations)
            self.touched |= self._where.keys() & set(near)

    def _counted(self, index: int, sensor: str, time_ns: int) -> tuple[Key, int]:
        """For which sensor and hour a reading of this reported time counts, and when it was made, as amended."""
        change = self.amendments.change(index, sensor, time_ns)
        t_ns = time_ns + (change.offset_ns if change else 0)
        return (change.sensor if change else sensor, t_ns // HOUR_NS), t_ns

    def _settle(self, earlier: int, block: int, sensor: str) -> None:
        moved = {one.body.reads_as for one in self.amendments.in_force if one.body.reads_as}
        for key in [key for key in self._blocks[earlier].keys if key[0] == sensor or key[0] in moved]:
            self._mark(key, block)
            self.touched |= {(key[0], key[1] - 1), (key[0], key[1] + 1)} & self._where.keys()

    def _mark(self, key: Key, block: int) -> None:
        self._where.setdefault(key, set()).add(block)
        self._blocks[block].keys.add(key)
        self.touched.add(key)

    def _tell(self, index: int, entry: Entry) -> Iterator[int]:
        """Learn an entry that is no reading; yields the indices from which on it changes how others are read."""
        before = self.calibrations
        self._learn(index, entry)
        for adjusted in told_late(before, self.calibrations, index):
            self._touch_across(adjusted)
        fixes = self._fold.history.fixes
        for fix in fixes[self._fixes :]:
            yield next((one.first for one in self._fold.history.stretches if one.boot_id == fix.boot_id), 0)
        self._fixes = len(fixes)
        if entry.type == EntryType.AMENDMENT:
            yield from self._amended(index, entry)
        if entry.type == EntryType.GAP:
            self._learn_gap(index, entry)

    def _touch_across(self, index: int) -> None:
        """The hours that may hold a difference of readings before and after the entry at `index`."""
        across = index // self._size
        for key in self._where:
            near = self.blocks_of((key[0], hour) for hour in (key[1] - 1, key[1], key[1] + 1))
            if near[0] <= across <= near[-1]:
                self.touched.add(key)

    def _learn(self, index: int, entry: Entry) -> None:
        """What an entry that is no reading says by itself, however the readings before it are read."""
        self.summaries.learn(index, entry)
        # Of readings before it only what `told_late` finds changes, so that nothing is read anew.
        if index > self._told:
            self.calibrations, self._told = self.calibrations.after(index, entry), index
        self._fold = self._fold.after(index, entry)
        if entry.type == EntryType.PLAN and (not self._plans or self._plans[-1].index < index):
            self._plans.append(Plan().after(index, entry))
        self.continuity.learn(index, entry)

    def _amended(self, index: int, entry: Entry) -> Iterator[int]:
        before = self.amendments
        self.amendments = before.after(index, entry)
        if self.amendments is before:
            return
        concerned: list[Amendment] = [self.amendments.told[-1]]
        replaced = from_json(AmendmentBody, entry.body).replaces
        concerned += [one for one in before.told if one.index == replaced]
        yield from (one.body.first for one in concerned)

    def _learn_gap(self, index: int, entry: Entry) -> None:
        gap = known_gap(self._fold, index, entry, self.amendments)
        if gap is not None:
            self._gaps[index] = gap
            self._gaps_end_ns = max(self._gaps_end_ns, gap.end_ns or 0)
            self._touch_gap(gap)

    def _touch_gap(self, gap: KnownGap) -> None:
        hours = [t_ns // HOUR_NS for t_ns in (gap.start_ns, gap.end_ns) if t_ns is not None]
        first, last = hours[0], hours[-1]
        self.touched |= {(gap.sensor, hour) for hour in (first, last)}
        # Hours in between lie wholly inside; only those that hold readings or were summarised before can change.
        for hour in range(first + 1, last):
            key = (gap.sensor, hour)
            if key in self._where or self.summaries.current(key):
                self.touched.add(key)

    def _spread(self, key: Key) -> None:
        low, high = self._among_gaps.get(key[0], (key[1], key[1]))
        self._among_gaps[key[0]] = (min(low, key[1]), max(high, key[1]))

    def _touch_gaps_over(self) -> None:
        """A gap in which readings came to lie, or out of which they went, says something else."""
        spread, self._among_gaps = self._among_gaps, {}
        for gap in self._gaps.values() if spread else ():
            low, high = spread.get(gap.sensor, (1, 0))
            start_ns, end_ns = gap.start_ns or 0, gap.end_ns or self.newest_ns
            if start_ns // HOUR_NS <= high and end_ns // HOUR_NS >= low:
                self._touch_gap(gap)

    def _rewind(self, index: int) -> None:
        """Read anew from the block of `index` on; its hours and all later ones are touched."""
        first = min(index // self._size, len(self._blocks) - 1)
        for gap in [gap for gap in self._gaps.values() if gap.index >= first * self._size]:
            self._touch_gap(self._gaps.pop(gap.index))
        lost: set[Key] = set()
        for number, block in enumerate(self._blocks[first:], start=first):
            lost |= block.keys
            for key in block.keys:
                self._where[key].discard(number)
                self.touched |= {(key[0], hour) for hour in (key[1] - 1, key[1], key[1] + 1)}
            self._powered.pop(number, None)
        self._where = {key: blocks for key, blocks in self._where.items() if blocks}
        self._fold = ReportedTime(self._fold.history, self.amendments.releases, self._blocks[first].last_ns)
        del self._blocks[first:]
        self._next = first * self._size
        self._measure_anew(lost)

    def _measure_anew(self, lost: set[Key]) -> None:
        """What is still known of these hours, of which readings were put away, is looked at again."""
        for key in lost:
            self.touched.update(self.measured.beside(key))
            self._spread(key)
        self._touch_gaps_over()
        self.measured.forget(lost)
        self._bridges.forget(lost)
        for block in self.blocks_of(lost):
            fold, rows = self.rows(block)
            for index, data in rows:
                found = reading_of(data)
                if found is None:
                    continue
                fold = fold.after(index, found[1])
                if fold.reported is not None and not fold.reported.held:
                    key, t_ns = self._counted(index, found[0].sensor, fold.reported.time_ns)
                    if key in lost:
                        self.measured.add(key, t_ns, index)
