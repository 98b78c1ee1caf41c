# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue: what it says of our models, and that every wrong field is refused with its place."""

from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.catalogue import catalogue_folder, load_catalogue, load_model

DRIVERS = {"sensirion_scd30"}
TEXT = (catalogue_folder() / "sensirion_scd30.toml").read_text(encoding="utf-8")


def refused(folder: Path, text: str) -> BadInput:
    path = folder / "sensirion_scd30.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_model(path, DRIVERS)
    assert caught.value.field.startswith("sensirion_scd30.toml")
    return caught.value


def test_our_models() -> None:
    models = load_catalogue()
    assert {"sensirion_scd30", "plantower_pms7003", "gill_windsonic", "gill_windsonic_tunnel"} <= set(models)
    scd30 = models["sensirion_scd30"]
    assert (scd30.kind, scd30.primary, str(scd30.line)) == ("co2", "co2", "19200 8N1")
    assert (scd30.interval.default_ns, scd30.warm_up_s) == (2_000_000_000, 60)
    accuracy = scd30.channel("co2").accuracy
    assert accuracy is not None
    assert accuracy.absolute + accuracy.relative * 2000 == pytest.approx(90)


def test_wind_is_recorded_in_metres_per_second_and_sent_in_kilometres_per_hour() -> None:
    speed = load_catalogue()["gill_windsonic"].channel("wind_speed")
    assert (speed.unit, speed.wire_unit) == ("m/s", "km/h")
    assert 10 * speed.wire_factor == pytest.approx(36)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('model = "sensirion_scd30"', 'model = "other"', "model"),
        ('driver = "sensirion_scd30"', 'driver = "none"', "driver"),
        ('primary = "co2"', 'primary = "co3"', "primary"),
        ('maker = "Sensirion"', 'maker = " "', "maker"),
        ('maker = "Sensirion"', "maker = 3", "maker"),
        ('kind = "co2"\n', "", "kind"),
        ("warm_up_s = 60", "warm_up_s = -1", "warm_up_s"),
        ("warm_up_s = 60", "warm_up_s = nan", "warm_up_s"),
        ("warm_up_s = 60", "warmup_s = 60", "warm_up_s"),
        ("warm_up_s = 60", 'warm_up_s = 60\ncolour = "red"', "colour"),
        ("default_s = 2", "default_s = 1", "interval.minimum_s"),
        ("baud = 19200", "baud = true", "line.baud"),
        ('parity = "N"', 'parity = "X"', "line.parity"),
        ("stop_bits = 1", "stop_bits = 3", "line.stop_bits"),
        ('unit = "%"', 'unit = ""', "channels[2].unit"),
        ("maximum = 40000", "maximum = 0", "channels[0].maximum"),
        ("decimals = 1", "decimals = 1.5", "channels[0].decimals"),
        ('name = "humidity"', 'name = "co2"', "channels"),
        ("absolute = 30", "absolute = -30", "channels[0].accuracy.absolute"),
        ('unit = "ppm", factor = 1', 'unit = "ppm", factor = 0', "channels[0].wire.factor"),
        ("interval_s = 2", "interval_s = [2]", "options.interval_s"),
        ('procedures = ["co2_fresh_air", ', "procedures = [1, ", "procedures"),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert old in TEXT
    fault = refused(tmp_path, TEXT.replace(old, new, 1))
    assert fault.field == f"sensirion_scd30.toml: {field}"
    assert fault.allowed


def test_a_source_is_needed(tmp_path: Path) -> None:
    text = "\n".join(line for line in TEXT.splitlines() if not line.startswith("source"))
    assert "source" in refused(tmp_path, text).field


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    assert "TOML" in refused(tmp_path, "model = ").allowed


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one model"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize("name", load_catalogue())
def test_no_channel_is_a_level_in_percent_that_the_score_does_not_hear_of(name: str) -> None:
    """Who adds an instrument that tells one has to let it into the score, in the recorder and in the check of a log."""
    wires = {(channel.wire_field, channel.wire_unit) for channel in load_catalogue()[name].channels}
    assert not wires & {("battery_level", "%"), ("signal_strength", "%")}
