# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How many readings a request holds."""

import gzip

from sync.packets.item import Item
from sync.packets.lines import lines_of
from sync.sinks.influxdb.batch import FIRST, MOST, BatchSize, chunks_of
from tests.support.outgoing import facts_of, nothing_measured, readings
from tests.support.summarised import body, summary


def test_chunks_hold_every_reading_once_and_in_order() -> None:
    told = readings(2500, 3)
    chunks = list(chunks_of(told, 1000))
    assert [chunk.count for chunk in chunks] == [1000, 1000, 500]
    assert [(chunk.first, chunk.last) for chunk in chunks] == [(10, 1009), (1010, 2009), (2010, 2509)]
    text = "\n".join(gzip.decompress(chunk.payload).decode() for chunk in chunks)
    assert text.split("\n") == list(lines_of(told))


def test_readings_without_any_value_have_an_empty_payload() -> None:
    (chunk,) = chunks_of([nothing_measured(5, facts_of("s"))], 100)
    assert chunk.payload == b""
    assert (chunk.first, chunk.last, chunk.count) == (5, 5, 1)


def test_quick_success_doubles_up_to_a_limit() -> None:
    size = BatchSize()
    for _ in range(10):
        size.taken(size.readings, 0.01)
    assert size.readings == MOST


def test_a_small_chunk_says_nothing_about_a_larger_one() -> None:
    size = BatchSize()
    size.taken(3, 0.01)
    assert size.readings == FIRST


def test_slow_success_and_trouble_halve_down_to_one() -> None:
    size = BatchSize()
    size.taken(FIRST, 10.0)
    assert size.readings == FIRST // 2
    for _ in range(20):
        size.shrink()
    assert size.readings == 1


def test_a_chunk_reaches_back_to_what_its_summaries_take_the_place_of() -> None:
    """Of two requests under way the server may take either first: these wait for each other."""
    told: list[Item] = [*readings(2, first=90), summary(95, body(replaces=30))]
    (chunk,) = chunks_of(told, 10)
    assert (chunk.first, chunk.last, chunk.count) == (30, 95, 3)
