# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Energy of an hour against its sun: only what can hardly be is told, and only where everything for it is known."""

from dataclasses import replace
from typing import Any

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, EnergySummary, FactorSummary, SummaryBody
from edge_daemon.log.summary_ratio import pairs_of, ratio_of, ratios_of
from tests.unit.edge_daemon.log.test_plan import POWER

HOUR_US = HOUR_NS // 1000
FACTOR = FactorSummary("CAMX", 0.2, "2025-06-12", "eGRID2023", 0.0, legacy_default=False)
SUN = replace(POWER, parameter="Irradiance", unit="W/m²", sensor="sun", channel="irradiance", factor=None)
PLAN = Plan(5, PlanBody((POWER, SUN), "Ana"))


def body(sensor: str, number: int = 490_000, **more: Any) -> SummaryBody:
    told: dict[str, Any] = {"kind": "k", "primary": "", "readings": 60, "expected": 60, "accepted": 60, "coverage": 100,
                            "score": 90, "level": "high", "rules": "4.3/2", "flags": {}, "channels": {}, "first": 1,
                            "last": 2}  # fmt: skip
    return SummaryBody(sensor=sensor, hour=rfc3339_from_ns(number * HOUR_NS), **{**told, **more})


def sun(irradiance: float | None, coverage: int = 100, unit: str = "W/m²", number: int = 490_000) -> SummaryBody:
    seen = ChannelSummary(unit, 60, irradiance, irradiance, irradiance, {}, 0, coverage, 90, "high")
    return body("sun", number, channels={"irradiance": seen})


def meter(
    kilowatt_hours: float, rated: float | None = 100.0, covered_us: int = HOUR_US, number: int = 490_000
) -> SummaryBody:
    energy = EnergySummary(kilowatt_hours, "power", ("active_power",), covered_us, HOUR_US - covered_us,
                           kilowatt_hours, None, None, {}, FACTOR, 0.0, rated_kilowatts=rated)  # fmt: skip
    return body("meter", number, energy=energy)


@pytest.mark.parametrize(
    ("irradiance", "kilowatt_hours", "ratio", "plausible"),
    [
        (950.0, 76.5, 76.5 / 95, True),  # an hour of TV-V2
        (800.0, 88.0, 1.1, True),
        (800.0, 88.1, 88.1 / 80, False),
        (800.0, 40.0, 0.5, True),
        (800.0, 39.9, 39.9 / 80, False),
        (800.0, 0.0, 0.0, False),
    ],
)
def test_the_ratio_of_an_hour(irradiance: float, kilowatt_hours: float, ratio: float, plausible: bool) -> None:
    found = ratio_of(sun(irradiance), "irradiance", meter(kilowatt_hours))
    assert found is not None
    assert found.ratio == pytest.approx(ratio, rel=1e-12)
    assert found.plausible is plausible
    assert f"performance ratio of {ratio:.2f}" in found.words
    assert f"{irradiance:.0f} W/m²" in found.words
    more, less = "More than the sun offers" in found.words, "may be partly off" in found.words
    assert (more, less) == (not plausible and ratio > 1, not plausible and ratio < 1)


def test_what_is_not_known_for_nearly_the_whole_hour_is_not_judged() -> None:
    whole = meter(200.0)
    assert ratio_of(sun(399.9), "irradiance", whole) is None
    assert ratio_of(sun(None), "irradiance", whole) is None
    assert ratio_of(sun(800.0, coverage=94), "irradiance", whole) is None
    assert ratio_of(sun(800.0, unit="mV"), "irradiance", whole) is None
    assert ratio_of(sun(800.0), "other", whole) is None
    assert ratio_of(sun(800.0), "irradiance", meter(200.0, rated=None)) is None
    assert ratio_of(sun(800.0), "irradiance", meter(200.0, covered_us=HOUR_US * 94 // 100)) is None
    assert ratio_of(sun(800.0), "irradiance", meter(200.0, number=490_001)) is None
    assert ratio_of(sun(800.0), "irradiance", body("meter")) is None
    assert ratio_of(sun(800.0, coverage=95), "irradiance", meter(200.0, covered_us=HOUR_US * 95 // 100)) is not None


def test_only_sensors_of_record_are_compared() -> None:
    assert [(a.sensor, b.sensor) for a, b in pairs_of(PLAN, "sun")] == [("sun", "meter")]
    assert [(a.sensor, b.sensor) for a, b in pairs_of(PLAN, "meter")] == [("sun", "meter")]
    assert list(pairs_of(PLAN, "other")) == []
    assert list(pairs_of(Plan(), "sun")) == []
    checked = Plan(5, PlanBody((POWER, replace(SUN, role="check")), "Ana"))
    assert list(pairs_of(checked, "meter")) == []


def test_imported_energy_follows_the_load_and_not_the_sun() -> None:
    imported = replace(POWER, parameter="Electricity imported", sensor="import", counts="subtracts")
    plan = Plan(5, PlanBody((POWER, imported, SUN), "Ana"))
    assert [(a.sensor, b.sensor) for a, b in pairs_of(plan)] == [("sun", "meter")]
    assert list(pairs_of(plan, "import")) == []


def test_the_ratio_of_a_period_weighs_its_hours_by_their_sun() -> None:
    """TV-V2 in those of its hours that have strong sun: 600, 950 and 800 W/m²."""
    hours = [(200, 17.5), (600, 51.0), (950, 76.5), (800, 66.0), (300, 26.2)]
    within = [made for number, (irradiance, energy) in enumerate(hours)
              for made in (sun(float(irradiance), number=number), meter(energy, number=number))]  # fmt: skip
    (told,) = ratios_of(within, PLAN)
    assert (told.sun, told.meter, told.hours) == ("sun", "meter", 3)
    assert told.ratio == pytest.approx(193.5 / 235, rel=1e-12)
    assert (told.least, told.greatest) == pytest.approx((76.5 / 95, 0.85))
    assert ratios_of(within[::2], PLAN) == ()
    assert ratios_of(within, Plan()) == ()
