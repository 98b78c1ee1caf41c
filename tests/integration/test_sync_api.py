# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sync through the daemon's API: a destination is added, checked and delivered to, and the accounts add up."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_daemon.home import Home
from edge_daemon.secrets.file_lock import FileLock
from sync.progress_file import LOCK_NAME
from sync.sinks.file.bundle import manifest_of
from tests.support.planted import holding, told_of_processes
from tests.support.processes import running
from tests.support.recorder import Recorder
from tests.support.silent import silent
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
PATIENCE_S = 180.0


class Api:
    """The daemon of one home, asked over HTTP."""

    def __init__(self, home: Path) -> None:
        endpoint = Home(home).running_endpoint()
        assert endpoint is not None
        self._recorder = Recorder(endpoint.url, endpoint.token)

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._recorder.ask(method, path, json=body)

    def told(self, method: str, path: str, body: object = None) -> Any:
        reply = self.ask(method, path, body)
        assert reply.is_success, reply.text[:500]
        return reply.json() if reply.content else None

    def sync(self) -> Any:
        self.told("POST", "/api/sync", {})
        wait_until(lambda: not self.told("GET", "/api/sync")["running"], seconds=PATIENCE_S, what="the sync to end")
        return self.told("GET", "/api/sync")


@contextmanager
def demo(tmp_path: Path) -> Iterator[Api]:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(home), "--secret-store", "memory"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    place = tmp_path / "home-demo"
    with running(command, output=tmp_path / "said", environment=environment):
        wait_until(
            lambda: place.is_dir() and Home(place).running_endpoint() is not None,
            seconds=PATIENCE_S,
            what="the daemon to answer",
        )
        yield Api(place)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with demo(tmp_path) as asked:
        yield asked


def readings(api: Api) -> int:
    return sum(sensor["latest"] is not None for sensor in api.told("GET", "/api/sensors"))


