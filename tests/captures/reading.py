# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Captured bytes of every model and how a polled driver is driven over them. Reads the capture files beside it.

A capture is `<model>.hex`: `<` bytes from the instrument, `>` the request they answer, `#` a remark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.instruments.driver import Exchange, Sample, Steps

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Capture:
    received: tuple[bytes, ...]
    replies: dict[bytes, bytes]


def capture(model: str) -> Capture:
    """The capture of this model. A later reply to the same request replaces an earlier one."""
    received: list[bytes] = []
    replies: dict[bytes, bytes] = {}
    request = b""
    for line in (FOLDER / f"{model}.hex").read_text(encoding="utf-8").splitlines():
        mark, _, text = line.partition(" ")
        if mark == ">":
            request = bytes.fromhex(text)
        elif mark == "<":
            received.append(bytes.fromhex(text))
            replies[request] = received[-1]
    return Capture(tuple(received), replies)


def converse(steps: Steps, answer: Callable[[bytes], bytes]) -> tuple[Sample | None, list[bytes], float]:
    """Drive the steps to their end: their sample, the requests sent, the seconds paused."""
    sent: list[bytes] = []
    paused = 0.0
    reply = b""
    started = False
    while True:
        try:
            step = steps.send(reply) if started else next(steps)
        except StopIteration as end:
            sample: Sample | None = end.value
            return sample, sent, paused
        started = True
        if isinstance(step, Exchange):
            sent.append(step.request)
            reply = answer(step.request)
        else:
            paused += step.seconds
            reply = b""
