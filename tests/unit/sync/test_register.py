# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station register from its first key to a stolen laptop, by the commands that a person types."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge_daemon.domain.faults import BadInput, SecretUnavailable
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey
from sync.__main__ import app
from sync.anchor.settings import AnchorSettings, keep_settings
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.evidence.register import Register, RegisteredLedger, read_register, register_text
from sync.evidence.verdict import Verdict
from sync.home_verdict import verify_log
from tests.unit.sync.recorded import T0
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, outcomes, signed_register

PASSPHRASE = "correct horse battery"
Type = Callable[..., Result]


@pytest.fixture
def log() -> SignedLog:
    return an_hour_of_readings()


@pytest.fixture
def typed(tmp_path: Path) -> Type:
    def type_(*arguments: str, passphrase: str = PASSPHRASE) -> Result:
        return CliRunner().invoke(app, ["register", *arguments], input=f"{passphrase}\n")

    return type_


@pytest.fixture
def project(tmp_path: Path, log: SignedLog, typed: Type) -> Path:
    """A register with one station, made by commands; the station's home is `home`."""
    log.write(tmp_path / "home")
    (tmp_path / "home").chmod(0o700)
    path, key, shown = str(tmp_path / "register"), str(tmp_path / "project.key"), str(tmp_path / "station.json")
    assert typed("create", path, "--key-file", key, "--project", "P1").exit_code == 0
    assert typed("identity", "--home", str(tmp_path / "home"), "--output", shown).exit_code == 0
    told = typed("add", path, shown, "--key-file", key)
    assert told.exit_code == 0, told.output
    published = re.search(r"P1\+\S+", told.output)
    assert published
    (tmp_path / "published").write_text(published[0])
    return tmp_path


def register_of(project: Path, typed: Type) -> Register:
    told = typed(
        "end", str(project / "register"), "station-9", "--key-file", str(project / "project.key"), "--until", "x"
    )
    assert told.exit_code != 0
    key = re.search(r"P1\+\S+", typed("add", *added(project)).output)
    assert key
    return read_register((project / "register").read_text(), [VerifierKey.parse(key[0])])


def added(project: Path) -> tuple[str, ...]:
    return str(project / "register"), str(project / "station.json"), "--key-file", str(project / "project.key")


def verdict_of(project: Path, log: SignedLog, typed: Type, *witnesses: Witness) -> Verdict:
    text = (project / "register").read_text()
    source = log.write_checkpoints(project / "home")
    key = VerifierKey.parse((project / "published").read_text())
    return verify_log(source.buffer, source.checkpoints, Given(read_register(text, [key]), witnesses))


def test_a_registered_station_is_vouched_for(project: Path, log: SignedLog, typed: Type) -> None:
    register = register_of(project, typed)
    assert [station.device_id for station in register.stations] == ["station-1"]
    assert verdict_of(project, log, typed).standing == "sound"


def end(project: Path, typed: Type, *options: str) -> Result:
    return typed("end", str(project / "register"), "station-1", "--key-file", str(project / "project.key"), *options)


def test_a_stolen_station_is_vouched_for_only_where_a_witness_saw_it_in_time(
    project: Path, log: SignedLog, typed: Type
) -> None:
    stolen_ns = log.recorded.t_ns + 3600 * 10**9
    assert end(project, typed, "--revoked", rfc3339_from_ns(stolen_ns)).exit_code == 0
    alone = verdict_of(project, log, typed)
    assert (alone.standing, outcomes(alone)["signer"]) == ("not_vouched_for", "not_checked")
    head = log.checkpoints[-1].checkpoint
    in_time = Witness(head.size, head.root, "Ana", time_ns=stolen_ns - 1)
    late = Witness(head.size, head.root, "Ana", time_ns=stolen_ns)
    assert verdict_of(project, log, typed, in_time).standing == "sound"
    assert verdict_of(project, log, typed, late).standing == "not_vouched_for"
    assert end(project, typed, "--revoked", rfc3339_from_ns(T0)).exit_code == 0
    assert verdict_of(project, log, typed, in_time).standing == "failed", "made with the key after it was stolen"


