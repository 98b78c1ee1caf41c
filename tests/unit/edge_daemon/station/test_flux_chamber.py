# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One closing of a chamber as a state machine: phases, corrections, abortions, whatever order readings come in."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.metrology.soil_flux import Chamber, flux_term, water_mmol_mol
from edge_daemon.metrology.soil_flux_verdict import Outcome, Rules
from edge_daemon.station.flux_chamber import Closing, ClosingPlan, Phase, Source, Told

AIR = (Source(value=20.0), Source(value=101.3))
PLAN = ClosingPlan("co2", Chamber(5200, 320), *AIR, None, 20, 100, 30, Rules(1))
close = pytest.approx


def value(number: float, flag: Flag = Flag.GOOD) -> ChannelValue:
    return ChannelValue(number, number, flag)


def co2(seconds: float, ppm: float, flag: Flag = Flag.GOOD, **more: float) -> Told:
    channels = {"co2": value(ppm, flag), **{name: value(number) for name, number in more.items()}}
    return Told(1000 + round(seconds * 10), "co2", seconds, channels)


def course(seconds: float) -> float:
    return 1500 - 1080 * math.exp(-0.0016 * seconds)


def run(closing: Closing, until: float, start: float = 0.0) -> Closing:
    for second in range(math.ceil(start), int(until) + 1):
        closing = closing.told(co2(float(second), course(second)))
    return closing


def test_a_closing_goes_through_its_phases_to_a_flux() -> None:
    closing = Closing(PLAN)
    assert closing.phase is Phase.CLOSED
    assert closing.at(2).phase is Phase.CLOSED
    closing = closing.told(co2(1, course(1)))
    assert closing.phase is Phase.DEAD_BAND
    assert closing.so_far() is None
    closing = run(closing, 60, 2)
    assert closing.phase is Phase.MEASURING
    live = closing.so_far()
    assert live is not None
    assert live.chosen.points == 41
    closing = run(closing, 120, 61)
    assert closing.phase is Phase.MEASURING
    closing = closing.at(120.5)
    assert closing.phase is Phase.OPENED
    done = closing.evaluated()
    assert (done.phase, done.over) == (Phase.EVALUATED, True)
    assert done.flux is not None
    assert done.flux.chosen.slope == close(1.728, rel=1e-6)
    assert done.flux.flux == close(1.728 * done.flux.term)
    assert done.reason == done.flux.reason
    assert done.indices == (1010, 2200)
    assert done.flag is Flag.GOOD


def test_what_comes_after_the_end_does_not_count() -> None:
    closing = run(Closing(PLAN), 200)
    assert closing.phase is Phase.OPENED
    assert closing.points[-1].seconds == 120
    done = closing.evaluated()
    assert done.told(co2(300, 5000)) == done
    assert done.aborted("late") == done
    assert done.evaluated() == done


def test_readings_from_before_the_closing_and_repeated_ones_do_not_count() -> None:
    closing = Closing(PLAN).told(co2(-5, 400)).told(co2(3, 420)).told(co2(3, 420)).told(co2(1, 410))
    assert [point.seconds for point in closing.points] == [3]


def test_the_vapour_is_taken_out_with_the_sensors_own_channels() -> None:
    own = replace(
        PLAN,
        temperature=Source(sensor="co2", channel="temperature"),
        pressure=Source(sensor="weather", channel="pressure", factor=0.1),
        humidity=Source(sensor="co2", channel="humidity"),
    )
    assert own.sensors == {"co2", "weather"}
    closing = Closing(own).told(co2(0.5, 430, temperature=18, humidity=62))
    assert (closing.points, closing.left_out) == ((), 1)
    closing = closing.told(Told(1, "weather", -60, {"pressure": value(1002)}))
    closing = closing.told(co2(1, 430, temperature=18, humidity=62))
    closing = closing.told(co2(100, 505, temperature=18.6, humidity=71)) if closing.under_way else closing
    assert closing.air is not None
    assert closing.air.pressure_kpa == close(100.2)
    assert closing.air.water_mmol_mol == close(12.744831, rel=1e-6)
    assert closing.points[0].ppm == close(435.5510, abs=5e-5)
    silent = Closing(own).told(Told(1, "weather", -1000, {"pressure": value(1002)}))
    assert silent.told(co2(1, 430, temperature=18, humidity=62)).points == ()


