# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How hours, totals and claims are said to a person."""

from dataclasses import replace

from app.pages.quality_growth_words import growth_lines
from app.pages.quality_hours_words import claim_text, factor_text, summary_text, totals_text, uncertain_text
from edge_daemon.api.messages_summaries import (
    ClaimMessage,
    FactorUsed,
    Metrics,
    PerformanceRatio,
    SoilRespiration,
    StemGrowth,
    TreeGrowthMessage,
)
from edge_daemon.log.summary import ScoreSummary
from tests.unit.app.client.quality_page_stand_in import hour, metrics


def test_a_claim_names_who_decides_or_why_there_is_none() -> None:
    assert claim_text(metrics(), {}).startswith("✓ May be claimed: level high, quality 0.92. meter decides")
    short = metrics().parameters[0].model_copy(update={"coverage": 0.43, "quality": None, "level": None})
    refused = ClaimMessage(claim=False, quality=None, level=None, sensor_id="meter", refused="coverage")
    assert "meter covers too little of the period (43%); at least 50 %" in claim_text(
        metrics(parameters=(short,), claim=refused), {}
    )
    unplanned = ClaimMessage(claim=False, quality=None, level=None, sensor_id="", refused="no_sensor")
    assert "names no sensor of record" in claim_text(metrics(claim=unplanned, plan=None), {})


def test_totals_tell_their_factor_and_what_adds_nothing() -> None:
    words = totals_text(metrics())
    assert "Energy: 343.200 kWh. Not covered, and adding nothing: 1 h 12 min." in words
    assert "0.194348 kg CO₂/kWh: eGRID2023 CAMX, 2025-06-12, US EPA, eGRID2023 rev 2." in words
    nothing = metrics(metrics=Metrics(total_energy_generated_kwh=None, total_co2_reduced_tons=None), complete=False)
    assert "no sensor of record measured energy" in totals_text(nothing)
    assert "still reading its log" in totals_text(nothing)
    soil = SoilRespiration(sensor_id="flux", carbon_g_m2_day=5.242, hours=6, due=24)
    stem = StemGrowth(sensor_id="oak", channel="diameter", millimetres=0.02, first_day="2026-11-20",
                      last_day="2026-11-22")  # fmt: skip
    words = totals_text(metrics(soil_respiration=(soil,), stem_growth=(stem,), rules="4.3/1"))
    assert "by rules 4.3/1" in words
    assert "5.242 g C per m² and day, ⚠ from 6 of 24 hours" in words
    assert "Growth of oak: +0.020 mm (diameter) between the daily maxima of 2026-11-20 and 2026-11-22." in words
    legacy = FactorUsed(name="", kilograms_per_kilowatt_hour=0.5, date="", source="", loss=0, legacy_default=True)
    assert "proves nothing" in factor_text(legacy)


def test_totals_warn_of_a_counter_that_nothing_bounds() -> None:
    assert "Nothing bounds" not in totals_text(metrics())
    assert "⚠ Nothing bounds the counter of meter" in totals_text(metrics(unbounded=("meter",)))


def test_an_hour_tells_every_gap_and_what_it_was_made_of() -> None:
    told = hour("meter", 498_750, amended_by=(7,), replaces=3, reasons=("late_data",))
    words = summary_text(told, {})
    assert "Score by the age of the calibration 1.00, quality 0.92: 2 suspect: ≤ 0.69." in words
    assert "Gap 06:10:00 to 06:13:00 UTC (3 min 0 s), 3 readings missed: the sensor was unplugged." in words
    assert "mean 14.310 ± 0.042 kW, 12.9 to 15.8" in words
    assert "by its counter (active_power)" in words
    assert "⚠ The counter: 1 × rollover." in words
    assert "Replaces the summary at entry 3, because of data that came late." in words
    assert uncertain_text(None, 1.0) == "–"


def test_an_hour_says_which_of_its_values_lie_outside_the_points_of_the_calibration() -> None:
    (channel,) = hour("meter", 498_750).summary.channels.values()

    def said(count: int) -> str:
        return summary_text(hour("meter", 498_750, channels={"active_power": replace(channel, extrapolated=count)}), {})

    assert "outside the points" not in said(0)
    assert "⚠ 3 of the values outside the points of the calibration: less sure than inside." in said(3)
    assert "⚠ Every value outside the points of the calibration" in said(57)


def test_an_hour_tells_its_score_and_what_capped_it() -> None:
    def said(source: ScoreSummary | None, score: int | None) -> str:
        return summary_text(hour("meter", 498_750, source=source, score=score), {})

    both = said(ScoreSummary(5700, 100, {"2": 4}, by_coverage=True), 69)
    assert "quality 0.69: 4 not evaluated: ≤ 0.89; coverage below 75 %: ≤ 0.69, below 50 %: none" in both
    assert "Score by the age of the calibration 1.00; nothing caps it." in said(ScoreSummary(5700, 100, {}, False), 100)
    assert "No reading counts, so there is no score." in said(ScoreSummary(0, None, {}, False), None)
    assert "Score by" not in said(None, 92)


def test_a_trees_gain_is_told_with_its_equation_doubt_and_what_it_is_not() -> None:
    tree = TreeGrowthMessage(
        equation="Chave et al. 2014, equation 4", source="density by species", measured="2026-11-01", least_cm=5.0,
        most_cm=212.0, sigma=0.357, root_shoot=0.25, carbon_fraction=0.47, before_cm=30.0, after_cm=30.42,
        biomass_kilograms=17.56, co2_kilograms=37.83, refused=None,
    )  # fmt: skip
    stem = StemGrowth(sensor_id="oak", channel="diameter", millimetres=4.2, first_day="2026-11-20",
                      last_day="2026-11-22", tree=tree)  # fmt: skip

    def said(**changes: object) -> str:
        return "\n".join(growth_lines(stem.model_copy(update={"tree": tree.model_copy(update=changes)})))

    words = said()
    assert "+37.83 kg CO₂ (+17.56 kg dry matter above ground, with roots at 0.25 kg per kg" in words
    assert "by Chave et al. 2014, equation 4; diameter measured 2026-11-01; density by species" in words
    assert "is about 36% of it" in words
    assert "no claim, and not to be multiplied" in words
    assert "without roots" in said(root_shoot=0.0)
    assert "is not known here" in said(sigma=None)
    assert "holds from 5 to 212 cm" in said(refused="out_of_range", co2_kilograms=None)
    assert "changed since the tree was measured" in said(refused="changed", co2_kilograms=None)
    lost = stem.model_copy(update={"millimetres": None, "changed": True, "tree": None})
    assert "is not known: instrument, set-up or calibration changed" in "\n".join(growth_lines(lost))


def test_a_plants_performance_is_told_with_the_range_of_its_hours() -> None:
    plant = PerformanceRatio(
        sun_sensor_id="sun", meter_sensor_id="meter", ratio=0.8234, hours=9, least=0.7, greatest=0.91
    )
    words = totals_text(metrics(performance=(plant,)))
    assert "Performance ratio of meter in the sun of sun: 0.823 over 9 hours of strong sun, 0.70 to 0.91" in words
