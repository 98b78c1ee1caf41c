# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration made while the clock was wrong is of the time that a later fix gives it: date, due date, age, doubt."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from edge_daemon.acquisition.calibrating import OVERDUE, in_use
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Body, BootBody, ClockFixBody, ClockStateBody
from edge_daemon.log.calibration_due import due_of, overdue_ns
from edge_daemon.log.calibration_story import Story
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.carrying import carried
from edge_daemon.log.entry import Entry
from edge_daemon.log.instruments import Key
from edge_daemon.metrology.score import source_score
from tests.unit.edge_daemon.log.calibration_world import (
    CHANNEL,
    MODEL,
    SENSOR,
    SERIAL,
    certificate,
    entry,
    installed,
    review,
    start,
    verdict,
)

KEY = Key(MODEL, SERIAL)
S = 1_000_000_000
BOOT = "boot-1"
TRUE_NS = round(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * S
FIX = 40


def at(second: int, wrong_by_s: int, body: Body) -> Entry:
    """The body in an entry that was made this long after the boot, by a clock that is wrong by so much."""
    return replace(entry(body, TRUE_NS + (second + wrong_by_s) * S), mono_us=second * 1_000_000)


def world(wrong_by_days: int, *, due: str, outcome: str = "pass") -> list[tuple[int, Entry]]:
    """A calibration by a wrong clock, a certificate accepted after it, the clock set right, and fixed."""
    wrong_s = wrong_by_days * 86_400
    end = verdict(10, outcome, due=due)  # type: ignore[arg-type]  # one of the outcomes
    utc = rfc3339_from_ns(TRUE_NS + 3_000 * S)
    return [
        (0, at(0, wrong_s, BootBody("start", BOOT, "1", "untrusted"))),
        (1, at(1, wrong_s, installed())),
        (10, at(60, wrong_s, start())),
        (20, at(600, wrong_s, end)),
        (39, at(3_000, 0, ClockStateBody("untrusted", "trusted", 50_000))),
        (FIX, at(3_000, 0, ClockFixBody(BOOT, 3_000_000_000, utc, 50_000, "synchronised"))),
    ]


def folded(entries: list[tuple[int, Entry]], until: int = 1_000) -> Calibrations:
    known = Calibrations()
    for index, one in entries:
        known = known.after(index, one) if index < until else known
    return known


@pytest.mark.parametrize(
    ("days", "due", "right"), [(-2_000, "2022-06-02", "2027-11-23"), (1_500, "2032-01-01", "2027-11-23")]
)
def test_a_fix_moves_date_and_due_date_by_as_many_days(days: int, due: str, right: str) -> None:
    entries = world(days, due=due)
    before, after = folded(entries, FIX).in_force(KEY, CHANNEL), folded(entries).in_force(KEY, CHANNEL)
    assert before is not None
    assert after is not None
    assert before.calibrated_ns == TRUE_NS + (600 + days * 86_400) * S
    assert after.calibrated_ns == TRUE_NS + 600 * S
    assert (before.due, after.due) == (due, right)
    assert before == folded(entries).as_told(20, FIX)
    assert after == folded(entries).as_told(20, FIX + 1) == folded(entries).for_sensor(SENSOR)[CHANNEL]
    assert folded(entries).for_sensor(SENSOR, FIX)[CHANNEL] == before, "what was said of readings until then stays"
    assert after.index == before.index == 20, "readings go on naming it as before"


@pytest.mark.parametrize("days", [-2_000, 1_500])
def test_readings_after_the_fix_score_by_the_right_age_and_are_not_overdue(days: int) -> None:
    wrong_day = datetime.fromtimestamp(TRUE_NS // S + days * 86_400, UTC).date()
    entries = world(days, due=wrong_day.replace(year=wrong_day.year + 1).isoformat())
    now_ns = TRUE_NS + 4_000 * S
    wrong = in_use(folded(entries, FIX).present(SENSOR), (CHANNEL,), CHANNEL, now_ns)
    right = in_use(folded(entries).present(SENSOR), (CHANNEL,), CHANNEL, now_ns)
    assert wrong.score < source_score(0) == right.score
    assert not right.doubts
    if days < 0:
        assert wrong.doubts[CHANNEL][1] == OVERDUE
    made = folded(entries).in_force(KEY, CHANNEL)
    assert made is not None
    ends_ns = overdue_ns(made, None)
    assert ends_ns is not None
    assert 360 < (ends_ns - now_ns) / S / 86_400 < 370
    assert made.age_days(now_ns + 10 * 86_400 * S) == 10


def test_history_and_what_the_next_log_carries_over_follow_the_fix() -> None:
    entries = world(-2_000, due="2022-06-02")
    story, known = Story(), folded(entries)
    for index, one in entries:
        story = story.after(index, one)
    (told,) = story.of(known, KEY)
    assert (told.t_ns, told.verdict and told.verdict.due) == (TRUE_NS + 600 * S, "2027-11-23")
    (again,) = carried(known, "origin")
    assert (again.calibrated, again.due) == (rfc3339_from_ns(TRUE_NS + 600 * S), "2027-11-23")
    unfixed = story.of(folded(entries, FIX), KEY)[0]
    assert unfixed.t_ns < told.t_ns


def test_a_failure_by_a_slow_clock_is_not_cured_by_a_certificate_of_a_day_before_it() -> None:
    entries = world(-2_000, due="", outcome="fail")
    paper = replace(certificate(calibrated="2026-01-10"), person="Ana")
    entries[4:4] = [(25, at(700, -2_000 * 86_400, paper)), (26, at(710, -2_000 * 86_400, review(25)))]
    known = folded(entries)
    assert known.doubted(SENSOR, 21) == {CHANNEL}
    assert known.doubted(SENSOR, 27) == known.doubted(SENSOR, FIX) == frozenset(), "by what was known then"
    assert known.doubted(SENSOR, FIX + 1) == known.doubted(SENSOR) == {CHANNEL}
    assert known.in_doubt(KEY, CHANNEL, known.in_force(KEY, CHANNEL)) is not None


def test_a_boot_that_was_never_fixed_keeps_what_its_clock_showed() -> None:
    entries = world(-2_000, due="2022-06-02")
    other = replace(entries[-1][1], body={**entries[-1][1].body, "boot_id": "boot-7"})
    made = folded([*entries[:-1], (FIX, other)]).in_force(KEY, CHANNEL)
    assert made is not None
    assert made.due == "2022-06-02"


def test_how_it_stands_follows_the_fix() -> None:
    entries = world(-2_000, due="2022-06-02")
    on = date(2026, 11, 23)
    assert due_of(folded(entries, FIX), KEY, CHANNEL, on).standing == "overdue"
    assert due_of(folded(entries), KEY, CHANNEL, on).standing == "ok"
    assert due_of(folded(entries), KEY, CHANNEL, on, plan_days=20).due == date(2026, 12, 13)
