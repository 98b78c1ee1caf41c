# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When the database's process began: a later beginning means that it died, with what it had not written. Asks it.

Source: Prometheus, "Writing client libraries", standard metrics (`process_start_time_seconds`), which InfluxDB 1 and 2
and VictoriaMetrics give at `/metrics`; `/debug/vars` of InfluxDB 1 where that is closed. Who stands before several
processes, or lets nobody ask, does not say.
"""

import json
import re
import threading
from concurrent.futures import wait
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sync.sinks.influxdb.answers import Answer, Reply, Silence, retry_after, words_of
from sync.sinks.influxdb.connection import Connection
from sync.sinks.sink import Later, Stopped, Witness

AGE_S, UNKNOWN_AGE_S = 60.0, 90.0
"""So long after its answer a server that still runs has written what it took; longer where it is not known to run."""

_LOOK_SECONDS = 0.2
_WHOLE_SECONDS = 2.0
_STARTED = re.compile(r"^process_start_time_seconds(?:\{[^}\n]*\})? (\S+)", re.MULTILINE)
_NOT_NOW = {408, 429, 500, 502, 503, 504}


def ask_witness(connection: Connection, cancelled: threading.Event) -> Witness | Later | Stopped:
    """The server's beginning as its name; no name where it does not tell."""
    for path in ("/metrics", "/debug/vars"):
        reply = _asked(connection, path, cancelled)
        if isinstance(reply, Later | Stopped):
            return reply
        started = _started(path, reply)
        if started and _just_begun(started, reply):
            return Later("the server has just begun", after_s=1.0, answered=True)
        if started:
            return Witness(f"began {started}", AGE_S)
    return Witness("", UNKNOWN_AGE_S)


def _asked(connection: Connection, path: str, cancelled: threading.Event) -> Answer | Later | Stopped:
    future = connection.begin("GET", path, {}, headers={"Accept-Encoding": "gzip"})
    while not wait([future], timeout=_LOOK_SECONDS).done:
        if cancelled.is_set():
            return Later("cancelled")
    reply: Reply = future.result()
    if isinstance(reply, Silence):
        return Stopped(reply.words, reply.remedy) if reply.remedy else Later(reply.words)
    if reply.status in _NOT_NOW:
        return Later(words_of(reply), retry_after(reply.headers, datetime.now(UTC)), answered=True)
    return reply


def _just_begun(started: str, answer: Answer) -> bool:
    """Some servers tell the whole second: one that dies within it looks like its successor, and is sent nothing yet."""
    if not started.endswith(".000"):
        return False
    try:
        now_s = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return False
    return 0 <= now_s - float(started) < _WHOLE_SECONDS


def _started(path: str, answer: Answer) -> str:
    if answer.status != 200:
        return ""
    if path == "/metrics":
        found = set(_STARTED.findall(answer.body))
        try:
            return f"{float(found.pop()):.3f}" if len(found) == 1 else ""
        except ValueError:
            return ""
    try:
        told = json.loads(answer.body)
    except ValueError:
        return ""
    match told:
        case {"system": {"started": str(started)}}:
            return started
    return ""
