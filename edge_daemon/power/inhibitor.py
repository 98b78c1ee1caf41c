# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a way to keep the computer awake can do. A contract, and nothing that acts."""

from typing import Protocol


class Inhibitor(Protocol):
    """One system's way to keep the computer awake. All calls come from one thread that lives as long as it is used.

    However the recorder ends, killed too, what it holds ends with it.
    """

    def hold(self) -> str:
        """Keep the computer awake; empty once that is so, else why it is not, in words. May wait for seconds."""

    def held(self) -> bool:
        """Whether the computer is kept awake now."""

    def release(self) -> None:
        """Let it sleep again. Does nothing where nothing is held."""
