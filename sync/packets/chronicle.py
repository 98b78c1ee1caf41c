# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a log says besides its readings, as far as a destination needs it: clock, station, setup, calibrations,
amendments and plans. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge_daemon.domain.station import Station
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, LogBody, StationBody, from_json
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.calibrations import fold as calibrations_of
from edge_daemon.log.clock_history import ClockHistory, clock_history
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.reported_time import Release
from sync.packets.amendments import amendments_before
from sync.packets.doubts import unconfirmed_spans
from sync.packets.reading import SensorFacts, Unreadable, WireChannel

__all__ = ["LANDMARKS", "Chronicle", "Unreadable", "chronicle_of"]

LANDMARKS = frozenset(
    {
        EntryType.LOG,
        EntryType.BOOT,
        EntryType.CLOCK,
        EntryType.CONFIGURATION,
        EntryType.INSTALLATION,
        EntryType.CALIBRATION,
        EntryType.AMENDMENT,
        EntryType.PLAN,
    }
)
"""The types of the entries that a chronicle is made of."""


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The landmarks of one log by index, and what follows from them. `unconfirmed` is what `doubts` makes of them."""

    entries: Mapping[int, Entry]
    history: ClockHistory
    amendments: Amendments
    stations: tuple[tuple[int, Station], ...]
    unconfirmed: Mapping[str, tuple[range, ...]]
    calibrations: Calibrations

    @property
    def releases(self) -> tuple[Release, ...]:
        """The releases in force."""
        return self.amendments.releases

    def amendments_before(self, end: int) -> Amendments:
        """The amendments as they stood before the entry at `end`."""
        return amendments_before(self.entries, end)

    def station_at(self, index: int) -> tuple[Station, int]:
        """The station that the entry at `index` comes from, and the index from which another one is in force.

        Raises Unreadable before the log's first entry is known.
        """
        position = bisect_right(self.stations, index, key=lambda told: told[0])
        if position == 0:
            raise Unreadable("the entry that names its station is missing")
        following = self.stations[position][0] if position < len(self.stations) else 1 << 62
        return self.stations[position - 1][1], following

    def facts(self, index: int) -> SensorFacts:
        """What the configuration entry at `index` says of its sensor. Raises Unreadable where there is none."""
        entry = self.entries.get(index)
        if entry is None or entry.type != EntryType.CONFIGURATION or entry.body.get("subject") == "station":
            raise Unreadable(f"entry {index}, which it names as its configuration, is missing or damaged")
        return _facts(from_json(ConfigurationBody, entry.body))

    def clock_news(self) -> int:
        """The index of the newest entry that can give a held reading its time; -1 where there is none."""
        # A withdrawal counts: it may bring back a release.
        amended = max((told.index for told in self.amendments.told), default=-1)
        return max(self.history.last, amended)


def chronicle_of(entries: Iterable[tuple[int, Entry]]) -> Chronicle:
    """The chronicle of these landmarks, in any order. Raises ValueError for one of a wrong form."""
    ordered = dict(sorted(entries))
    return Chronicle(
        entries=ordered,
        history=clock_history(ordered.items()),
        amendments=amendments_before(ordered, 1 << 62),
        stations=tuple(_stations(ordered)),
        unconfirmed=unconfirmed_spans(ordered),
        calibrations=calibrations_of(ordered.items()),
    )


def _stations(entries: Mapping[int, Entry]) -> Iterable[tuple[int, Station]]:
    for index, entry in entries.items():
        if entry.type == EntryType.LOG:
            opened = from_json(LogBody, entry.body)
            yield index, Station(opened.device_id, opened.project_id)
        elif entry.type == EntryType.CONFIGURATION and entry.body.get("subject") == "station":
            told = from_json(StationBody, entry.body)
            yield index, Station(told.device_id, told.project_id, told.name, told.location)


def _facts(body: ConfigurationBody) -> SensorFacts:
    primary = body.primary or (body.channels[0].name if body.channels else "")
    channels = {channel.name: wire_channel(channel, primary) for channel in body.channels}
    unit = next((channel.unit for channel in channels.values() if channel.primary), "")
    return SensorFacts(body.sensor, body.kind, body.model, unit, channels, body.stated_calibration_date)


def wire_channel(channel: ChannelBody, primary: str) -> WireChannel:
    """How the channel is called outside; `primary` names the sensor's main one."""
    return WireChannel(
        field=channel.wire_field or channel.name,
        unit=channel.wire_unit or channel.unit,
        factor=channel.wire_factor,
        primary=channel.name == primary,
    )
