# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests to the daemon with typed replies, by Qt's own network access: it never holds the Qt thread. Network only."""

from collections.abc import Callable, Mapping
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
        self._open: dict[QNetworkReply, Callable[[int | None, bytes, str], None]] = {}

    def use(self, endpoint: Endpoint) -> None:
        """Talk to this daemon from now on."""
        self._endpoint = endpoint

    def close(self) -> None:
        """Drop what is under way; nothing is called back any more."""
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
        self._request("GET", path, None, kind, done, failed, query or {})

    def send(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        done: Callable[[object], None],
        failed: Failed | None = None,
    ) -> None:
        """Ask for a change (POST, PATCH, DELETE) with what is set in `body`."""
        self._request(verb, path, body, ANYTHING, done, failed, {})

    def _request(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        kind: TypeAdapter[T],
        done: Callable[[T], None],
        failed: Failed | None,
        query: Mapping[str, str],
    ) -> None:
        refuse = failed or self.refused.emit
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
        self._open[reply] = lambda status, answer, words: _hand_over(status, answer, words, kind, done, refuse)

    def _finish(self, reply: QNetworkReply) -> None:
        hand_over = self._open.pop(reply, None)
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        content, words = bytes(reply.readAll().data()), reply.errorString()
        reply.deleteLater()
        if hand_over is not None:
            hand_over(None if status is None else int(status), content, words)


def _hand_over(
    status: int | None, content: bytes, words: str, kind: TypeAdapter[T], done: Callable[[T], None], refuse: Failed
) -> None:
    if status is None:
        refuse(_no_answer(words))
    elif not 200 <= status < 300:
        refuse(_problem(status, content))
    else:
        try:
            answer = kind.validate_json(content or b"null")
        except ValidationError as error:
            refuse(_unreadable(status, error))
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
