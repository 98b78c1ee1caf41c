# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The destination against a stand-in that answers as version 2 does, and against one that misbehaves."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.secrets.secret import Secret
from sync.packets.lines import lines_of
from sync.sinks.influxdb import InfluxSink
from sync.sinks.influxdb.answers import Answer
from sync.sinks.influxdb.connection import MOST_BYTES, MOST_OF_A_WRITE, Connection
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Refused, Stopped, Waiting
from tests.support.influx_v2 import BUCKET, ORGANISATION, TOKEN, Reply, Server, influx_v2, told
from tests.support.outgoing import ORIGIN, T0, facts_of, nothing_measured, readings
from tests.support.servers import free_port
from tests.support.waiting import wait_until


@pytest.fixture
def server() -> Iterator[Server]:
    with influx_v2() as server:
        yield server


@pytest.fixture
def sink(server: Server) -> Iterator[InfluxSink]:
    with closing(sink_at(server.url)) as sink:
        yield sink


def sink_at(url: str, token: str = TOKEN, bucket: str = BUCKET, organisation: str = ORGANISATION) -> InfluxSink:
    return InfluxSink(InfluxDestination("coast", url, organisation, bucket), Secret(token))


def delivered(sink: InfluxSink, chunks: list[Chunk]) -> list[Outcome]:
    return list(sink.deliver(chunks, threading.Event()))


def test_every_reading_arrives_as_the_lines_say(server: Server, sink: InfluxSink) -> None:
    told_readings = readings(3000, 3)
    chunks = sink.chunks(told_readings)
    assert delivered(sink, chunks) == [Delivered(chunk) for chunk in chunks]
    assert sorted(line for lines in server.writes for line in lines) == sorted(lines_of(told_readings))
    method, target, headers = server.requests[-1]
    assert (method, headers["Content-Encoding"]) == ("POST", "gzip")
    assert "precision=ns" in target
    assert TOKEN not in target


def test_readings_without_a_value_are_settled_without_a_request(server: Server, sink: InfluxSink) -> None:
    chunks = sink.chunks([nothing_measured(number, facts_of("s")) for number in range(3)])
    assert delivered(sink, chunks) == [Delivered(chunks[0])]
    assert server.requests == []


def test_the_first_refusal_ends_the_run_and_later_chunks_are_not_told(server: Server, sink: InfluxSink) -> None:
    chunks = sink.chunks(readings(2500))
    server.before_write = lambda lines: (
        told(422, "unprocessable entity", "field type conflict") if lines[0].endswith(str(T0 + 1010 * 10**9)) else None
    )
    outcomes = delivered(sink, chunks)
    assert outcomes == [Delivered(chunks[0]), Refused(chunks[1], "422: field type conflict")]


def test_too_large_halves_what_comes_next(server: Server, sink: InfluxSink) -> None:
    server.before_write = lambda lines: told(413, "request too large", "too big") if len(lines) > 600 else None
    told_readings = readings(900)
    for _ in range(8):
        chunks = sink.chunks(told_readings)
        outcomes = delivered(sink, chunks)
        if all(isinstance(outcome, Delivered) for outcome in outcomes):
            break
        assert isinstance(outcomes[-1], Refused)
        assert outcomes[-1].too_large
    assert len(server.points) == 1800


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token_stops(server: Server, status: int) -> None:
    server.before_write = lambda _: told(status, "unauthorized", f"no right for {TOKEN}")
    with closing(sink_at(server.url)) as sink:
        (outcome,) = delivered(sink, sink.chunks(readings(3)))
    assert isinstance(outcome, Stopped)
    assert TOKEN not in outcome.words
    assert "token" in outcome.remedy


def test_a_missing_bucket_stops(server: Server) -> None:
    with closing(sink_at(server.url, bucket="elsewhere")) as sink:
        (outcome,) = delivered(sink, sink.chunks(readings(3)))
    assert outcome == Stopped(
        '404: bucket "elsewhere" not found',
        "Compare the organisation and the bucket of this destination with those on the server (capitals count).",
    )


