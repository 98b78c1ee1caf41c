# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts what a second judging of all readings found on the sheet. Pure."""

from sync.evidence.finding import Finding
from sync.evidence.flag_replay import FlagReplay
from sync.evidence.verdict import Sheet

NAME, TITLE = "flags", "Flags computed again"


def report_flags(sheet: Sheet, ranges: Finding, replay: FlagReplay, computed: Finding) -> None:
    """Report the flags that ranges force, and those of tests, runs and calibrations. Ends the replay."""
    replay.end()
    wrong = [one for one in (ranges, replay.better) if one.entry is not None]
    if wrong:
        told = min(wrong, key=lambda one: one.entry or 0)
        number = sum(one.count for one in wrong)
        sheet.failed(NAME, TITLE, f"{number} do not follow. Entry {told.entry}: {told.words}.", told.entry)
    else:
        words = (
            "Every value is flagged at least as its configuration's ranges, spike, rate of change, flat line and "
            f"attenuation, calibrations and runs demand; {replay.settled} flags given by a later reading follow."
        )
        sheet.passed(NAME, TITLE, words)
    if replay.open.count:
        words = (
            f"The tests over several readings were not repeated for {replay.open.count} readings (first: entry "
            f"{replay.open.entry}): {replay.open.words}."
        )
        sheet.not_checked("flags_open", TITLE, words)
    if computed.count:
        words = f"{computed.words} is computed by a procedure, whose own judgement was not repeated."
        sheet.not_checked("flags_computed", TITLE, words)
    if replay.worse.count:
        words = (
            f"{replay.worse.count} flags are worse than the log explains (first: entry {replay.worse.entry}, "
            f"{replay.worse.words}): no test, calibration, run or known warm-up gives them. An instrument that doubted "
            "its own number or warmed up longer does; whoever wanted those values out of a mean could as well. They "
            "are believed."
        )
        sheet.not_checked("flags_believed", TITLE, words)
    if replay.untold.count:
        words = (
            f"{replay.untold.count} values stand out from their neighbours, and no later reading says so (first: entry "
            f"{replay.untold.entry}, {replay.untold.words}): an interruption or the end of the record may have lost it."
        )
        sheet.not_checked("flags_untold", TITLE, words)
