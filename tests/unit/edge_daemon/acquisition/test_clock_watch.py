# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the clock shows, and what is made of it."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.acquisition.clock_watch import (
    ClockEvent,
    ClockPast,
    ClockState,
    ClockWatch,
    Fixed,
    SameBoot,
    StateChanged,
    Stepped,
    Suspended,
    clock_body,
)
from edge_daemon.log.bodies import TYPE_OF, from_json, to_json
from edge_daemon.log.entry import Stamp, decode_entry, encode_entry

S = 1_000_000_000
DAY = 86_400
NOON = 1_800_000_000 * S


def at(boot_s: float, *, set_by_s: float = 0.0, slept_s: float = 0.0) -> Instant:
    boot_us = round(boot_s * 1e6)
    return Instant(NOON + boot_us * 1000 + round(set_by_s * S), boot_us, boot_us * 1000 - round(slept_s * S))


def start(watch: ClockWatch, past: ClockPast, *, synchronised: bool, keeps_time: bool = True) -> list[ClockEvent]:
    return watch.start(at(0), boot_id="b", synchronised=synchronised, keeps_time=keeps_time, past=past)


def started(*, synchronised: bool, past: ClockPast | None = None, keeps_time: bool = True) -> ClockWatch:
    watch = ClockWatch()
    start(watch, past or ClockPast(), synchronised=synchronised, keeps_time=keeps_time)
    return watch


def state_of(watch: ClockWatch) -> ClockState:
    """Asked anew each time: a type checker takes an attribute for what it was at the last look."""
    return watch.state


def kinds(events: list[ClockEvent]) -> list[type[ClockEvent]]:
    return [type(event) for event in events]


# What happens between two looks: seconds awake, seconds asleep, seconds the clock is set by.
MOVES = st.lists(
    st.tuples(st.floats(0.1, 100), st.sampled_from([0.0, 0.2, 60.0]), st.sampled_from([0.0, 0.1, 3.0, -3600.0]))
)


@given(MOVES, st.booleans())
def test_steps_and_sleeps_are_found_and_add_up(moves: list[tuple[float, float, float]], synchronised: bool) -> None:
    watch = started(synchronised=synchronised)
    boot = slept = set_by = 0.0
    stepped_ns = 0
    for awake, asleep, step in moves:
        boot, slept, set_by = boot + awake + asleep, slept + asleep, set_by + step
        now = at(boot, set_by_s=set_by, slept_s=slept)
        events = watch.tick(now, synchronised=synchronised)
        assert any(isinstance(event, Suspended) for event in events) == (asleep > 0.5)
        stepped_ns += sum(event.by_ns for event in events if isinstance(event, Stepped))
        assert abs(set_by * S - stepped_ns) <= 0.5 * S + 2000
        unknown = watch.state is ClockState.UNTRUSTED
        assert (watch.uncertainty_ns(now) is None, watch.utc_ns(now) is None) == (unknown, unknown)


def test_a_start_before_what_the_log_believes_is_untrusted_even_when_synchronised() -> None:
    watch = ClockWatch()
    (event,) = start(watch, ClockPast(believed_ns=NOON + 1, last_ns=NOON + 1, synchronised_ns=NOON), synchronised=True)
    assert isinstance(event, StateChanged)
    assert (event.before, event.after, event.uncertainty_ns) == (None, ClockState.UNTRUSTED, None)
    assert kinds(watch.tick(at(2), synchronised=True)) == [StateChanged, Fixed]
    assert watch.state is ClockState.TRUSTED


def test_a_slow_clock_is_not_believed_once_it_passes_what_the_log_knew() -> None:
    past = ClockPast(believed_ns=NOON + 3 * DAY * S, last_ns=NOON + 3 * DAY * S, synchronised_ns=NOON + 3 * DAY * S)
    watch = started(synchronised=False, past=past)
    assert watch.tick(at(4 * DAY), synchronised=False) == []
    assert watch.state is ClockState.UNTRUSTED


def test_a_time_nobody_believed_does_not_accuse_a_synchronised_clock() -> None:
    past = ClockPast(believed_ns=NOON - S, last_ns=NOON + 300 * DAY * S, synchronised_ns=NOON - S)
    assert started(synchronised=True, past=past).state is ClockState.TRUSTED
    assert started(synchronised=False, past=past).state is ClockState.UNTRUSTED


def test_a_clock_never_synchronised_is_untrusted() -> None:
    assert started(synchronised=False).state is ClockState.UNTRUSTED
    past = ClockPast(believed_ns=NOON - S, last_ns=NOON - S)
    assert started(synchronised=False, past=past).state is ClockState.UNTRUSTED


def test_holdover_has_a_growing_bound_and_an_end() -> None:
    watch = started(synchronised=True)
    (event,) = watch.tick(at(1), synchronised=False)
    assert isinstance(event, StateChanged)
    assert event.after is ClockState.HOLDOVER
    watch.tick(at(DAY), synchronised=False)
    assert watch.uncertainty_ns(at(DAY)) == pytest.approx(0.5 * S + 8.64 * S, rel=1e-3)
    watch.tick(at(8 * DAY), synchronised=False)
    assert watch.state is ClockState.UNTRUSTED


def test_holdover_across_a_restart_counts_from_when_it_was_synchronised() -> None:
    past = ClockPast(believed_ns=NOON - S, last_ns=NOON - S, synchronised_ns=NOON - DAY * S)
    watch = started(synchronised=False, past=past)
    assert watch.state is ClockState.HOLDOVER
    assert watch.uncertainty_ns(at(0)) == pytest.approx(9.14 * S, rel=1e-3)
    assert started(synchronised=False, past=past, keeps_time=False).state is ClockState.UNTRUSTED


