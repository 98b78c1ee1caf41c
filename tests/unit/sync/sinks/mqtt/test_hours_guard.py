# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether summaries are wanted, and whether it is they for which a broker ends connections."""

from sync.sinks.mqtt.hours_guard import MOST_ENDS, WAIT_SECONDS, HoursGuard
from sync.sinks.sink import Chunk

PACKET, HOUR = Chunk(b"p", 1, 2, 2), Chunk(b"h", 3, 3, 1, place="a/topic")


def test_only_ends_with_nothing_but_a_summary_under_way_count() -> None:
    guard = HoursGuard()
    assert not guard.waits(HOUR, [PACKET])
    assert [guard.ended([PACKET, HOUR]) for _ in range(MOST_ENDS + 1)] == [None] * (MOST_ENDS + 1)
    assert guard.waits(HOUR, [PACKET])
    assert guard.waits(PACKET, [HOUR])
    assert not guard.waits(PACKET, [PACKET])
    assert not guard.waits(HOUR, [])
    assert [guard.ended([HOUR]) for _ in range(MOST_ENDS)] == [None] * (MOST_ENDS - 1) + [HOUR]
    assert "a/topic" in guard.refusal


def test_packets_alone_make_nobody_careful_and_an_answer_ends_the_care() -> None:
    guard = HoursGuard()
    guard.ended([PACKET, PACKET])
    assert not guard.waits(HOUR, [PACKET])
    guard.ended([HOUR])
    guard.ended([HOUR])
    guard.answered(taken=False)
    assert not guard.waits(HOUR, [PACKET])
    guard.ended([HOUR])
    assert guard.ended([HOUR]) is None
    assert not guard.refusal


def test_who_took_summaries_is_waited_for_a_while() -> None:
    now = 5.0
    guard = HoursGuard(lambda: now)
    assert not guard.wanted()
    guard.answered(taken=True)
    now += 1000
    assert guard.wanted()
    now += WAIT_SECONDS - 1
    assert guard.wanted()
    guard.answered(taken=False)
    now += 1
    assert not guard.wanted()
    guard.answered(taken=True)
    assert guard.wanted()
