# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests to the daemon with typed replies, by Qt's own network access: it never holds the Qt thread. Network only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from PySide6.QtCore import QByteArray, QObject, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from app.client.endpoint import Endpoint
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_devices import ConfirmationProblem

T = TypeVar("T")
Failed = Callable[[Problem], None]

TIMEOUT_MS = 10_000

ANYTHING: TypeAdapter[object] = TypeAdapter(object)
"""For replies whose content does not matter."""

_PROBLEM: TypeAdapter[Problem] = TypeAdapter(ConfirmationProblem | Problem)

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
        found: list[T] = []
        self.each_page(path, kind, found.extend, lambda: done(tuple(found)), failed, query=query)

    def each_page(
        self,
        path: str,
        kind: TypeAdapter[tuple[T, ...]],
        took: Callable[[tuple[T, ...]], None],
        done: Callable[[], None],
        failed: Failed | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> None:
        """The same for who does not keep all of it: every page goes to `took`, and the end is told."""
        refuse = failed or self.refused.emit

        def take(reply: _Reply) -> None:
            _hand_over(reply, kind, lambda page: go_on(page, reply.following), refuse)

        def go_on(page: tuple[T, ...], following: str) -> None:
            took(page)
            if following:
                self._request("GET", following, None, take, refuse, {})
            else:
                done()

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
        self.ask(verb, path, body, ANYTHING, done, failed)

    def ask(
        self,
        verb: str,
        path: str,
        body: BaseModel | bytes | None,
        kind: TypeAdapter[T],
        done: Callable[[T], None],
        failed: Failed | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout_ms: int = TIMEOUT_MS,
    ) -> None:
        """Ask for something whose answer counts; bytes are sent as they are.

        Who waits for a device, or sends a large file, waits longer than for the recorder alone.
        """
        refuse = failed or self.refused.emit
        take = partial(_hand_over, kind=kind, done=done, refuse=refuse)
        self._request(verb, path, body, take, refuse, query or {}, timeout_ms)

    def fetch(self, path: str, done: Callable[[bytes], None], failed: Failed, *, timeout_ms: int) -> None:
        """Read a file as it is."""

        def take(reply: _Reply) -> None:
            if _well(reply, failed):
                done(reply.content)

        self._request("GET", path, None, take, failed, {}, timeout_ms)

    def _request(
        self,
        verb: str,
        path: str,
        body: BaseModel | bytes | None,
        take: Callable[[_Reply], None],
        refuse: Failed,
        query: Mapping[str, str],
        timeout_ms: int = TIMEOUT_MS,
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
        request.setTransferTimeout(timeout_ms)
        request.setRawHeader(b"Authorization", f"Bearer {self._endpoint.token}".encode())
        request.setAttribute(
            QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy
        )
        content = body if isinstance(body, bytes) else b""
        if body is not None:
            form = "application/octet-stream" if isinstance(body, bytes) else "application/json"
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, form)
        if isinstance(body, BaseModel):
            content = body.model_dump_json(exclude_unset=True).encode()
        reply = self._network.sendCustomRequest(request, verb.encode(), QByteArray(content))
        self._open[reply] = take

    def _finish(self, reply: QNetworkReply) -> None:
        take = self._open.pop(reply, None)
        if take is None:  # it was dropped, and there is nothing to be read of it
            reply.deleteLater()
            return
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        content, words = bytes(reply.readAll().data()), reply.errorString()
        following = _NEXT.search(bytes(reply.rawHeader("Link").data()).decode("latin-1"))
        reply.deleteLater()
        next_page = following.group(1) if following else ""
        take(_Reply(None if status is None else int(status), content, words, next_page))


def _well(reply: _Reply, refuse: Failed) -> bool:
    """Whether it is an answer and no refusal; if not, `refuse` has been called."""
    if reply.status is None:
        refuse(_no_answer(reply.words))
    elif not 200 <= reply.status < 300:
        refuse(_problem(reply.status, reply.content))
    return reply.status is not None and 200 <= reply.status < 300


def _hand_over(reply: _Reply, kind: TypeAdapter[T], done: Callable[[T], None], refuse: Failed) -> None:
    if not _well(reply, refuse):
        return
    try:
        answer = kind.validate_json(reply.content or b"null")
    except ValidationError as error:
        refuse(_unreadable(reply.status or 0, error))
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
        return _PROBLEM.validate_json(content)
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
