# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The local ledger's REST API: a request's parts in, an answer out. Writes the ledger's file.

Beside the fullnode's paths there is `/devnode`, by which a test or a person tells the ledger what to do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import unquote, urlsplit

from edge_daemon.log.canonical import JsonValue
from sync.anchor.call import GET_ANCHOR, IS_ANCHORED, MODULE, NotCallable, address_of
from sync.anchor.ledger import replies
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT, MINIMUM_PRICE, Chain, Invalid
from sync.anchor.ledger.contract import Aborted, check_digest, status_of
from sync.anchor.ledger.misbehaviour import Kind, Misbehaviour, Planned
from sync.anchor.node_http import BCS_TRANSACTION
from sync.anchor.transaction import read_transaction

LAG_US = 5_000_000
_LIMITED = b"Per anonymous IP rate limit exceeded. Limit: 50000 compute units per 300 seconds window."


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. `cut`: only half of it goes out; `drop`: none; `late`: it is held back first."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Sight:
    """The ledger as the answering node has it: all of it, or what a lagging node has."""

    version: int
    time_us: int
    lagging: bool = False


class Rest:
    """Answers one request at a time."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.misbehaviour = Misbehaviour()
        self._lock = Lock()

    def handle(self, method: str, target: str, content_type: str, body: bytes) -> Response:
        """The answer to a request."""
        path = unquote(urlsplit(target).path).rstrip("/")
        with self._lock:
            if path.startswith("/devnode"):
                return _plain(*self._told(method, path.removeprefix("/devnode"), body))
            submission = (method, path) == ("POST", "/v1/transactions")
            kind = self.misbehaviour.strike(submission=submission)
            if kind is Kind.DROP:
                return Response(0, b"", drop=True)
            if kind in {Kind.LIMIT, Kind.ERROR, Kind.BUSY, Kind.FULL}:
                return self._refusing(kind)
            self.chain.tick()
            sight = self._lagging() if kind is Kind.STALE else self._present()
            status, told = self._answer(method, path, content_type, body, sight, kind)
            answer = _plain(status, told, _headers(sight, self.chain.state.fact("chain_id", CHAIN_ID)))
            late, cut = kind is Kind.DELAY, kind is Kind.CUT
            return Response(answer.status, answer.body, answer.headers, cut=cut, late=late)

    def _answer(
        self, method: str, path: str, content_type: str, body: bytes, sight: _Sight, kind: Kind | None
    ) -> tuple[int, JsonValue]:
        parts = path.removeprefix("/v1").strip("/").split("/")
        match method, parts:
            case "GET", [""]:
                return 200, self._index(sight)
            case "GET", ["-", "healthy"]:
                return 200, {"message": "aptos-node:ok"}
            case "GET", ["estimate_gas_price"]:
                price = self.chain.state.fact("gas_price", MINIMUM_PRICE)
                return 200, {
                    "gas_estimate": price,
                    "deprioritized_gas_estimate": MINIMUM_PRICE,
                    "prioritized_gas_estimate": price * 2,
                }
            case "GET", ["accounts", address, *rest]:
                return self._account(address, rest, sight)
            case "POST", ["transactions"]:
                return self._submitted(content_type, body, kind)
            case "POST", ["transactions", "simulate"]:
                return self._simulated(content_type, body, sight)
            case "GET", ["transactions", "by_hash" | "wait_by_hash", hash_]:
                return self._by_hash(hash_, sight)
            case "GET", ["transactions", "by_version", version]:
                row = (
                    self.chain.state.committed(version=int(version), up_to=sight.version) if version.isdigit() else None
                )
                if row is None:
                    return 404, replies.error(
                        "version_not_found", f"Ledger version not found by Ledger version({version})"
                    )
                return 200, replies.committed(row)
            case "POST", ["view"]:
                return self._view(body, sight)
        return 404, replies.error("web_framework_error", "not found")

    def _present(self) -> _Sight:
        return _Sight(self.chain.state.version(), self.chain.time_us())

    def _lagging(self) -> _Sight:
        newest = self.chain.state.committed(version=self.chain.state.version())
        time_us = self.chain.time_us() - LAG_US
        if newest is None:
            return _Sight(0, time_us, lagging=True)
        before = self.chain.state.committed(version=newest.version - 1)
        time_us = max(min(time_us, newest.time_us - 1), before.time_us if before else 0)
        return _Sight(newest.version - 1, time_us, lagging=True)

    def _index(self, sight: _Sight) -> dict[str, JsonValue]:
        return {
            "chain_id": self.chain.state.fact("chain_id", CHAIN_ID),
            "epoch": "1",
            "ledger_version": str(sight.version),
            "oldest_ledger_version": "0",
            "ledger_timestamp": str(sight.time_us),
            "node_role": "full_node",
            "oldest_block_height": "0",
            "block_height": str(sight.version),
            "git_hash": "verifield local ledger: not a public chain",
        }

    def _account(self, text: str, rest: list[str], sight: _Sight) -> tuple[int, JsonValue]:
        try:
            address = address_of(text)
        except NotCallable as error:
            return 400, replies.error("invalid_input", str(error))
        sequence, octas, key = self.chain.state.account(address)
        if rest and rest[0] == "balance":
            return 200, octas
        if rest:
            words = f"Resource not found by Address({address}), Struct tag({'/'.join(rest[1:])}) and Ledger version"
            return 404, replies.error("resource_not_found", f"{words}({sight.version})")
        for version in range(sight.version + 1, self.chain.state.version() + 1):
            row = self.chain.state.committed(version=version)
            sequence -= row is not None and read_transaction(row.signed).sender == address
        return 200, {"sequence_number": str(sequence), "authentication_key": key}

    def _submitted(self, content_type: str, body: bytes, kind: Kind | None) -> tuple[int, JsonValue]:
        if content_type != BCS_TRANSACTION:
            return 415, replies.error("web_framework_error", f"this ledger takes {BCS_TRANSACTION}")
        try:
            self.chain.submit(body, lose=kind is Kind.LOSE, abort=kind is Kind.ABORT)
        except Invalid as refused:
            return 400, replies.error(refused.code, refused.words, refused.vm_code)
        return 202, replies.pending(body)

    def _simulated(self, content_type: str, body: bytes, sight: _Sight) -> tuple[int, JsonValue]:
        if content_type != BCS_TRANSACTION:
            return 415, replies.error("web_framework_error", f"this ledger takes {BCS_TRANSACTION}")
        try:
            transaction, outcome = self.chain.simulate(body)
        except Invalid as refused:
            return 400, replies.error(refused.code, refused.words, refused.vm_code)
        return 200, replies.simulated(body, transaction, outcome, sight.version, sight.time_us)

    def _by_hash(self, hash_: str, sight: _Sight) -> tuple[int, JsonValue]:
        row = self.chain.state.committed(hash_=hash_, up_to=sight.version)
        if row is not None:
            return 200, replies.committed(row)
        waiting = self.chain.state.waiting_bytes(hash_)
        if waiting is not None and not sight.lagging:
            return 200, replies.pending(waiting) | {"type": "pending_transaction"}
        return 404, replies.error("transaction_not_found", f"Transaction not found by Transaction hash({hash_})")

    def _view(self, body: bytes, sight: _Sight) -> tuple[int, JsonValue]:
        try:
            asked = json.loads(body)
            address, module, function = asked["function"].split("::")
            arguments = [str(argument) for argument in asked["arguments"]]
            if (address_of(address), module) != (CONTRACT, MODULE):
                raise KeyError(function)
            return 200, self._viewed(function, arguments, sight)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return 400, replies.error("invalid_input", f"the view cannot be called: {error!r}"[:200])
        except Aborted as aborted:
            return 400, replies.error("invalid_input", status_of(aborted.code, CONTRACT), 4016)

    def _viewed(self, function: str, arguments: list[str], sight: _Sight) -> list[JsonValue]:
        first, second = arguments
        if function == "is_operator":
            return [self.chain.state.is_operator(first, address_of(second))]
        check_digest(second)
        found = self.chain.state.anchor(first, bytes.fromhex(second), up_to=sight.version)
        if function == IS_ANCHORED:
            return [found is not None]
        if function != GET_ANCHOR:
            raise KeyError(function)
        if found is None:
            raise Aborted(0x60009)
        return replies.stored(found)

    def _refusing(self, kind: Kind) -> Response:
        headers = _headers(self._present(), self.chain.state.fact("chain_id", CHAIN_ID))
        match kind:
            case Kind.LIMIT:
                return Response(429, _LIMITED, {"Content-Type": "text/plain"})
            case Kind.BUSY:
                return Response(503, b"upstream connect error or disconnect/reset before headers", {})
            case Kind.FULL:
                return _plain(507, replies.error("mempool_is_full", "Mempool is full"), headers)
        return _plain(500, replies.error("internal_error", "the local ledger was told to fail"), headers)

    def _told(self, method: str, path: str, body: bytes) -> tuple[int, JsonValue]:
        state = self.chain.state
        if method == "GET":
            return 200, {"anchors": [list(anchor) for anchor in state.anchors()], "version": state.version()}
        try:
            asked = json.loads(body)
            match path:
                case "/misbehave":
                    self.misbehaviour.plan(Planned(Kind(asked["kind"]), int(asked.get("times", 1))))
                case "/behave":
                    self.misbehaviour.clear()
                case "/advance":
                    self.chain.advance(float(asked["seconds"]))
                case "/fund":
                    self.fund(address_of(asked["address"]), int(asked["octas"]))
                case "/grant" | "/revoke":
                    with state.changing():
                        (state.grant if path == "/grant" else state.revoke)(
                            asked["project"], address_of(asked["address"])
                        )
                case "/displace":
                    self.chain.displace(address_of(asked["address"]))
                case "/fact":
                    with state.changing():
                        state.put_fact(str(asked["name"]), int(asked["value"]))
                case _:
                    return 404, replies.error("web_framework_error", "not found")
        except (ValueError, KeyError, TypeError) as error:
            return 400, replies.error("invalid_input", f"{error!r}"[:200])
        return 200, {}

    def fund(self, address: str, octas: int) -> None:
        """Give an account play money."""
        with self.chain.state.changing():
            sequence, held, key = self.chain.state.account(address)
            self.chain.state.put_account(address, sequence, held + octas, key)


def _plain(status: int, told: JsonValue, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(told).encode(), {"Content-Type": "application/json", **(headers or {})})


def _headers(sight: _Sight, chain_id: int) -> dict[str, str]:
    return {
        "X-APTOS-CHAIN-ID": str(chain_id),
        "X-APTOS-LEDGER-VERSION": str(sight.version),
        "X-APTOS-LEDGER-OLDEST-VERSION": "0",
        "X-APTOS-LEDGER-TIMESTAMPUSEC": str(sight.time_us),
        "X-APTOS-EPOCH": "1",
        "X-APTOS-BLOCK-HEIGHT": str(sight.version),
        "X-APTOS-OLDEST-BLOCK-HEIGHT": "0",
    }
