# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The procedures that ship fit the models that ship; what is wrong in a file is refused by name."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.calibration.judge import why_not_adjust
from edge_daemon.calibration.procedures import load_procedure, load_procedures, procedures_folder, procedures_for
from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.procedure import Method, Procedure
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Action
from edge_daemon.instruments.registry import driver
from tests.unit.edge_daemon.calibration.runs import Level, found, start

KNOWN = load_procedures()
MODELS = load_catalogue()
WITHOUT_MEANING = {"line_stream", "modbus"}
"""Kinds whose channels mean only what their owner says: no procedure can be named for them."""


def fitted() -> list[tuple[str, Procedure]]:
    return [(name, procedure) for name, model in MODELS.items() for procedure in procedures_for(model, KNOWN)]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_each_model_that_can_be_verified_has_procedures_that_fit(name: str) -> None:
    model = MODELS[name]
    procedures = procedures_for(model, KNOWN)
    assert bool(procedures) is (model.kind not in WITHOUT_MEANING)
    keys = [procedure.key for procedure in procedures]
    assert len(set(keys)) == len(keys)
    for procedure in procedures:
        spec = model.channel(procedure.channel)
        assert procedure.unit in {"", spec.unit}
        assert procedure.span == (spec.minimum, spec.maximum)
        assert procedure.resolution > 0


@pytest.mark.parametrize(("name", "procedure"), [pair for pair in fitted() if pair[1].commands])
def test_each_device_command_names_an_action_that_calibrates(name: str, procedure: Procedure) -> None:
    actions = {action.name: action for action in driver(MODELS[name].driver).actions}
    for command in procedure.commands:
        action = actions[command.action]
        assert action.calibrates
        assert (action.argument is not None) is command.takes_reference
        _within_what_the_device_takes(action, procedure, command.point)


def _within_what_the_device_takes(action: Action, procedure: Procedure, name: str) -> None:
    if action.argument is None or action.argument.minimum is None or action.argument.maximum is None:
        return
    point = procedure.point(name)
    assert action.argument.minimum <= point.lowest
    assert point.highest <= action.argument.maximum


@pytest.mark.parametrize(("name", "procedure"), [pair for pair in fitted() if pair[0] != "gill_windsonic_tunnel"])
def test_each_point_lies_within_what_the_instrument_reads(name: str, procedure: Procedure) -> None:
    assert procedure.span is not None
    for point in procedure.points:
        assert point.lowest <= procedure.span[1], point.name
        assert procedure.span[0] <= point.highest, point.name
        assert procedure.tolerance.at(point.highest) > 0


def test_the_makers_accuracy_stands_for_the_tolerance() -> None:
    scd30, s8_lp = (procedures_for(MODELS[name], KNOWN)[0] for name in ("sensirion_scd30", "senseair_s8_lp"))
    assert scd30.tolerance.at(400) == pytest.approx(42.0)
    assert s8_lp.tolerance.at(1000) == pytest.approx(70.0)


def test_a_procedure_is_given_for_each_channel_it_fits() -> None:
    keys = {one.key: one.channel for one in procedures_for(MODELS["air_quality_station"], KNOWN)}
    assert keys["gas_zero_span:no2"] == "no2"
    assert keys["gas_zero_span:o3"] == "o3"
    assert keys["pm_collocation"] == "pm2_5"


