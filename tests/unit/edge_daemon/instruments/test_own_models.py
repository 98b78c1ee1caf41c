# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A user's own models: the shipped example works, and a broken file is named and costs nothing else."""

from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.catalogue import catalogue_folder, load_catalogue
from edge_daemon.instruments.own_models import check_register_map, with_own_models

SHIPPED = load_catalogue()
EXAMPLE = (catalogue_folder().parent / "examples" / "greenhouse_air.toml").read_text(encoding="utf-8")


def own(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_folder_there_are_the_shipped_models(tmp_path: Path) -> None:
    found = with_own_models(SHIPPED, tmp_path / "none")
    assert dict(found.models) == dict(SHIPPED)
    assert found.fault() is None


def test_the_shipped_example_is_a_model(tmp_path: Path) -> None:
    found = with_own_models(SHIPPED, own(tmp_path, greenhouse_air=EXAMPLE))
    assert found.faults == ()
    model = found.models["greenhouse_air"]
    assert (model.kind, model.primary, model.driver) == ("greenhouse", "temperature", "modbus_profile")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('model = "greenhouse_air"', 'model = "other"', "greenhouse_air.toml: model"),
        ('driver = "modbus_profile"', 'driver = "none"', "greenhouse_air.toml: driver"),
        ('channel = "humidity"', 'channel = "dampness"', "greenhouse_air.toml: profile: channel"),
        ('scale = 0.1\nunit = "%"', 'scale = 0.1\nunit = "1"', "greenhouse_air.toml: profile: unit of humidity"),
        ('type = "i16"  ', 'type = "i17"  ', "greenhouse_air.toml: profile: points[0].type"),
        ("profile = '''", "# '''", "greenhouse_air.toml"),
    ],
)
def test_a_mistake_is_named_and_the_others_are_there(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert old in EXAMPLE
    sound = EXAMPLE.replace('model = "greenhouse_air"', 'model = "sound"')
    found = with_own_models(SHIPPED, own(tmp_path, greenhouse_air=EXAMPLE.replace(old, new, 1), sound=sound))
    (fault,) = found.faults
    assert isinstance(fault, BadInput)
    assert fault.field == field
    assert found.fault() is fault
    assert set(found.models) == {*SHIPPED, "sound"}


def test_a_shipped_model_is_never_replaced(tmp_path: Path) -> None:
    text = EXAMPLE.replace('model = "greenhouse_air"', 'model = "sensirion_scd30"')
    found = with_own_models(SHIPPED, own(tmp_path, sensirion_scd30=text))
    assert found.models["sensirion_scd30"] is SHIPPED["sensirion_scd30"]
    assert "sensirion_scd30.toml" in str(found.fault())


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    found = with_own_models(SHIPPED, tmp_path)
    assert [fault.field for fault in found.faults if isinstance(fault, BadInput)] == ["bytes.toml", "folder.toml"]


def test_the_shipped_register_map_fits_its_model() -> None:
    check_register_map(SHIPPED["modbus_profile"])