def test_a_stick_that_is_plugged_in_is_delivered_to_without_a_hand(api: Api, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    api.told("PUT", "/api/destinations/stick", {"settings": {"kind": "file", "folder": str(stick)}})
    wait_until(lambda: readings(api) == 3, seconds=PATIENCE_S, what="a reading of each sensor")
    refused = api.ask("PUT", "/api/sync/automatic", {"enabled": True, "every_minutes": 1})
    assert (refused.status_code, refused.json()["field"]) == (422, "every_minutes")
    stick.mkdir()

    kept = api.told("PUT", "/api/sync/automatic", {"enabled": True, "every_minutes": 60})

    assert kept["enabled"] is True
    wait_until(lambda: any(stick.iterdir()), seconds=PATIENCE_S, what="a file on the stick")
    wait_until(lambda: api.told("GET", "/api/sync")["status"] == 0, seconds=PATIENCE_S, what="the sync's end")
    assert api.told("PUT", "/api/sync/automatic", {"enabled": False})["words"] == ""


def test_a_stick_gets_every_reading_and_the_accounts_add_up(api: Api, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    added = api.told("PUT", "/api/destinations/stick", {"settings": {"kind": "file", "folder": str(stick)}})
    assert (added["kind"], added["needs_secret"]) == ("file", False)
    wait_until(lambda: readings(api) == 3, seconds=PATIENCE_S, what="a reading of each sensor")
    assert all(line["verdict"] != "failed" for line in api.told("POST", "/api/destinations/stick/check"))

    run = api.sync()

    assert (run["status"], run["trouble"], run["alarms"]) == (0, "", [])
    (progress,) = run["progress"]
    assert progress["state"] == "done"
    assert progress["done"] >= 3
    (bundle,) = stick.glob("*.tar")
    seal = manifest_of(bundle).seal
    assert seal is not None
    assert seal.checkpoint.size > progress["done"]
    standing = api.told("GET", "/api/sync/standing")
    (account,) = [balance for plan in standing["destinations"] for balance in plan["balances"]]
    assert account["delivered"] >= 3
    assert account["accepted"] == sum(account[part] for part in ("delivered", "waiting", "held", "aside"))
    assert standing["runs"][0]["ending"] == "done"
    assert standing["room"]["free_bytes"] > 0
    assert standing["alarms"] == []


def test_everything_goes_out_again_when_it_is_asked_for(api: Api, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    api.told("PUT", "/api/destinations/stick", {"settings": {"kind": "file", "folder": str(stick)}})
    wait_until(lambda: readings(api) == 3, seconds=PATIENCE_S, what="a reading of each sensor")
    api.sync()
    delivered = account(api)["delivered"]
    assert (delivered >= 3, len(list(stick.glob("*.tar")))) == (True, 1)

    reply = api.ask("POST", "/api/destinations/stick/resend")

    assert (reply.status_code, reply.content) == (204, b"")
    assert (account(api)["delivered"], account(api)["waiting"] >= delivered) == (0, True)
    assert api.sync()["status"] == 0
    assert account(api)["delivered"] >= delivered
    assert len(list(stick.glob("*.tar"))) == 2


def test_an_order_to_send_again_that_cannot_be_followed_is_refused_in_words(api: Api, tmp_path: Path) -> None:
    unknown = api.ask("POST", "/api/destinations/nowhere/resend")
    assert (unknown.status_code, "no destination 'nowhere'" in unknown.json()["detail"]) == (404, True)
    api.told("PUT", "/api/destinations/stick", {"settings": {"kind": "file", "folder": str(tmp_path / "stick")}})
    home = tmp_path / "home-demo"
    lock = FileLock.take_if_free(home / LOCK_NAME)  # as a sync in a terminal does
    assert lock is not None
    with lock:
        for order in ("/api/destinations/stick/resend", "/api/sync/set-aside/retry"):
            beside = api.ask("POST", order)
            assert (beside.status_code, beside.json()["code"]) == (409, "conflict"), beside.text[:500]
            assert "a sync is running" in beside.json()["detail"]
    assert not (home / "delivery.sqlite3").exists()
    (home / "delivery.sqlite3").mkdir()  # books that cannot be written
    for order in ("/api/destinations/stick/resend", "/api/sync/set-aside/retry"):
        broken = api.ask("POST", order)
        assert (broken.status_code, broken.json()["code"]) == (502, "sync_failed"), broken.text[:500]
        assert "record on disk" in broken.json()["detail"]


def account(api: Api) -> Any:
    (told,) = [one for plan in api.told("GET", "/api/sync/standing")["destinations"] for one in plan["balances"]]
    return told


def test_a_secret_is_stored_and_never_told(api: Api, tmp_path: Path) -> None:
    settings = {"kind": "influxdb", "url": "http://127.0.0.1:9", "organisation": "o", "bucket": "b"}
    planted = "planted-token-42"
    stick = tmp_path / "stick"
    stick.mkdir()
    api.told("PUT", "/api/destinations/stick", {"settings": {"kind": "file", "folder": str(stick)}})
    added = api.told("PUT", "/api/destinations/db", {"settings": settings, "secret": planted + "\n"})
    assert added["secret"] is True
    torn = api.ask("PUT", "/api/destinations/db", {"settings": settings, "secret": f"{planted}\n{planted}"})
    assert (torn.status_code, "line break" in torn.text) == (422, True)
    plain = ("/api/destinations", "/api/sync/standing", "/api/openapi.json")
    told = [torn.text, *(api.ask("GET", path).text for path in plain)]
    told.append(api.ask("POST", "/api/destinations/db/check").text)
    paths = {path: verbs for path, verbs in api.told("GET", "/api/openapi.json")["paths"].items() if "{" not in path}
    told += [api.ask("GET", path).text for path, verbs in paths.items() if "get" in verbs]
    api.told("POST", "/api/sync", {})
    wait_until(lambda: any(told_of_a_sync()), seconds=PATIENCE_S, what="the delivery's own process")
    seen = list(told_of_processes())
    wait_until(lambda: "waiting" in states(api), seconds=PATIENCE_S, what="the database to be missed")
    told.append(api.ask("GET", "/api/sync").text)
    api.told("DELETE", "/api/sync")
    wait_until(lambda: not api.told("GET", "/api/sync")["running"], seconds=PATIENCE_S, what="the sync to end")
    bundle = [sys.executable, "-m", "sync", "bundle", "--output", str(tmp_path / "evidence.zip")]
    with running([*bundle, "--home", str(tmp_path / "home-demo")], output=tmp_path / "bundled") as child:
        assert child.wait(seconds=PATIENCE_S) == 0, child.said()[-1500:]
    assert not any(planted in text for text in told)
    assert not any(planted.encode() in content for content in seen)
    assert holding(planted.encode(), tmp_path) == []
    assert {"evidence.zip", "said"} <= {path.name for path in tmp_path.iterdir()}
    assert len(list(stick.glob("*.tar"))) == 1
    api.told("DELETE", "/api/destinations/db")
    assert [one["name"] for one in api.told("GET", "/api/destinations")] == ["stick"]


def states(api: Api) -> set[str]:
    return {item["state"] for item in api.told("GET", "/api/sync")["progress"]}


def told_of_a_sync() -> Iterator[bytes]:
    return (content for content in told_of_processes() if b"--secrets-stdin" in content)


def test_a_destination_out_of_reach_says_so_in_words(api: Api) -> None:
    settings = {"kind": "influxdb", "url": "http://127.0.0.1:9", "organisation": "o", "bucket": "b"}
    api.told("PUT", "/api/destinations/db", {"settings": settings, "secret": "t"})
    lines = api.told("POST", "/api/destinations/db/check")
    failed = [line for line in lines if line["verdict"] == "failed"]
    assert failed
    assert all(line["words"] and line["remedy"] for line in failed)


def test_a_sync_can_be_cancelled_and_wrong_names_are_refused(api: Api) -> None:
    assert api.ask("POST", "/api/sync", {"destinations": ["nowhere"]}).status_code == 404
    wrong = api.ask("PUT", "/api/destinations/x", {"settings": {"kind": "file"}})
    assert wrong.status_code == 422
    assert wrong.json()["field"] == "folder"
    settings = {"kind": "influxdb", "url": "http://127.0.0.1:9", "organisation": "o", "bucket": "b"}
    api.told("PUT", "/api/destinations/db", {"settings": settings, "secret": "t"})
    api.told("POST", "/api/sync", {})
    assert api.ask("POST", "/api/sync", {}).status_code == 409
    assert api.ask("POST", "/api/destinations/db/resend").status_code == 409
    wait_until(lambda: bool(api.told("GET", "/api/sync")["progress"]), seconds=PATIENCE_S, what="the first progress")
    api.told("DELETE", "/api/sync")
    wait_until(lambda: not api.told("GET", "/api/sync")["running"], seconds=PATIENCE_S, what="the sync to end")
    assert {item["state"] for item in api.told("GET", "/api/sync")["progress"]} <= {"cancelled", "stopped", "gave_up"}


def test_a_sync_that_was_begun_in_a_terminal_can_be_followed_and_cancelled(api: Api, tmp_path: Path) -> None:
    with silent() as far:
        settings = {"kind": "mqtt", "host": "127.0.0.1", "port": far.port, "tls": False}
        api.told("PUT", "/api/destinations/broker", {"settings": settings})
        wait_until(lambda: readings(api) == 3, seconds=PATIENCE_S, what="a reading of each sensor")
        command = [sys.executable, "-m", "sync", "run", "--json", "--home", str(tmp_path / "home-demo")]
        with running(command, output=tmp_path / "terminal") as child:
            wait_until(lambda: bool(standing(api)["progress"]), seconds=PATIENCE_S, what="its progress")
            assert standing(api)["elsewhere"] is True
            api.told("DELETE", "/api/sync")
            assert child.wait(seconds=PATIENCE_S) == 1
            assert '"state":"cancelled"' in child.said()
        # A wish of before ends no later sync.
        api.told("DELETE", "/api/sync")
        with running(command, output=tmp_path / "again") as child:
            wait_until(lambda: standing(api)["elsewhere"] is True, seconds=PATIENCE_S, what="it to run")
            assert child.running
            assert '"state":"cancelled"' not in child.said()


def standing(api: Api) -> Any:
    return api.told("GET", "/api/sync/standing")


def test_a_sync_that_began_by_itself_and_was_broken_off_stays_so(api: Api) -> None:
    with silent() as far:
        settings = {"kind": "mqtt", "host": "127.0.0.1", "port": far.port, "tls": False}
        api.told("PUT", "/api/destinations/broker", {"settings": settings})
        wait_until(lambda: readings(api) == 3, seconds=PATIENCE_S, what="a reading of each sensor")
        api.told("PUT", "/api/sync/automatic", {"enabled": True, "every_minutes": 30})
        wait_until(lambda: "checking" in states(api), seconds=PATIENCE_S, what="a sync that begins by itself")
        api.told("DELETE", "/api/sync")
        wait_until(lambda: not api.told("GET", "/api/sync")["running"], seconds=PATIENCE_S, what="its end")

        def words() -> str:
            # To ask for another interval has it look at once.
            return str(api.told("PUT", "/api/sync/automatic", {"enabled": True, "every_minutes": 45})["words"])

        wait_until(lambda: "broken off" in words(), seconds=PATIENCE_S, what="the hold to be told")
        assert api.told("GET", "/api/sync")["running"] is False
