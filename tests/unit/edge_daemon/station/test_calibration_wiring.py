# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A project's own procedures beside those that ship."""

from pathlib import Path

from edge_daemon.calibration.procedures import load_procedures, procedures_folder
from edge_daemon.station.calibration_wiring import with_own_procedures


def test_an_own_procedure_is_added_or_holds_and_a_wrong_one_is_told_and_left_out(tmp_path: Path) -> None:
    shipped = load_procedures()
    same, faults = with_own_procedures(shipped, tmp_path / "none")
    assert (dict(same), faults) == (dict(shipped), ())
    text = (procedures_folder() / "co2_fresh_air.toml").read_text()
    (tmp_path / "co2_fresh_air.toml").write_text(text.replace("revision = 1", "revision = 7"))
    (tmp_path / "mine.toml").write_text(text.replace('"co2_fresh_air"', '"mine"'))
    (tmp_path / "wrong.toml").write_text("key = 3")
    (tmp_path / "folder.toml").mkdir()
    known, faults = with_own_procedures(shipped, tmp_path)
    assert known["co2_fresh_air"].revision == 7
    assert known["mine"].title == shipped["co2_fresh_air"].title
    assert known.keys() == {*shipped, "mine"}
    assert [str(one).partition(":")[0] for one in faults] == ["folder.toml", "wrong.toml"]
