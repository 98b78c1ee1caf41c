# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a station that lies can sign, or an outsider can change: the page in a browser tells it as the program does."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.entry import EntryType, encode_entry, leaf_hash
from sync.bundle import Period
from sync.evidence.form import CONTEXT
from sync.verify_page import put_page
from tests.integration.test_verify_page import agrees, changed
from tests.support.browser import CHROMIUM, browsing
from tests.support.verify_page import Altered, Checker, failed, files_of
from tests.unit.sync.evidence.forged import packed
from tests.unit.sync.evidence.test_closed_logs import BOTH, closed_bundle
from tests.unit.sync.evidence.test_gaps import counted, into_the_future, over_readings, unknown_length
from tests.unit.sync.evidence.test_ports import connected
from tests.unit.sync.evidence.test_signers import (
    SECOND_KEY,
    known,
    register_of,
    rewritten_by_the_second_key,
    rotated_log,
    run_after_a_stolen_key,
)
from tests.unit.sync.evidence.test_strange_bundles import run_back
from tests.unit.sync.recorded import T0
from tests.unit.sync.signed_logs import DEVICE_KEY, SignedLog, an_hour_of_readings, project_key, signed_register

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this computer")


def junk_installation() -> SignedLog:
    log = SignedLog().begin()
    log.recorded.put(encode_entry(EntryType.INSTALLATION, log.recorded.stamp(), {"x": 1}))
    log.readings(3)
    return log


def set_back() -> SignedLog:
    """A clock that ran ahead until it was set right; what it said meanwhile is believed by nobody, and no lie."""
    log = SignedLog().begin()
    log.readings(5)
    log.recorded.t_ns -= 3600 * 10**9
    log.recorded.clock("trusted")
    log.readings(5)
    return log


def corrected_by_hand() -> SignedLog:
    log = an_hour_of_readings()
    first = log.configuration + 1
    log.recorded.amendment("value_correction", first, first + 3, sensors=["mast"], channels=["wind"], gain=10.0)
    return log


def older_rotation() -> SignedLog:
    return rotated_log(bound=False)[0]


def stolen_rotation() -> SignedLog:
    return rewritten_by_the_second_key(rotated_log()[0], readings=140)


LOGS: dict[str, Callable[[], SignedLog]] = {
    "gap of a day that counts nothing": lambda: counted(0)[0],
    "gap that counts what was due": lambda: counted(86_399)[0],
    "gap over readings": lambda: over_readings()[0],
    "gap into the future": lambda: into_the_future()[0],
    "gap of unknown length": unknown_length,
    "clock that runs back": run_back,
    "nothing read": lambda: SignedLog().begin(),
    "installation without its form": junk_installation,
    "simulator on the computer itself": lambda: connected("network", "tcp:127.0.0.1:1502"),
    "simulator on six bytes": lambda: connected("network", "tcp:[::ffff:7f00:1]:1502"),
    "port of another kind": lambda: connected("x", "x:1"),
    "clock that was set back": set_back,
    "correction by hand": corrected_by_hand,
    "key put in force": lambda: rotated_log()[0],
    "key put in force, older form": older_rotation,
    "another past before a copied rotation": stolen_rotation,
    "instrument on a network": lambda: connected("network", "tcp:192.168.1.20:502"),
}


def test_what_a_station_signs_is_judged_as_the_program_judges_it(tmp_path: Path) -> None:
    register = tmp_path / "register.note"
    register.write_text(signed_register(SignedLog().register()), encoding="utf-8")
    page, _ = put_page(an_hour_of_readings().bundle(tmp_path).path)
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for number, (name, made) in enumerate(LOGS.items()):
            log = made()
            log.sign()
            (tmp_path / str(number)).mkdir()
            bundle = log.bundle(tmp_path / str(number)).path
            shown = checker.check([*files_of(bundle), register], key=str(project_key()))
            assert agrees(shown, bundle, log.register()), (name, shown.standing, shown.outcomes)


def test_a_later_key_signs_for_a_closed_log_where_the_register_knows_it(tmp_path: Path) -> None:
    bundle = closed_bundle(tmp_path)
    stolen, _, begun_ns = run_after_a_stolen_key(stolen=True)
    (tmp_path / "stolen").mkdir()
    after = stolen.bundle(tmp_path / "stolen", period=Period(begun_ns + 5 * 10**9, None)).path
    known_until = known(DEVICE_KEY, until=rfc3339_from_ns(begun_ns - 1800 * 10**9))
    page, _ = put_page(bundle)
    register = tmp_path / "register.note"
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for given, path in (
            (BOTH, bundle),
            (register_of(known(DEVICE_KEY)), bundle),
            (register_of(known(DEVICE_KEY), known(SECOND_KEY)), after),
            (register_of(known_until, known(SECOND_KEY)), after),
        ):
            register.write_text(signed_register(given), encoding="utf-8")
            shown = checker.check([*files_of(path), register], key=str(project_key()))
            assert agrees(shown, path, given), (shown.standing, shown.outcomes)


def test_what_an_outsider_changes_is_named_as_the_program_names_it(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    bundle = log.bundle(tmp_path).path
    page, _ = put_page(bundle)
    twenty, hidden = Altered(bundle, tmp_path / "twenty"), Altered(bundle, tmp_path / "hidden")
    twenty.put_entries(changed(twenty.entries(), 20))
    hidden.put_entries(changed(hidden.entries(), 100))
    hidden.put("leaves-0001.bin", b"".join(leaf_hash(data)[:4] for data in hidden.entries()))
    repeated = Altered(bundle, tmp_path / "repeated")
    lines = gzip.decompress((bundle / CONTEXT).read_bytes()).split(b"\n")[:-1]
    repeated.put(CONTEXT, packed([*lines, lines[-1]]))
    nested = Altered(bundle, tmp_path / "nested")
    entries = nested.entries()
    entries[20] = entries[20][:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    nested.put_entries(entries)
    garbage, inverted = Altered(bundle, tmp_path / "garbage"), Altered(bundle, tmp_path / "inverted")
    garbage.put_index(replace(garbage.index, start="garbage"))
    inverted.put_index(replace(inverted.index, start="2030-01-01T00:00:00Z", until="2020-01-01T00:00:00Z"))
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for altered in (twenty, hidden, repeated, nested, garbage, inverted):
            shown = checker.check(files_of(altered.folder))
            assert agrees(shown, altered.folder), (altered.folder.name, shown.standing, shown.outcomes)
            if altered in (twenty, nested):
                assert failed(shown)["bytes"] == 20
            assert "was written anew before" not in shown.text


def test_the_register_is_named_and_whatever_ends_a_key_first_counts(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    bundle = log.bundle(tmp_path).path
    page, _ = put_page(bundle)
    (free,) = log.register().stations
    (ended,) = log.register(revoked=rfc3339_from_ns(T0 - 10**9)).stations
    numbered = replace(log.register(), number=4, issued="2026-11-20T00:00:00Z")
    twice = replace(log.register(), stations=(free, ended))
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for name, register in {"numbered": numbered, "twice": twice}.items():
            note = tmp_path / f"{name}.note"
            note.write_text(signed_register(register), encoding="utf-8")
            shown = checker.check([*files_of(bundle), note], key=str(project_key()))
            assert agrees(shown, bundle, register), name
            assert name == "twice" or "(no. 4 of 2026-11-20T00:00:00Z)" in shown.text.split("Not proven")[1]