def test_time_goes_on_when_the_clock_is_set_by_hand_after_it_was_synchronised_in_this_boot() -> None:
    watch = started(synchronised=True)
    assert kinds(watch.tick(at(1, set_by_s=10), synchronised=False)) == [StateChanged, Stepped]
    now = at(2, set_by_s=10)
    assert watch.tick(now, synchronised=False) == []
    assert (watch.state, watch.utc_ns(now)) == (ClockState.HOLDOVER, at(2).wall_ns)
    back = watch.tick(at(3), synchronised=True)
    assert kinds(back) == [Stepped, StateChanged]


def test_a_hardware_clock_set_by_hand_is_untrusted_until_synchronised() -> None:
    watch = started(synchronised=False, past=ClockPast(NOON - 20 * S, NOON - 20 * S, NOON - 20 * S))
    assert state_of(watch) is ClockState.HOLDOVER
    assert kinds(watch.tick(at(1, set_by_s=10), synchronised=False)) == [StateChanged, Stepped]
    assert state_of(watch) is ClockState.UNTRUSTED
    fixed = watch.tick(at(2, set_by_s=-5), synchronised=True)
    assert kinds(fixed) == [Stepped, StateChanged, Fixed]
    assert fixed[2] == Fixed(at(2, set_by_s=-5), "b", 500_000_000)


def test_a_synchronised_clock_that_is_set_is_trusted_anew_unless_it_goes_far_back() -> None:
    watch = started(synchronised=True)
    assert kinds(watch.tick(at(1, set_by_s=-5), synchronised=True)) == [Stepped, StateChanged]
    assert state_of(watch) is ClockState.TRUSTED
    assert kinds(watch.tick(at(2, set_by_s=-3600), synchronised=True)) == [StateChanged, Stepped]
    assert state_of(watch) is ClockState.UNTRUSTED


SAME = SameBoot(ClockState.TRUSTED, NOON, NOON, 0)


@pytest.mark.parametrize(
    ("same", "state", "utc_s"),
    [
        (SAME, ClockState.HOLDOVER, 0),
        (replace(SAME, wall_offset_ns=NOON - 10 * S, base_ns=NOON - 10 * S), ClockState.HOLDOVER, -10),
        (replace(SAME, state=ClockState.HOLDOVER, synchronised_us=None), ClockState.HOLDOVER, 0),
        (
            replace(SAME, state=ClockState.HOLDOVER, synchronised_us=None, wall_offset_ns=NOON - 10 * S),
            ClockState.UNTRUSTED,
            None,
        ),
        (replace(SAME, state=ClockState.UNTRUSTED, base_ns=None), ClockState.UNTRUSTED, None),
    ],
)
def test_a_restart_in_the_same_boot_goes_on_from_what_was_known(
    same: SameBoot, state: ClockState, utc_s: int | None
) -> None:
    watch = ClockWatch()
    past = ClockPast(NOON - 20 * S, NOON - 20 * S, NOON - 20 * S, same)
    events = start(watch, past, synchronised=False, keeps_time=False)
    assert watch.state is state
    assert watch.utc_ns(at(0)) == (None if utc_s is None else NOON + utc_s * S)
    assert any(isinstance(event, Stepped) for event in events) == (same.wall_offset_ns != NOON)


def test_a_synchronised_restart_in_the_same_boot_fixes_what_came_before_in_it() -> None:
    past = ClockPast(same_boot=replace(SAME, state=ClockState.UNTRUSTED))
    assert kinds(start(ClockWatch(), past, synchronised=True)) == [StateChanged, Fixed]


def test_every_event_is_a_clock_entry() -> None:
    stamp = Stamp(NOON, 1, bytes(16))
    for event, key, value in (
        (StateChanged(at(1), None, ClockState.TRUSTED, 500_000_000), "uncertainty_us", 500_000),
        (StateChanged(at(1), ClockState.TRUSTED, ClockState.UNTRUSTED, None), "before", "trusted"),
        (Stepped(at(1), -40 * 365 * DAY * S), "by_us", -40 * 365 * DAY * 1_000_000),
        (Suspended(at(1), 60 * S), "for_us", 60_000_000),
        (Fixed(at(1), "b", 500_000_000), "mono_us", 1_000_000),
    ):
        body = clock_body(event)
        entry = decode_entry(encode_entry(TYPE_OF[type(body)], stamp, to_json(body)))
        assert (entry.type, entry.body[key]) == ("clock", value)
        assert from_json(type(body), entry.body) == body


def test_ticking_before_the_start_is_an_error() -> None:
    with pytest.raises(ValueError, match="not started"):
        ClockWatch().tick(at(1), synchronised=True)


def test_the_systems_clocks_run() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.wall_ns > NOON - 20 * 365 * DAY * S
    assert second.boot_us >= first.boot_us
    assert second.mono_ns >= first.mono_ns
    assert clock.boot_id() == clock.boot_id() != ""
    assert clock.synchronised() in {True, False}
    assert clock.keeps_time_when_off() in {True, False}


def test_a_pause_between_two_clocks_is_no_set_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = iter([3 * S, 2 * S, 0, 0])
    read, late_ns = time.time_ns, 0

    def slow() -> int:
        nonlocal late_ns
        late_ns += next(pauses)
        return read() + late_ns

    boot = time.clock_gettime_ns
    monkeypatch.setattr(time, "time_ns", slow)
    monkeypatch.setattr(time, "clock_gettime_ns", lambda which: boot(which) + late_ns)
    before_ns = read() - boot(time.CLOCK_BOOTTIME)
    now = SystemClock().now()
    assert now.wall_ns - now.boot_us * 1000 == pytest.approx(before_ns, abs=0.2 * S)
