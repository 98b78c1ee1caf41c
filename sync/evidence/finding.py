# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How often something was found among many entries, and the first of it. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Finding:
    """How often something was found, and the first entry and words of it."""

    count: int = 0
    entry: int | None = None
    words: str = ""

    def note(self, index: int, words: str) -> None:
        """One more."""
        self.count += 1
        if self.entry is None:
            self.entry, self.words = index, words
