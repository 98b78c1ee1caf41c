# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gaps in words: what is not known is said, and never a time that nobody believes without a word on it."""

from app.pages.gap_words import length_of, missed_text, newest_first, total_text
from app.pages.live_marks import drawn_gaps
from app.pages.quality_hours_words import gap_cells
from app.pages.quality_words import gaps_text
from app.pages.waiting_words import waiting_text
from edge_daemon.api.messages import GapMessage
from edge_daemon.api.messages_quality import WaitingMessage

KNOWN = GapMessage(
    index=5,
    sensor_id="co2-1",
    start="2026-11-19T00:15:00.000000000Z",
    end="2026-11-19T00:45:00.000000000Z",
    expected=6,
    causes=("power_loss",),
)
UNKNOWN = GapMessage(
    index=9,
    sensor_id="co2-1",
    start="2026-11-19T05:15:00.000000000Z",
    end="2026-11-07T10:58:20.000000000Z",
    expected=None,
    causes=("power_loss", "clock_untrusted"),
    end_known=False,
    recorded_start="2026-11-19T05:15:00.000000000Z",
    recorded_end="2026-11-07T10:58:20.000000000Z",
)


def test_an_end_without_a_time_is_told_with_what_the_clock_showed() -> None:
    sensor, start, end, length, missed, _ = gap_cells(UNKNOWN, {})
    assert (sensor, start) == ("co2-1", "2026-11-19 05:15:00")
    assert end == "time not known yet (the clock showed 2026-11-07 10:58:20)"
    assert (length, missed) == ("length not known yet", "not known yet")
    assert length_of(UNKNOWN) is None
    assert gap_cells(KNOWN, {})[1:5] == ("2026-11-19 00:15:00", "2026-11-19 00:45:00", "30 min 0 s", "6")
    assert missed_text(KNOWN) == "6"


def test_gaps_without_a_time_come_first_and_say_what_to_do() -> None:
    assert newest_first([KNOWN, UNKNOWN]) == [UNKNOWN, KNOWN]
    words = total_text([KNOWN, UNKNOWN])
    assert words.startswith("2 in the period, 6 readings missed.")
    assert "1 with no time yet" in words
    assert "releases the time" in words
    assert "no time yet" not in total_text([KNOWN])
    assert "to time not known yet (length not known yet)" in gaps_text([UNKNOWN])
    assert drawn_gaps([UNKNOWN], {}, 1.0) == []


def test_what_waits_for_a_time_is_told_with_the_entries_to_release() -> None:
    one = WaitingMessage(
        first=9,
        last=3999,
        readings=3200,
        clock_from="2026-11-07T10:58:20.000000000Z",
        clock_to="2026-11-07T11:58:20.000000000Z",
        contradicts=False,
    )
    words = waiting_text([one, one.model_copy(update={"readings": 7})])
    assert "3,200 readings, entries 9 to 3999, wait for a time: the computer did not know the time" in words
    assert "2026-11-07 10:58:20 to 2026-11-07 11:58:20" in words
    assert "So do 7 more in 1 other stretch." in words
    assert waiting_text([]) == ""
