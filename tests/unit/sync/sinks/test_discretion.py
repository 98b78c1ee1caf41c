# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a far end makes of a secret that it repeats, the words that are told do not hold it."""

import html
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from edge_daemon.domain.destination import HIDDEN, InfluxDestination
from edge_daemon.domain.station import Station
from edge_daemon.secrets.private_file import write_private
from edge_daemon.secrets.secret import Secret
from sync.__main__ import app
from sync.compose import carrier_of
from sync.sinks.discretion import Discreet, hiding
from sync.sinks.sink import Chunk, Later, Outcome, Waiting
from tests.support.planted import holding
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded

PLANTED = "planted/secret-0123456789=="


def letters(text: str) -> str:
    """Every letter as JSON may write it."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "gson": lambda text: text.replace("=", "\\u003d"),
    "php": lambda text: text.replace("/", "\\/"),
    "all of it": letters,
    "twice": lambda text: json.dumps(json.dumps(text.replace("=", "\\u003D"))),
    "percent": lambda text: quote(text, safe=""),
    "percent, small": lambda text: quote(text, safe="").lower(),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "html": lambda text: html.escape(text).replace("/", "&#47;").replace("=", "&#x3D;"),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_escaped_secret_is_cut_out(way: str) -> None:
    told = hiding(Secret(PLANTED))(f'{{"message":"token {WAYS[way](PLANTED)} is not known"}}')
    assert HIDDEN in told
    assert "0123456789" not in told
    assert letters("0123456789") not in told


@given(
    text=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=4, max_size=30).filter(str.strip),
    write=st.sampled_from(
        [str, json.dumps, lambda s: json.dumps(s, ensure_ascii=False), quote, quote_plus, html.escape]
    ),
)
def test_whatever_it_is_made_of(text: str, write: Callable[[str], str]) -> None:
    assert hiding(Secret(text))(f"<{write(text)}>") in {f"<{HIDDEN}>", f'<"{HIDDEN}">'}


def test_other_words_stay_as_they_are() -> None:
    words = "401: token planted/secret-987 is not known; 100 % of \\u003d"
    assert hiding(Secret(PLANTED))(words) == words


def test_what_a_sink_says_is_cut_whatever_it_is() -> None:
    class Telling(FakeSink):
        def witness(self, known: str, cancelled: threading.Event) -> Later:
            return Later(f"user={PLANTED}")

        def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
            yield Later(f"refused {PLANTED}", 3.0, answered=True)

    sink = Discreet(Telling(FarEnd()), Secret(PLANTED))
    assert sink.witness("", threading.Event()) == Later(f"user={HIDDEN}")
    told = list(sink.deliver([Chunk(b"x", 0, 0, 1)], threading.Event()))
    assert told == [Later(f"refused {HIDDEN}", 3.0, answered=True)]


@contextmanager
def repeating(way: str) -> Iterator[str]:
    """A server that repeats the token in its answers, written in this way; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Token ")
            body = f'{{"code":"unauthorized","message":"token {WAYS[way](token)} is not known here"}}'.encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize("way", ["gson", "php", "all of it", "percent"])
def test_a_server_that_repeats_the_token_gives_it_to_nobody(way: str) -> None:
    with repeating(way) as url:
        place = InfluxDestination("cloud", url, "o", "b")
        with closing(carrier_of(place, Secret(PLANTED), "origin", Station("d", "P1"))) as sink:
            told = list(sink.check(Waiting("origin", 1, None)))
    assert [line.words for line in told] == [f"401: token {HIDDEN} is not known here"]


@pytest.mark.parametrize("way", ["gson", "percent"])
def test_a_whole_sync_to_such_a_server_leaves_it_nowhere(tmp_path: Path, way: str) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 10)
    log.write(tmp_path / "buffer.sqlite3")
    with repeating(way) as url:
        table = f'[destinations.cloud]\nkind = "influxdb"\nurl = "{url}"\norganisation = "o"\nbucket = "b"\n'
        write_private(tmp_path / "destinations.toml", table.encode())
        given = json.dumps({"influxdb.cloud.token": PLANTED})
        ran = CliRunner().invoke(app, ["run", "--json", "--secrets-stdin", "--home", str(tmp_path)], input=given)
    assert "is not known here" in ran.output
    assert PLANTED not in ran.output
    assert holding(PLANTED.encode(), tmp_path) == []
    assert (tmp_path / "sync-progress.json").exists()


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("secret pass", "secret" + " " * 40 + "x"),
        (" lead", "connection refused:" + " " * 40 + "nothing"),
        ("abc", "\\" * 20_000),
        ("a=b", "a" + "%25" * 20_000),
        ("&&", "&" + "amp;" * 20_000),
    ],
)
def test_no_text_of_a_far_end_takes_longer_than_its_length_asks_for(secret: str, text: str) -> None:
    """In a process of its own: what hangs in a pattern can be ended from outside alone."""
    cut = "import sys; from edge_daemon.secrets.secret import Secret; from sync.sinks.discretion import hiding; "
    told = subprocess.run(
        [sys.executable, "-c", cut + "sys.stdout.write(hiding(Secret(sys.argv[1]))(sys.stdin.read()))", secret],
        input=text, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert told.stdout == text