def test_a_station_out_of_service_counts_until_then(project: Path, log: SignedLog, typed: Type) -> None:
    assert end(project, typed, "--until", rfc3339_from_ns(log.recorded.t_ns + 10**9)).exit_code == 0
    assert verdict_of(project, log, typed).standing == "sound"
    assert end(project, typed, "--until", rfc3339_from_ns(log.recorded.t_ns - 10**9)).exit_code == 0
    assert verdict_of(project, log, typed).standing == "failed"


def test_a_revoked_key_cannot_be_added_again(project: Path, typed: Type) -> None:
    assert end(project, typed, "--revoked", rfc3339_from_ns(T0)).exit_code == 0
    told = typed("add", *added(project))
    assert isinstance(told.exception, BadInput)
    assert "revoked" in str(told.exception)


def test_what_the_register_says_is_shown(project: Path, typed: Type) -> None:
    end(project, typed, "--revoked", "2026-11-23T08:00:00Z")
    shown = typed("show", str(project / "register")).output
    assert "station-1" in shown
    assert "REVOKED since 2026-11-23T08:00:00Z" in shown
    assert "NOT checked" in shown


def test_where_a_station_anchors_is_registered_with_it(project: Path, typed: Type) -> None:
    home, identity = project / "home", project / "anchoring.json"
    contract, account = "0x" + "a" * 64, "0x" + "b" * 64
    keep_settings(home, AnchorSettings("testnet", "https://node.example/v1", 2, contract, account))
    assert typed("identity", "--home", str(home), "--output", str(identity)).exit_code == 0
    told = typed("add", str(project / "register"), str(identity), "--key-file", str(project / "project.key"))
    assert told.exit_code == 0, told.output
    register = read_register((project / "register").read_text())
    assert register.ledgers("station-1") == {RegisteredLedger(2, contract)}
    assert register.accounts("station-1") == {account}
    assert register.ledgers("another") == set()
    typed("add", *added(project))
    assert read_register((project / "register").read_text()).ledgers("station-1"), "another identity takes nothing away"
    shown = typed("show", str(project / "register")).output
    assert f"anchors through contract {contract} on chain 2" in shown


@pytest.mark.parametrize(
    "ledger", [RegisteredLedger(0, "0x" + "a" * 64), RegisteredLedger(1, "0xa"), RegisteredLedger(1, "")]
)
def test_a_register_that_names_no_chain_or_no_address_is_refused(log: SignedLog, ledger: RegisteredLedger) -> None:
    register = log.register()
    (station,) = register.stations
    with pytest.raises(NoteInvalid):
        read_register(signed_register(replace(register, stations=(replace(station, ledgers=(ledger,)),))))


def test_the_key_opens_with_its_passphrase_only_and_is_never_in_clear(project: Path, typed: Type) -> None:
    before = (project / "register").read_text()
    wrong = typed("add", *added(project), passphrase="another passphrase")
    assert isinstance(wrong.exception, SecretUnavailable)
    assert (project / "register").read_text() == before
    sealed = (project / "project.key").read_text()
    assert PASSPHRASE not in sealed
    assert "register.project-key" not in sealed
    assert (project / "project.key").stat().st_mode & 0o077 == 0


def test_a_register_that_another_key_signed_or_somebody_altered_is_not_signed_on(project: Path, typed: Type) -> None:
    path = project / "register"
    path.write_text(path.read_text().replace("station-1", "station-7"))
    assert isinstance(typed("add", *added(project)).exception, BadInput)
    assert typed("create", str(project / "r2"), "--key-file", str(project / "k2"), "--project", "P1").exit_code == 0
    told = typed("add", str(project / "r2"), *added(project)[1:])
    assert isinstance(told.exception, BadInput)


