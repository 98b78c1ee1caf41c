# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hours computed a second time from the JSON of the entries, in fractions and by none of the recorder's functions.

Covers what an ordinary day holds: irregular readings, doubts, missing values, gaps, a counter that rolls over.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import SummaryBody
from tests.unit.edge_daemon.station.coverage_by_hand import due_times, minus, missed_at, pace_of
from tests.unit.edge_daemon.station.summary_world import (
    AIR,
    COUNTER,
    METER,
    NO2,
    PM,
    POWER,
    SummaryWorld,
    configuration,
)
from tests.unit.edge_daemon.station.test_summaries import FACTOR, MIDNIGHT, H, parameter

HOUR_S = 3600
GAP_S = 600
CAPS = {1: 100, 2: 89, 3: 69}
Entry = dict[str, Any]


def eventful_day(seed: int, hours: int = 4) -> SummaryWorld:
    """A meter whose counter passes its end and an air monitor, read every one to four minutes."""
    random = Random(seed)
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER), configuration(AIR, "air_quality", PM, NO2))
    world.write(PlanBody((parameter(METER, "power", factor=FACTOR, longest_gap_s=float(GAP_S)),), "Ana"))
    counted, began = 1e6 - random.uniform(2, 30), world.true_ns
    while world.true_ns - began < hours * HOUR_S * 10**9:
        flag = random.choices((Flag.GOOD, Flag.NOT_EVALUATED, Flag.SUSPECT, Flag.FAIL), (80, 8, 8, 4))[0]
        quality = {Flag.GOOD: 70, Flag.NOT_EVALUATED: 70, Flag.SUSPECT: 69, Flag.FAIL: 70}[flag]
        watts = None if random.random() < 0.03 else random.uniform(2_000, 18_000)
        world.sample(METER, quality=quality, doubted={"power": flag}, power=watts, energy=round(counted % 1e6, 3))
        world.sample(AIR, quality=70, pm2_5=random.uniform(3, 40), no2=None if random.random() < 0.1 else 5.0)
        step = random.randrange(60, 240)
        if random.random() < 0.05:
            world.gap(METER, random.choice((5, 10, 15, 35)))
        world.run(step)
        counted += random.uniform(2, 18) * step / HOUR_S
    world.run(HOUR_S + 900)
    world.summarise()
    return world


# ---- by hand --------------------------------------------------------------------------------------------------------


def seconds(text: str) -> Fraction:
    """Seconds of RFC 3339 with nine decimals since 1970."""
    whole = datetime.fromisoformat(f"{text[:19]}+00:00").timestamp()
    return Fraction(int(whole)) + Fraction(int(text[20:29]), 10**9)


