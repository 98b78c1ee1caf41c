# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes what anchors claim (totals, quality) again from the summaries that pass by, and compares. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan import Plan, plan_of
from sync.anchor.period_claim import PeriodClaim, PeriodSummaries
from sync.anchor.record import quality_told
from sync.evidence.anchors import AnchorNote, ReadAnchor, read_anchor
from sync.evidence.finding import Finding
from sync.evidence.form import NotEvidence
from sync.evidence.summary_compare import COMPUTED_RULES
from sync.evidence.verdict import Sheet

NAME, TITLE = "anchor_claims", "Totals and quality that anchors claim"
TWICE = "Hours claimed once"
_NEVER = 2**63


def plans_of(entries: Mapping[int, Entry]) -> list[tuple[int, Entry]]:
    """The plan entries among these, in the log's order."""
    return [(index, entry) for index, entry in sorted(entries.items()) if entry.type == EntryType.PLAN]


@dataclass(slots=True)
class ClaimChecker:
    """Takes the entries of a run in order. Mutable; keeps the summaries of the hours that one anchor covers.

    `first` is the index of the run's first entry, `plans` the log's plan entries.
    """

    notes: Sequence[AnchorNote]
    first: int
    plans: Sequence[tuple[int, Entry]]
    wrong: Finding = field(default_factory=Finding)
    open: Finding = field(default_factory=Finding)
    agreeing: int = 0
    _claims: list[ReadAnchor] = field(default_factory=list)
    _waiting: list[ReadAnchor] = field(default_factory=list)
    _gathering: list[tuple[ReadAnchor, PeriodSummaries]] = field(default_factory=list)
    _edge: PeriodSummaries = field(default_factory=lambda: PeriodSummaries(_NEVER))

    def __post_init__(self) -> None:
        for note in self.notes:
            try:
                one = read_anchor(note)
            except NotEvidence:
                continue  # the check of the records says so
            if one.since is None:
                self.open.note(one.size - 1, "their records are of a version that carries no summaries")
            else:
                self._claims.append(one)
            if one.since is not None and one.size > self.first:
                self._waiting.append(one)
        self._waiting.sort(key=lambda one: (one.since or 0, one.size))

    def take(self, index: int, entry: Entry) -> None:
        """The next entry that is no reading."""
        if entry.type != EntryType.SUMMARY:
            return
        self._go_to(index)
        try:
            for gathered in (self._edge, *(gathered for _, gathered in self._gathering)):
                gathered.add(index, entry)
        except ValueError as error:
            self.open.note(index, f"entry {index} is no summary of a known form: {error}")

    def report(self, sheet: Sheet, end: int) -> None:
        """Put what was found on the sheet. `end` is the index after the run's last entry."""
        self._go_to(end)
        for one in [*self._waiting, *(one for one, _ in self._gathering)]:
            self.open.note(one.size - 1, "the entries that they cover are not all in this evidence")
        if self.wrong.count:
            words = f"{self.wrong.count} do not follow from the summaries. {self.wrong.words}."
            sheet.failed(NAME, TITLE, words, self.wrong.entry)
        elif self.agreeing:
            words = f"Those of {self.agreeing} anchors follow from the summaries and the plan among the entries."
            sheet.passed(NAME, TITLE, words)
        if self.open.count:
            words = f"Those of {self.open.count} anchors were not computed again: {self.open.words}."
            sheet.not_checked(f"{NAME}_open", TITLE, words)
        self._report_twice(sheet)

    def _report_twice(self, sheet: Sheet) -> None:
        """Summaries that two anchors cover are in the totals of both: whoever adds those up counts hours twice."""
        claims = sorted((one for one in self._claims if one.hours), key=_place)
        twice = [
            (one, later)
            for one, later in pairwise(claims)
            if _place(one)[:2] == _place(later)[:2] and (later.since or 0) < one.size
        ]
        if twice:
            one, later = twice[0]
            words = (
                f"The anchors of {one.size} and of {later.size} entries both claim what the entries {later.since} to "
                f"{min(one.size, later.size) - 1} summarise: add up one of them only."
            )
            sheet.failed("anchor_claimed_once", TWICE, words, later.since)
        elif len(claims) > 1:
            words = f"{len(claims)} anchors follow each other, and none claims what another one does."
            sheet.passed("anchor_claimed_once", TWICE, words)

    def _go_to(self, index: int) -> None:
        """Begin with the anchors whose entries begin by now, end those whose entries end."""
        while self._waiting and (self._waiting[0].since or 0) <= index:
            one = self._waiting.pop(0)
            since = one.since or 0
            if since < self.first:
                self.open.note(one.size - 1, "the entries that they cover are not all in this evidence")
                continue
            start_ns = one.hours[0] if one.hours and self.first else None
            self._gathering.append((one, self._edge.forked(since, start_ns)))
        for one, gathered in [pair for pair in self._gathering if pair[0].size <= index]:
            self._gathering.remove((one, gathered))
            self._compare(one, gathered)

    def _compare(self, one: ReadAnchor, gathered: PeriodSummaries) -> None:
        if self.first and one.hours and not gathered.reached:
            self.open.note(one.size - 1, "the summaries before theirs are not in this evidence")
            return
        try:
            made = gathered.claim(self._plan_at(one.size), self._plan_at(one.since or 0))
        except ValueError as error:
            self.open.note(one.size - 1, f"a summary has no known form: {error}")
            return
        differing = _differing(one, made)
        unknown = sorted(gathered.rules() - COMPUTED_RULES)
        if unknown and not differing:
            words = f"they rest on summaries by rules {unknown[0]}, which this program cannot compute from the readings"
            self.open.note(one.size - 1, words)
        elif differing:
            self.wrong.note(one.size - 1, f"The anchor of {one.size} entries says {differing}")
        else:
            self.agreeing += 1

    def _plan_at(self, index: int) -> Plan:
        return plan_of((at, entry) for at, entry in self.plans if at < index)


def _place(one: ReadAnchor) -> tuple[int, str, int, int]:
    """Chain and contract, whose totals are added up, and what of the log it covers."""
    return one.chain_id, one.call.contract, one.since or 0, one.size


def _differing(one: ReadAnchor, made: PeriodClaim) -> str:
    hours = None if (made.start_ns, made.end_ns) == (0, 0) else (made.start_ns, made.end_ns)
    if one.hours != hours:
        return "that it is of other hours than were newly summarised"
    quality = quality_told(made.quality)
    for name, told, due in (*_pairs(one.metrics, made.metrics), *_pairs(one.quality, quality)):
        if told != due:
            return f"{name} {told}, where the summaries give {due}"
    return ""


def _pairs(told: Mapping[str, object], due: Mapping[str, object]) -> list[tuple[str, object, object]]:
    return [(name, told.get(name), due.get(name)) for name in sorted({*told, *due})]
