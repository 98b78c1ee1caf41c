# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Rules across sensors: each fires on what it is for, explains itself, is told once, and ends."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology.anomaly import QUIET_NS, RULES, AnomalyWatch, Event

S = 1_000_000_000
Values = Mapping[str, float | None]


def run(script: Iterator[tuple[int, str, Values]], until_s: int) -> list[tuple[int, Event]]:
    """Every event with the second at which it was told; the watch looks once a second."""
    watch, found = AnomalyWatch(), list[tuple[int, Event]]()
    samples = list(script)
    for second in range(until_s):
        for at, sensor, values in samples:
            if at == second:
                watch.see(sensor, second * S, values)
        found += [(second, event) for event in watch.look(second * S)]
    return found


def told(events: list[tuple[int, Event]]) -> list[tuple[int, str, bool, tuple[str, ...]]]:
    return [(second, event.rule.name, event.begins, event.sensors) for second, event in events]


def test_sun_without_power_for_ten_minutes() -> None:
    def day() -> Iterator[tuple[int, str, Values]]:
        for second in range(0, 2400, 10):
            yield second, "sun", {"irradiance": 650.0}
            yield second, "meter", {"active_power": 0.0 if 300 <= second < 1500 else 12.5, "energy_total": 1.0}

    events = run(day(), 2400)
    assert told(events) == [
        (900, "irradiance_without_power", True, ("sun", "meter")),
        (1500 + QUIET_NS // S, "irradiance_without_power", False, ("sun", "meter")),
    ]
    assert "650 W/m²" in events[0][1].text
    assert "0.000 kW" in events[0][1].text


def test_neither_night_nor_a_meter_that_is_silent_means_sun_without_power() -> None:
    night = (
        (s, name, v) for s in range(1200) for name, v in (("sun", {"irradiance": 3.0}), ("m", {"active_power": 0.0}))
    )
    assert run(night, 1200) == []
    silent = ((s, "sun", {"irradiance": 650.0}) if s else (0, "m", {"active_power": 0.0}) for s in range(1200))
    assert run(silent, 1200) == []


@pytest.mark.parametrize("direction", [None, 217.0])
def test_wind_whose_direction_is_missing_or_stuck(direction: float | None) -> None:
    def wind() -> Iterator[tuple[int, str, Values]]:
        for second in range(1500):
            free = float(second % 360) if second < 200 or second >= 900 else direction
            yield second, "mast", {"wind_speed": 4.0, "wind_direction": free}

    events = told(run(wind(), 1500))
    assert events == [
        (800, "wind_without_direction", True, ("mast",)),
        (900 + QUIET_NS // S, "wind_without_direction", False, ("mast",)),
    ]


def test_a_calm_needs_no_direction() -> None:
    calm = ((s, "mast", {"wind_speed": 0.1, "wind_direction": None}) for s in range(1200))
    assert run(calm, 1200) == []


def test_breath_at_the_inlet() -> None:
    def air() -> Iterator[tuple[int, str, Values]]:
        for second in range(0, 900, 2):
            breath = 100 <= second < 130
            yield second, "scd30", {"co2": 900.0 if breath else 420.0, "humidity": 60.0 if breath else 45.0}

    events = run(air(), 900)
    assert told(events)[0] == (100, "co2_and_humidity_jump", True, ("scd30",))
    assert told(events)[1][1:] == ("co2_and_humidity_jump", False, ("scd30",))
    assert len(events) == 2
    assert "480 ppm" in events[0][1].text


def test_co2_alone_may_jump() -> None:
    only_co2 = ((s, "scd30", {"co2": 420.0 + 500 * (s > 50), "humidity": 45.0}) for s in range(200))
    assert run(only_co2, 200) == []


@pytest.mark.parametrize("apart_s", [61, 300, 10 * 3600])
def test_a_value_of_long_ago_is_none_of_the_last_minute(apart_s: int) -> None:
    watch = AnomalyWatch()
    for place, (co2, humidity) in enumerate([(420.0, 40.0), (600.0, 60.0), (900.0, 80.0)]):
        watch.see("air", place * apart_s * S, {"co2": co2, "humidity": humidity})
        assert watch.look(place * apart_s * S) == []


def test_a_jump_within_just_a_minute_is_told() -> None:
    watch = AnomalyWatch()
    for at_s, (co2, humidity) in enumerate([(420.0, 40.0), (600.0, 60.0)]):
        watch.see("air", at_s * 60 * S, {"co2": co2, "humidity": humidity})
    assert [event.rule.name for event in watch.look(60 * S)] == ["co2_and_humidity_jump"]


def test_the_same_direction_after_a_silence_is_not_stuck() -> None:
    watch = AnomalyWatch()
    for second in (0, 10 * 3600):
        watch.see("mast", second * S, {"wind_speed": 4.0, "wind_direction": 217.0})
        assert watch.look(second * S) == []


@pytest.mark.parametrize("step_s", [60, 299, 300.1, 301, 600])
def test_a_stuck_vane_is_told_however_seldom_it_is_read(step_s: float) -> None:
    watch, events = AnomalyWatch(), list[Event]()
    for place in range(6 + int(600 / step_s)):
        at_ns = round(place * step_s * S)
        watch.see("mast", at_ns, {"wind_speed": 4.0, "wind_direction": 217.0})
        events += watch.look(at_ns)
    assert [(event.rule.name, event.begins) for event in events] == [("wind_without_direction", True)]


def test_a_vane_that_is_read_seldom_is_not_stuck_after_a_silence() -> None:
    watch = AnomalyWatch()
    for second in (0, 400, 5000):
        watch.see("mast", second * S, {"wind_speed": 4.0, "wind_direction": 217.0})
        assert watch.look(second * S) == []


def test_a_sonde_in_the_air() -> None:
    sonde = ((s, "exo", {"specific_conductance": 350.0 if s < 60 else 0.3}) for s in range(0, 200, 5))
    assert told(run(sonde, 200)) == [(120, "sonde_out_of_the_water", True, ("exo",))]


value = st.one_of(st.none(), st.floats(-1e6, 1e6))
channel = st.sampled_from(["irradiance", "active_power", "wind_speed", "wind_direction", "co2", "humidity"])


@given(
    st.lists(
        st.tuples(st.integers(-50, 400), st.sampled_from(["a", "b"]), st.dictionaries(channel, value, max_size=4)),
        max_size=80,
    )
)
def test_begins_and_ends_alternate_whatever_comes(script: list[tuple[int, str, dict[str, float | None]]]) -> None:
    watch, now_s, open_ones = AnomalyWatch(), 0, set[tuple[str, tuple[str, ...]]]()
    for step, sensor, values in script:
        now_s += step
        watch.see(sensor, now_s * S, values)
        for event in watch.look(now_s * S):
            key = (event.rule.name, event.sensors)
            assert (key in open_ones) is not event.begins
            open_ones ^= {key}


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
