# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which summary of a sensor's hour is the current one, as a fold over the log, and when a new one is needed. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import from_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.summary import HOUR_NS, Reason, SummaryBody

Key = tuple[str, int]
"""A sensor and the number of a UTC hour since 1970."""


@dataclass(frozen=True, slots=True)
class Told:
    """A summary in the log and the index of its entry."""

    index: int
    body: SummaryBody


def key_of(body: SummaryBody) -> Key:
    """The sensor and hour a summary is about."""
    return body.sensor, ns_from_rfc3339(body.hour) // HOUR_NS


class Summaries:
    """All summaries of a log by sensor and hour, each list in the log's order: the last one is the current one."""

    def __init__(self, entries: Iterable[tuple[int, Entry]] = ()) -> None:
        self._told: dict[Key, tuple[Told, ...]] = {}
        for index, entry in entries:
            self.learn(index, entry)

    def learn(self, index: int, entry: Entry) -> None:
        """This entry is in the log; one of another type or known already changes nothing. Raises ValueError."""
        if entry.type != EntryType.SUMMARY:
            return
        body = from_json(SummaryBody, entry.body)
        before = self._told.get(key_of(body), ())
        if not before or before[-1].index < index:
            self._told[key_of(body)] = (*before, Told(index, body))

    def history(self, key: Key) -> tuple[Told, ...]:
        """All that was ever told of this sensor and hour, the current one last."""
        return self._told.get(key, ())

    def current(self, key: Key) -> Told | None:
        """The summary that counts; None where there is none."""
        return self.history(key)[-1] if key in self._told else None

    def hours(self) -> list[Key]:
        """Every sensor and hour that has one, by hour and sensor."""
        return sorted(self._told.copy(), key=lambda key: (key[1], key[0]))

    def needed(self, key: Key, computed: SummaryBody | None, adjusted: Collection[int] = ()) -> SummaryBody | None:
        """What must be written so that the current one says what was computed (None: no summary is due); else None.

        `adjusted` are the entries that told late of an adjustment of the sensor's instruments.
        """
        current = self.current(key)
        if current is None:
            return computed
        if computed is None:
            if current.body.withdrawn:
                return None
            computed = replace(_empty(current.body), withdrawn=True)
        if _content(computed) == _content(current.body):
            return None
        calibrated = any(index > current.index for index in adjusted) and _differ_in_energy_only(computed, current.body)
        reason = "calibration" if calibrated else _reason(computed, current.body)
        return replace(computed, replaces=current.index, reasons=(reason,))


def _content(body: SummaryBody) -> SummaryBody:
    return replace(body, replaces=None, reasons=())


def _differ_in_energy_only(one: SummaryBody, other: SummaryBody) -> bool:
    return _content(replace(one, energy=None)) == _content(replace(other, energy=None))


def _empty(body: SummaryBody) -> SummaryBody:
    return SummaryBody(
        body.sensor, body.hour, body.kind, body.primary, 0, 0, 0, 0, None, None, body.rules, {}, {}, None, None
    )


def _reason(computed: SummaryBody, before: SummaryBody) -> Reason:
    if computed.withdrawn:
        return "moved_away"
    if computed.amended_by != before.amended_by:
        return "amendment"
    if computed.plan != before.plan:
        return "plan"
    return "rules" if computed.rules != before.rules else "late_data"