@dataclass
class Hand:
    """The entries of one hour of a sensor, and all readings of the sensor."""

    hour: int
    inside: list[Entry]
    every: list[Entry]
    gaps: list[Entry]

    @property
    def start(self) -> int:
        return self.hour * HOUR_S

    @property
    def pace(self) -> Fraction:
        return pace_of((seconds(one["t"]), True) for one in self.inside)

    def expected(self) -> int:
        return len(self.inside) + sum(self.share(gap) for gap in self.gaps) + self.silent()

    def silent(self) -> int:
        """How often the meter was due in time that neither a reading nor a gap accounts for."""
        start, end = Fraction(self.start), Fraction(self.start + HOUR_S)
        times = [seconds(one["t"]) for one in self.every]
        taken = [(seconds(gap["from"]), seconds(gap["to"])) for gap in self.gaps]
        spans = [*pairwise(times), *([(times[-1], end)] if times[-1] < end else [])]
        left = [(low, high, span[1] == end) for span in spans for low, high in minus(span, taken)]
        due = [due_times(low, high, self.pace, closed=not last) for low, high, last in left if high - low > 450]
        return sum(start <= t < end for some in due for t in some)

    def share(self, gap: Entry) -> int:
        """What of the gap's readings belongs to the hour: shares of whole readings, counted from the gap's begin."""
        first, last = seconds(gap["from"]), seconds(gap["to"])

        missed = missed_at(self.pace, gap["expected"], last - first)

        def missed_by(t: int) -> int:
            return int(missed * (min(max(Fraction(t), first), last) - first) // (last - first))

        return missed_by(self.start + HOUR_S) - missed_by(self.start)

    def accepted(self, channel: str) -> list[Entry]:
        return [one for one in self.inside if one["ch"][channel][2] in CAPS]

    def quality(self, channel: str) -> tuple[int, int | None, int | None]:
        """Coverage, mean score before caps, and quality."""
        found, due = self.accepted(channel), self.expected()
        coverage = 100 * len(found) // due
        if not found:
            return coverage, None, None
        mean = sum(min(one["q"], CAPS[one["ch"][channel][2]]) for one in found) // len(found)
        share = Fraction(len(found), due)
        if share < Fraction(1, 2):
            return coverage, 70, None
        return coverage, 70, min(mean, 69) if share < Fraction(3, 4) else mean

    def integrated(self, channel: str, factor: Fraction) -> tuple[Fraction, Fraction]:
        """kWh and covered seconds: the straight lines between readings, as far as they lie within the hour."""
        points = [
            (seconds(one["t"]), Fraction(one["ch"][channel][1]) * factor)
            for one in self.every
            if one["ch"][channel][2] in CAPS and one["ch"][channel][1] is not None
        ]
        energy = covered = Fraction(0)
        for (t0, p0), (t1, p1) in pairwise(points):
            low, high = max(t0, Fraction(self.start)), min(t1, Fraction(self.start + HOUR_S))
            if t1 - t0 > GAP_S or low >= high:
                continue
            at_low, at_high = (p0 + (p1 - p0) * (t - t0) / (t1 - t0) for t in (low, high))
            energy += (at_low + at_high) / 2 * (high - low) / HOUR_S
            covered += high - low
        return energy, covered

    def counted(self, channel: str, modulus: int) -> tuple[Fraction, Fraction]:
        """kWh and covered seconds by differences of the counter, shared by time where the hour ends between two."""
        points = [(seconds(one["t"]), Fraction(repr(one["ch"][channel][1]))) for one in self.every]
        energy = covered = Fraction(0)
        for (t0, e0), (t1, e1) in pairwise(points):
            low, high = max(t0, Fraction(self.start)), min(t1, Fraction(self.start + HOUR_S))
            if t1 - t0 > GAP_S or low >= high:
                continue
            gained = e1 - e0 if e1 >= e0 else e1 - e0 + modulus
            energy += gained * (high - low) / (t1 - t0)
            covered += high - low
        return energy, covered


def hands(world: SummaryWorld, sensor: str) -> dict[int, Hand]:
    entries = [json.loads(data) for data in world.data]
    every = [one for one in entries if one["type"] == "reading" and one["sensor"] == sensor]
    gaps = [one for one in entries if one["type"] == "gap" and one["sensor"] == sensor]
    found: dict[int, Hand] = {}
    for hour in range(H, H + 12):
        inside = [one for one in every if int(seconds(one["t"])) // HOUR_S == hour]
        near = [g for g in gaps if seconds(g["from"]) < (hour + 1) * HOUR_S and seconds(g["to"]) > hour * HOUR_S]
        if inside:
            found[hour] = Hand(hour, inside, every, near)
    return found


def check(body: SummaryBody, hand: Hand, channel: str) -> None:
    told, values = body.channels[channel], [Fraction(one["ch"][channel][1]) for one in hand.accepted(channel)]
    assert (body.readings, body.expected) == (len(hand.inside), hand.expected())
    assert told.accepted == len(values)
    assert told.flags == {str(flag): n for flag, n in Counter(one["ch"][channel][2] for one in hand.inside).items()}
    assert told.mean == pytest.approx(float(sum(values) / len(values)), rel=1e-14)
    assert (told.minimum, told.maximum) == (float(min(values)), float(max(values)))
    coverage, score, quality = hand.quality(channel)
    assert (told.coverage, told.score) == (coverage, quality)
    assert told.source is not None
    assert told.source.mean == score
    level = None if quality is None else "high" if quality >= 90 else "medium" if quality >= 70 else "basic"
    assert told.level == level


@pytest.mark.parametrize("seed", range(12))
def test_every_hour_is_what_its_bytes_give(seed: int) -> None:
    world = eventful_day(seed)
    current = world.current
    for sensor, channels in ((METER, ("power", "energy")), (AIR, ("pm2_5", "no2"))):
        found = hands(world, sensor)
        assert {key[1] for key, body in current.items() if key[0] == sensor and body.readings} == set(found)
        for hour, hand in found.items():
            for channel in channels:
                check(current[sensor, hour], hand, channel)


@pytest.mark.parametrize("seed", range(12))
def test_the_energy_of_every_hour_is_what_its_bytes_give(seed: int) -> None:
    world = eventful_day(seed)
    found = hands(world, METER)
    events: Counter[str] = Counter()
    for hour, hand in found.items():
        told = world.current[METER, hour].energy
        assert told is not None
        by_power, power_s = hand.integrated("power", Fraction(1, 1000))
        by_counter, counter_s = hand.counted("energy", 10**6)
        assert told.from_power == pytest.approx(float(by_power), rel=1e-9)
        assert told.from_counter == pytest.approx(float(by_counter), rel=1e-7)
        chosen, covered = (by_counter, counter_s) if counter_s >= power_s else (by_power, power_s)
        assert told.basis == ("counter" if counter_s >= power_s else "power")
        assert told.kilowatt_hours == pytest.approx(float(chosen), rel=1e-7)
        assert told.covered_us == int(covered * 10**6)
        assert told.covered_us + told.uncovered_us == HOUR_S * 10**6
        assert told.avoided_kilograms == pytest.approx(float(chosen) * 0.194348 * 0.95, rel=1e-7)
        events.update(told.counter_events)
    assert set(events) <= {"rollover"}, "a reset or a jump was seen that never was"
