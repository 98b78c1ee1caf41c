# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One attempt at a request and its reply on an open port. Does I/O through the port it is given."""

from collections.abc import Callable
from dataclasses import dataclass

from edge_daemon.acquisition.clock import Clock, Instant
from edge_daemon.instruments.driver import Exchange
from edge_daemon.instruments.transport import Line

MAX_REPLY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Attempt:
    """`reply` is whole or None, `leftover` the bytes that made no reply, `at` when that was known."""

    reply: bytes | None
    leftover: bytes
    at: Instant


def attempt(port: Line, exchange: Exchange, clock: Clock, stopped: Callable[[], bool]) -> Attempt:
    """Send the request on a quiet line and collect the reply until it is whole or its time is up.

    Raises NotConnected, and whatever the driver's `reply_length` raises.
    """
    _wait_for_quiet(port, exchange, clock, stopped)
    port.discard_input()
    port.write(exchange.request)
    now = clock.now()
    if not exchange.expects_reply:
        return Attempt(b"", b"", now)
    deadline_us = now.boot_us + round(exchange.timeout_s * 1_000_000)
    received = b""
    while now.boot_us < deadline_us and len(received) < MAX_REPLY_BYTES and not stopped():
        received += port.read()
        now = clock.now()
        length = exchange.reply_length(received) if received else None
        if length is not None and len(received) >= length:
            return Attempt(received[:length], received[length:], now)
    return Attempt(None, received, now)


def _wait_for_quiet(port: Line, exchange: Exchange, clock: Clock, stopped: Callable[[], bool]) -> None:
    # A late reply to an earlier request must not be taken for the reply to this one. A line that never falls silent is
    # used all the same when the reply's time has passed: the driver's checks then decide.
    give_up_us = clock.now().boot_us + round(exchange.timeout_s * 1_000_000)
    while not stopped() and clock.now().boot_us < give_up_us:
        if not port.waiting() and port.quiet_s() >= exchange.silence_s:
            return
        port.read()
