# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the delivery of one log to one destination ends, in words for a person. Pure but for the local clock."""

import time
from dataclasses import dataclass
from typing import Literal

from sync.sinks.sink import Later

_HALF_A_DAY_S = 43_200


@dataclass(frozen=True, slots=True)
class Ending:
    """How the drain of a log ended; `words` and `remedy` for all but `done` and most `cancelled`.

    `gave_up`: no way to the far end. `put_off`: it is there, and what is left can go out some other time; where it says
    when, that is in `after_s` seconds. `failed`: some of it cannot be read here.
    """

    how: Literal["done", "cancelled", "stopped", "gave_up", "put_off", "failed"]
    words: str = ""
    remedy: str = ""
    after_s: float = 0.0


def given_up(later: Later) -> Ending:
    """How it ends where this has gone on for longer than one wants to wait."""
    if later.answered:
        return Ending("put_off", later.words, "Sync again later: nothing is lost.")
    return Ending("gave_up", later.words, "Connect to the network and sync again: nothing is lost.")


def left_alone(words: str, seconds: float) -> Ending:
    """How it ends where the far end asks to be left alone for longer than one wants to wait."""
    form = "%H:%M" if seconds < _HALF_A_DAY_S else "%H:%M on %d %B"
    until = time.strftime(form, time.localtime(time.time() + seconds))
    return Ending(
        "put_off", f"it asks to be left alone until {until} ({words})", "Sync again then: nothing is lost.", seconds
    )
