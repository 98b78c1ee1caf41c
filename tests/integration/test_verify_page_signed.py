# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The page does not believe blindly what the station itself signed: times, silences, what it cannot tell."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_daemon.log.bodies import LogBody, Predecessor
from sync.verify_page import put_page
from tests.integration.test_verify_page import agrees
from tests.support.browser import CHROMIUM, browsing
from tests.support.verify_page import Checker, failed, files_of
from tests.unit.sync.evidence.clock_worlds import WORLDS
from tests.unit.sync.recorded import Recorded
from tests.unit.sync.signed_logs import (
    SENSOR,
    SignedLog,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this computer")


def backdated(log: SignedLog) -> int:
    log.recorded.mono_us -= 3_000_000
    return log.readings(1)[0]


def silent(log: SignedLog) -> int:
    log.recorded.pass_(2 * 3600)
    return log.readings(1)[0]


def unsorted(log: SignedLog) -> int:
    log.note("looked")
    document = json.loads(log.recorded.entries.pop())
    turned = dict(reversed(document.items()))
    return log.recorded.put(json.dumps(turned, separators=(",", ":")).encode())


def other_sensors(log: SignedLog) -> int:
    return log.recorded.reading("unknown", log.configuration)


def calm(log: SignedLog) -> int:
    log.recorded.pass_(60)
    return log.readings(1)[0]


def without_a_known_time(log: SignedLog) -> int:
    log.recorded.boot("boot-2", "untrusted")
    return log.readings(1)[0]


def test_clocks_that_went_wrong_are_told_as_the_program_tells_them(tmp_path: Path) -> None:
    bundles = {}
    for name, (make, *_) in WORLDS.items():
        world, _ = make()
        world.signed.sign()
        (tmp_path / name).mkdir()
        bundles[name] = world.signed.bundle(tmp_path / name).path
    page, _ = put_page(bundles["ahead"])
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for name, (_, order, held) in WORLDS.items():
            shown = checker.check([one for one in files_of(bundles[name]) if one != page])
            assert (name, shown.outcomes["order"], shown.outcomes.get("held", "")) == (name, order, held)
            assert agrees(shown, bundles[name])


@pytest.mark.parametrize(
    ("how", "name"),
    [(backdated, "order"), (silent, "completeness"), (unsorted, "entries"), (other_sensors, "entries")],
)
def test_what_the_station_itself_signed_is_not_believed_blindly(
    tmp_path: Path, how: Callable[[SignedLog], int], name: str
) -> None:
    log = SignedLog().begin()
    log.readings(5)
    expected = how(log)
    log.readings(5)
    log.sign()
    bundle = log.bundle(tmp_path).path
    page, _ = put_page(bundle)
    with browsing(tmp_path) as tab:
        shown = Checker(tab, page).check(files_of(bundle))
    assert failed(shown)[name] == expected
    assert failed(shown).keys() <= {name, "index"}  # an entry that cannot be read is not counted


def succeeding() -> SignedLog:
    """The log of simulated instruments that goes on after one that was closed."""
    log = SignedLog(Recorded(origin="verifield/demo/" + "cd" * 16))
    before = Predecessor("verifield/demo/" + "ef" * 16, 700, "00" * 32, "restored")
    log.recorded.add(LogBody(log.recorded.origin, "station-1", "P1", "1", "m", True, before))
    log.recorded.boot("boot-1", "trusted")
    log.name_key("made", log.key)
    log.configuration = log.recorded.sensor(SENSOR)
    return log


def test_what_cannot_be_told_is_not_said_to_have_passed(tmp_path: Path) -> None:
    log = succeeding()
    log.readings(5)
    calm(log)
    without_a_known_time(log)
    log.recorded.fix("boot-2")
    log.readings(2)
    log.sign()
    bundle = log.bundle(tmp_path).path
    page, _ = put_page(bundle)
    blind = tmp_path / "blind.html"
    blind.write_text(page.read_text(encoding="utf-8").replace('name: "Ed25519"', 'name: "Unheard"'), encoding="utf-8")
    with browsing(tmp_path) as tab:
        shown = Checker(tab, page).check(files_of(bundle))
        assert failed(shown) == {}
        assert agrees(shown, bundle)
        assert (shown.outcomes["held"], shown.outcomes["calm"]) == ("not_checked", "not_checked")
        assert "SIMULATED" in shown.text
        assert "verifield/demo/efef" in shown.text.split("Not proven")[1]
        unable = Checker(tab, blind).check(files_of(bundle))
    assert unable.outcomes["signature"] == "not_checked"
    assert "this browser cannot check Ed25519" in unable.text
    assert failed(unable) == {}
