# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Says of every sensor that was not on a physical port what it was on, and from which entry on. Pure."""

from sync.evidence.chain import Chain
from sync.evidence.verdict import INSTRUMENTS, Sheet

TITLE = "Real instruments"


def check_instruments(sheet: Sheet, chain: Chain) -> None:
    """Put it on the sheet. A simulator can stand behind a port that is not physical: that is never called passed."""
    found: dict[str, tuple[int, str]] = {}
    for index, form in sorted(chain.forms.items()):
        if form.demo:
            found.setdefault(form.sensor, (index, "is simulated"))
        elif form.unreal:
            words = f"was connected through {form.unreal}, behind which a program can stand"
            found.setdefault(form.sensor, (index, words))
    told = [f"From entry {index} on {sensor} {what}" for sensor, (index, what) in sorted(found.items())]
    if chain.opened.demo:
        told.insert(0, "The log itself is one of SIMULATED instruments")
    if told:
        sheet.not_checked(INSTRUMENTS, TITLE, f"{'. '.join(told)}.")
    else:
        sheet.passed(
            INSTRUMENTS,
            TITLE,
            "Every sensor was on a physical port or an address on a network, as far as the log tells.",
        )