@pytest.mark.parametrize(
    ("arguments", "passphrase"),
    [
        (("create", "REGISTER", "--key-file", "KEY", "--project", "P1"), PASSPHRASE),
        (("create", "NEW", "--key-file", "NEWKEY", "--project", "P1"), "short"),
        (("create", "NEW", "--key-file", "NEWKEY", "--project", "P1"), ""),
        (("create", "NEW", "--key-file", "NEWKEY", "--project", "two words"), PASSPHRASE),
        (("add", "REGISTER", "REGISTER", "--key-file", "KEY"), PASSPHRASE),
        (("add", "REGISTER", "IDENTITY", "--key-file", "NONE"), PASSPHRASE),
        (("add", "REGISTER", "IDENTITY", "--key-file", "KEY", "--until", "soon"), PASSPHRASE),
        (("end", "REGISTER", "station-9", "--key-file", "KEY", "--until", "2026-11-23T08:00:00Z"), PASSPHRASE),
        (("end", "REGISTER", "station-1", "--key-file", "KEY"), PASSPHRASE),
        (
            ("end", "REGISTER", "station-1", "--key-file", "KEY", "--until", "2026-11-23T08:00:00Z", "--key", "AAAA"),
            PASSPHRASE,
        ),
        (("show", "NONE"), ""),
        (("identity", "--home", "EMPTY", "--output", "NEW"), ""),
        (("identity", "--home", "HOME", "--output", "REGISTER"), ""),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    project: Path, typed: Type, arguments: tuple[str, ...], passphrase: str
) -> None:
    places = {"REGISTER": "register", "KEY": "project.key", "IDENTITY": "station.json", "HOME": "home"}
    places |= {name: name.lower() for name in ("NEW", "NEWKEY", "NONE", "EMPTY")}
    before = (project / "register").read_text()
    told = typed(*(str(project / places[one]) if one in places else one for one in arguments), passphrase=passphrase)
    assert isinstance(told.exception, BadInput), told.output
    assert (project / "register").read_text() == before
    assert not (project / "new").exists()


def test_an_older_register_can_be_told_from_a_newer_one(project: Path, typed: Type, log: SignedLog) -> None:
    key = VerifierKey.parse((project / "published").read_text())
    older = read_register((project / "register").read_text(encoding="utf-8"), [key])
    ended = typed(
        "end", str(project / "register"), "station-1", "--key-file", str(project / "project.key"),
        "--revoked", rfc3339_from_ns(T0),
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    newer = read_register((project / "register").read_text(encoding="utf-8"), [key])
    assert (older.number, newer.number) == (2, 3)
    assert newer.issued >= older.issued > "2026"
    assert f"no. 3 of {newer.issued}" in typed("show", str(project / "register")).output
    source = log.write(project / "home")
    verdict = verify_log(source.buffer, source.checkpoints, Given(older))
    words = next(check.words for check in verdict.checks if check.name == "signer")
    assert f"The register of P1, no. 2 of {older.issued}, vouches for" in words
    assert any(f"(no. 2 of {older.issued}): ask the project for the newest" in open_ for open_ in verdict.not_proven)


def test_a_register_without_a_number_is_read_and_said_to_have_none(tmp_path: Path, log: SignedLog) -> None:
    plain = log.register()
    assert "issued" not in register_text(plain)
    assert read_register(signed_register(plain)).edition == ""
    source = log.write(tmp_path / "home")
    verdict = verify_log(source.buffer, source.checkpoints, Given(plain))
    assert any("does not say of when it is" in words for words in verdict.not_proven)
    for bad in ({"issued": "soon"}, {"number": -1}):
        with pytest.raises(NoteInvalid):
            read_register(signed_register(replace(plain, **bad)))


def test_of_a_key_that_stands_in_a_register_twice_whatever_ends_it_first_counts(tmp_path: Path, log: SignedLog) -> None:
    source = log.write(tmp_path / "home")
    (free,) = log.register().stations
    (ended,) = log.register(revoked=rfc3339_from_ns(T0 - 10**9)).stations
    for stations in ((free, ended), (ended, free), (replace(free, keys=(*free.keys, *ended.keys)),)):
        register = replace(log.register(), stations=stations)
        assert outcomes(verify_log(source.buffer, source.checkpoints, Given(register)))["signer"] == "failed"
