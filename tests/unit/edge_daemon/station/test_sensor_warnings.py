# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Warnings beside a sensor that records: required fields that are missing, an instrument that nobody has confirmed."""

from dataclasses import replace

import pytest

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.entry import LoggedReading
from edge_daemon.log.instruments import Key, Standing, Stretch
from edge_daemon.station.sensor_warnings import field_warning, identity_warning, missing_fields
from tests.unit.edge_daemon.log.test_bodies import WIND

CHANNELS = (
    ChannelBody("wind_speed", "m/s", 0.0, 60.0, "wind_speed_kmh", "km/h", 3.6),
    ChannelBody("wind_direction", "°", 0.0, 359.0, "wind_dir", "°"),
)
CALM = LoggedReading(
    "wind-north",
    {"wind_speed": ChannelValue(0.1, 0.1, Flag.GOOD), "wind_direction": ChannelValue(None, None, Flag.MISSING)},
    90,
    3,
    {},
    (),
    1,
    1,
    bytes(16),
)


@pytest.mark.parametrize(
    ("required", "missing"),
    [
        ((), ()),
        (("wind_speed_kmh",), ()),
        (("wind_speed", "timestamp"), ()),
        (("wind_dir", "wind_speed_kmh"), ("wind_dir",)),
        (("wind_direction",), ("wind_direction",)),
    ],
)
def test_a_required_field_that_a_reading_lacks_is_told(required: tuple[str, ...], missing: tuple[str, ...]) -> None:
    configuration = replace(WIND, channels=CHANNELS, required_fields=required)
    assert missing_fields(configuration, CALM) == missing
    warning = field_warning(configuration, CALM)
    assert (warning is None) == (not missing)
    if warning is not None:
        assert missing[0] in str(warning)
        assert warning.code == "required_field_missing"
    assert field_warning(configuration, None) is None


def test_a_channel_that_the_reading_does_not_have_at_all_is_missing() -> None:
    configuration = replace(WIND, channels=CHANNELS, required_fields=("wind_dir",))
    assert missing_fields(configuration, replace(CALM, channels={})) == ("wind_dir",)


@pytest.mark.parametrize("standing", ["unknown", "confirmed", "unconfirmed", "stopped"])
def test_only_what_is_unconfirmed_asks(standing: Standing) -> None:
    stretch = Stretch("sun", Key("m", "7"), SerialSource.DEVICE, "", standing, 3, cause="unplugged")
    warning = identity_warning(stretch)
    assert (warning is not None) == (standing == "unconfirmed")
    if warning is not None:
        assert "unplugged" in str(warning)
    assert identity_warning(None) is None
