# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes what anchors claim (totals, quality) again from the summaries that pass by, and compares. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan import Plan, plan_of
from sync.anchor.period_claim import PeriodClaim, PeriodSummaries
from sync.anchor.record import quality_told
from sync.evidence.anchors import AnchorNote, ReadAnchor, carried, read_anchor
from sync.evidence.finding import Finding
from sync.evidence.form import NotEvidence
from sync.evidence.summary_compare import COMPUTED_RULES
from sync.evidence.verdict import Sheet

NAME, TITLE = "anchor_claims", "Totals and quality that anchors claim"
TWICE = "Hours claimed once"
MOST_AT_ONCE = 16
"""So many anchors that cover the same entries are computed again; a station has one for each chain and contract."""

_NEVER = 2**63


def plans_of(entries: Mapping[int, Entry]) -> list[tuple[int, Entry]]:
    """The plan entries among these, in the log's order."""
    return [(index, entry) for index, entry in sorted(entries.items()) if entry.type == EntryType.PLAN]


@dataclass(slots=True)
class ClaimChecker:
    """Takes the entries of a run in order. Mutable; keeps the summaries of the hours that MOST_AT_ONCE anchors cover.

    Anybody can write a record: looked at are those that come with the transaction in which the account that they name
    signed them, and of each chain, contract and size the first.

    `first` is the index of the run's first entry, `plans` the log's plan entries. `unsettled` gives the first summary
    among these entries that is not, or may not be, what the readings give: totals of it prove nothing.
    """

    notes: Sequence[AnchorNote]
    first: int
    plans: Sequence[tuple[int, Entry]]
    unsettled: Callable[[int, int], int | None]
    wrong: Finding = field(default_factory=Finding)
    open: Finding = field(default_factory=Finding)
    unsent: Finding = field(default_factory=Finding)
    agreeing: int = 0
    _claims: list[ReadAnchor] = field(default_factory=list)
    _waiting: list[ReadAnchor] = field(default_factory=list)
    _gathering: list[tuple[ReadAnchor, PeriodSummaries]] = field(default_factory=list)
    _edge: PeriodSummaries = field(default_factory=lambda: PeriodSummaries(_NEVER))

    def __post_init__(self) -> None:
        known: set[tuple[int, str, int]] = set()
        for note in self.notes:
            if not note.transaction:
                self.unsent.note(self.first, "")
                continue
            try:
                one = read_anchor(note)
                carried(one)
            except NotEvidence:
                continue  # the check of the records says so
            place = one.chain_id, one.call.contract, one.size
            if one.since is None:
                self.open.note(one.size - 1, "their records are of a version that carries no summaries")
                continue
            self._claims.append(one)
            if place in known:
                self.open.note(one.size - 1, f"{one.size} entries were anchored more than once by one contract")
            elif one.size > self.first:
                self._waiting.append(one)
            known.add(place)
        self._waiting.sort(key=lambda one: (one.since or 0, one.size), reverse=True)

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
        if self.unsent.count:
            words = (
                f"{self.unsent.count} anchors are named without their transaction: nobody signed that they were sent, "
                "and what they claim was not computed again."
            )
            sheet.not_checked(f"{NAME}_unsent", TITLE, words)
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
        self._end_to(index)
        while self._waiting and (self._waiting[-1].since or 0) <= index:
            one = self._waiting.pop()
            since = one.since or 0
            self._end_to(since)
            if since < self.first:
                self.open.note(one.size - 1, "the entries that they cover are not all in this evidence")
                continue
            if len(self._gathering) == MOST_AT_ONCE:
                self.open.note(one.size - 1, f"more than {MOST_AT_ONCE} cover the same entries")
                continue
            start_ns = one.hours[0] if one.hours and self.first else None
            self._gathering.append((one, self._edge.forked(since, start_ns)))
        self._end_to(index)

    def _end_to(self, index: int) -> None:
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
        unsettled = self.unsettled(one.since or 0, one.size)
        if unknown and not differing:
            words = f"they rest on summaries by rules {unknown[0]}, which this program cannot compute from the readings"
            self.open.note(one.size - 1, words)
        elif differing:
            self.wrong.note(one.size - 1, f"The anchor of {one.size} entries says {differing}")
        elif unsettled is not None:
            words = f"they rest on an hourly summary that was not found to follow from the readings, entry {unsettled}"
            self.open.note(one.size - 1, words)
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
