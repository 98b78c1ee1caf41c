# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What can be known of a server before the first send, line by line. Asks the server; writes nothing.

Source: InfluxDB OSS 2 API (`/health`, `/ping`, `/api/v2/buckets`, `/api/v2/write`, and `/query` of version 1, which
version 2 answers too). The right to write shows by writing a comment line, of which no server keeps anything.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.domain.time import NS_PER_S
from sync.packets import summary_lines
from sync.packets.lines import MEASUREMENT
from sync.sinks.after_a_crash import as_set, line_of
from sync.sinks.influxdb.answers import Answer, Reply, Silence, is_busy, remedy_for, retry_after, words_of
from sync.sinks.influxdb.connection import Connection
from sync.sinks.influxdb.witness import ask_witness
from sync.sinks.sink import Check, Waiting, Witness

_NAMES = {float: "float", int: "integer", str: "string", bool: "boolean"}

FIELD_TYPES = {
    MEASUREMENT: {
        "value": "float",
        "raw": "float",
        "quality": "float",
        "flag": "integer",
        "unit": "string",
        "time_offset_us": "integer",
        "identity": "string",
    },
    summary_lines.MEASUREMENT: {name: _NAMES[type(value)] for name, value in summary_lines.BLANK.items()},
}

_HERE = {"localhost", "127.0.0.1", "::1"}


def checks(
    connection: Connection,
    destination: InfluxDestination,
    write_path: str,
    write_query: Mapping[str, str],
    waiting: Waiting,
) -> Iterator[Check]:
    """The lines, until one fails that makes the rest pointless."""
    reached = _reached(connection)
    yield reached
    if reached.verdict == "failed":
        return
    yield _encrypted(destination.url)
    yield (may_write := _may_write(connection.ask("POST", write_path, write_query, b"# verifield\n")))
    if may_write.verdict == "failed":
        return
    yield from _bucket(connection, destination, waiting)
    yield _field_types(connection, destination)
    told = ask_witness(connection, threading.Event())
    if isinstance(told, Witness):
        yield line_of(as_set(told, destination.resend_window_s), "read the server's /metrics")


def _reached(connection: Connection) -> Check:
    reply = connection.ask("GET", "/health", {})
    if isinstance(reply, Answer) and is_busy(reply):
        return _busy("Server", reply)
    if isinstance(reply, Answer) and reply.status != 200:
        reply = connection.ask("GET", "/ping", {})
    if isinstance(reply, Silence):
        remedy = reply.remedy or "Check the network, the address and the port."
        return Check("Server", "failed", reply.words, remedy, temporary=not reply.remedy, answered=bool(reply.remedy))
    if reply.status in {200, 204}:
        version = reply.headers.get("x-influxdb-version", "")
        return Check("Server", "passed", f"It answers{f' (version {version})' if version else ''}.")
    if is_busy(reply):
        return _busy("Server", reply)
    remedy = remedy_for(reply) or "Check the address: what answers there is no working InfluxDB."
    return Check("Server", "failed", words_of(reply), remedy, temporary=not remedy_for(reply), answered=True)


def _busy(title: str, answer: Answer) -> Check:
    """It is there and wants to be left alone: nothing more is asked."""
    after_s = retry_after(answer.headers, datetime.now(UTC))
    asks = "" if after_s is None else f" It asks to be left alone for {after_s:,.0f} s."
    remedy = f"The server is busy.{asks} Nothing has to be done."
    return Check(title, "failed", words_of(answer), remedy, temporary=True, answered=True, after_s=after_s)


def _encrypted(url: str) -> Check:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return Check("Encryption", "passed", "The connection is encrypted and the server's certificate is accepted.")
    if parts.hostname in _HERE:
        return Check("Encryption", "passed", "The server runs on this machine.")
    return Check(
        "Encryption",
        "warning",
        "The token and the data travel unencrypted: whoever is on the way can read and change them.",
        "Use an https:// address.",
    )


