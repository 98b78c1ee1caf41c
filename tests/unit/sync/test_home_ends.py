# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How each log of a home ended: named by the log after it, by a head kept beside the folder, by witnesses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.buffer.record import Head
from edge_daemon.home import heads_folder
from edge_daemon.log.bodies import LogBody, Predecessor
from edge_daemon.log.checkpoint import sign_checkpoint
from edge_daemon.station.witness import HeadWitness
from sync.__main__ import app
from sync.evidence.form import PredecessorNote
from sync.evidence.given import Given
from sync.home_verdict import verify_log
from tests.unit.sync.evidence.anchored import anchored, trusting
from tests.unit.sync.recorded import ORIGIN, Recorded
from tests.unit.sync.signed_logs import SENSOR, SignedLog, an_hour_of_readings, project_key, signed_register

NEXT = "verifield/log/" + "cd" * 16
PUT_BACK = "an older copy of the data folder was put back: entry 130 had been recorded already"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_names, **_more: tmp_path / "state")


def verified(home: Path, *more: str) -> tuple[int, list[dict[str, object]]]:
    register = home.parent / "register"
    register.write_text(signed_register(SignedLog().register()))
    arguments = ["verify", str(home), "--json", "--register", str(register), "--project-key", str(project_key())]
    told = CliRunner().invoke(app, [*arguments, *more])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.exit_code, [json.loads(line) for line in told.stdout.splitlines()]


def outcomes(told: dict[str, object]) -> dict[str, str]:
    checks = told["checks"]
    assert isinstance(checks, list)
    return {check["name"]: check["outcome"] for check in checks}


def following(home: Path, closed: Predecessor) -> SignedLog:
    """The log that the home goes on with, which names the one before."""
    recorded = Recorded(NEXT)
    recorded.add(LogBody(NEXT, "station-1", "P1", "1", "m", demo=False, predecessor=closed))
    recorded.boot("boot-1", "trusted")
    log = SignedLog(recorded)
    log.name_key("made", log.key)
    log.configuration = recorded.sensor(SENSOR)
    log.readings(10)
    log.sign()
    log.write(home)
    return log


def restored(home: Path, size: int = 60) -> tuple[SignedLog, SignedLog]:
    """A home into which an older copy was put back: the first `size` entries of a log that had more signed."""
    whole = an_hour_of_readings()
    home.mkdir()
    (home / "closed").mkdir()
    Recorded(ORIGIN, whole.recorded.entries[:size]).write(home / "closed" / "one.sqlite3")
    whole.write_checkpoints(home)
    head = whole.head(size)
    return whole, following(home, Predecessor(ORIGIN, size, head.root.hex(), PUT_BACK))


def test_a_copy_put_back_that_the_next_log_names_is_not_called_failed(tmp_path: Path) -> None:
    restored(tmp_path / "home")
    status, (closed, current) = verified(tmp_path / "home")
    assert (status, closed["standing"], current["standing"]) == (3, "shortened", "sound"), closed["checks"]
    assert outcomes(closed)["truncated"] == "not_checked"
    assert PUT_BACK in json.dumps(closed)


def test_what_others_saw_beyond_the_end_of_a_copy_put_back_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    whole, _ = restored(home)
    for kept in (home / "checkpoints").rglob("*"):
        if kept.is_file() and b"verifield/log/abab" in kept.read_bytes():
            kept.unlink()  # the older copy never had them
    whole.checkpoints = [sign_checkpoint(whole.head(60), whole.key)]
    whole.write_checkpoints(home)
    status, (alone, _) = verified(home)
    assert (status, alone["standing"], outcomes(alone)["closed"]) == (0, "sound", "not_checked")
    assert PUT_BACK in json.dumps(alone)
    later = whole.head()
    status, (told, current) = verified(home, "--witness", f"{ORIGIN} {later.size}:{later.root.hex()}")
    assert (status, told["standing"], current["standing"]) == (3, "shortened", "sound")
    words = next(check["words"] for check in told["checks"] if check["name"] == "truncated")  # type: ignore[attr-defined]  # a list of JSON
    assert f"saw {later.size} entries, and the log has 60" in words
    assert "entries from 60 on are not here" in words
    assert "no head of this log" not in json.dumps(told).lower()