def test_devices_that_are_only_verified_are_never_adjusted() -> None:
    verified = {"gill_windsonic", "schneider_ion7550", "schneider_pm5000", "hukseflux_sr30"}
    for name, procedure in fitted():
        if name in verified:
            assert (procedure.method, procedure.adjustment) == (Method.VERIFICATION, "none")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('method = "offset"', 'method = "magic"', "method"),
        ("interval_days = 180", "interval_days = 0", "interval_days"),
        ("interval_days = 180", "interval_days = 180\ncolour = 1", "no such field"),
        ('point = "fresh_air"', 'point = "moon"', "moon"),
        ('adjustment = "device"', 'adjustment = "software"', "commands"),
        ('adjustment = "device"', 'adjustment = "none"', "adjustment"),
        ('key = "co2_fresh_air"', 'key = "other"', "key"),
        ("highest = 500.0", "highest = 300.0", "highest"),
        ("nominal = 425.0", "nominal = 600.0", "nominal"),
        ("settle_s = 120", "settle_s = -1", "settle_s"),
        ('source = "instrument"', 'source = "standard"', "standard_kind"),
        ('source = "instrument"', 'source = "saturated_air"', "saturation"),
        ("revision = 1", 'revision = "1"', "revision"),
        ("maker_tolerance = true", "maker_tolerance = 1", "maker_tolerance"),
        ("maker_tolerance = true", 'check = "nernst"', "check"),
        ("maker_tolerance = true", 'zero_point = "moon"', "zero_point"),
        ("maker_tolerance = true", "gain = [1.1, 0.9]", "gain"),
        ("maker_tolerance = true", "gain = [1.1]", "gain"),
        ("maker_tolerance = true", "degree = 2", "degree"),
        ('title = "CO', 'title = ""\nother = "CO', "title"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, before: str, after: str, words: str) -> None:
    text = (procedures_folder() / "co2_fresh_air.toml").read_text("utf-8")
    assert before in text
    path = tmp_path / "co2_fresh_air.toml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(BadInput, match=words):
        load_procedure(path)


def test_a_file_that_is_no_toml_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one procedure"):
        load_procedures(tmp_path)
    (tmp_path / "broken.toml").write_text("key = ", "utf-8")
    with pytest.raises(BadInput, match=r"broken\.toml"):
        load_procedures(tmp_path)


def test_a_model_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(Unknown, match=r"no procedure .co2_fresh_air"):
        procedures_for(MODELS["sensirion_scd30"], {})
    with pytest.raises(Unknown, match="no channel"):
        procedures_for(MODELS["sensirion_scd30"], {**KNOWN, "co2_fresh_air": KNOWN["wind_zero"]})


@pytest.mark.parametrize(
    "procedure", [one for one in KNOWN.values() if one.adjustment == "software"], ids=lambda one: one.key
)
def test_no_adjustment_in_the_software_is_without_bounds(procedure: Procedure) -> None:
    assert procedure.gain or procedure.offset, f"{procedure.key}: a fault would be adjusted away"
    if procedure.method is Method.OFFSET:
        assert procedure.offset
        assert procedure.tolerance.absolute <= procedure.offset[1] == -procedure.offset[0]


def test_a_thermometer_far_off_is_a_fault_and_not_adjusted_away() -> None:
    run = found(start("davis_vantage_pro2", "temperature_side_by_side"), {"beside": Level(20.0, 25.0, expanded=0.2)})
    assert "offset" in str(why_not_adjust(run))


@pytest.mark.parametrize("key", ["dissolved_oxygen_local", "dissolved_oxygen_saturation", "dissolved_oxygen"])
def test_nothing_is_asked_that_the_value_does_not_depend_on(key: str) -> None:
    asked = {condition.name for condition in KNOWN[key].conditions} - {"temperature", "pressure"}
    needed = {"local": set(), "air_referenced": {"altitude"}, "solubility": {"altitude", "salinity"}}
    assert asked == needed[KNOWN[key].point("saturated_air").saturation]


def test_a_dendrometer_is_calibrated_in_millimetres_whatever_its_controller_tells() -> None:
    for name in ("dendrometer_modbus", "dendrometer_mm", "dendrometer_potentiometer", "dendrometer_voltage"):
        (one,) = procedures_for(MODELS[name], KNOWN)
        assert (one.channel, one.unit) == ("compensated", "mm")
        assert MODELS[name].channel(one.channel).unit == "mm"
        channels = tuple(
            replace(spec, unit="V") if spec.name == "compensated" else spec for spec in MODELS[name].channels
        )
        with pytest.raises(Unknown, match="no channel in mm"):
            procedures_for(replace(MODELS[name], channels=channels), KNOWN)
