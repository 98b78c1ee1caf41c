# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a sync says in a terminal: bars with rate and time left, troubles in full, and nothing twice."""

import io

import pytest
from rich.console import Console

from sync.commands.telling import BarListener, Output, as_lines, speed_words
from sync.engine.meter import Progress
from sync.engine.plan import Plan
from sync.sinks.sink import Check

REFUSED = Check("Broker", "failed", "the broker answers nothing (Connection refused)", "Start the broker.")
SENDING = Progress("cloud", "sending", 400, 1_000, 2_500_000, 1_200.0, 95.0)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Progress("cloud"), "checking"),
        (SENDING, "sending, 1,200/s, 2.5 MB, 95 s left"),
        (Progress("cloud", "waiting", 400, 1_000, 2_500_000, 3.0, 600.0), "waiting, 2.5 MB, 10 min left"),
        (Progress("cloud", "sending", 1, 9, 0, 3.0, 36_000.0, again=7), "sending, 3/s, 7 once more, 10 h left"),
        (Progress("cloud", "gave_up", 400, 1_000, 0, 3.0, 600.0), "gave up"),
        (Progress("cloud", "done", 9, 9, 1_000_000, 3.0, 0.0), "done, 1.0 MB"),
    ],
)
def test_the_speed_in_a_few_words(told: Progress, words: str) -> None:
    assert speed_words(told) == words


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=110, legacy_windows=False)


def shown(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_terminal_shows_a_bar_and_every_trouble_once_and_in_full() -> None:
    console = terminal()
    with BarListener(console) as bars:
        listener = bars.listener
        listener.planned(Plan("cloud", (), (), 2_500_000, 12.0))
        for _ in range(5):
            listener.checked("cloud", REFUSED)
            listener.progress(Progress("cloud", "waiting", 0, 1_000, words="no answer from the broker", remedy="Wait."))
        listener.progress(SENDING)
    said = shown(console)
    assert said.count("cloud: Broker: FAILED. the broker answers nothing (Connection refused) Start the broker.") == 1
    assert said.count("cloud: no answer from the broker Wait.") == 1
    assert "400/1000" in said
    assert "1,200/s, 2.5 MB, 95 s left" in said


def test_lines_for_a_file_say_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    listener = as_lines(Output())
    for _ in range(4):
        listener.checked("cloud", REFUSED)
        listener.progress(SENDING)
    listener.progress(Progress("cloud", "gave_up", 400, 1_000, words="no network", remedy="Sync again."))
    listener.alarm("cloud", "one reading is missing")
    assert capsys.readouterr().out.splitlines() == [
        "cloud: Broker: FAILED. the broker answers nothing (Connection refused) Start the broker.",
        "cloud: sending, 400 of 1,000 readings",
        "cloud: gave up, 400 of 1,000 readings: no network Sync again.",
        "ALARM cloud: one reading is missing",
    ]
