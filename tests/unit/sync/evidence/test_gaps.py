# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A gap is not believed: its number of readings, its end, and that nothing was read in it follow from the log."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.gaps import Accounted, Gap, GapTracker, gap_while_off
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import GapBody
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from sync.evidence.chain import chain_of
from sync.evidence.entry_checks import EntryChecker
from sync.evidence.verdict import Check
from tests.unit.sync.recorded import S
from tests.unit.sync.signed_logs import SENSOR, SignedLog, checked


def told(log: SignedLog, start_ns: int, end_ns: int, expected: int, *causes: str) -> int:
    ends = rfc3339_from_ns(start_ns), rfc3339_from_ns(end_ns)
    return log.recorded.add(GapBody(SENSOR, *ends, expected, causes or ("unplugged",)))


def named(log: SignedLog, folder: Path) -> dict[str, Check]:
    log.sign()
    return {check.name: check for check in checked(log.bundle(folder).path, log.register()).checks}


def counted(expected: int) -> tuple[SignedLog, int]:
    """A day without readings, of which the gap counts so many."""
    log = SignedLog().begin()
    log.readings(30)
    start_ns = log.recorded.t_ns
    log.recorded.pass_(86_400)
    at = told(log, start_ns, log.recorded.t_ns, expected)
    log.readings(30)
    return log, at


@pytest.mark.parametrize(("expected", "outcome"), [(86_399, "passed"), (86_400, "passed"), (0, "failed")])
def test_a_gap_counts_what_was_due_in_its_time(tmp_path: Path, expected: int, outcome: str) -> None:
    log, at = counted(expected)
    found = named(log, tmp_path)["completeness"]
    assert found.outcome == outcome
    if outcome == "failed":
        assert found.entry == at
        assert "counts 0 missing readings" in found.words


def over_readings() -> tuple[SignedLog, int]:
    """A gap that is laid over readings which are there."""
    log = SignedLog().begin()
    log.readings(30)
    start_ns = log.recorded.t_ns - 20 * S
    log.recorded.pass_(60)
    at = told(log, start_ns, log.recorded.t_ns, 79)
    log.readings(30)
    return log, at


def into_the_future() -> tuple[SignedLog, int]:
    """A gap that says beforehand that nothing will come for a day; and nothing comes for three hours."""
    log = SignedLog().begin()
    log.readings(30)
    start_ns = log.recorded.t_ns
    log.recorded.pass_(30)
    at = told(log, start_ns, start_ns + 86_400 * S, 86_399)
    log.recorded.pass_(3 * 3600)
    log.readings(30)
    return log, at


def test_no_reading_lies_within_a_gap(tmp_path: Path) -> None:
    log, at = over_readings()
    found = named(log, tmp_path)["completeness"]
    assert (found.outcome, found.entry) == ("failed", at)


def test_a_gap_excuses_nothing_that_comes_after_it_was_told(tmp_path: Path) -> None:
    log, at = into_the_future()
    found = named(log, tmp_path)["completeness"]
    assert found.outcome == "failed"
    assert "was silent for 10,801 s" in found.words, "the silence itself is named first"
    assert found.entry == at + 1


def unknown_length() -> SignedLog:
    """The computer comes up without the time, and cannot tell how long it was off."""
    log = SignedLog().begin()
    log.readings(30)
    start_ns = log.recorded.t_ns
    log.recorded.t_ns, log.recorded.mono_us = start_ns + 600 * S, 2_000_000
    log.recorded.boot("boot-2", "untrusted")
    told(log, start_ns, log.recorded.t_ns, 0, "power_loss", "clock_untrusted")
    log.readings(3)
    return log


def test_a_gap_whose_length_nobody_knew_is_left_open(tmp_path: Path) -> None:
    found = named(unknown_length(), tmp_path)
    assert found["gap_counts"].outcome == "not_checked"
    assert found["completeness"].outcome != "failed"


def test_a_gap_over_a_restart_counts_by_the_clock_that_was_believed_on_both_sides(tmp_path: Path) -> None:
    for expected, outcome in ((601, "passed"), (0, "failed")):
        log = SignedLog().begin()
        log.readings(30)
        start_ns = log.recorded.t_ns
        log.recorded.t_ns, log.recorded.mono_us = start_ns + 601 * S, 2_000_000
        log.recorded.boot("boot-2", "trusted")
        told(log, start_ns, log.recorded.t_ns, expected, "power_loss")
        log.readings(3)
        place = tmp_path / str(expected)
        place.mkdir()
        assert named(log, place)["completeness"].outcome == outcome


@dataclass
class Recorder:
    """A sensor that is recorded with the recorder's own account of what is missing, through whatever happens."""

    log: SignedLog
    boots: int = 1
    accounted_ns: int = 0
    tracker: GapTracker = field(init=False)

    def __post_init__(self) -> None:
        self.accounted_ns = self.log.recorded.t_ns
        self.tracker = GapTracker(SENSOR, S // 1000, self.now())

    def now(self) -> Instant:
        told = self.log.recorded
        return Instant(told.t_ns, told.mono_us, told.mono_us * 1000)

    def sample(self, after_s: float, *, trouble: bool, refused: bool) -> None:
        self.log.recorded.pass_(after_s)
        if trouble:
            self.tracker.trouble("no_reply")
        self._gap(self.tracker.before_reading(self.now()))
        if not refused:
            self.log.recorded.reading(SENSOR, self.log.configuration, after_s=0.0)
            self.accounted_ns = self.log.recorded.t_ns
        self.tracker.settle(self.now(), recorded=not refused)

    def restart(self, off_s: float, *, power: bool) -> None:
        self._gap(self.tracker.before_end(self.now()))
        self.log.recorded.pass_(off_s)
        if power:
            self.boots += 1
            self.log.recorded.mono_us = 2_000_000
        self.log.recorded.boot(f"boot-{self.boots}", "trusted")
        since_us = self.log.recorded.mono_us - (self.log.recorded.t_ns - self.accounted_ns) // 1000
        self._gap(gap_while_off(SENSOR, S // 1000, Accounted(self.accounted_ns, since_us), self.now(), "daemon_off"))
        self.tracker = GapTracker(SENSOR, S // 1000, self.now())

    def _gap(self, gap: Gap | None) -> None:
        if gap is not None:
            told(self.log, gap.from_ns, gap.to_ns, gap.expected, *gap.causes)
            self.accounted_ns = gap.to_ns


STEPS = st.one_of(
    st.tuples(st.just("sample"), st.sampled_from([0.9, 1.0, 1.1, 2.0, 3.4, 45.0, 5e3]), st.booleans(), st.booleans()),
    st.tuples(st.just("restart"), st.sampled_from([0.4, 3.0, 90.0, 4e4]), st.booleans(), st.booleans()),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_what_the_recorder_itself_says_of_gaps_always_holds(steps: list[tuple[str, float, bool, bool]]) -> None:
    log = SignedLog().begin()
    recorder = Recorder(log)
    recorder.sample(1.0, trouble=False, refused=False)
    for what, seconds, one, other in steps:
        if what == "sample":
            recorder.sample(seconds, trouble=one, refused=other)
        else:
            recorder.restart(seconds, power=one)
    entries = list(enumerate(map(decode_entry, log.recorded.entries)))
    chain = chain_of(log.recorded.origin, [(at, one) for at, one in entries if one.type in CONTEXT_TYPES])
    checker = EntryChecker(chain, ())
    for index, data in enumerate(log.recorded.entries):
        checker.take(index, data)
    assert (checker.gaps.wrong.words, checker.gaps.open.words, checker.silence.words) == ("", "", "")
