# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync` as its own process, against a server on loopback: delivered, killed, asked, in JSON."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from edge_daemon.home import Home
from edge_daemon.secrets.private_file import write_private
from tests.support.processes import Child, running
from tests.support.waiting import wait_until
from tests.unit.sync.influx_stand_in import TOKEN, Answer, Bucket, influx
from tests.unit.sync.recorded import Recorded

READINGS = 3_000
SECRETS = json.dumps({"influxdb.cloud.token": TOKEN}).encode()


def home_of(folder: Path, url: str, *, origin: str = "", readings: int = READINGS) -> Path:
    home = folder / "home"
    home.mkdir(mode=0o700)
    log = Recorded(origin) if origin else Recorded()
    log.begin()
    log.readings("a", log.sensor("a"), readings)
    log.write(home / "buffer.sqlite3")
    destination(home, url)
    return home


def destination(home: Path, url: str) -> None:
    table = {"kind": "influxdb", "url": url, "organisation": "org", "bucket": "bucket"}
    write_private(home / "destinations.toml", tomli_w.dumps({"destinations": {"cloud": table}}).encode())


def command(home: Path, *words: str) -> list[str | Path]:
    return [sys.executable, "-m", "sync", *words, "--home", home]


def sync(home: Path, *words: str, secrets: bytes = SECRETS) -> tuple[int, list[dict[str, object]]]:
    done = subprocess.run(
        [str(word) for word in command(home, "run", "--json", "--secrets-stdin", *words)],
        input=secrets,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert TOKEN.encode() not in done.stdout + done.stderr
    assert not done.stderr, done.stderr[-2000:].decode()
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def status(home: Path) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [str(word) for word in command(home, "status", "--json")], capture_output=True, timeout=60, check=False
    )
    assert not done.stderr, done.stderr[-2000:].decode()
    return done.returncode, json.loads(done.stdout)