def test_retry_after_is_passed_on_and_nothing_is_sent_again_for_it(server: Server, sink: InfluxSink) -> None:
    assert isinstance(delivered(sink, sink.chunks(readings(3)))[0], Delivered)
    server.before_write = lambda _: told(503, "unavailable", "busy", Retry_After="17")
    assert delivered(sink, sink.chunks(readings(3))) == [Later("503: busy", 17.0, answered=True)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_before_the_first_reading_is_asked_nothing_more(
    server: Server, sink: InfluxSink, status: int
) -> None:
    server.pages["/health"] = told(status, "busy", "too many", Retry_After="120")
    [line] = sink.check(Waiting(ORIGIN, 3, T0))
    assert (line.verdict, line.temporary, line.answered, line.after_s) == ("failed", True, True, 120.0)
    assert "busy" in line.remedy
    assert "address" not in line.remedy
    assert len(server.requests) == 1
    # The same where it says so no sooner than when it is asked for the right to write.
    server.pages = {"/api/v2/write": server.pages["/health"]}
    line = list(sink.check(Waiting(ORIGIN, 3, T0)))[-1]
    assert (line.temporary, line.after_s) == (True, 120.0)


@pytest.mark.parametrize(
    "reply", [Reply(0), Reply(500, b"half of it", declared=100), Reply(502, b"bad gateway")], ids=["cut", "half", "502"]
)
def test_a_break_is_told_as_one(server: Server, sink: InfluxSink, reply: Reply) -> None:
    chunks = sink.chunks(readings(2000))
    assert isinstance(delivered(sink, chunks[:1])[0], Delivered)
    server.before_write = lambda _: reply
    (outcome,) = delivered(sink, chunks[1:])
    assert isinstance(outcome, Later)
    assert outcome.unclean
    server.before_write = lambda _: None
    assert [outcome.chunk for outcome in delivered(sink, chunks) if isinstance(outcome, Delivered)] == chunks
    assert len(server.points) == 4000


def test_a_server_that_was_perhaps_restarted_between_two_requests_is_told(server: Server, sink: InfluxSink) -> None:
    chunks = sink.chunks(readings(2000))
    server.before_write = lambda _: Reply(204, hang_up=True)
    assert delivered(sink, chunks[:1]) == [Delivered(chunks[0])]
    server.before_write = lambda _: None
    outcome = delivered(sink, chunks[1:])[0]  # whether the request meets the end of the connection is a matter of time
    assert outcome.unclean if isinstance(outcome, Later) else isinstance(outcome, Delivered) and outcome.came_back
    assert [outcome.chunk for outcome in delivered(sink, chunks) if isinstance(outcome, Delivered)] == chunks


def test_a_connection_that_ends_as_announced_is_no_break(server: Server, sink: InfluxSink) -> None:
    chunks = sink.chunks(readings(3000))
    server.before_write = lambda _: Reply(204, headers={"Connection": "close"})
    for chunk in chunks:
        assert delivered(sink, [chunk]) == [Delivered(chunk)]


def test_a_server_that_is_not_there(server: Server) -> None:
    with closing(sink_at(f"http://127.0.0.1:{free_port()}")) as sink:
        (outcome,) = delivered(sink, sink.chunks(readings(3)))
    assert isinstance(outcome, Later)
    assert "no answer" in outcome.words
    assert outcome.unclean


def test_an_answer_that_is_no_text(server: Server, sink: InfluxSink) -> None:
    server.before_write = lambda _: Reply(400, b"\xff\xfe\x00")
    (outcome,) = delivered(sink, sink.chunks(readings(3)))
    assert isinstance(outcome, Refused)


def test_no_more_of_an_answer_to_a_write_is_read_than_its_words_need(server: Server) -> None:
    """All that is read is searched for the token."""
    server.before_write = lambda _: Reply(400, b"a" * (MOST_BYTES + 1))
    connection = Connection(server.url, ORGANISATION, Secret(TOKEN))
    with closing(connection):
        answer = connection.ask("POST", "/api/v2/write", {"org": ORGANISATION, "bucket": BUCKET}, b"a b=1 1\n")
    assert isinstance(answer, Answer)
    assert len(answer.body) == MOST_OF_A_WRITE


def test_cancelling_does_not_wait_for_a_slow_server(server: Server, sink: InfluxSink) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slowly(_lines: list[str]) -> None:
        asked.set()
        answer.wait(60)

    server.before_write = slowly
    cancelled = threading.Event()
    outcomes: list[Outcome] = []
    run = threading.Thread(target=lambda: outcomes.extend(sink.deliver(sink.chunks(readings(3)), cancelled)))
    run.start()
    assert asked.wait(30)
    cancelled.set()
    run.join(30)
    assert not run.is_alive()
    assert outcomes == []
    sink.close()  # cuts the request that the server still holds
    wait_until(
        lambda: not [thread for thread in threading.enumerate() if thread.name == "influxdb request"],
        what="the request to be cut",
    )
    answer.set()


def test_chunks_are_taken_as_they_are_sent(server: Server, sink: InfluxSink) -> None:
    """A backlog of any size costs no memory: nothing is fetched far ahead."""
    chunk = sink.chunks(readings(1))[0]
    fetched = []

    def supply() -> Iterator[Chunk]:
        for number in range(60):
            fetched.append(number)
            yield chunk

    for number, _ in enumerate(sink.deliver(supply(), threading.Event())):
        assert len(fetched) <= number + 4
    assert len(fetched) == 60


def test_a_token_that_the_server_repeats_is_nowhere(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.before_write = lambda _: Reply(400, f"bad {TOKEN}".encode(), {"Retry-After": TOKEN})
    with closing(sink_at(server.url)) as sink:
        (outcome,) = delivered(sink, sink.chunks(readings(3)))
        assert TOKEN not in repr(outcome) + repr(sink) + repr(vars(sink))
    assert TOKEN not in caplog.text


def check(server: Server, token: str = TOKEN, oldest_ns: int | None = T0, **names: str) -> dict[str, Check]:
    with closing(sink_at(server.url, token, **names)) as sink:
        return {line.title: line for line in sink.check(Waiting(ORIGIN, 100, oldest_ns))}


AFTER_A_CRASH = "After a crash of the far end"
RIGHT = "Token, bucket and right to write"


def test_all_checks_pass(server: Server) -> None:
    server.field_types = {"value": "float", "flag": "integer"}
    server.pages["/metrics"] = Reply(200, b"process_start_time_seconds 1795464571.2\n")
    lines = check(server)
    assert {title: line.verdict for title, line in lines.items()} == dict.fromkeys(
        ["Server", "Encryption", RIGHT, "Bucket", "Retention", "Field types", AFTER_A_CRASH], "passed"
    )
    assert server.points == {}


def test_the_check_says_what_is_promised_of_a_server_that_says_nothing_of_itself(server: Server) -> None:
    line = check(server)[AFTER_A_CRASH]
    assert (line.verdict, "have held for 60 s after" in line.words) == ("not_checked", True)
    assert "no connection shows" in line.words
    twice = InfluxDestination("coast", server.url, ORGANISATION, BUCKET, resend_window_s=0)
    with closing(InfluxSink(twice, Secret(TOKEN))) as sink:
        [line] = [line for line in sink.check(Waiting(ORIGIN, 100, T0)) if line.title == AFTER_A_CRASH]
    assert (line.verdict, "two crashes in a row" in line.words) == ("not_checked", True)
    assert "resend_window_s" in line.remedy


def test_checks_name_what_is_wrong(server: Server) -> None:
    assert check(server, token="other")[RIGHT].verdict == "failed"
    assert "elsewhere" in check(server, bucket="elsewhere")[RIGHT].words
    assert "inland" in check(server, organisation="inland")[RIGHT].words
    server.may_write = False
    assert "insufficient permissions" in check(server)[RIGHT].words


def test_retention_is_held_against_the_oldest_reading(server: Server) -> None:
    server.every_seconds = 3 * 86_400
    assert check(server, oldest_ns=T0 - 10 * 366 * 86_400 * 10**9)["Retention"].verdict == "failed"
    assert check(server, oldest_ns=None)["Retention"].verdict == "warning"


def test_a_field_of_another_type(server: Server) -> None:
    server.field_types = {"value": "integer"}
    line = check(server)["Field types"]
    assert (line.verdict, "value is integer, not float" in line.words) == ("failed", True)


def test_what_a_token_that_may_only_write_cannot_ask_is_not_checked(server: Server) -> None:
    server.buckets = told(401, "unauthorized", "unauthorized access")
    lines = check(server)
    assert lines[RIGHT].verdict == "passed"
    assert lines["Retention"].verdict == "not_checked"
    assert lines["Field types"].verdict == "not_checked"


def test_checking_a_server_that_is_not_there() -> None:
    with closing(sink_at(f"http://127.0.0.1:{free_port()}")) as sink:
        (line,) = sink.check(Waiting(ORIGIN, 0, None))
    assert (line.title, line.verdict) == ("Server", "failed")
    assert line.remedy


def test_a_request_that_nobody_waits_for_does_not_overwrite_the_correction_behind_it(
    server: Server, sink: InfluxSink
) -> None:
    """Of two requests under way the first is refused; the second is still with the server when all goes on."""
    wrong, kept = sink.chunks(readings(1)), readings(1, first=40)
    corrected = [replace(kept[0], quality=10, resent=True)]
    arrived, go_on, corrections = threading.Event(), threading.Event(), threading.Event()

    def answer(lines: list[str]) -> Reply | None:
        if lines == list(lines_of(corrected)):
            corrections.set()
        elif lines == list(lines_of(kept)):
            arrived.set()
            assert go_on.wait(60)
        else:
            assert arrived.wait(60)
            return told(422, "unprocessable entity", "wrong")
        return None

    server.before_write = answer
    (outcome,) = delivered(sink, [*wrong, *sink.chunks(kept)])
    assert isinstance(outcome, Refused)
    behind = sink.chunks(corrected)
    outcomes: list[Outcome] = []
    run = threading.Thread(target=lambda: outcomes.extend(delivered(sink, behind)))
    run.start()
    try:
        assert not corrections.wait(1.0)  # it waits
    finally:
        go_on.set()
        run.join(60)
    assert outcomes == [Delivered(chunk) for chunk in behind]
    assert set(lines_of(corrected)) <= {f"{series} {fields} {time}" for (series, time), fields in server.points.items()}


def test_a_correction_never_overtakes_what_it_corrects(server: Server, sink: InfluxSink) -> None:
    first = readings(10)
    corrected = [replace(first[4], quality=10, resent=True)]
    second_came = threading.Event()

    def slow_to_begin_with(_lines: list[str]) -> None:
        if server.writes or second_came.is_set():
            return
        second_came.set()
        # Were the correction under way as well, it would be written while this one waits.
        threading.Event().wait(0.5)

    server.before_write = slow_to_begin_with
    chunks = [*sink.chunks(first), *sink.chunks(corrected), *sink.chunks(readings(5, first=30))]
    assert delivered(sink, chunks) == [Delivered(chunk) for chunk in chunks]
    assert server.writes[0] == list(lines_of(first))
    there = {f"{series} {fields} {time}" for (series, time), fields in server.points.items()}
    assert set(lines_of(corrected)) <= there
