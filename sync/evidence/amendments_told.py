# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tells what persons said later of the readings of a run: the corrections by hand that its values and totals rest on.
Pure.

What an amendment says is applied and computed again like everything else; that it is true is nobody's proof.
"""

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.amendment_words import amendment_words
from edge_daemon.log.bodies import from_json
from edge_daemon.log.entry import EntryType
from sync.evidence.chain import Chain
from sync.evidence.verdict import Sheet

MOST_TOLD = 5
_LONGEST_EVIDENCE = 200


def check_amendments(sheet: Sheet, chain: Chain, first: int, end: int) -> None:
    """Put those on the sheet that concern entries from `first` to before `end`; nothing where there is none."""
    found = amendments_of_run(chain, first, end)
    if not found:
        return
    replaced = {one.replaces: index for index, one in found.items() if one.replaces is not None}
    told = [_told(index, one, replaced.get(index)) for index, one in list(found.items())[:MOST_TOLD]]
    more = f" {len(found) - MOST_TOLD} more are in the log." if len(found) > MOST_TOLD else ""
    persons = ", ".join(sorted({one.person for one in found.values()}))
    words = (
        f"{len(found)} by {persons} change how readings of these entries count. {' '.join(told)}{more} They are "
        "applied as the log has them; that what a person said is so is not proven."
    )
    sheet.not_checked("amendments", "Amendments", words)


def amendments_of_run(chain: Chain, first: int, end: int) -> dict[int, AmendmentBody]:
    """Those that concern entries from `first` to before `end`, and those that replace them, by index."""
    every = {
        index: from_json(AmendmentBody, entry.body)
        for index, entry in chain.entries.items()
        if entry.type == EntryType.AMENDMENT
    }
    found = {index: one for index, one in every.items() if one.first < end and one.last >= first}
    return {index: one for index, one in every.items() if index in found or one.replaces in found}


def _told(index: int, one: AmendmentBody, replaced_by: int | None) -> str:
    said = one.evidence if len(one.evidence) <= _LONGEST_EVIDENCE else f"{one.evidence[:_LONGEST_EVIDENCE]}…"
    counts = "" if replaced_by is None else f" (replaced by entry {replaced_by})"
    return f"Entry {index}{counts}, {one.person}: {amendment_words(one)}; because: “{said}”."
