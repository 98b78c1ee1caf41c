# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for a condition with a deadline, so that no test sleeps and hopes. Touches nothing but the clock."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_LEAST_STEP_SECONDS = 0.01
_MOST_STEP_SECONDS = 0.1
_STEP_SHARE = 0.05
"""Who has waited long may wait a little longer: asking takes time from what is waited for."""


def wait_until(condition: Callable[[], T], *, seconds: float = 60.0, what: str) -> T:
    """Call `condition` until it returns something truthy, and return that.

    Not for what the Qt thread has to do: this holds the calling thread (`qtbot.waitUntil` of pytest-qt does not).

    Args:
        condition: asked a hundred times a second at first and ten times later on, in the calling thread. What it
            raises ends the wait.
        seconds: how long to keep asking; generous, since it is only spent when the test is failing.
        what: what is waited for, in words that complete "waited 60 s for …".

    Raises:
        AssertionError: the time is up; names `what` and what the condition returned last.
    """
    begun = time.monotonic()
    pause = threading.Event()
    while not (outcome := condition()):
        waited = time.monotonic() - begun
        if waited >= seconds:
            raise AssertionError(_timed_out(seconds, what, outcome))
        pause.wait(_step(waited))
    return outcome


async def wait_until_async(
    condition: Callable[[], T] | Callable[[], Awaitable[T]], *, seconds: float = 60.0, what: str
) -> T:
    """Do what `wait_until` does without holding the event loop; `condition` may be a coroutine function.

    Raises:
        AssertionError: the time is up; names `what` and what the condition returned last.
    """
    begun = time.monotonic()
    while not (outcome := await _ask(condition)):
        waited = time.monotonic() - begun
        if waited >= seconds:
            raise AssertionError(_timed_out(seconds, what, outcome))
        await asyncio.sleep(_step(waited))
    return outcome


def _step(waited_seconds: float) -> float:
    return min(_MOST_STEP_SECONDS, max(_LEAST_STEP_SECONDS, waited_seconds * _STEP_SHARE))


async def _ask(condition: Callable[[], T] | Callable[[], Awaitable[T]]) -> T:
    answer = condition()
    return await answer if isinstance(answer, Awaitable) else answer


def _timed_out(seconds: float, what: str, outcome: object) -> str:
    return f"waited {seconds:g} s for {what}; the last answer was {outcome!r}"
