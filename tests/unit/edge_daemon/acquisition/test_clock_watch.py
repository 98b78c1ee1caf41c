# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the clock shows, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.acquisition.clock_watch import ClockState, ClockWatch, StateChanged, Stepped, Suspended, clock_body
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry

S = 1_000_000_000
NOON = 1_800_000_000 * S


def at(boot_s: float, *, set_by_s: float = 0.0, slept_s: float = 0.0) -> Instant:
    boot_us = round(boot_s * 1e6)
    return Instant(NOON + boot_us * 1000 + round(set_by_s * S), boot_us, boot_us * 1000 - round(slept_s * S))


def started(*, synchronised: bool, log_last_ns: int | None = None, trusted_last_ns: int | None = None) -> ClockWatch:
    watch = ClockWatch()
    watch.start(at(0), synchronised=synchronised, log_last_ns=log_last_ns, trusted_last_ns=trusted_last_ns)
    return watch


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
        events = watch.tick(at(boot, set_by_s=set_by, slept_s=slept), synchronised=synchronised)
        assert any(isinstance(event, Suspended) for event in events) == (asleep > 0.5)
        stepped_ns += sum(event.by_ns for event in events if isinstance(event, Stepped))
        assert abs(set_by * S - stepped_ns) <= 0.5 * S + 2000
        bound = watch.uncertainty_ns(at(boot))
        assert (bound is None) == (watch.state is ClockState.UNTRUSTED)


def test_a_start_before_the_logs_last_time_is_untrusted_even_when_synchronised() -> None:
    watch = ClockWatch()
    event = watch.start(at(0), synchronised=True, log_last_ns=NOON + 1, trusted_last_ns=NOON - S)
    assert (event.before, event.after, event.uncertainty_ns) == (None, ClockState.UNTRUSTED, None)
    later = watch.tick(at(2), synchronised=True)
    assert [type(e) for e in later] == [StateChanged]
    assert watch.state is ClockState.TRUSTED


def test_a_clock_never_synchronised_is_untrusted() -> None:
    assert started(synchronised=False).state is ClockState.UNTRUSTED


def test_holdover_has_a_growing_bound_and_an_end() -> None:
    watch = started(synchronised=True)
    (event,) = watch.tick(at(1), synchronised=False)
    assert isinstance(event, StateChanged)
    assert event.after is ClockState.HOLDOVER
    watch.tick(at(86_400), synchronised=False)
    assert watch.uncertainty_ns(at(86_400)) == pytest.approx(0.5 * S + 8.64 * S, rel=1e-3)
    watch.tick(at(8 * 86_400), synchronised=False)
    assert watch.state is ClockState.UNTRUSTED


def test_holdover_across_a_restart_counts_from_the_last_trusted_time() -> None:
    watch = started(synchronised=False, log_last_ns=NOON - S, trusted_last_ns=NOON - 86_400 * S)
    assert watch.state is ClockState.HOLDOVER
    assert watch.uncertainty_ns(at(0)) == pytest.approx(9.14 * S, rel=1e-3)


def test_a_clock_set_by_hand_in_holdover_is_untrusted_until_synchronised() -> None:
    watch = started(synchronised=True)
    watch.tick(at(1), synchronised=False)
    events = watch.tick(at(2, set_by_s=10), synchronised=False)
    assert [type(e) for e in events] == [Stepped, StateChanged]
    assert watch.state is ClockState.UNTRUSTED
    (event,) = watch.tick(at(3, set_by_s=10), synchronised=True)
    assert isinstance(event, StateChanged)
    assert event.after is ClockState.TRUSTED


def test_every_event_is_a_clock_entry() -> None:
    stamp = Stamp(NOON, 1, bytes(16))
    for event, key, value in (
        (StateChanged(at(1), None, ClockState.TRUSTED, 500_000_000), "uncertainty_us", 500_000),
        (StateChanged(at(1), ClockState.TRUSTED, ClockState.UNTRUSTED, None), "before", "trusted"),
        (Stepped(at(1), -40 * 365 * 86_400 * S), "by_us", -40 * 365 * 86_400 * 1_000_000),
        (Suspended(at(1), 60 * S), "for_us", 60_000_000),
    ):
        assert decode_entry(encode_entry(EntryType.CLOCK, stamp, clock_body(event))).body[key] == value


def test_ticking_before_the_start_is_an_error() -> None:
    with pytest.raises(ValueError, match="not started"):
        ClockWatch().tick(at(1), synchronised=True)


def test_the_systems_clocks_run() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.wall_ns > NOON - 20 * 365 * 86_400 * S
    assert second.boot_us >= first.boot_us
    assert second.mono_ns >= first.mono_ns
    assert clock.boot_id() == clock.boot_id() != ""
    assert clock.synchronised() in {True, False}
    assert clock.keeps_time_when_off() in {True, False}
