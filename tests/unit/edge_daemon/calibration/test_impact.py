# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a failed or late calibration means for readings already taken, and the sentences on the page that is signed."""

from dataclasses import replace
from datetime import date

import pytest

from edge_daemon.calibration.impact import (
    Energy,
    as_found_amendment,
    deduction,
    finding_of,
    late_words,
    tells_of,
)
from edge_daemon.calibration.judge import Earlier, results, verdict
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.words import summary_words, warnings
from edge_daemon.domain.channel import Flag
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import from_json, to_json
from edge_daemon.log.calibration_body import ValueFunction
from tests.unit.edge_daemon.calibration.runs import DAY_NS, STARTED_NS, Level, decided, found, fresh_air, start, taken

YEAR = Energy(10_000.0)


def meter(share: float) -> Run:
    """A meter that reads too much by `share` at every load."""
    loads = {"full_pf1": 100.0, "full_pf05": 50.0, "tenth_pf1": 10.0, "twentieth_pf1": 5.0}
    levels = {name: Level(load, load * (1 + share), load * 1e-6, expanded=load * 1e-4) for name, load in loads.items()}
    return found(start("schneider_pm5000", "meter_comparison"), levels)


def test_vector_m5_a_meter_found_too_high_costs_what_it_read_too_much() -> None:
    amendment = as_found_amendment(meter(0.0035), since=12, person="Ada", good_before=True, energy=YEAR)
    assert amendment is not None
    assert (amendment.kind, amendment.first, amendment.last) == ("as_found_failure", 12, 100)
    assert (amendment.sensors, amendment.channels, amendment.flag) == (("s1",), (), Flag.SUSPECT)
    assert "9965 kWh of 10000 kWh export count" in amendment.evidence
    assert "last good calibration (entry 12)" in amendment.evidence
    assert from_json(AmendmentBody, to_json(amendment)) == amendment


def test_vector_m4_late_under_class_02() -> None:
    words = late_words(meter(0.0005), date(2026, 9, 1), date(2026, 11, 23), YEAR)
    assert "83 days late" in words
    assert "9980 kWh of 10000 kWh export count" in words
    assert deduction(0.002, None, YEAR).claimable_kwh == pytest.approx(9980)


def test_a_late_calibration_that_found_more_than_permitted_deducts_what_it_found() -> None:
    assert "9965 kWh" in late_words(meter(0.0035), date(2026, 9, 1), date(2026, 11, 23), YEAR)


def test_imported_energy_is_raised() -> None:
    assert "add 20 kWh" in deduction(0.002, None, Energy(10_000, "import")).words


def test_in_time_nothing_is_said() -> None:
    run = meter(0.0)
    assert late_words(run, date(2026, 11, 23), date(2026, 11, 23)) == ""
    assert late_words(run, None, date(2026, 11, 23)) == ""
    assert "deduction" in late_words(run, date(2026, 11, 22), date(2026, 11, 23))
    assert "run out" in late_words(fresh_air(), date(2026, 11, 22), date(2026, 11, 23))


def test_found_inside_its_limits_nothing_is_amended() -> None:
    assert as_found_amendment(meter(0.0005), since=12, person="Ada", good_before=True, energy=YEAR) is None


def test_what_is_no_meter_gets_its_errors_in_words() -> None:
    run = fresh_air(raw=600.0)
    amendment = as_found_amendment(run, since=3, person="Ada", good_before=False, energy=YEAR)
    assert amendment is not None
    assert amendment.channels == ("co2",)
    assert "first reading (entry 3)" in amendment.evidence
    assert "Errors found: +175 to +175 ppm." in amendment.evidence
    assert "kWh" not in amendment.evidence
    assert finding_of(run).deduction(YEAR) is None


def test_an_amendment_is_known_as_the_runs_own() -> None:
    amendment = as_found_amendment(fresh_air(raw=600.0), since=3, person="Ada", good_before=False)
    assert amendment is not None
    assert tells_of(amendment, 100)
    assert not tells_of(amendment, 10)
    assert not tells_of(replace(amendment, evidence="The cable was loose."), 100)
    assert not tells_of(replace(amendment, kind="maintenance"), 100)


def test_the_summary_of_a_run_adjusted_by_the_device() -> None:
    run = fresh_air(raw=600.0)
    amendment = as_found_amendment(run, since=3, person="Ada", good_before=True)
    body = verdict(run, person="Ada", due="2027-05-22", impact=140)
    words = summary_words(run, body, impact=amendment, late="This calibration was due on 2026-09-01.")
    assert words[0].startswith("As found: outside its limits. Largest error for its limit: +175 ppm at Fresh air")
    assert any(line.startswith("Changed: the instrument adjusted itself (forced recalibration)") for line in words)
    assert any(line.startswith("As left: inside its limits") for line in words)
    assert any(line.startswith("Earlier readings: Calibration run 100") for line in words)
    assert "One point tells nothing of the slope: it is taken as it was." in words
    assert words[-1] == "It holds until 2027-05-22."


