# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which channels a changed setting makes other values of: those that it concerns, all where nobody knows."""

from dataclasses import replace

import pytest

from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.station.altered_values import altered_channels, changed_settings, told_altered
from tests.support.logged_station import CO2

NAMES = ("active_power", "reactive_power", "voltage", "current", "frequency", "energy_total")
METER = replace(
    CO2,
    driver="schneider_ion7550",
    channels=tuple(ChannelBody(name, "", 0, 1) for name in NAMES),
    settings={"counts_per_kilowatt": 10, "word_order": "ABCD", "rated_power_kw": 0},
)


@pytest.mark.parametrize(
    ("changed", "altered"),
    [
        ((), ()),
        (("counts_per_kilowatt",), ("active_power", "reactive_power")),
        (("energy", "counts_per_volt"), ("voltage", "energy_total")),
        (("rated_power_kw",), ()),
        (("word_order",), NAMES),
        (("word_order", "energy"), NAMES),
        (("never_heard_of",), NAMES),
    ],
)
def test_what_a_setting_concerns_is_altered(changed: tuple[str, ...], altered: tuple[str, ...]) -> None:
    assert altered_channels(METER, changed) == altered


@pytest.mark.parametrize(
    ("name", "changed", "altered"),
    [
        ("gill_windsonic", ("output_rate", "speed_unit"), ()),  # each line tells its unit, whichever comes how often
        ("gill_windsonic", ("direction_threshold",), ("wind_direction",)),
        ("gill_windsonic_polled", ("fields",), ("wind_direction",)),
        ("gill_windsonic", ("message_format",), ("wind_speed", "wind_direction")),
        ("air_quality_station", ("o3_unit",), ("o3",)),
        ("winsen_zphs01b", ("reference_temperature",), ("no2", "o3", "ch2o")),
    ],
)
def test_no_calibration_is_doubted_for_what_does_not_touch_its_values(
    name: str, changed: tuple[str, ...], altered: tuple[str, ...]
) -> None:
    model = next(one for one in load_catalogue().values() if one.driver == name)
    body = replace(METER, driver=name, channels=tuple(ChannelBody(one.name, "", 0, 1) for one in model.channels))
    assert set(altered_channels(body, changed)) == set(altered)


def test_without_its_driver_nobody_knows_so_it_is_all_of_them() -> None:
    assert altered_channels(replace(METER, driver="gone"), ("anything",)) == NAMES


def test_only_what_is_another_value_was_changed() -> None:
    assert changed_settings(METER, {"counts_per_kilowatt": 10, "word_order": "CDAB"}) == {"word_order"}


def test_what_was_never_set_had_its_default_unless_the_device_alone_knows_it() -> None:
    nothing_set = replace(METER, settings={})
    assert changed_settings(nothing_set, {"counts_per_kilowatt": 10, "word_order": "ABCD"}) == frozenset()
    assert changed_settings(nothing_set, {"counts_per_kilowatt": 100}) == {"counts_per_kilowatt"}
    scd30 = replace(CO2, driver="sensirion_scd30", settings={})
    assert changed_settings(scd30, {"temperature_offset": 0.0}) == {"temperature_offset"}


def test_a_configuration_names_the_channels_unless_it_is_all() -> None:
    some, every, none = (told_altered(METER, names) for names in (("voltage",), NAMES, ()))
    assert (some.values_altered, some.altered) == (True, ("voltage",))
    assert (every.values_altered, every.altered) == (True, ())
    assert (none.values_altered, none.altered) == (False, ())


def test_every_setting_names_channels_that_a_model_of_its_driver_has() -> None:
    models = load_catalogue().values()
    for name in {one.driver for one in models}:
        known = {channel.name for one in models if one.driver == name for channel in one.channels}
        for setting in driver(name).settings:
            assert set(setting.alters) <= known, f"{name}: {setting.name}"
