# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a server's answer means for the chunk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.sinks.influxdb.answers import Answer, Silence, outcome_of, retry_after, unclean
from sync.sinks.sink import Chunk, Delivered, Later, Refused, Stopped

CHUNK = Chunk(b"x", 1, 2, 2)
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_only_204_is_delivery() -> None:
    assert outcome_of(answer(204), CHUNK, NOW) == Delivered(CHUNK)
    for status in (200, 201, 202, 206, 302):
        stopped = outcome_of(answer(status, "<html>Please log in</html>"), CHUNK, NOW)
        assert isinstance(stopped, Stopped)
        assert "login page" in stopped.remedy


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_page_that_refuses_is_of_a_login_or_of_a_proxy_before_the_database(status: int) -> None:
    page = "<html><h1>Authorization Required</h1><hr>nginx</html>"
    stopped = outcome_of(answer(status, page, content_type="text/html"), CHUNK, NOW)
    assert isinstance(stopped, Stopped)
    assert all(word in stopped.remedy for word in ("login page", "proxy", "token", "address"))


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_has_the_servers_own_words(status: int) -> None:
    body = '{"code":"unprocessable entity","message":"failure writing points:\\n partial write: dropped=1"}'
    assert outcome_of(answer(status, body), CHUNK, NOW) == Refused(
        CHUNK, f"{status}: failure writing points: partial write: dropped=1"
    )


def test_too_large_may_be_tried_in_smaller_chunks() -> None:
    refused = outcome_of(answer(413, '{"code":"request too large","message":"too big"}'), CHUNK, NOW)
    assert isinstance(refused, Refused)
    assert refused.too_large


@pytest.mark.parametrize(
    ("status", "body", "remedy"),
    [
        (401, '{"code":"unauthorized","message":"unauthorized access"}', "token"),
        (403, '{"code":"forbidden","message":"insufficient permissions for write"}', "token"),
        (404, '{"code":"not found","message":"bucket \\"x\\" not found"}', "bucket"),
        (400, 'cannot find the provided auth token "Bearer (hidden)" in config', "token"),
    ],
)
def test_what_a_person_has_to_mend_stops(status: int, body: str, remedy: str) -> None:
    stopped = outcome_of(answer(status, body), CHUNK, NOW)
    assert isinstance(stopped, Stopped)
    assert remedy in stopped.remedy


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 422, 451, 511])
@pytest.mark.parametrize(
    "page", [answer(0, "\n<!DOCTYPE html>Blocked. Ray ID: 8f2c"), answer(0, "Blocked", content_type="text/html")]
)
def test_a_page_of_something_in_the_way_refuses_no_reading(status: int, page: Answer) -> None:
    stopped = outcome_of(replace(page, status=status), CHUNK, NOW)
    assert isinstance(stopped, Stopped)
    assert "other than the database" in stopped.remedy


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_says_how_long_to_wait(status: int) -> None:
    for text, seconds in (("7", 7.0), ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0), ("999999999", 86_400.0)):
        later = outcome_of(answer(status, "", retry_after=text), CHUNK, NOW)
        assert isinstance(later, Later)
        assert later.after_s == seconds
    for headers in ({}, {"retry_after": "0"}, {"retry_after": "Mon, 23 Nov 2026 11:59:00 GMT"}):
        unnamed = outcome_of(answer(status, "", **headers), CHUNK, NOW)
        assert isinstance(unnamed, Later)
        assert unnamed.after_s is None, "as long as usual, and not at once"


def test_a_moment_gone_by_and_nonsense() -> None:
    assert retry_after({"retry-after": "Mon, 23 Nov 2026 11:59:00 GMT"}, NOW) is None
    assert retry_after({"retry-after": "soon"}, NOW) is None
    assert retry_after({"retry-after": "-3"}, NOW) is None
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(0), timedelta(hours=1)])
def test_a_moment_is_held_against_the_servers_own_clock(off: timedelta) -> None:
    headers = {"date": "Mon, 23 Nov 2026 12:00:00 GMT", "retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}
    assert retry_after(headers, NOW + off) == 30.0


@given(st.text(max_size=40))
def test_any_retry_after_is_read_or_left(text: str) -> None:
    seconds = retry_after({"retry-after": text, "date": text[::-1]}, NOW)
    assert seconds is None or 0 < seconds <= 86_400


def test_breaks_that_put_acknowledgements_in_doubt() -> None:
    assert unclean(Silence("reset"))
    assert unclean(answer(502))
    assert unclean(answer(503))
    assert not unclean(answer(503, retry_after="5"))
    assert not unclean(answer(429))
    assert not unclean(Silence("bad certificate", "check the clock"))


def test_long_words_are_cut() -> None:
    refused = outcome_of(answer(400, "x" * 100_000), CHUNK, NOW)
    assert isinstance(refused, Refused)
    assert len(refused.words) < 600
