# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the answers to a write mean. Pure.

Source: InfluxDB OSS 2, "Troubleshoot issues writing data" (status codes and what was kept of the request); RFC 9110
section 10.2.3 (Retry-After). A 1.x server keeps the good lines of a request that it refuses, which does no harm: the
same point twice is one point.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from sync.sinks.sink import Chunk, Delivered, Later, Outcome, Refused, Stopped

LONGEST_WAIT_S = 86_400.0
MOST_WORDS = 500
_FINAL = {400, 401, 403, 404, 407, 422, 451}

_NEW_TOKEN = "Make a token with write access to the bucket on the server, and enter it for this destination."
_NAMES = "Compare the organisation and the bucket of this destination with those on the server (capitals count)."
_PORTAL = "Something other than the database answered, such as the login page of a wireless network: open a browser."
_PORTAL_OR_PROXY = (
    "Something other than the database answered. In a wireless network that is its login page: open a browser. "
    "Otherwise it is a proxy before the database that does not know the token or the address of this destination: "
    "compare both with those on the server."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply. `headers` have lower-case names; `seconds` is how long the request took."""

    status: int
    headers: Mapping[str, str]
    body: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Silence:
    """No reply, or not a whole one. With a `remedy`, a person has to do something."""

    words: str
    remedy: str = ""
    seconds: float = 0.0


Reply = Answer | Silence


def outcome_of(reply: Reply, chunk: Chunk, now: datetime) -> Outcome:
    """What became of the chunk."""
    if isinstance(reply, Silence):
        return Stopped(reply.words, reply.remedy) if reply.remedy else Later(reply.words)
    if reply.status == 204:
        return Delivered(chunk)
    if remedy := remedy_for(reply):
        return Stopped(words_of(reply), remedy)
    if reply.status in {400, 422}:
        return Refused(chunk, words_of(reply))
    if reply.status == 413:
        return Refused(chunk, words_of(reply), too_large=True)
    return Later(words_of(reply), retry_after(reply.headers, now), answered=True)


def remedy_for(answer: Answer) -> str:
    """What a person has to do before the server will take anything; empty where nothing.

    A page in the place of words is never a database's: what stands before it says nothing of the data.
    """
    if answer.status in {401, 403, 404} and _is_page(answer):
        return _PORTAL_OR_PROXY
    if answer.status == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED or (answer.status in _FINAL and _is_page(answer)):
        return _PORTAL
    if answer.status in {401, 403} or (answer.status == 400 and _speaks_of_token(answer)):
        return _NEW_TOKEN
    if answer.status == 404:
        return _NAMES
    if answer.status in {405, 411, 415, 501} or 100 <= answer.status < 400:
        return _PORTAL
    return ""


def unclean(reply: Reply) -> bool:
    """Whether the server, or what stands before it, may have died: then what it acknowledged lately is in doubt."""
    if isinstance(reply, Silence):
        return not reply.remedy
    return reply.status in {502, 504} or (reply.status == 503 and "retry-after" not in reply.headers)


def is_busy(answer: Answer) -> bool:
    """Whether it asks to be left alone for now."""
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS or (
        answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in answer.headers
    )


def words_of(answer: Answer) -> str:
    """The server's own words in one line, with the status before them."""
    return f"{answer.status}: {' '.join(_message(answer.body).split())[:MOST_WORDS] or 'no words came with it'}"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, at most a day; None where the server names none, none that can be read, or one that is over.

    A moment is held against the server's own clock where the reply tells it: a laptop's may be hours off.
    """
    text = headers.get("retry-after")
    if text is None:
        return None
    with suppress(ValueError, OverflowError):
        now = _moment(headers.get("date", ""))
    try:
        seconds = float(text) if text.strip().isdecimal() else (_moment(text) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(seconds, LONGEST_WAIT_S) if seconds > 0 else None


def _moment(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _message(body: str) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return body
    if isinstance(told, dict):
        return str(told.get("message") or told.get("error") or body)
    return body


def _is_page(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "") or answer.body.lstrip().startswith("<")


def _speaks_of_token(answer: Answer) -> bool:
    # Proxies that check tokens (vmauth for one) answer a wrong one with 400.
    return "auth token" in answer.body.lower()