def test_the_flux_uses_the_air_of_the_closing() -> None:
    warm = replace(PLAN, temperature=Source(sensor="co2", channel="temperature"))
    closing = Closing(warm)
    for second in range(130):
        closing = closing.told(co2(second, course(second), temperature=20 + second / 10))
    done = closing.evaluated()
    assert done.flux is not None
    assert done.air is not None
    assert done.air.temperature_degc == 20
    assert done.flux.term == close(flux_term(PLAN.chamber, done.air))
    assert water_mmol_mol(0, 20, 101.3) == 0


def test_unusable_values_are_left_out_and_the_worst_of_the_rest_is_kept() -> None:
    closing = run(Closing(PLAN), 50)
    closing = closing.told(co2(51, 9000, Flag.FAIL)).told(co2(52, course(52), Flag.SUSPECT)).told(co2(53, -1))
    missing = Told(1540, "co2", 54, {"co2": ChannelValue(None, None, Flag.MISSING)})
    closing = closing.told(missing).told(Told(1550, "co2", 55, {}))
    assert closing.left_out == 4
    assert closing.flag is Flag.SUSPECT
    assert 9000 not in [point.ppm for point in closing.points]


def test_a_silence_aborts_but_not_at_the_very_end() -> None:
    silent = run(Closing(PLAN), 40).at(75)
    assert silent.phase is Phase.ABORTED
    assert "no CO2 reading for 35 s" in silent.reason
    assert Closing(PLAN).at(31).phase is Phase.ABORTED
    assert run(Closing(PLAN), 119).at(400).phase is Phase.OPENED


def test_a_closing_without_enough_to_tell_is_aborted_when_it_is_opened() -> None:
    few = Closing(PLAN)
    for second in range(0, 121, 12):
        few = few.told(co2(second, course(second)))
    done = few.at(130).evaluated()
    assert done.phase is Phase.ABORTED
    assert "10 at least" in done.reason
    blind = replace(PLAN, pressure=Source(sensor="gone", channel="pressure"))
    unknown = run(Closing(blind), 121).evaluated()
    assert unknown.phase is Phase.ABORTED
    assert "not known" in unknown.reason


def test_a_person_aborts() -> None:
    closing = run(Closing(PLAN), 30).aborted("stopped by Ana")
    assert (closing.phase, closing.reason) == (Phase.ABORTED, "stopped by Ana")
    assert closing.told(co2(31, 400)) == closing
    assert closing.at(500) == closing


events = st.one_of(
    st.tuples(st.just("co2"), st.floats(-1000, 200), st.floats(-100, 5000), st.sampled_from(list(Flag))),
    st.tuples(st.just("at"), st.floats(-10, 300), st.just(0.0), st.just(Flag.GOOD)),
    st.tuples(st.just("abort"), st.just(0.0), st.just(0.0), st.just(Flag.GOOD)),
)
ORDER = [Phase.CLOSED, Phase.DEAD_BAND, Phase.MEASURING, Phase.OPENED, Phase.EVALUATED, Phase.ABORTED]


@given(st.lists(events, max_size=60))
def test_whatever_comes_a_phase_never_goes_back_and_the_end_is_the_end(
    happens: list[tuple[str, float, float, Flag]],
) -> None:
    closing = Closing(PLAN)
    for what, seconds, ppm, flag in happens:
        before = closing
        if what == "co2":
            closing = closing.told(co2(seconds, ppm, flag))
        else:
            closing = closing.at(seconds) if what == "at" else closing.aborted("enough")
        assert ORDER.index(closing.phase) >= ORDER.index(before.phase)
        assert not before.over or closing == before
        assert all(0 <= point.seconds <= PLAN.end_s for point in closing.points)
    done = closing.at(1000).evaluated()
    assert done.over
    assert (done.flux is not None) == (done.phase is Phase.EVALUATED)
    assert done.flux is None or done.flux.outcome in Outcome
    assert done.reason
