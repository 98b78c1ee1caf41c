# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an anchor claims of the hours it is the first to cover, computed from summaries in the log alone. Pure.

An anchor covers the entries from `since` (what the anchor before it covered) to before `size`. Its hours go on where
those of the anchor before end, and end with the newest hour that is summarised among the first `size` entries; that one
is left to the next anchor while a sensor of record lacks its summary. So every hour belongs to one anchor only, and
whoever has the entries finds the same. Of an hour that is summarised anew within them the newest summary counts. A
summary that comes later corrects its hour in the log; the anchor that carried the hour stays what it was.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import from_json
from edge_daemon.log.entry import Entry
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_totals import totals_of
from sync.anchor.record import Quality

ENERGY, AVOIDED, READINGS, VALID = (
    "total_energy_generated_kwh",
    "total_co2_reduced_tons",
    "total_readings",
    "valid_readings",
)
"""Names of the metrics, as the receiving system calls them."""

NO_QUALITY = Quality()


@dataclass(frozen=True, slots=True)
class PeriodClaim:
    """Metrics and quality of the hours from `start_ns` to before `end_ns` (UTC; both 0 where no hour is new)."""

    start_ns: int = 0
    end_ns: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    quality: Quality = NO_QUALITY


@dataclass(slots=True)
class PeriodSummaries:
    """Gathers the summaries of a log up to some size, in its order. Mutable. Keeps those of new hours only.

    `since` entries were anchored before. `start_ns` says where the new hours begin when the first entries of the log
    are not at hand, None where it follows from them; `reached` tells then whether enough of them was seen.
    """

    since: int
    start_ns: int | None = None
    reached: bool = False
    _before: int = -1
    _kept: dict[tuple[int, str], Entry] = field(default_factory=dict)
    _edge: set[str] = field(default_factory=set)

    def forked(self, since: int, start_ns: int | None) -> "PeriodSummaries":
        """Another one that goes on from here: what was seen so far lies before `since`."""
        seen = start_ns is not None and -1 < self._before < start_ns // HOUR_NS
        return PeriodSummaries(since, start_ns, seen, self._before, dict(self._kept), set(self._edge))

    def add(self, index: int, entry: Entry) -> None:
        """The next summary entry. Raises ValueError for one of no known form."""
        hour, sensor = ns_from_rfc3339(str(entry.body.get("hour"))) // HOUR_NS, str(entry.body.get("sensor"))
        if index < self.since:
            self.reached = self.reached or (self.start_ns is not None and hour < self.start_ns // HOUR_NS)
            if hour < self._before:
                return
            if hour > self._before:
                self._before = hour
                self._kept.clear()
                self._edge.clear()
            self._edge.add(sensor)
        self._kept[hour, sensor] = entry

    def rules(self) -> set[str]:
        """The rules by which the summaries were made that a claim rests on."""
        return {str(entry.body.get("rules")) for entry in self._kept.values()}

    def claim(self, plan: Plan, before: Plan) -> PeriodClaim:
        """The claim under the plan that held at the end; `before` held when the anchor before was made.

        Raises ValueError.
        """
        newest = max((hour for hour, _ in self._kept), default=-1)
        least = min((hour for hour, _ in self._kept), default=0)
        if self.start_ns is not None:
            least = self.start_ns // HOUR_NS
        elif self._before >= 0:
            least = self._before + _complete(before, self._edge)
        until = newest + _complete(plan, {sensor for hour, sensor in self._kept if hour == newest})
        if until <= least:
            return PeriodClaim()
        bodies = [from_json(SummaryBody, one.body) for (hour, _), one in self._kept.items() if least <= hour < until]
        totals = totals_of(bodies, plan, least * HOUR_NS, until * HOUR_NS)
        told = {ENERGY: totals.energy_kilowatt_hours, AVOIDED: totals.avoided_tonnes}
        metrics = {name: value for name, value in told.items() if value is not None}
        if plan.body:
            metrics |= {READINGS: totals.readings, VALID: totals.accepted}
        level = totals.claim.level
        quality = NO_QUALITY if level is None else Quality(totals.claim.score, str(level))
        return PeriodClaim(totals.start_ns, totals.end_ns, metrics, quality)


def _complete(plan: Plan, summarised: Collection[str]) -> bool:
    """Whether every sensor of record has its summary of the hour."""
    return {sensor for sensor, _ in plan.channels("record")} <= set(summarised)


def claim_of(since: int, summaries: Iterable[tuple[int, Entry]], plan: Plan, before: Plan) -> PeriodClaim:
    """The claim of an anchor from all summary entries of the log that it covers. Raises ValueError."""
    gathered = PeriodSummaries(since)
    for index, entry in summaries:
        gathered.add(index, entry)
    return gathered.claim(plan, before)
