# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks once before a form with something typed in it is left. No I/O."""

from collections.abc import Callable

LEAVE_WORDS = "⚠ What you typed is kept nowhere. Once more throws it away; to keep it, go on typing or enter it."


class LeaveQuestion:
    """`typed` tells whether something would be lost, `say` shows words in the form."""

    def __init__(self, typed: Callable[[], bool], say: Callable[[str], None]) -> None:
        self._typed, self._say = typed, say
        self._asked = False

    def may_leave(self) -> bool:
        """Whether the form may close now: nothing would be lost, or it was said so just before."""
        if self._asked or not self._typed():
            return True
        self._asked = True
        self._say(LEAVE_WORDS)
        return False

    def take_back(self) -> None:
        """Something was typed since: ask anew."""
        if self._asked:
            self._asked = False
            self._say("")
