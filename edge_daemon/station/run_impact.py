# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run means for readings already taken: told before it ends, and opened as amendments. Reads and writes the log.

An amendment is written before the entry that ends its run, and found again by the run that it names and where it ends:
so it is there once, however often and by whomever the ending was tried, and whether the run is signed or given up.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from edge_daemon.calibration.closed_log import ClosedLog, of_carried, of_cut_off
from edge_daemon.calibration.computed_words import with_computed
from edge_daemon.calibration.impact import Energy, as_found_amendment, tells_of
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BufferUnavailable
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import Body, LogBody, NoteBody, from_json
from edge_daemon.log.calibration_body import CarriedCalibration, CutOffRun
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.effective import Amendment
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.in_force import InForce, good
from edge_daemon.log.instruments import Key, Stretch
from edge_daemon.log.run_ends import found_outside
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.impact_beginning import FirstReading, beginning_of

_RECORDED = frozenset({EntryType.BOOT.value, EntryType.CLOCK.value, EntryType.READING.value})
"""What no log begins with."""


class Meter(Protocol):
    """What a sensor's energy counter counted; None where that cannot be told."""

    def between(self, sensor: str, first: int, last: int) -> Energy | None:
        """From the entry at `first` to the one at `last`."""

    def since(self, sensor: str, t_ns: int, last: int) -> Energy | None:
        """From a moment, UTC, to the entry at `last`."""


@dataclass(frozen=True, slots=True)
class Log:
    """The log as ending a run needs it. `write` makes an entry durable, `entry` reads one, `amendments` finds those
    that were written for the run that began at an index, `first_reading` a sensor's first one after a time."""

    write: Callable[[Body], tuple[int, Entry]]
    entry: Callable[[int], Entry]
    amendments: Callable[[int], Iterable[tuple[int, AmendmentBody]]]
    first_reading: FirstReading


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is to be amended: `here` at the run's own sensor, `elsewhere` where the instrument was before."""

    here: AmendmentBody | None = None
    elsewhere: tuple[AmendmentBody, ...] = ()


