# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes this process give way to everything else on the computer. Asks the operating system."""

import sys

import psutil

_NICE = 15
"""Of -20 to 19: recording, plotting and a person's own work come first, and it still ends on a busy computer."""


def give_way() -> None:
    """From here on, for processor and disk, where the system knows of such a thing."""
    own = psutil.Process()
    own.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else _NICE)
    if sys.platform == "linux":
        own.ionice(psutil.IOPRIO_CLASS_IDLE)
