# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests to the daemon with typed replies, by Qt's own network access: it never holds the Qt thread. Network only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from PySide6.QtCore import QByteArray, QObject, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from app.client.endpoint import Endpoint
from edge_daemon.api.messages import Problem

T = TypeVar("T")
Failed = Callable[[Problem], None]

TIMEOUT_MS = 10_000

ANYTHING: TypeAdapter[object] = TypeAdapter(object)
"""For replies whose content does not matter."""

LOST = "no_answer"
_NEXT = re.compile(r'<(/[^>]*)>; rel="next"')


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back. `status` is None when nothing did, and `words` then say why; `following` is the next page."""

    status: int | None
    content: bytes
    words: str
    following: str


class Rest(QObject):
    """One daemon's REST interface. Every request ends in exactly one call: of `done`, or of `failed`.

    Signals:
        refused: a `Problem` of a request that was made without `failed`.
    """

    refused = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._endpoint: Endpoint | None = None
        # One connection for all replies: a closure on each would be a cycle that any thread's collector might free.
        self._network.finished.connect(self._finish)
        self._open: dict[QNetworkReply, Callable[[_Reply], None]] = {}

    def use(self, endpoint: Endpoint) -> None:
        """Talk to this daemon from now on."""
        self._endpoint = endpoint

    def close(self) -> None:
        """Drop what is under way without calling back, and refuse what comes until `use` is called again."""
        self._endpoint = None
        for reply in list(self._open):
            del self._open[reply]
            reply.abort()

    def get(
        self,
        path: str,
        kind: TypeAdapter[T],
        done: Callable[[T], None],
        failed: Failed | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> None:
        """Read `path` as `kind`."""
        refuse = failed or self.refused.emit
        self._request("GET", path, None, lambda reply: _hand_over(reply, kind, done, refuse), refuse, query or {})

    def pages(
        self,
        path: str,
        kind: TypeAdapter[tuple[T, ...]],
        done: Callable[[tuple[T, ...]], None],
        failed: Failed | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> None:
        """Read a list whole: page after page, for as long as a reply names a next one (`Link`, RFC 8288)."""
        refuse = failed or self.refused.emit
        found: list[T] = []

        def take(reply: _Reply) -> None:
            _hand_over(reply, kind, lambda page: go_on(page, reply.following), refuse)

        def go_on(page: tuple[T, ...], following: str) -> None:
            found.extend(page)
            if following:
                self._request("GET", following, None, take, refuse, {})
            else:
                done(tuple(found))

        self._request("GET", path, None, take, refuse, query or {})

    def send(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        done: Callable[[object], None],
        failed: Failed | None = None,
    ) -> None:
        """Ask for a change (POST, PATCH, DELETE) with what is set in `body`."""
        refuse = failed or self.refused.emit
        self._request(verb, path, body, lambda reply: _hand_over(reply, ANYTHING, done, refuse), refuse, {})

    def _request(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        take: Callable[[_Reply], None],
        refuse: Failed,
        query: Mapping[str, str],
    ) -> None:
        if self._endpoint is None:
            refuse(_no_answer("The recorder has not been found yet."))
            return
        url = QUrl(self._endpoint.url + path)
        if query:
            parts = QUrlQuery()
            for name, value in query.items():
                parts.addQueryItem(name, value)
            url.setQuery(parts)
        request = QNetworkRequest(url)
        request.setTransferTimeout(TIMEOUT_MS)
        request.setRawHeader(b"Authorization", f"Bearer {self._endpoint.token}".encode())
        request.setAttribute(
            QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy
        )
        content = b""
        if body is not None:
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
            content = body.model_dump_json(exclude_unset=True).encode()
        reply = self._network.sendCustomRequest(request, verb.encode(), QByteArray(content))
        self._open[reply] = take

    def _finish(self, reply: QNetworkReply) -> None:
        take = self._open.pop(reply, None)
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        content, words = bytes(reply.readAll().data()), reply.errorString()
        following = _NEXT.search(bytes(reply.rawHeader("Link").data()).decode("latin-1"))
        reply.deleteLater()
        if take is not None:
            next_page = following.group(1) if following else ""
            take(_Reply(None if status is None else int(status), content, words, next_page))


def _hand_over(reply: _Reply, kind: TypeAdapter[T], done: Callable[[T], None], refuse: Failed) -> None:
    if reply.status is None:
        refuse(_no_answer(reply.words))
    elif not 200 <= reply.status < 300:
        refuse(_problem(reply.status, reply.content))
    else:
        try:
            answer = kind.validate_json(reply.content or b"null")
        except ValidationError as error:
            refuse(_unreadable(reply.status, error))
        else:
            done(answer)


def _no_answer(detail: str) -> Problem:
    return Problem(
        title="The recorder does not answer",
        status=0,
        detail=detail,
        code=LOST,
        advice="Recording may go on. The window tries again by itself.",
    )


def _problem(status: int, content: bytes) -> Problem:
    try:
        return Problem.model_validate_json(content)
    except ValidationError:
        detail = f"It answered with status {status} and did not say why."
        return Problem(title="The recorder refused the request", status=status, detail=detail, code="refused")


def _unreadable(status: int, error: ValidationError) -> Problem:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the reply"
    return Problem(
        title="The recorder's answer cannot be read",
        status=status,
        detail=f"{place}: {first['msg']}.",
        code="unreadable_reply",
        advice="Window and recorder may be of different versions: restart both.",
    )