class RunImpact:
    """Safe to use from several threads; one at a time for each run. Methods raise what the log raises."""

    def __init__(
        self,
        amendments: AmendmentDesk,
        calibrations: Callable[[], Calibrations],
        log: Log,
        meter: Meter,
        now_ns: Callable[[], int],
    ) -> None:
        self._amendments = amendments
        self._calibrations = calibrations
        self._log = log
        self._meter = meter
        self._now_ns = now_ns
        self._unconfirmed: set[int] = set()

    def proposed(self, run: Run, person: str, *, broken_off: bool = False) -> Proposed:
        """What its as-found points call for; of a run that is `broken_off` as far as they go. Raises BadInput where
        they cannot be judged."""
        known = self._calibrations()
        before, begin = self._since(known, run)
        body = as_found_amendment(
            run,
            since=begin if before is None else before.index,
            person=person,
            good_before=before is not None,
            energy=self._meter.between(run.start.sensor, begin, run.index),
            also=self._also_in(before, begin),
            broken_off=broken_off,
        )
        if body is None:
            return Proposed()
        key = known.name_of(key_of(run))
        body = with_computed(replace(body, first=min(begin, body.first)), run.start.channel, known.relations(key))
        here, elsewhere = _by_stretch(body, known.instruments.of(key), run)
        return Proposed(here, elsewhere)

    def write(self, run: Run, proposed: Proposed) -> int | None:
        """Write what is not there yet; the index of the run's own amendment, None where there is none."""
        for body in proposed.elsewhere:
            self._amended(run, body)
        return None if proposed.here is None else self._amended(run, proposed.here)

    def found_before(self, run: Run) -> tuple[str, ...]:
        """What was found since the last good calibration before this run, and is in force: by runs that were given up
        or ended with their log, or by anybody who amended. In words."""
        known = self._calibrations()
        before, begin = self._since(known, run)
        amended = (
            f"Amended at entry {one.index}: {one.body.evidence}"
            for one in self._amendments.amendments.in_force
            if self._concerns(one, run, begin) and not tells_of(one.body, run.index)
        )
        return (*amended, *self._cut_off_before(known, run, -1 if before is None else before.index))

    # ----------------------------------------------------------------------------------------------------------------

    def _concerns(self, one: Amendment, run: Run, begin: int) -> bool:
        body = one.body
        later = run.ended_at is not None and one.index > run.ended_at
        if body.kind != "as_found_failure" or body.last < begin or later:
            return False
        return run.start.sensor in (body.sensors or (run.start.sensor,)) and (
            run.start.channel in (body.channels or (run.start.channel,))
        )

    def _cut_off_before(self, known: Calibrations, run: Run, since: int) -> Iterator[str]:
        key = known.name_of(key_of(run))
        for mark in known.doubts:
            if (mark.key, mark.channel) != (key, run.start.channel) or not since < mark.index < run.index:
                continue
            entry = self._log.entry(mark.index)
            if entry.type == EntryType.CALIBRATION and entry.body.get("event") == "cut_off":
                body = from_json(CutOffRun, entry.body)
                if found_outside(body):
                    found = f"A run that ended with the closed log {body.origin} found it outside its limits."
                    yield f"{found} {of_cut_off(body).words(body.channel)}"

    def _since(self, known: Calibrations, run: Run) -> tuple[InForce | None, int]:
        """The last good calibration, None for none; and where the readings begin that an as-found failure casts doubt
        on."""
        key = known.name_of(key_of(run))
        found = good(known.history(key), known.doubts, run.start.channel)
        before = [one for one in found if one.index < run.index]
        if before:
            return before[-1], beginning_of(known, before[-1], self._log.first_reading)
        return None, min((one.first for one in known.instruments.of(key)), default=0)

    def _also_in(self, before: InForce | None, begin: int) -> ClosedLog | None:
        return also_in(self._log.entry, before, begin)

    def _amended(self, run: Run, body: AmendmentBody) -> int:
        """The index of this amendment of the run, which is written unless it was before.

        A write that was not confirmed may still come into the log. So another entry goes first: once that is durable,
        it is certain whether the amendment is there.
        """
        if run.index in self._unconfirmed:
            told = (
                f"Calibration run {run.index} is signed again, or given up again: the disk did not confirm what it "
                "meant for earlier readings."
            )
            self._log.write(NoteBody(told, rfc3339_from_ns(self._now_ns()), body.person, run.start.sensor))
            self._unconfirmed.discard(run.index)
        for index, written in self._log.amendments(run.index):
            if (written.sensors, written.last) == (body.sensors, body.last):  # each stretch has its own end
                return index
        try:
            return self._amendments.amend(body)[0]
        except BufferUnavailable:
            self._unconfirmed.add(run.index)
            raise


def also_in(entry: Callable[[int], Entry], before: InForce | None, begin: int) -> ClosedLog | None:
    """The closed log with readings that rest on the last good calibration `before` too: it was made there. Without any
    the instrument, which this log tells of since the entry at `begin`, was in the log before where it was here from the
    beginning: what a log carries over stands before anything that is recorded."""
    if before is not None:
        told = entry(before.index)
        if told.body.get("event") != "carried":
            return None
        return of_carried(from_json(CarriedCalibration, told.body))
    first = entry(0)
    if first.type != EntryType.LOG or any(entry(index).type in _RECORDED for index in range(1, begin)):
        return None
    predecessor = from_json(LogBody, first.body).predecessor
    return ClosedLog(predecessor.origin) if predecessor else None


def key_of(run: Run) -> Key:
    """The run's instrument, by its name of then."""
    return Key(run.start.model, run.start.serial)


def _by_stretch(
    body: AmendmentBody, stretches: Sequence[Stretch], run: Run
) -> tuple[AmendmentBody, tuple[AmendmentBody, ...]]:
    """The amendment cut to where the instrument was: at the run's sensor now, and wherever it was before.

    What another instrument measured in between at the same sensor is not touched.
    """
    here, elsewhere = body, []
    for one in stretches:
        first = max(body.first, one.first)
        last = run.index if one.until is None else min(one.until - 1, run.index)
        if one.sensor == run.start.sensor and one.holds(run.index):
            here = replace(body, first=min(first, run.index))
        elif first <= last:
            elsewhere.append(replace(body, first=first, last=last, sensors=(one.sensor,)))
    return here, tuple(elsewhere)
