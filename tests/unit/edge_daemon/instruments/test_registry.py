# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Drivers found by name: ours by walking, others by entry point, failures named."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge_daemon.domain.faults import Unknown
from edge_daemon.instruments.registry import DriverUnusable, driver, driver_names

OURS = {"gill_windsonic", "plantower_pms7003", "sensirion_scd30"}

FOREIGN = """
from edge_daemon.instruments.driver import PolledDriver

def steps(options):
    return None
    yield

DRIVER = PolledDriver(name="foreign", version="1", source="a maker", start=steps, measure=steps)
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, points: str, **modules: str) -> None:
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
    information = folder / "foreign-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(f"[verifield.drivers]\n{points}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))


def test_our_drivers_are_found_without_a_list() -> None:
    assert set(driver_names()) >= OURS
    assert all(driver(name).name == name for name in OURS)


def test_an_unknown_driver_is_named_with_those_there_are() -> None:
    with pytest.raises(Unknown, match=r"'no_such'.*gill_windsonic"):
        driver("no_such")


@pytest.mark.parametrize("point", ["foreign_module", "foreign_module:DRIVER"])
def test_a_third_party_driver_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    install(tmp_path, monkeypatch, f"foreign = {point}", foreign_module=FOREIGN)
    assert "foreign" in driver_names()
    assert driver("foreign").source == "a maker"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import a_library_that_is_not_there", "a_library_that_is_not_there"),
        ("def", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("DRIVER = 3", "is no driver"),
        (FOREIGN.replace('"foreign"', '"other"'), "calls itself 'other'"),
    ],
)
def test_a_broken_driver_is_one_named_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, cause: str
) -> None:
    install(tmp_path, monkeypatch, "foreign = foreign_module", foreign_module=text)
    with pytest.raises(DriverUnusable, match="driver foreign") as caught:
        driver("foreign")
    assert cause in str(caught.value)
    assert driver("sensirion_scd30").name == "sensirion_scd30"


def test_ours_come_before_a_third_partys_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "sensirion_scd30 = foreign_module", foreign_module="raise SystemError")
    assert driver("sensirion_scd30").source.startswith("Sensirion")


def test_a_driver_is_imported_only_when_asked_for() -> None:
    program = (
        "import sys; from edge_daemon.instruments import registry; names = registry.driver_names();"
        "loaded = lambda: sorted(n for n in sys.modules if n.startswith('edge_daemon.instruments.drivers.'));"
        "assert loaded() == [], loaded(); registry.driver('gill_windsonic');"
        "assert loaded() == ['edge_daemon.instruments.drivers.gill_windsonic'], loaded()"
    )
    root = Path(__file__).resolve().parents[4]
    result = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
