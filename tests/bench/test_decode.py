# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Decode rate of each driver against a bare checksum loop over the same frames in the same run.

The loop takes each byte once, in Python, as the simplest decoder would have to. Rates are those of one processor that
does nothing else: the time that others took of it does not count.
"""

from collections.abc import Callable
from functools import reduce
from operator import xor
from time import process_time

import pytest

from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments import modbus
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import StreamDriver
from edge_daemon.instruments.drivers import sensirion_scd30
from edge_daemon.instruments.registry import driver
from tests.captures.reading import capture

FRAMES = 4_000
ROUNDS = 5
CHUNK_BYTES = 512
LEAST_RATIO = 0.005


def best_rate(work: Callable[[], int], frames: int = FRAMES) -> float:
    """Frames a second of processor time in the fastest of a few rounds, the one least disturbed by others."""
    times = []
    for _ in range(ROUNDS):
        start = process_time()
        assert work() == frames
        times.append(process_time() - start)
    return frames / min(times)


def report(name: str, rate: float, bare: float, record_property: Callable[[str, object], None]) -> None:
    record_property(f"{name}_per_s", round(rate))
    record_property(f"{name}_ratio", round(rate / bare, 3))
    print(f"\n{name}: {rate:,.0f} frames a processor second, {rate / bare:.3f} of a bare checksum loop")
    assert rate / bare >= LEAST_RATIO


def stream_models() -> list[InstrumentModel]:
    """Every model of the catalogue that speaks by itself."""
    return [model for model in load_catalogue().values() if isinstance(driver(model.driver), StreamDriver)]


@pytest.mark.parametrize("model", stream_models(), ids=lambda model: model.model)
def test_stream_drivers(model: InstrumentModel, record_property: Callable[[str, object], None]) -> None:
    found = driver(model.driver)
    assert isinstance(found, StreamDriver)

    def decoded(stream: bytes) -> list[bytes]:
        framer = found.framer()
        chunks = [stream[at : at + CHUNK_BYTES] for at in range(0, len(stream), CHUNK_BYTES)]
        items = [item for chunk in chunks for item in framer.feed(chunk)]
        return [item for item in items if isinstance(item, bytes) and measures(item)]

    def measures(frame: bytes) -> bool:
        try:
            return found.decode(frame, model.options) is not None
        except Fault:  # a capture may hold lines that are refused; those are work too, but no result
            return False

    captured = b"".join(capture(model.model).received)
    frames = decoded(captured)
    assert frames, "the capture holds measurements"
    stream = captured * -(-FRAMES // len(frames))
    every = decoded(stream)
    rate = best_rate(lambda: len(decoded(stream)), len(every))
    report(
        model.model, rate, best_rate(lambda: sum(reduce(xor, one) >= 0 for one in every), len(every)), record_property
    )


def test_scd30(record_property: Callable[[str, object], None]) -> None:
    request, reply = list(capture("sensirion_scd30").replies.items())[-1]

    def decoded() -> int:
        return sum(sensirion_scd30.decode(modbus.register_bytes(request, reply)).status == "ok" for _ in range(FRAMES))

    bare = best_rate(lambda: sum(modbus.crc(reply[:-2]) == reply[-2:] for _ in range(FRAMES)))
    report("sensirion_scd30", best_rate(decoded), bare, record_property)
