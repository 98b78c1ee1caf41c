# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A computer with a clock that goes wrong, real readings of a power meter and an air monitor in a log of real bytes,
and the summariser that reads it. No file, no thread."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from edge_daemon.acquisition.clock import Instant
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, ConnectionBody, GapBody, from_json
from edge_daemon.log.calibrations import Calibrations, value_of
from edge_daemon.log.calibrations import fold as fold_calibrations
from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.effective import Effective, amendments_of, effective
from edge_daemon.log.entry import (
    Entry,
    EntryType,
    LoggedReading,
    Stamp,
    decode_entry,
    decode_reading,
    encode_entry,
    encode_reading,
)
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_fold import Key, Summaries, key_of
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.summaries import Summariser
from tests.unit.edge_daemon.log.clock_world import World

METER, AIR = "meter", "air"
MINUTE_NS = 60 * 10**9


def configuration(sensor: str, kind: str, *channels: ChannelBody) -> ConfigurationBody:
    return ConfigurationBody(
        sensor=sensor,
        state="recording",
        name=sensor,
        kind=kind,
        model="m",
        driver="d",
        driver_version="1",
        interval_ns=5 * MINUTE_NS,
        channels=channels,
        connection=ConnectionBody("p", "physical", "9600 8N1"),
        settings={},
        demo=False,
        primary=channels[0].name,
    )


POWER = ChannelBody("power", "W", 0, 20_000, "active_power", "kW", 0.001)
COUNTER = ChannelBody("energy", "kWh", 0, 1e6, "energy_total", "kWh", 1.0)
PM = ChannelBody("pm2_5", "µg/m³", 0, 1000, "pm2_5", "µg/m³", 1.0)
NO2 = ChannelBody("no2", "µg/m³", 0, 1000, "no2", "µg/m³", 1.0)


@dataclass
class SummaryWorld(World):
    """`data` are the bytes of `entries`. `written` are the indices of the summaries. `calibrations` is what the log
    says of them, `used` what the recorder makes readings with."""

    data: list[bytes] = field(default_factory=list)
    configurations: dict[str, int] = field(default_factory=dict)
    written: list[int] = field(default_factory=list)
    summariser: Summariser | None = None
    believed: bool = True
    block: int = 500
    calibrations: Calibrations = field(default_factory=Calibrations)
    used: Calibrations = field(default_factory=Calibrations)

    def begin(self, *bodies: ConfigurationBody) -> None:
        """The recorder starts for the first time, with these sensors."""
        self.start()
        chosen = bodies or (configuration(METER, "power_meter", POWER), configuration(AIR, "air_quality", PM, NO2))
        for body in chosen:
            self.configurations[body.sensor] = self.write(body)

    def sample(
        self,
        sensor: str,
        settles: tuple[tuple[int, str, Flag], ...] = (),
        *,
        late: bool = False,
        quality: int = 90,
        doubted: Mapping[str, Flag] = MappingProxyType({}),
        **values: float | None,
    ) -> int:
        """A reading of these raw numbers now; a missing one is None. A `late` one knows no newer calibration yet.

        `doubted` are the flags of channels that are not good."""
        at = self.now()
        if not late:
            self.used = self.calibrations
        now = self.used.present(sensor)
        made = {name: one for name, one in now.in_force.items() if name in values}
        flag = Flag.GOOD if now.run is None else Flag.FAIL
        channels = {
            name: ChannelValue(None, None, Flag.MISSING)
            if raw is None
            else ChannelValue(
                raw, value_of(made[name].function if name in made else None, raw), doubted.get(name, flag)
            )
            for name, raw in values.items()
        }
        stamp = Stamp(at.wall_ns, at.boot_us, bytes(16))
        named = {name: one.index for name, one in made.items()}
        return self._add(encode_reading(stamp, sensor, channels, quality, self.configurations[sensor], named, settles))

    def gap(self, sensor: str, minutes: int) -> int:
        """Nothing came for so long; time passes."""
        before = self.wall_ns
        self.run(minutes * 60)
        return self.write(
            GapBody(sensor, rfc3339_from_ns(before), rfc3339_from_ns(self.wall_ns), minutes // 5, ("no_reply",))
        )

    def amend(self, kind: str, first: int, last: int, **more: object) -> int:
        body = AmendmentBody(kind, first, last, "seen on site", "Ana", **more)  # type: ignore[arg-type]  # any kind
        return self.write(body)

    def summarise(self, *, afresh: bool = False) -> list[SummaryBody]:
        """Run the summariser till it rests, as a new one if `afresh` (a restart); what it wrote."""
        if self.summariser is None or afresh:
            self.summariser = Summariser(HourIndex(self.read_bytes, block=self.block), self.keep, self._known_ns)
        before = len(self.written)
        for _ in self.summariser.steps():
            pass
        return [from_json(SummaryBody, self.entries[index].body) for index in self.written[before:]]

    @property
    def told(self) -> dict[int, SummaryBody]:
        """All summaries in the log, by index, from the bytes."""
        entries = [(index, decode_entry(data)) for index, data in enumerate(self.data)]
        summaries = Summaries(entries)
        return {told.index: told.body for key in summaries.hours() for told in summaries.history(key)}

    @property
    def current(self) -> dict[Key, SummaryBody]:
        """The current summaries that are not withdrawn."""
        latest = {key_of(body): body for _, body in sorted(self.told.items())}
        return {key: body for key, body in latest.items() if not body.withdrawn}

    def read_bytes(self, first: int, limit: int) -> list[tuple[int, bytes]]:
        return [(first + place, data) for place, data in enumerate(self.data[first : first + limit])]

    def _known_ns(self) -> int | None:
        return self.true_ns if self.believed else None

    def keep(self, body: SummaryBody) -> tuple[int, Entry]:
        index = self.write(body)
        self.written.append(index)
        return index, self.entries[index]

    def _add(self, data: bytes) -> int:
        self.data.append(data)
        self.entries.append(decode_entry(data))
        return len(self.data) - 1

    def _append(self, kind: str, body: object, at: Instant) -> int:
        assert isinstance(body, dict)
        index = self._add(encode_entry(EntryType(kind), Stamp(at.wall_ns, at.boot_us, bytes(16)), body))
        self.calibrations = self.calibrations.after(index, self.entries[index])
        return index


def as_read_now(world: SummaryWorld) -> dict[Key, list[Effective]]:
    """Every reading whose time is known, by sensor and hour: one plain pass over the whole log, as a check."""
    amendments = amendments_of(item for item in world.log if item[1].type == EntryType.AMENDMENT)
    calibrations = fold_calibrations(world.log)
    fold = ReportedTime(clock_history(world.log), amendments.releases)
    readings: list[tuple[int, LoggedReading, ReportedTime]] = []
    settled: dict[int, list[tuple[str, Flag]]] = defaultdict(list)
    for index, entry in world.log:
        fold = fold.after(index, entry)
        if entry.type == EntryType.READING:
            reading = decode_reading(world.data[index])
            readings.append((index, reading, fold))
            for earlier, channel, flag in reading.settles:
                settled[earlier].append((channel, flag))
    found: dict[Key, list[Effective]] = defaultdict(list)
    for index, reading, then in readings:
        assert then.reported is not None
        one = effective(index, reading, then.reported, amendments, settled[index], calibrations)
        if not one.time.held:
            found[one.sensor, one.time.time_ns // HOUR_NS].append(one)
    return found


def exact_mean(values: list[float]) -> float:
    """The mean as a fraction, rounded once for the sum and once for the quotient."""
    return float(sum(map(Fraction, values))) / len(values)
