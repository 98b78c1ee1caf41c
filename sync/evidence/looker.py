# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that looks at the entries of a bundle's run while they pass by once. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from edge_daemon.log.clock_history import Reported
from edge_daemon.log.entry import Entry, NotAnEntry, decode_entry
from edge_daemon.log.summary_fold import Key
from sync.evidence import form
from sync.evidence.anchors import AnchorNote, sizes_of
from sync.evidence.attachments import AttachmentChecker
from sync.evidence.chain import Chain
from sync.evidence.claim_checks import ClaimChecker, plans_of
from sync.evidence.entry_checks import EntryChecker
from sync.evidence.exposure import Exposure, Fixed, edges, exposure
from sync.evidence.form import Index
from sync.evidence.heads import Witness
from sync.evidence.known_time import known_time
from sync.evidence.summary_checks import SummaryChecker


class Looker:
    """Takes the entries in order. `checker` judges each, `claims` what anchors say of them, `summaries` the summaries,
    `attached` the files that they name.

    `current` are the run's last summaries of each sensor's hour.
    """

    def __init__(
        self,
        chain: Chain,
        notes: Sequence[AnchorNote],
        index: Index,
        witnesses: Iterable[Witness],
        current: Mapping[Key, int],
    ) -> None:
        self.checker = EntryChecker(chain, form.NOTABLE_TYPES, index.first)
        self.summaries = SummaryChecker(chain, current, index.first)
        self.claims = ClaimChecker(notes, index.first, plans_of(chain.entries), self.summaries.unsettled)
        self.attached = AttachmentChecker()
        for at, entry in chain.entries.items():
            self.attached.take(at, entry)
        self._index = index
        sizes = {*sizes_of(notes), *(one.size for one in witnesses)}
        possible = [Fixed(size, None, "", "none") for size in sizes]
        self._wanted = edges(index.first, index.end, possible)
        self._t_ns: dict[int, int] = {}
        self._placed: dict[int, Reported] = {}
        self._known: dict[int, Reported] = {}
        self._history = chain.history

    def look(self, at: int, some: Sequence[bytes]) -> None:
        """The next entries; the first of them has the index `at`."""
        for index, data in enumerate(some, at):
            told = self.checker.take(index, data)
            if isinstance(told, Entry):
                self.claims.take(index, told)
                self.attached.take(index, told)
            self.summaries.take(index, data, told)
        while self._wanted and self._wanted[0] < at + len(some):
            self._note(self._wanted[0], some[self._wanted[0] - at])
            self._wanted.pop(0)

    def t_ns(self, index: int) -> int | None:
        """The laptop time (UTC ns) of an entry at the edge of what an anchor covers; None of any other."""
        return self._t_ns.get(index)

    def placed(self, index: int) -> Reported | None:
        """The same by the log's clock."""
        return self._placed.get(index)

    def exposure(self, fixed: Iterable[Fixed]) -> tuple[Exposure, ...]:
        """The exposure of the run's ranges; none where the time of an entry cannot be told."""
        points = list(fixed)
        if not set(edges(self._index.first, self._index.end, points)) <= self._t_ns.keys():
            return ()
        known = self._known
        return exposure(
            self._index.first,
            self._index.end,
            points,
            lambda index: known[index].time_ns,
            lambda index: known[index].held,
        )

    def _note(self, index: int, data: bytes) -> None:
        try:
            entry = decode_entry(data)
        except NotAnEntry:
            return  # the check of the entries says so
        self._t_ns[index] = entry.t_ns
        self._placed[index] = self._history.placed(index, entry.t_ns, entry.mono_us)
        self._known[index] = known_time(self._history, index, entry.t_ns, entry.mono_us)
