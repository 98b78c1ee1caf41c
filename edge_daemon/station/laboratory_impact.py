# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a laboratory's certificate means for readings already taken: assessed, told, and opened as amendments.

The same as where a run in the field finds an instrument outside its limits. Reads and writes the log.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from edge_daemon.calibration.allowed import Allowed
from edge_daemon.calibration.computed_words import with_computed
from edge_daemon.calibration.impact import Finding
from edge_daemon.calibration.laboratory_finding import (
    change_words,
    failed,
    finding_of,
    judged,
    named,
    outcome_of,
    tells_of_certificate,
)
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import ExternalCertificate, Outcome, ValueFunction
from edge_daemon.log.calibration_due import until
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.certificates import in_effect
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.in_force import DAY_NS, date_ns, good
from edge_daemon.log.instruments import Key
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.impact_beginning import FirstReading, beginning_of, first_after_day
from edge_daemon.station.run_impact import Meter, also_in

NOTHING_FOUND = (
    "The certificate gives no values as the instrument came, so nothing can be said of readings already taken."
)
NO_TOLERANCE = "No tolerance of this channel is known, so readings already taken cannot be judged by the certificate."
OVERTAKEN = (
    "A later calibration, of {made} (entry {index}), is in force. Accepted, this certificate stands in the history and "
    "changes neither values nor dates."
)
WITHDRAWN = (
    "The amendment at entry {at} was made for the laboratory certificate at entry {certificate} by a review that was "
    "interrupted. It does not stand."
)
STANDS = (
    "As it came the instrument was inside its limits, so this amends nothing. What was amended of its earlier readings "
    "before stands."
)
WITHIN = "As it came the instrument was inside its limits: earlier readings stay as they are."


