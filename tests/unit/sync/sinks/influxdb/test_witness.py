# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When a server's process began, from its own answers, and from those of servers that do not tell."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.secrets.secret import Secret
from sync.sinks.influxdb import InfluxSink, witness
from sync.sinks.sink import Later, Stopped, Witness
from tests.support.influx_v2 import BUCKET, ORGANISATION, TOKEN, Reply, Server, influx_v2
from tests.support.servers import free_port


@pytest.fixture
def server() -> Iterator[Server]:
    with influx_v2() as server:
        yield server


@pytest.fixture
def sink(server: Server) -> Iterator[InfluxSink]:
    with closing(InfluxSink(InfluxDestination("coast", server.url, ORGANISATION, BUCKET), Secret(TOKEN))) as sink:
        yield sink


def asked(sink: InfluxSink, known: str = "") -> Witness | Later | Stopped:
    return sink.witness(known, threading.Event())


def metrics(began: str) -> Reply:
    text = f"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {began}\nother 1\n"
    return Reply(200, text.encode())


def test_a_server_is_known_by_when_it_began(server: Server, sink: InfluxSink) -> None:
    server.pages["/metrics"] = metrics("1.79546457089e+09")
    first = asked(sink)
    assert isinstance(first, Witness)
    assert first.name
    assert asked(sink, first.name) == first
    server.pages["/metrics"] = metrics("1.79546457090e+09")
    then = asked(sink, first.name)
    assert isinstance(then, Witness)
    assert then.name not in {"", first.name}


def test_version_1_tells_it_elsewhere(server: Server, sink: InfluxSink) -> None:
    server.pages["/debug/vars"] = Reply(200, b'{"system": {"started": "2026-11-23T20:09:31.842887734Z"}}')
    told = asked(sink)
    assert isinstance(told, Witness)
    assert "2026-11-23T20:09:31.842887734Z" in told.name


@pytest.mark.parametrize(
    "reply",
    [Reply(404), Reply(403), Reply(200, b"<html>log in</html>"), metrics("soon"), Reply(302)],
    ids=["absent", "forbidden", "portal", "no number", "elsewhere"],
)
def test_a_server_that_does_not_say(server: Server, sink: InfluxSink, reply: Reply) -> None:
    server.pages |= {"/metrics": reply, "/debug/vars": reply}
    told = asked(sink, "began 1")
    assert isinstance(told, Witness)
    assert told.name == ""


def test_several_processes_behind_one_address_do_not_say(server: Server, sink: InfluxSink) -> None:
    names: list[str] = []
    for began in ("1795464571", "1795464999", "1795464571", "1795464999"):
        server.pages["/metrics"] = metrics(began)
        told = asked(sink, names[-1] if names else "")
        assert isinstance(told, Witness)
        names.append(told.name)
    assert names[2:] == ["", ""]


def test_a_server_that_is_not_ready_is_asked_later(server: Server, sink: InfluxSink) -> None:
    server.pages["/metrics"] = Reply(503)
    assert isinstance(asked(sink), Later)
    with closing(InfluxSink(InfluxDestination("c", f"http://127.0.0.1:{free_port()}", "o", "b"), Secret("x"))) as away:
        assert isinstance(asked(away), Later)


def test_cancelling_does_not_wait_for_it(server: Server, sink: InfluxSink) -> None:
    cancelled = threading.Event()
    cancelled.set()
    held = threading.Event()
    server.before_page = lambda: held.wait(60)
    server.pages["/metrics"] = metrics("1795464571")
    told = sink.witness("", cancelled)
    held.set()
    assert isinstance(told, Later)


def test_a_server_that_tells_whole_seconds_is_sent_nothing_in_its_first(
    server: Server, sink: InfluxSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that died at once would look like the one that takes its place."""
    monkeypatch.setattr(witness, "_WHOLE_SECONDS", 600.0)
    server.pages["/metrics"] = metrics(str(int(time.time())))
    assert isinstance(asked(sink), Later)
    server.pages["/metrics"] = metrics(str(int(time.time()) - 3600))
    assert isinstance(asked(sink), Witness)
    server.pages["/metrics"] = metrics(f"{int(time.time())}.25")
    assert isinstance(asked(sink), Witness)


def test_who_is_watched_and_ends_a_connection_by_itself_has_broken_off(server: Server) -> None:
    watched = InfluxDestination("coast", server.url, ORGANISATION, BUCKET, resend_window_s=75)
    with closing(InfluxSink(watched, Secret(TOKEN))) as sink:
        assert asked(sink) == Witness("", 75.0, watched=True)
        server.pages["/debug/vars"] = Reply(404, hang_up=True)
        asked(sink)  # its last answer, and then it hangs up
        broken = asked(sink)
        assert isinstance(broken, Later)
        assert broken.unclean
        server.pages["/metrics"] = metrics("1795464571.5")
        server.pages["/debug/vars"] = Reply(404)
        named = [told for told in (asked(sink), asked(sink)) if isinstance(told, Witness)]
        assert named[-1].name
        assert not named[-1].watched
