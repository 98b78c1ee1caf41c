# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One node's REST API as requests and answers. Opens sockets, through httpx, loaded when first used.

Aptos' own client is not used: it repeats nothing, knows no 429, and reports a failed transaction by an `assert`,
which an optimised interpreter skips.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edge_daemon.domain.faults import Unreachable
from edge_daemon.secrets.secret import Secret
from sync.anchor.chain import LedgerInfo
from sync.anchor.faults import ChainCongested, ChainRateLimited, NodeTrouble
from sync.demo import is_loopback

if TYPE_CHECKING:
    import httpx

CONNECT_S, REPLY_S = 5.0, 10.0
LARGEST_REPLY = 4 << 20
BCS_TRANSACTION = "application/x.aptos.signed_transaction+bcs"

_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """A node's answer: HTTP status, its JSON (None where the body is none), and the ledger state it answers from."""

    status: int
    body: object
    ledger: LedgerInfo

    @property
    def code(self) -> str:
        """The API's own error code, empty where there is none."""
        return str(self.body.get("error_code", "")) if isinstance(self.body, Mapping) else ""

    @property
    def vm_code(self) -> int | None:
        """The virtual machine's status code in an error."""
        code = self.body.get("vm_error_code") if isinstance(self.body, Mapping) else None
        return code if isinstance(code, int) else None

    @property
    def words(self) -> str:
        """What the node says went wrong."""
        told = self.body.get("message") if isinstance(self.body, Mapping) else None
        return " ".join(str(told or f"HTTP status {self.status}").split())[:_LONGEST_WORDS]


class NodeHttp:
    """Requests to one node, over one connection kept open. Not shared between threads."""

    def __init__(self, url: str, api_key: Secret | None = None, transport: "httpx.BaseTransport | None" = None) -> None:
        """Use the node whose API begins at `url`, which ends in `/v1`. `transport` takes the place of the network."""
        import httpx

        self._errors = (httpx.HTTPError, httpx.InvalidURL)
        self._api_key = api_key
        self._url = url.rstrip("/")
        self._client = httpx.Client(
            timeout=httpx.Timeout(REPLY_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=not is_loopback(urlsplit(url).hostname or ""),
            transport=transport,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def ask(self, method: str, path: str, *, bcs: bytes | None = None, plain: object = None) -> Reply:
        """A request, waited for. Raises Unreachable, ChainRateLimited, ChainCongested, NodeTrouble.

        `path` begins with `/` and is empty for the ledger itself; `bcs` is a transaction's body, `plain` a JSON one.
        """
        headers = {"Accept": "application/json"}
        content: bytes | None = None
        if bcs is not None:
            headers["Content-Type"], content = BCS_TRANSACTION, bcs
        elif plain is not None:
            headers["Content-Type"], content = "application/json", json.dumps(plain).encode()
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key.reveal()}"
        try:
            with self._client.stream(method, self._url + path, content=content, headers=headers) as answer:
                status, told = answer.status_code, answer.headers
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > LARGEST_REPLY:
                        raise NodeTrouble(f"{self._url} sends more than {LARGEST_REPLY} bytes")
        except self._errors as error:
            words = " ".join(str(error).split())[:_LONGEST_WORDS]
            raise Unreachable(f"no answer from {self._url} ({type(error).__name__}: {words})") from error
        return self._checked(status, told, bytes(data))

    def _checked(self, status: int, headers: Mapping[str, str], data: bytes) -> Reply:
        if status == 429:
            raise ChainRateLimited(f"{self._url}: {_words(data) or 'too many requests'}", _seconds(headers))
        body = _json(data)
        if status == 507:
            raise ChainCongested(f"{self._url}: {_words(data)}")
        if status >= 500 or (status < 400 and body is None):
            raise NodeTrouble(f"{self._url} answers with HTTP status {status}: {_words(data) or 'nothing'}")
        return Reply(status, body, _ledger(headers, self._url))


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _words(data: bytes) -> str:
    body = _json(data)
    if isinstance(body, Mapping) and isinstance(body.get("message"), str):
        return " ".join(str(body["message"]).split())[:_LONGEST_WORDS]
    return " ".join(data.decode(errors="replace").split())[:_LONGEST_WORDS]


def _seconds(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() else None


def _ledger(headers: Mapping[str, str], url: str) -> LedgerInfo:
    """The state that every answer of a node carries; a proxy's answer carries none."""
    try:
        return LedgerInfo(
            int(headers["x-aptos-chain-id"]),
            int(headers["x-aptos-ledger-version"]),
            int(headers["x-aptos-ledger-timestampusec"]),
        )
    except (KeyError, ValueError) as error:
        raise NodeTrouble(f"{url} does not answer as a node of the chain does: it names no ledger state") from error
