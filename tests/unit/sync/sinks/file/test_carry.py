# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A bundle taken to a destination by another machine."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge_daemon.domain.destination import FileDestination, InfluxDestination
from edge_daemon.secrets.secret import Secret
from sync.carrier import Carrier, Rhythm
from sync.packets.lines import lines_of
from sync.sinks.file import FileSink
from sync.sinks.file.carry import carry
from sync.sinks.influxdb import InfluxSink
from sync.sinks.sink import Later
from tests.support.influx_v2 import BUCKET, ORGANISATION, TOKEN, Reply, Server, influx_v2, told
from tests.support.outgoing import ORIGIN, T0, covered, readings


@pytest.fixture
def server() -> Iterator[Server]:
    with influx_v2() as server:
        yield server


@pytest.fixture
def sink(server: Server) -> Iterator[InfluxSink]:
    with closing(InfluxSink(InfluxDestination("office", server.url, ORGANISATION, BUCKET), Secret(TOKEN))) as sink:
        yield sink


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    destination = FileDestination("stick", str(tmp_path))
    with closing(FileSink(destination, origin=ORIGIN, entries=lambda _first, _end: [], entries_from=0)) as stick:
        chunks = [stick.chunks(readings(100, 2, first))[0] for first in (10, 110, 210)]
        assert len(list(stick.deliver(chunks, threading.Event()))) == 3
    (bundle,) = tmp_path.glob("*.tar")
    return bundle


def test_every_reading_arrives_as_from_the_laptop_itself(server: Server, sink: InfluxSink, bundle: Path) -> None:
    carried = list(carry(bundle, sink, threading.Event()))
    assert [one.delivered for one in carried] == [((10, 109),), ((110, 209),), ((210, 309),)]
    assert sorted(line for lines in server.writes for line in lines) == sorted(lines_of(readings(300, 2)))


def test_a_refused_reading_is_isolated_and_named(server: Server, sink: InfluxSink, bundle: Path) -> None:
    bad = str(T0 + 150 * 10**9)
    server.before_write = lambda lines: (
        told(422, "unprocessable entity", "no") if any(line.endswith(bad) for line in lines) else None
    )
    carried = list(carry(bundle, sink, threading.Event()))
    assert [one.refused for one in carried] == [(), ((150, "422: no"),), ()]
    assert {index for one in carried for index in covered(one.delivered)} == set(range(10, 310)) - {150}


def test_it_goes_on_where_it_was_broken_off(server: Server, sink: InfluxSink, bundle: Path) -> None:
    server.before_write = lambda _lines: Reply(503, b"later") if len(server.writes) == 2 else None
    first, second, third = carry(bundle, sink, threading.Event())
    assert isinstance(third.trouble, Later)
    server.before_write = lambda _lines: None
    again = list(carry(bundle, sink, threading.Event(), (*first.delivered, *second.delivered)))
    assert [one.delivered for one in again] == [(), (), ((210, 309),)]
    assert len(server.points) == 600


def test_a_far_end_that_asks_for_more_than_the_patience_is_left_alone_and_that_is_said(
    server: Server, sink: InfluxSink, bundle: Path
) -> None:
    server.before_write = lambda _lines: told(503, "unavailable", "busy", Retry_After="3600")
    said: list[str] = []
    carrier = Carrier(bundle, sink, threading.Event(), Rhythm(900.0), lambda *_: None, said.append)
    assert not carrier.run((), {})
    assert len(said) == 1
    assert "left alone until" in said[0]
    assert "Import the file again after that" in said[0]
