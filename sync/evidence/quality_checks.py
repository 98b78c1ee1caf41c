# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes again, reading by reading, the flags that its configuration forces and its quality score. Pure.

Flags: what lies outside the instrument's span, or outside the possible range of the configuration, has failed; what
lies outside the plausible range is suspect at least. Raw is held against the instrument's span, and the value against
the other two. What the tests over several readings, calibrations and runs force besides is `flag_replay`'s. Score:
calibration reference, sections 4.1 and 4.3, by the age of the calibration that the reading names for its primary
channel, and the reading's own flags.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.connection import PortKind
from edge_daemon.domain.limits import Limits, at_site
from edge_daemon.domain.rating import at_rating, rated_power
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, from_json
from edge_daemon.log.in_force import InForce
from edge_daemon.log.summary_energy import POWER, WIRE_UNITS
from edge_daemon.metrology.score import reading_quality, source_score
from sync.evidence.chain import Chain
from sync.evidence.doubts import dated_before
from sync.evidence.finding import Finding
from sync.evidence.flag_replay import FlagReplay, Judged
from sync.evidence.flag_words import report_flags
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet

_ANY = (float("-inf"), float("inf"))
_FAIL, _SUSPECT, _MISSING = int(Flag.FAIL), int(Flag.SUSPECT), int(Flag.MISSING)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """What raw must lie in, and the value; both ends included."""

    span: tuple[float, float]
    possible: tuple[float, float]
    plausible: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a configuration says. `primary` is empty where it says nothing of it: then no score follows.

    `judged` is None for a sensor that is computed: its procedure judges it, by nothing but the span.
    """

    ranges: Mapping[str, _Ranges]
    primary: str
    judged: Judged | None


@dataclass(slots=True)
class QualityChecker:
    """Takes the readings of a run in order. Mutable; a little for each configuration."""

    chain: Chain
    first: int = 0
    replay: FlagReplay = field(init=False)
    flags: Finding = field(default_factory=Finding)
    computed: Finding = field(default_factory=Finding)
    scores: Finding = field(default_factory=Finding)
    unscored: Finding = field(default_factory=Finding)
    scored: int = 0
    _rules: dict[int, _Rules] = field(default_factory=dict)
    _qualities: dict[tuple[int, frozenset[int]], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.replay = FlagReplay(self.chain, self.first)

    def take(self, index: int, reading: ReadReading) -> None:
        """The next reading, whose configuration is known to be one of its sensor."""
        rules = self._rules.get(reading.configuration)
        if rules is None:
            rules = self._rules[reading.configuration] = self._rules_of(reading.configuration)
        found = set()
        for name, raw, value, flag in reading.channels:
            found.add(flag)
            ranges = rules.ranges.get(name)
            if ranges is not None and raw is not None and value is not None and flag != _FAIL:
                self._judge(index, name, raw, value, flag, ranges)
        if rules.judged is None:
            self.computed.note(index, reading.sensor)
        else:
            self.replay.take(index, reading, rules.judged)
        self._score(index, reading, rules.primary, frozenset(found))

    def report(self, sheet: Sheet) -> None:
        """Put what was found on the sheet."""
        report_flags(sheet, self.flags, self.replay, self.computed)
        title = "Quality scores"
        if self.scores.count:
            told = self.scores
            words = f"{told.count} do not follow from calibration and flags. Entry {told.entry}: {told.words}."
            sheet.failed("quality", title, words, told.entry)
        elif self.scored:
            words = f"{self.scored} are what the age of the calibration and the flags give."
            sheet.passed("quality", title, words)
        if self.unscored.count:
            words = (
                f"Those of {self.unscored.count} readings were not computed again (first: entry "
                f"{self.unscored.entry}): {self.unscored.words}."
            )
            sheet.not_checked("quality_open", title, words)

    def _judge(self, index: int, name: str, raw: float, value: float, flag: int, ranges: _Ranges) -> None:
        if (
            ranges.span[0] <= raw <= ranges.span[1]
            and ranges.possible[0] <= value <= ranges.possible[1]
            and ranges.plausible[0] <= value <= ranges.plausible[1]
        ):
            return  # nearly all
        for number, (low, high), what in (
            (raw, ranges.span, "its instrument's span"),
            (value, ranges.possible, "what is possible there"),
        ):
            if not low <= number <= high:
                words = f"{name} is {number:g}, outside {what}, {low:g} to {high:g}, and not flagged as failed"
                self.flags.note(index, words)
                return
        low, high = ranges.plausible
        if not low <= value <= high and flag != _SUSPECT:
            words = f"{name} is {value:g}, outside the plausible {low:g} to {high:g}, and not flagged as suspect"
            self.flags.note(index, words)

    def _score(self, index: int, reading: ReadReading, primary: str, flags: frozenset[int]) -> None:
        if not primary:
            self.unscored.note(index, "their configuration does not name the primary channel")
            return
        named = reading.calibrations.get(primary)
        made = None if named is None else self.chain.calibrations.as_told(named, index)
        if named is not None and made is None:
            self.unscored.note(index, "they name a calibration that is not known")
            return
        due = self._due(made, reading, flags)
        self.scored += 1
        if reading.quality == due:
            return
        earlier = None if named is None else dated_before(self.chain, named, index, reading.mono_us)
        if earlier is None or reading.quality != self._due(earlier, reading, flags):
            self.scores.note(index, f"it says {reading.quality}, where {due} follows")

    def _due(self, made: InForce | None, reading: ReadReading, flags: frozenset[int]) -> int:
        score = source_score(None if made is None else made.age_days(reading.t_ns))
        due = self._qualities.get((score, flags))
        if due is None:
            due = self._qualities[score, flags] = reading_quality(score, map(Flag, flags))
        return due

    def _rules_of(self, configuration: int) -> _Rules:
        body = from_json(ConfigurationBody, self.chain.entries[configuration].body)
        limits = {one.name: _limits(body, one) for one in body.channels}
        spans = {one.name: (one.minimum, one.maximum) for one in body.channels}
        if body.connection.kind == PortKind.COMPUTED.value:
            return _Rules({name: _Ranges(span, _ANY, _ANY) for name, span in spans.items()}, body.primary, None)
        ranges = {
            name: _Ranges(spans[name], one.possible or _ANY, one.plausible or _ANY) for name, one in limits.items()
        }
        return _Rules(ranges, body.primary, {name: (spans[name], one) for name, one in limits.items()})


def _limits(body: ConfigurationBody, channel: ChannelBody) -> Limits:
    """As the recorder judges: what the project states goes before the channel's limits, and they before a rating."""
    rated = rated_power(body.settings)
    if rated is not None:
        measures_power = channel.wire_field == POWER and channel.wire_unit == WIRE_UNITS[POWER]
        rated = rated / channel.wire_factor if measures_power else None
    return at_rating(at_site(channel.limits, body.value_ranges.get(channel.name)), rated)