@dataclass(frozen=True, slots=True)
class Impact:
    """What accepting a certificate means. `outcome` is how the laboratory left the instrument, None where that cannot
    be told; `words` are for whoever reviews it."""

    amendments: tuple[AmendmentBody, ...]
    outcome: Outcome | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Where the instrument was: readings of a sensor from one entry to another, both included."""

    sensor: str
    first: int
    last: int


class LaboratoryImpact:
    """Safe to use from several threads. Methods raise what the log's reader does.

    `told` is what the log says of calibrations, `told_before` what it said before the entry at an index, `tolerance`
    that of a model's channel, `last` the log's last index, `entry` reads one, `first_reading` finds a sensor's first
    one after a time.
    """

    def __init__(
        self,
        amendments: AmendmentDesk,
        told: Callable[[], Calibrations],
        told_before: Callable[[int], Calibrations],
        tolerance: Callable[[str, str], Allowed | None],
        meter: Meter,
        last: Callable[[], int],
        entry: Callable[[int], Entry],
        first_reading: FirstReading,
    ) -> None:
        self._amendments = amendments
        self._told = told
        self._told_before = told_before
        self._tolerance = tolerance
        self._meter = meter
        self._last = last
        self._entry = entry
        self._first_reading = first_reading

    def assess(self, index: int, body: ExternalCertificate, person: str) -> Impact:
        """What it means to accept the certificate at `index` now; writes nothing. Raises BadInput for its points."""
        return self._assess(self._told(), index, body, person, self._last())

    def _assess(self, told: Calibrations, index: int, body: ExternalCertificate, person: str, newest: int) -> Impact:
        """By what is `told`, for readings up to the entry at `newest`."""
        found = self._assess_found(told, index, body, person, newest)
        made = in_effect(newest, told.name_of(Key(body.model, body.serial)), body)
        later = told.overtaken_by(made, self._entry(newest).t_ns) if made else None
        if later is not None:
            day = rfc3339_from_ns(later.calibrated_ns)[:10]
            return replace(found, words=(*found.words, OVERTAKEN.format(made=day, index=later.index)))
        if found.amendments:
            return found
        outdated = tuple(self._outdated(told, index, body, person, newest))
        return replace(found, amendments=outdated, words=(*found.words, *(one.evidence for one in outdated)))

    def adjusted_from(self, body: ExternalCertificate) -> int | None:
        """The first reading after the laboratory changed the instrument itself; None where there is none, or it did
        not."""
        return self._adjusted_from(self._told(), body)

    def _adjusted_from(self, told: Calibrations, body: ExternalCertificate) -> int | None:
        day_ns = date_ns(body.calibrated)
        if day_ns is None or not body.device_adjusted:
            return None
        return first_after_day(told, Key(body.model, body.serial), day_ns, self._first_reading)

    def _assess_found(
        self, told: Calibrations, index: int, body: ExternalCertificate, person: str, newest: int
    ) -> Impact:
        allowed = self._tolerance(body.model, body.channel)
        if allowed is None:
            return Impact((), None, (NO_TOLERANCE,))
        key = told.name_of(Key(body.model, body.serial))
        finding = finding_of(index, body, _function_before(told, key, body), allowed)
        outcome = outcome_of(judged(body, "as_left", body.function, allowed))
        if finding is None:
            return Impact((), outcome, (NOTHING_FOUND,))
        changed, late = change_words(body, finding), self._late(told, key, body, finding, newest)
        if not failed(finding):
            within = STANDS if self._stands(body) else WITHIN
            return Impact((), outcome, tuple(filter(None, (changed, within, late))))
        bodies = tuple(self._bodies(told, key, body, finding, person, newest))
        words = tuple(dict.fromkeys(one.evidence for one in bodies))
        return Impact(bodies, outcome, tuple(filter(None, (changed, *words, late))))

    def _stands(self, body: ExternalCertificate) -> bool:
        """Whether something that was found before casts doubt on the channel's earlier readings."""
        told = (one.body for one in self._amendments.amendments.in_force if one.body.kind == "as_found_failure")
        return any(
            body.sensor in (one.sensors or (body.sensor,)) and body.channel in (one.channels or (body.channel,))
            for one in told
        )

    def open(self, index: int, impact: Impact) -> int | None:
        """Write what is to be amended; the index of the last amendment, None where there is nothing.

        One that an interrupted review of the certificate at `index` has left is replaced, since readings went on.
        """
        opened = None
        for body in map(self._amendments.checked, impact.amendments):
            in_force = (one for one in self._amendments.amendments.in_force if tells_of_certificate(one.body, index))
            before = next((one.index for one in in_force if _place(one.body) == _place(body)), None)
            opened, _ = self._amendments.amend(replace(body, replaces=before))
        return opened

    def withdraw(self, index: int, person: str, kept: Impact | None) -> None:
        """Take back what an interrupted review of the certificate at `index` has amended and this one does not: all of
        it where it is refused, else what is not `kept`."""
        places = {_place(self._amendments.checked(one)) for one in kept.amendments} if kept else set()
        for one in self._amendments.amendments.in_force:
            if tells_of_certificate(one.body, index) and _place(one.body) not in places:
                words = WITHDRAWN.format(at=one.index, certificate=index)
                first, last = one.body.first, one.body.last
                self._amendments.amend(AmendmentBody("withdrawal", first, last, words, person, replaces=one.index))

    def complete(self, index: int, body: ExternalCertificate, person: str, review: int) -> None:
        """Amend also what was read after the amendments and before the accepting `review` of the certificate at
        `index`: that too was made with what held before. Done already, or changed by a person since, it stays."""
        told = self._told_before(review)
        for wanted in map(self._amendments.checked, self._assess(told, index, body, person, review - 1).amendments):
            mine = [
                one
                for one in self._amendments.amendments.told
                if tells_of_certificate(one.body, index) and _place(one.body) == _place(wanted)
            ]
            last = mine[-1] if mine else None
            if last is None:
                self._amendments.amend(wanted)
            elif (
                last.index < review
                and last in self._amendments.amendments.in_force
                and self._read_between(wanted.sensors, last.body.last, wanted.last)
            ):
                self._amendments.amend(replace(wanted, replaces=last.index))

    def _read_between(self, sensors: tuple[str, ...], after: int, last: int) -> bool:
        """Whether one of these sensors has a reading after the entry at `after`, up to the one at `last`."""
        between = (self._entry(index) for index in range(after + 1, last + 1))
        return any(one.type == EntryType.READING and one.body.get("sensor") in sensors for one in between)

    def _bodies(
        self, told: Calibrations, key: Key, body: ExternalCertificate, finding: Finding, person: str, newest: int
    ) -> Iterator[AmendmentBody]:
        since, good_before = _since(told, key, body)
        before = told.by_index[since] if good_before else None
        begin = since if before is None else beginning_of(told, before, self._first_reading)
        also = also_in(self._entry, before, begin)
        end_ns = _changed_ns(told, key, body)
        again = _good_again(told, key, body)
        for part in self._parts(told, key, begin, newest if again is None else min(again, newest)):
            if end_ns is not None and self._entry(part.first).t_ns >= end_ns:
                continue
            last = part.last if end_ns is None else self._until(part, end_ns)
            amendment = finding.amendment(
                part.sensor,
                part.first,
                last,
                since=since,
                good_before=good_before,
                person=person,
                energy=self._meter.between(part.sensor, part.first, last),
                also=also,
            )
            amendment = with_computed(amendment, body.channel, told.relations(key))
            yield amendment if end_ns is None else replace(amendment, end=rfc3339_from_ns(end_ns))

    def _until(self, part: _Part, end_ns: int) -> int:
        """The first reading that was made once the instrument was right again, at `end_ns`; else the part's last."""
        found = self._first_reading(part.sensor, end_ns - 1, part.first)
        return part.last if found is None else min(part.last, found)

    def _outdated(
        self, told: Calibrations, index: int, body: ExternalCertificate, person: str, newest: int
    ) -> Iterator[AmendmentBody]:
        """Readings of the changed instrument that were still made with the function of before it was changed."""
        key, begin = told.name_of(Key(body.model, body.serial)), self._adjusted_from(told, body)
        now = told.in_force(key, body.channel)
        if begin is None or body.function == (now.function if now else None):
            return
        words = (
            f"{named(index, body)}: the laboratory changed the instrument itself on {body.calibrated}. Readings of "
            f"{body.channel} since then were made with the function of before, which does not fit it any more: they "
            "are suspect."
        )
        flag = int(Flag.SUSPECT)
        for part in self._parts(told, key, begin, newest):
            sensors, channels = (part.sensor,), (body.channel,)
            amendment = AmendmentBody(
                "as_found_failure", part.first, part.last, words, person, sensors, channels, flag=flag
            )
            yield with_computed(amendment, body.channel, told.relations(key))

    def _parts(self, told: Calibrations, key: Key, since: int, newest: int) -> tuple[_Part, ...]:
        """Where the instrument was from `since` to `newest`; what stays at one sensor is one part."""
        parts: list[_Part] = []
        for one in told.instruments.of(key):
            first, last = max(since, one.first), newest if one.until is None else min(one.until - 1, newest)
            if first > last:
                continue
            if parts and parts[-1].sensor == one.sensor and parts[-1].last + 1 == first:
                parts[-1] = replace(parts[-1], last=last)
            else:
                parts.append(_Part(one.sensor, first, last))
        return tuple(parts)

    def _late(self, told: Calibrations, key: Key, body: ExternalCertificate, finding: Finding, newest: int) -> str:
        """What it means that the calibration of before had run out when this one was made."""
        made = (one for one in told.history(key) if one.channel == body.channel and one.evidenced)
        before = [one for one in made if one.calibrated_ns < _day_ns(body)]
        day = date.fromisoformat(body.calibrated)
        planned = self._amendments.plan.of(body.sensor, body.channel)
        due = until(before[-1], planned.calibration_interval_days if planned else None) if before else None
        if due is None or day <= due:
            return ""
        parts = self._parts(told, key, before[-1].index, newest)
        midnight = datetime.combine(due + timedelta(days=1), time(), UTC)
        counted = (
            self._meter.since(parts[-1].sensor, round(midnight.timestamp()) * NS_PER_S, parts[-1].last)
            if parts
            else None
        )
        return finding.late_words(due, day, counted)