def _may_write(reply: Reply) -> Check:
    title = "Token, bucket and right to write"
    if isinstance(reply, Silence):
        remedy = reply.remedy or "Check the network and try again."
        return Check(title, "failed", reply.words, remedy, temporary=not reply.remedy, answered=bool(reply.remedy))
    if is_busy(reply):
        return _busy(title, reply)
    remedy = "" if reply.status == 204 else remedy_for(reply)
    if remedy:
        return Check(title, "failed", words_of(reply), remedy)
    if reply.status in {204, 400, 422}:  # version 2 may find fault with a body without points, after asking for rights
        return Check(title, "passed", "The server accepts writes to the bucket.")
    return Check(title, "not_checked", words_of(reply), "The server is busy or broken: try again later.")


def _bucket(connection: Connection, destination: InfluxDestination, waiting: Waiting) -> Iterator[Check]:
    title = "Retention"
    reply = connection.ask("GET", "/api/v2/buckets", {"org": destination.organisation, "name": destination.bucket})
    bucket = _first(_json(reply), "buckets")
    if bucket is None:
        words = "The server does not tell how long it keeps data (the token may only write, or it is no version 2)."
        yield Check(title, "not_checked", words, "Make sure that the bucket keeps data for as long as claims need it.")
        return
    yield Check("Bucket", "passed", f"It exists: {bucket.get('name')}.")
    rules = bucket.get("retentionRules")
    rule = rules[0] if isinstance(rules, list) and rules and isinstance(rules[0], dict) else {}
    kept_s = rule.get("everySeconds", 0)
    yield _retention(kept_s if isinstance(kept_s, int) else 0, waiting)


def _retention(kept_s: int, waiting: Waiting) -> Check:
    if kept_s == 0:
        return Check("Retention", "passed", "The bucket keeps data for ever.")
    days = f"The bucket keeps data for {kept_s / 86_400:.1f} days"
    oldest_s = None if waiting.oldest_ns is None else (time.time_ns() - waiting.oldest_ns) / NS_PER_S
    remedy = "Let the bucket keep data for ever, or for as long as claims need it."
    if oldest_s is not None and oldest_s >= kept_s:
        words = f"{days}; the oldest reading that waits is {oldest_s / 86_400:.1f} days old and would be refused."
        return Check("Retention", "failed", words, remedy)
    return Check("Retention", "warning", f"{days} and then deletes it.", remedy)


def _field_types(connection: Connection, destination: InfluxDestination) -> Check:
    title = "Field types"
    empty = True
    for measurement, types in FIELD_TYPES.items():
        question = {"db": destination.bucket, "q": f'SHOW FIELD KEYS FROM "{measurement}"'}
        there = _types(_json(connection.ask("GET", "/query", question)))
        if there is None:
            words = "The server does not tell which types its fields have (the token may only write)."
            return Check(title, "not_checked", words)
        wrong = [
            f"{name} is {there[name]}, not {wanted}"
            for name, wanted in types.items()
            if there.get(name, wanted) != wanted
        ]
        if wrong:
            what = "readings" if measurement == MEASUREMENT else "hourly summaries"
            words = f"In {measurement} of this bucket {'; '.join(wrong)}: {what} would be refused."
            return Check(title, "failed", words, "Use another bucket: a field keeps the type of its first value.")
        empty = empty and not there
    return Check(title, "passed", "The bucket holds no readings yet." if empty else "They fit.")


def _types(told: object) -> dict[str, str] | None:
    result = _first(told, "results")
    if result is None or "error" in result:
        return None
    series = _first(result, "series")
    if series is None:
        return {}
    values = series.get("values")
    if series.get("columns") != ["fieldKey", "fieldType"] or not isinstance(values, list):
        return None
    return {str(name): str(kind) for name, kind in values}


def _json(reply: Reply) -> object:
    if isinstance(reply, Silence) or reply.status != 200:
        return None
    try:
        told: object = json.loads(reply.body)
    except ValueError:
        return None
    return told


def _first(told: object, name: str) -> dict[str, object] | None:
    inside = told.get(name) if isinstance(told, dict) else None
    return inside[0] if isinstance(inside, list) and inside and isinstance(inside[0], dict) else None