def test_everything_is_delivered_and_told_as_json(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home = home_of(tmp_path, url)
        code, events = sync(home)
    assert code == 0, events[-3:]
    assert len(bucket.points) == 2 * READINGS
    assert [event["event"] for event in events if event["event"] in {"plan", "end"}] == ["plan", "end"]
    assert events[-1]["state"] == "done"
    assert events[-1]["delivered"] == READINGS
    code, told = status(home)
    assert code == 0
    [item] = told["destinations"]
    [balance] = item["balances"]
    assert (balance["accepted"], balance["delivered"], balance["waiting"]) == (READINGS, READINGS, 0)
    for path in home.iterdir():
        assert TOKEN.encode() not in path.read_bytes(), path.name


def wait_for_a_request(bucket: Bucket, child: Child) -> None:
    seen = bucket.writes
    wait_until(lambda: bucket.writes > seen or not child.running, what="a request")


def test_killed_again_and_again_it_delivers_every_reading_once(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home = home_of(tmp_path, url)
        for _ in range(4):
            arguments = command(home, "run", "--json", "--secrets-stdin")
            with running(arguments, output=tmp_path / "out", stdin=SECRETS) as child:
                wait_for_a_request(bucket, child)
                child.kill()
        code, events = sync(home)
    assert code == 0, events[-3:]
    assert len(bucket.points) == 2 * READINGS
    assert status(home)[0] == 0


def test_a_refused_reading_is_listed_exported_and_tried_again(tmp_path: Path) -> None:
    bucket = Bucket()

    def refuse(lines: list[str]) -> Answer | None:
        wrong = any("value=7.0" in line for line in lines)
        return (400, {}, b'{"code":"invalid","message":"seven is not welcome"}') if wrong else None

    with influx(bucket) as url:
        home = home_of(tmp_path, url, readings=40)
        bucket.answer = refuse
        code, events = sync(home)
        assert (code, events[-1]["state"]) == (1, "done")
        listed = subprocess.run(
            [str(word) for word in command(home, "set-aside", "list", "--json")], capture_output=True, check=True
        )
        [told] = [json.loads(line) for line in listed.stdout.splitlines()]
        assert "seven is not welcome" in told["words"]
        subprocess.run([*map(str, command(home, "set-aside", "export")), str(tmp_path / "out.csv")], check=True)
        assert '""temperature"":[7,7,1]' in (tmp_path / "out.csv").read_text(encoding="utf-8")
        subprocess.run([str(word) for word in command(home, "set-aside", "retry")], check=True, capture_output=True)
        bucket.answer = lambda _: None
        assert sync(home)[0] == 0
    assert len(bucket.points) == 80


def test_a_second_sync_says_that_one_is_running(tmp_path: Path) -> None:
    bucket = Bucket(answer=lambda _: (503, {"Retry-After": "600"}, b""))
    with influx(bucket) as url:
        home = home_of(tmp_path, url, readings=10)
        with running(
            command(home, "run", "--json", "--secrets-stdin"), output=tmp_path / "out", stdin=SECRETS
        ) as child:
            child.wait_for_text('"state":"waiting"')
            code, events = sync(home)
            assert code == 3
            assert events[0]["event"] == "running"
            assert status(home)[1]["running"] is True
            assert child.interrupt() == 1
            assert '"state":"cancelled"' in child.said()


def test_a_wrong_token_ends_with_a_remedy(tmp_path: Path) -> None:
    with influx(Bucket()) as url:
        home = home_of(tmp_path, url, readings=10)
        code, events = sync(home, secrets=json.dumps({"influxdb.cloud.token": "wrong"}).encode())
    assert code == 1
    assert events[-1]["state"] == "stopped"
    assert events[-1]["remedy"]


def test_a_demonstration_reaches_no_other_computer(tmp_path: Path) -> None:
    home = home_of(tmp_path, "http://influx.example:8086", origin="verifield/demo/" + "cd" * 16, readings=2)
    done = subprocess.run(
        [str(word) for word in command(home, "run", "--json", "--secrets-stdin")],
        input=SECRETS,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert b"demonstration" in done.stderr


def test_a_closed_pipe_does_not_stop_a_running_sync(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home = home_of(tmp_path, url)
        process = subprocess.Popen(
            [str(word) for word in command(home, "run", "--json", "--secrets-stdin")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        with process.stdin as pipe:
            pipe.write(SECRETS)
        assert process.wait(60) == 0
    assert len(bucket.points) == 2 * READINGS


def test_without_a_network_it_waits_and_resumes_when_it_returns(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home = home_of(tmp_path, url, readings=10)
    # The server is gone; its port answers again later.
    with running(command(home, "run", "--json", "--secrets-stdin"), output=tmp_path / "out", stdin=SECRETS) as child:
        child.wait_for_text('"state":"waiting"')
        with influx(bucket, int(url.rsplit(":", 1)[1])):
            assert child.wait() == 0
    assert len(bucket.points) == 20


@contextmanager
def recorder(asked: threading.Event, answer: threading.Event) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The recorder's side of signing: notes what it was asked with which token, and answers when it is let."""
    requests: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append((self.path, self.headers["Authorization"]))
            asked.set()
            answer.wait(100)
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b'{"note": "a signed note"}')

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the sync ended meanwhile
                return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        serving = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}", requests
        finally:
            answer.set()
            listening.shutdown()
            serving.join()


def test_a_running_recorder_is_asked_to_sign_and_delivery_does_not_wait_for_it(tmp_path: Path) -> None:
    asked, answer = threading.Event(), threading.Event()

    def once_asked(_lines: list[str]) -> Answer | None:
        asked.wait(100)
        return None

    bucket = Bucket(answer=once_asked)
    with influx(bucket) as url, recorder(asked, answer) as (address, requests):
        home = home_of(tmp_path, url, readings=10)
        place = Home(home)
        with place.acquire_lock():
            place.write_endpoint(address, 1, "the-api-token")
            code, events = sync(home)
    assert code == 0, events[-3:]
    assert len(bucket.points) == 20
    assert requests == [("/api/log/checkpoint", "Bearer the-api-token")]


@pytest.mark.parametrize("words", [["run", "--destination", "nowhere"]])
def test_an_unknown_destination_is_named(tmp_path: Path, words: list[str]) -> None:
    home = home_of(tmp_path, "http://127.0.0.1:1", readings=1)
    done = subprocess.run([str(word) for word in command(home, *words)], capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert b"nowhere" in done.stderr