def test_what_was_anchored_beyond_the_end_of_a_copy_put_back_is_named(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(60)
    with anchored(tmp_path, log) as station:
        log.sign()
        station.anchor()
        notes, answers = station.notes, station.answers()
    cut = SignedLog(Recorded(ORIGIN, log.recorded.entries[:40]), log.key)
    head = cut.sign().checkpoint
    source = cut.write(tmp_path / "cut")
    closed = PredecessorNote(ORIGIN, head.size, head.root.hex(), PUT_BACK)
    given = trusting(Given(log.register(), (), notes, answers))
    named = verify_log(source.buffer, source.checkpoints, given, closed=closed)
    assert named.standing == "shortened"
    assert any("were anchored" in check.words and PUT_BACK in check.words for check in named.checks)
    assert verify_log(source.buffer, source.checkpoints, given).standing == "failed", "no log after it says why"


def test_a_log_that_was_cut_off_and_is_named_otherwise_fails(tmp_path: Path) -> None:
    whole, _ = restored(tmp_path / "home")
    (tmp_path / "home" / "closed" / "one.sqlite3").unlink()
    Recorded(ORIGIN, whole.recorded.entries[:59]).write(tmp_path / "home" / "closed" / "one.sqlite3")
    status, (closed, _) = verified(tmp_path / "home")
    assert (status, closed["standing"], outcomes(closed)["truncated"]) == (1, "failed", "failed")


def test_a_head_without_a_name_is_held_against_the_current_log_alone(tmp_path: Path) -> None:
    _, current = restored(tmp_path / "home")
    head = current.head()
    status, verdicts = verified(tmp_path / "home", "--witness", f"{head.size}:{head.root.hex()}")
    assert (status, [one["standing"] for one in verdicts]) == (3, ["shortened", "sound"])
    assert [outcomes(one)["witness"] for one in verdicts] == ["not_checked", "passed"]
    named = f"{NEXT} {head.size}:{'ab' * 32}"
    status, verdicts = verified(tmp_path / "home", "--witness", named)
    assert (status, [one["standing"] for one in verdicts]) == (1, ["shortened", "failed"])


def test_a_bundle_older_than_the_witness_is_not_called_failed(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    path = log.bundle(tmp_path).path
    log.readings(5)
    later = log.sign().checkpoint
    _, (told,) = verified(path, "--witness", f"{ORIGIN} {later.size}:{later.root.hex()}")
    assert (told["standing"], outcomes(told)["witness"]) == ("sound", "not_checked")


def test_a_tail_written_anew_and_longer_contradicts_the_head_beside_the_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    log = an_hour_of_readings()
    head = log.head()
    log.readings(3)
    log.sign()
    log.write(home)
    kept = HeadWitness(heads_folder())
    kept.see(Head(ORIGIN, head.size, head.root), home)
    status, (sound,) = verified(home)
    assert (status, sound["standing"]) == (0, "sound")
    assert any("written anew" in words for words in sound["not_proven"]), "it is on the same computer"  # type: ignore[attr-defined]  # a list of JSON
    kept.see(Head(ORIGIN, head.size, bytes(32)), home)
    status, (told,) = verified(home)
    assert (status, told["standing"]) == (1, "failed")
    kept.see(Head(ORIGIN, head.size, bytes(32)), tmp_path)
    assert verified(home)[0] == 0, "a head of another folder says nothing of this one"


def test_a_simulated_log_is_never_called_sound(tmp_path: Path) -> None:
    log = SignedLog(Recorded("verifield/demo/" + "ab" * 16)).begin()
    log.readings(20)
    log.sign()
    log.write(tmp_path / "home")
    status, (told,) = verified(tmp_path / "home")
    assert (status, told["standing"]) == (3, "simulated"), told["checks"]
    assert "SIMULATED" in str(told["about"])
    status, (bundled,) = verified(log.bundle(tmp_path).path)
    assert (status, bundled["standing"]) == (3, "simulated")


def test_what_was_salvaged_has_words_of_its_own(tmp_path: Path) -> None:
    restored(tmp_path / "home")
    closed = tmp_path / "home" / "closed"
    (closed / "one.sqlite3").rename(closed / "one.salvaged.sqlite3")
    (closed / "one.sqlite3").write_bytes(b"damaged")
    status, verdicts = verified(tmp_path / "home")
    assert (status, [one["standing"] for one in verdicts]) == (3, ["salvaged", "sound"])