def test_the_summary_of_an_adjustment_in_the_software() -> None:
    levels = {"zero": Level(0.0, 18.0, 1.0, standard=4), "span": Level(1000.0, 1052.0, 1.0, standard=5)}
    run = taken(decided(found(start("sensirion_scd30", "co2_zero_span"), levels), adjust=True), "as_left", levels)
    (then_result, _) = results(run, "as_found")
    before = Earlier(9, STARTED_NS - 365 * DAY_NS, (replace(then_result, error=8.0),))
    words = summary_words(run, verdict(run, person="Ada", due="2027-11-23"), before=before)
    assert "Changed: value = -17.4081 + 0.967118 × raw from now on; raw is kept." in words
    assert "Drift since the calibration before: +10 ppm per year at Zero gas." in words
    assert "Earlier readings stay as they are." in words
    assert any(line.startswith("Calibrated from 0 to 1000 ppm; usual values go from 350 to 2000 ppm") for line in words)


def test_where_nobody_says_what_is_usual_the_instruments_own_range_counts() -> None:
    run = start("sensirion_scd30", "co2_zero_span", usual=None, span=(0.0, 5000.0))
    levels = {"zero": Level(0.0, 18.0, standard=4), "span": Level(1000.0, 1052.0, standard=5)}
    run = decided(found(run, levels), adjust=True)
    (words,) = warnings(run, ValueFunction("polynomial", (0.0, 0.97)))
    assert words.startswith("Calibrated from 0 to 1000 ppm; the instrument measures from 0 to 5000 ppm.")


def test_no_warning_where_the_points_span_what_is_usual() -> None:
    levels = {"zero": Level(0.0, 18.0, 1.0, standard=4), "span": Level(2000.0, 2052.0, 1.0, standard=5)}
    run = decided(found(start("sensirion_scd30", "co2_zero_span"), levels), adjust=True)
    run = taken(run, "as_left", levels)
    assert warnings(run, verdict(run, person="Ada", due="x").function) == ()


def test_the_summary_of_what_failed_and_was_left_so() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 600.0, 1.0, expanded=20.0)})
    run = decided(run, adjust=False)
    words = summary_words(run, verdict(run, person="Ada", due="2026-11-23"))
    assert "Nothing was changed." in words
    assert words[-1].startswith("It did not pass and does not take effect")


def test_an_adjustment_that_does_not_take_effect_is_not_told_as_a_change() -> None:
    levels = {"zero": Level(0.0, 18.0, 1.0, standard=4), "span": Level(1000.0, 1052.0, 1.0, standard=5)}
    run = decided(found(start("sensirion_scd30", "co2_zero_span"), levels), adjust=True)
    run = taken(run, "as_left", {**levels, "span": Level(1000.0, 1252.0, 1.0, standard=5)})
    words = summary_words(run, verdict(run, person="Ada", due="2026-11-23"))
    assert "Nothing was changed." in words
    assert not any(line.startswith("Changed") for line in words)
    assert "count as doubtful until one passes" in words[-1]


def test_the_summary_tells_what_was_not_checked_and_what_was_forced() -> None:
    levels = {"buffer_7": Level(7.0, 7.05, standard=1), "buffer_10": Level(10.01, 10.11, standard=2)}
    run = found(start("ysi_exo2_sdi12", "ph_buffers"), levels)
    forced = run.points[0]
    run = replace(
        run, points=(replace(forced, body=replace(forced.body, unmet=("slope",), override="dusk")), run.points[1])
    )
    run = taken(decided(run, adjust=True), "as_left", levels)
    words = summary_words(run, verdict(run, person="Ada", due="2026-12-21"))
    assert "The electrode's slope was not checked: its voltage or temperature was not received." in words
    assert "As found, Buffer 7: taken although not stable (dusk)." in words
    assert "Changed: values follow straight lines through 2 points from now on; raw is kept." in words


def test_the_summary_of_a_meter_speaks_in_percent() -> None:
    run = meter(0.0035)
    words = summary_words(run, verdict(run, person="Ada", due="x"))
    assert "(+0.35 %)" in words[0]


def test_the_summary_of_a_comparison_and_of_a_fit_electrode() -> None:
    references = (6.0, 9.1, 13.0, 18.2)
    levels = {f"period_{n}": Level(r, 1.1 * r, 0.5, expanded=1.0) for n, r in enumerate(references, 1)}
    run = found(start("plantower_pms7003", "pm_collocation"), levels)
    assert any("slope 1.100" in line for line in summary_words(run, verdict(run, person="Ada", due="x")))
    buffers = {
        "buffer_7": Level(7.0, 7.05, auxiliary={"ph_voltage": -12.4, "temperature": 25.0}),
        "buffer_10": Level(10.01, 10.11, auxiliary={"ph_voltage": -186.1, "temperature": 25.0}),
    }
    run = decided(found(start("ysi_exo2_sdi12", "ph_buffers"), buffers), adjust=False)
    words = summary_words(run, verdict(run, person="Ada", due="x"))
    assert "Electrode: -57.7 mV per pH at 25 °C (97.5 % of Nernst's), -12.4 mV at pH 7; fit for use." in words