def _place(body: AmendmentBody) -> tuple[tuple[str, ...], int]:
    """What tells an amendment from the others for the same certificate."""
    return body.sensors, body.first


def _day_ns(body: ExternalCertificate) -> int:
    return date_ns(body.calibrated) or 0


def _since(told: Calibrations, key: Key, body: ExternalCertificate) -> tuple[int, bool]:
    """Where the readings begin that are in doubt, and whether that is a good calibration: the last one before the day
    of this certificate."""
    known = good(told.history(key), told.doubts, body.channel)
    before = [one.index for one in known if one.calibrated_ns < _day_ns(body)]
    if before:
        return before[-1], True
    return min((one.first for one in told.instruments.of(key)), default=0), False


def _good_again(told: Calibrations, key: Key, body: ExternalCertificate) -> int | None:
    """The first good calibration after the day of this certificate, where it was entered as late as that."""
    known = good(told.history(key), told.doubts, body.channel)
    return next((one.index for one in known if one.calibrated_ns >= _day_ns(body) + DAY_NS), None)


def _function_before(told: Calibrations, key: Key, body: ExternalCertificate) -> ValueFunction | None:
    """What made the instrument's values when it came to the laboratory."""
    made = [one for one in told.history(key) if one.channel == body.channel]
    before = [one.function for one in made if one.calibrated_ns < _day_ns(body) + DAY_NS]
    return before[-1] if before else None


def _changed_ns(told: Calibrations, key: Key, body: ExternalCertificate) -> int | None:
    """The end of the day on which the laboratory put the instrument right; None where values stayed as they were
    until now, or what made them no longer fits the instrument."""
    if not body.device_adjusted or body.function != _function_before(told, key, body):
        return None
    return _day_ns(body) + DAY_NS
