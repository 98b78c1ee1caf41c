# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The meaning of a summary's entry: what a destination is told of an hour. Pure; never a query column."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import ConfigurationBody, LogBody, from_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_counts import EnergyCounts, energy_counts
from sync.packets.chronicle import Chronicle, wire_channel
from sync.packets.reading import Unreadable, WireChannel
from sync.packets.summary import AirHour, OutgoingSummary
from sync.packets.summary_lines import numbers_of


def summary_body(entry: Entry) -> SummaryBody:
    """What a summary's entry says. Raises Unreadable for one of no known form."""
    try:
        body = from_json(SummaryBody, entry.body)
        if ns_from_rfc3339(body.hour) % HOUR_NS:
            raise Unreadable(f"its hour begins at {body.hour}, which is no whole hour")
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"it does not have the form of a summary: {str(error).splitlines()[0]}") from error
    return body


class SummaryMeaning:
    """Reads the summaries of one log, of which `chronicle` is known."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._configured: list[tuple[int, ConfigurationBody]] = []
        for index, entry in chronicle.entries.items():
            if entry.type == EntryType.CONFIGURATION and entry.body.get("subject") != "station":
                self._configured.append((index, from_json(ConfigurationBody, entry.body)))

    def outgoing(
        self,
        index: int,
        body: SummaryBody,
        replaced: SummaryBody | None = None,
        air: Sequence[AirHour] = (),
        after: int | None = None,
    ) -> OutgoingSummary:
        """The summary at `index`; `replaced` is the one before it for its hour. Raises Unreadable.

        `after` is the lowest index of the summaries that gave what `air` replaces.
        """
        told = self._made(index, body, tuple(air), after)
        if replaced is None:
            return told
        had = {metric: None for metric, _ in numbers_of(self._made(body.replaces or 0, replaced, (), None))}
        has = {metric for metric, _ in numbers_of(told)}
        return replace(told, gone=tuple(metric for metric in had if metric not in has))

    def _made(self, index: int, body: SummaryBody, air: tuple[AirHour, ...], after: int | None) -> OutgoingSummary:
        station, _ = self._chronicle.station_at(index)
        befores = [one for one in (after, body.replaces) if one is not None]
        return OutgoingSummary(
            index=index,
            t_ns=ns_from_rfc3339(body.hour),
            log=self._origin(),
            station=station,
            body=body,
            channels=self._channels(body),
            counts=self._counts(body),
            after=min([index, *befores]),
            air=air,
        )

    def _origin(self) -> str:
        first = next(iter(self._chronicle.entries.values()), None)
        if first is None or first.type != EntryType.LOG:
            raise Unreadable("the entry that names its log is missing")
        return from_json(LogBody, first.body).origin

    def _counts(self, body: SummaryBody) -> EnergyCounts:
        """How the plan that held makes the sensor's energy part of the totals; with no plan any energy adds to them."""
        if body.plan is None or body.energy is None:
            return "adds"
        entry = self._chronicle.entries.get(body.plan)
        if entry is None or entry.type != EntryType.PLAN:
            raise Unreadable(f"entry {body.plan}, which it names as the plan, is missing or damaged")
        return energy_counts(body, Plan().after(body.plan, entry).recorded())

    def _channels(self, body: SummaryBody) -> Mapping[str, WireChannel]:
        if not body.channels:
            return {}
        units = {name: channel.unit for name, channel in body.channels.items()}
        last = -1 if body.last is None else body.last
        known = [told for index, told in self._configured if index <= last]
        # Newest first, its own before others': after a wrong plug the hour's readings name another sensor's.
        for told in (*_of(known, body.sensor, own=True), *_of(known, body.sensor, own=False)):
            if {channel.name: channel.unit for channel in told.channels} == units:
                primary = body.primary or told.channels[0].name
                return {channel.name: wire_channel(channel, primary) for channel in told.channels}
        return {name: WireChannel(name, unit, 1.0, primary=name == body.primary) for name, unit in units.items()}


def _of(known: Sequence[ConfigurationBody], sensor: str, *, own: bool) -> list[ConfigurationBody]:
    return [told for told in reversed(known) if (told.sensor == sensor) is own]
