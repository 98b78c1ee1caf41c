# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A command that says much is never kept waiting for a listener, and the end of what it says is kept."""

import subprocess
import sys

from edge_daemon.station.sync_command import MOST_LINES, LastWords

TALKER = """
import sys
for number in range(20_000):
    print(f"line {number} of many words that nobody asked for", file=sys.stderr)
print("x" * 50_000, file=sys.stderr)
print("the reason", file=sys.stderr)
print("{}")
"""


def test_a_command_that_says_much_to_people_ends_and_its_last_words_are_kept() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TALKER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        words = LastWords(child)
        assert child.stdout is not None
        assert child.stdout.read() == "{}\n"
        assert child.wait(60) == 0
        told = words.told()
    assert told.endswith("the reason")
    assert "line 0 " not in told
    assert len(told) <= MOST_LINES * 1000
