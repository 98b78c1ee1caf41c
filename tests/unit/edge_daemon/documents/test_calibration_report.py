# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration report as whoever is handed the PDF reads it."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.graphics.shapes import Drawing, Line

from edge_daemon.calibration.closed_log import ClosedLog
from edge_daemon.documents.calibration_plot import STRIP, error_plot, residual_plot
from edge_daemon.documents.calibration_record import CalibrationRecord, Item, Proof
from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.domain.procedure import (
    Condition,
    Method,
    Procedure,
    ProcedurePoint,
    ReferenceSource,
    StableSignal,
    Tolerance,
)
from edge_daemon.domain.station import Location, Station
from edge_daemon.log.calibration_body import (
    CalibrationCommand,
    CalibrationConditions,
    CalibrationPoint,
    CalibrationSkip,
    CalibrationStart,
    CalibrationVerdict,
    ElectrodeResult,
    FitResult,
    Outcome,
    PointResult,
    Stage,
    StandardBody,
    Term,
    ValueFunction,
    ValueUncertainty,
)

HOUR_NS = 3_600_000_000_000
SIGNED_NS = 1_795_500_000_000_000_000
LEAF = "ac734464dfa6cb4b2516dbb11692d9a294d09889a8815b5ca2867717a0ffce2f"

PROCEDURE = Procedure(
    "co2_zero_span",
    1,
    "CO₂ zero and span gas",
    Method.TWO_POINTS,
    (
        ProcedurePoint("zero", "Zero gas", "", ReferenceSource.STANDARD, 0, 5, standard_kind="co2_gas"),
        ProcedurePoint("span", "Span gas", "", ReferenceSource.STANDARD, 400, 5000, standard_kind="co2_gas"),
    ),
    StableSignal(120, 120, 3, 1, 0.005),
    Tolerance(30, 0.03, "sum"),
    365,
    "calibration reference 1.4.1",
    "co2",
    adjustment="software",
    conditions=(
        Condition("pressure", "Station pressure", "hPa", 700, 1100),
        Condition("air_temperature", "Air temperature", "°C", -40, 60, required=False),
    ),
)
NAMES = ("scd30", "sensirion_scd30", "A-1002")


def point(
    stage: Stage, name: str, reference: float, raw: float, standard: int | None = 3, override: str = ""
) -> CalibrationPoint:
    unmet = ("slope",) if override else ()
    return CalibrationPoint(
        10, *NAMES, stage, name, reference, 2.0, 2.0, standard, "2026-11-24T08:00:00.000000000Z",
        20, 80, 60, raw, raw, 0.4, 0.01, "Ana Ruiz", unmet, override,
    )  # fmt: skip


def result(name: str, reference: float, error: float, outcome: Outcome = "pass") -> PointResult:
    budget = (
        Term("reference gas", 1.0, "normal"),
        Term("repeatability", 0.3, "t", 59.0),
        Term("resolution", 0.03, "rectangular"),
    )
    return PointResult(
        name, reference, reference + error, error, 2.1, 2.0, 30 + 0.03 * reference, outcome, 0.99, budget
    )


RECORD = CalibrationRecord(
    Station("VF-ES-01", "sierra-norte-7", "Hut above the peat bog", Location(40.9, -3.9, None, "Rascafría")),
    Item("Sensirion", "SCD30 CO2, temperature and humidity", "A-1002", "label", "3.66", "scd30", "CO₂, hut"),
    Proof("verifield.example/7f3a9c", 412, LEAF),
    "0.1.0",
    CalibrationStart(*NAMES, "co2", "ppm", PROCEDURE, "Ana Ruiz", "0.1.0", "Hut"),
    SIGNED_NS - HOUR_NS,
    CalibrationVerdict(
        10, *NAMES, "co2", "pass",
        (result("zero", 0.0, 18.0), result("span", 1000.0, 52.0)),
        (result("zero", 0.0, 0.2), result("span", 1000.0, -0.4)),
        takes_effect=True, device_adjusted=False, person="Ana Ruiz", due="2027-11-24",
        function=ValueFunction("polynomial", (-17.40812379, 0.9671179884), span=(18.0, 1052.0)),
        uncertainty=ValueUncertainty(1.0),
        fit=FitResult((0.1, -0.1), 0.14, 0, 1.0, None, 2),
        second_person="Žofia Łuczak",
    ),
    SIGNED_NS,
    (
        (20, SIGNED_NS - HOUR_NS, point("as_found", "zero", 0.0, 25.0)),
        (21, SIGNED_NS - HOUR_NS, point("as_found", "zero", 0.0, 18.0)),
        (22, SIGNED_NS - HOUR_NS, point("as_found", "span", 1000.0, 1052.0, 4, override="wind in the hood")),
        (30, SIGNED_NS, point("as_left", "zero", 0.0, 0.2)),
        (31, SIGNED_NS, point("as_left", "span", 1000.0, 999.6, None)),
    ),
    {
        3: StandardBody(
            "co2_gas", "Nitrogen 5.0", 0.0, "ppm", 1.0, 2.0, "Ana Ruiz", "L77", "N2-2026-19", "Gases SA", "2028-01-31"
        ),
        4: StandardBody("co2_gas", "CO₂ 1000 ppm in air", 1000.0, "ppm", 20.0, 2.0, "Ana Ruiz", "L78"),
    },
    CalibrationConditions(10, *NAMES, {"pressure": 912.0}, "Ana Ruiz", "spider web on the inlet <b>removed</b>"),
)  # fmt: skip


def words_of(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


@pytest.fixture(scope="module")
def report() -> bytes:
    return calibration_report(RECORD)


@pytest.fixture(scope="module")
def words(report: bytes) -> str:
    return words_of(report)


def test_the_same_record_gives_the_same_bytes(report: bytes) -> None:
    assert calibration_report(RECORD) == report


def test_another_record_gives_other_bytes(report: bytes) -> None:
    other = replace(RECORD, proof=replace(RECORD.proof, index=413))
    assert calibration_report(other) != report


@pytest.mark.parametrize(
    "said",
    [
        "verifield.example/7f3a9c#412",
        "Sensirion SCD30 CO2",
        "A-1002 (label)",
        "sierra-norte-7",
        "Place of work Hut",
        "CO₂ zero and span gas (co2_zero_span, revision 1)",
        "Nitrogen 5.0",
        "L77 Gases SA N2-2026-19 2028-01-31",
        "As found: PASS",
        "As left: PASS",
        "912 hPa",
        "spider web on the inlet <b>removed</b>",
        "52.0",
        "-0.4",
        "Value = -17.40812379 + 0.9671179884 · raw",
        "between 18 and 1052",
        "Issuer's address Rascafría · 40.90000°, -3.90000°",
        "Date of receipt not relevant",
        "Sampling not relevant",
        "External providers none: every indication was read by this station",
        "Replaces no earlier report",
        "marked as typed were given by the persons named",
        "Traceability of Zero gas: certificate N2-2026-19 of Gases SA (its number was typed",
        "Traceability of Span gas: none.",
        "No traceability is claimed for a point without a certificate",
        "Until now: no calibration was in force",
        "Nothing: it told no date, count or command",
        "guard band w = U",
        "names no interval for this channel, so none is recommended here",
        "valid until 2027-11-24, 365 days by the procedure",
        "Ana Ruiz: began the calibration, recorded the conditions, took Zero gas (2 times), Span gas as found",
        "gave the verdict and signed Žofia Łuczak: signed as the second person",
        "wind in the hood",
        "taken and taken again; the first gave 25 at 0 ppm (log entry 20)",
        "Žofia Łuczak",
        LEAF,
        "Verifield 0.1.0",
        "not an accredited laboratory",
        "end of document",
    ],
)
def test_it_says_what_a_report_must_say(said: str, words: str) -> None:
    assert said in words


@pytest.mark.parametrize(
    "row",
    [
        "Zero gas 2026-11-24 08:00:00Z 2026-11-24 05:00:00Z 60 18 0.4 +0.01 20 to 80 21",
        "Span gas 2026-11-24 08:00:00Z 2026-11-24 05:00:00Z 60 1052 0.4 +0.01 20 to 80 22",
        "Zero gas 2026-11-24 08:00:00Z 2026-11-24 06:00:00Z 60 0.2 0.4 +0.01 20 to 80 30",
    ],
)
def test_each_point_tells_when_it_was_taken_from_which_readings_and_how_they_scattered(row: str, words: str) -> None:
    assert row in words
    assert "60 25 0.4" not in words, "a point that was taken again does not count"


def test_the_budget_of_every_point_of_both_stages_is_printed(words: str) -> None:
    for stage, rest in (("as found", "Budgets as left"), ("as left", "Statement of conformity")):
        table = words.partition(f"Budgets {stage}")[2].partition(rest)[0]
        assert "reference gas normal, repeatability t, resolution rectangular" in table
        for title in ("Zero gas", "Span gas"):
            assert f"{title} 1 0.3 (59) 0.03 1.05 2.00 2.1" in table


def test_terms_that_only_some_points_have_leave_no_gap() -> None:
    other = replace(result("span", 1000.0, 52.0), budget=(Term("reference", 2.0, "normal"),))
    verdict = replace(RECORD.verdict, as_found=(result("zero", 0.0, 18.0), other), as_left=())
    words = words_of(calibration_report(replace(RECORD, verdict=verdict)))
    assert "Zero gas 1 0.3 (59) 0.03 – 1.05" in words
    assert "Span gas – – – 2 1.05" in words


def test_what_was_read_beside_a_point_is_told() -> None:
    index, t_ns, body = RECORD.points[1]
    beside = replace(body, auxiliary={"ph_voltage": -12.4, "temperature": 25.0})
    words = words_of(calibration_report(replace(RECORD, points=((index, t_ns, beside), *RECORD.points[2:]))))
    assert (
        "Zero gas, read beside it: ph voltage -12.4 (unit not recorded), temperature 25 (unit not recorded)." in words
    )
    start = replace(RECORD.start, units={"ph_voltage": "mV", "temperature": "°C"})
    points = ((index, t_ns, beside), *RECORD.points[2:])
    words = words_of(calibration_report(replace(RECORD, start=start, points=points)))
    assert "Zero gas, read beside it: ph voltage -12.4 mV, temperature 25 °C." in words


def test_the_function_of_before_and_the_instruments_own_word_are_told() -> None:
    verdict = replace(RECORD.verdict, before=77)
    record = replace(
        RECORD,
        verdict=verdict,
        before=ValueFunction("polynomial", (-2.5, 1.01)),
        device_words=("The instrument counts 3 calibrations, this history knows 2",),
    )
    words = words_of(calibration_report(record))
    assert "Until now: the calibration at log entry 77. Value = -2.5 + 1.01 · raw" in words
    assert "• The instrument counts 3 calibrations, this history knows 2" in words


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        (Tolerance(0.0, 0.002), "Specification: |error| ≤ 0.2 % of the reference,"),
        (Tolerance(0.2), "Specification: |error| ≤ 0.2 ppm,"),
        (Tolerance(5.0, 0.02), "Specification: |error| ≤ 5 ppm or, where greater, 2 % of the reference,"),
    ],
)
def test_the_specification_is_told_as_it_applies(tolerance: Tolerance, said: str) -> None:
    start = replace(RECORD.start, procedure=replace(PROCEDURE, tolerance=tolerance))
    assert said in words_of(calibration_report(replace(RECORD, start=start)))


def lines_at(drawing: Drawing, width: float) -> list[Line]:
    return [one for one in drawing.contents if isinstance(one, Line) and one.strokeWidth == width]


def test_the_plot_draws_what_each_stage_allows() -> None:
    found, left = result("zero", 7.0, 0.01), replace(result("zero", 7.0, 0.01), tolerance=3.0)
    drawing = error_plot((replace(found, tolerance=12.0),), (left,), "pH", 400.0)
    assert drawing is not None
    strips = lines_at(drawing, STRIP)[:2]
    heights = [abs(one.y2 - one.y1) for one in strips]
    assert heights[0] == pytest.approx(4 * heights[1])
    assert strips[0].x1 + STRIP == pytest.approx(strips[1].x1), "side by side, neither hides the other"


def test_what_was_not_supplied_is_said_plainly(words: str) -> None:
    assert "Customer's contact not supplied" in words
    assert "Air temperature not supplied" in words
    assert "L78 not supplied not supplied not supplied" in words


def test_every_page_carries_its_identification_and_number(report: bytes) -> None:
    pages = PdfReader(BytesIO(report)).pages
    assert len(pages) >= 2
    for number, page in enumerate(pages, start=1):
        foot = " ".join(page.extract_text().split())
        assert "Calibration report verifield.example/7f3a9c#412" in foot
        assert f"page {number} of {len(pages)}" in foot


def test_a_verification_says_that_nothing_was_adjusted() -> None:
    verdict = replace(RECORD.verdict, function=None, fit=None, as_left=())
    words = words_of(calibration_report(replace(RECORD, verdict=verdict)))
    assert "None. The instrument was left as it was found." in words
    assert "Not taken: nothing was adjusted" in words


def test_a_failure_names_the_amendment_and_a_demo_is_no_evidence() -> None:
    verdict = replace(RECORD.verdict, outcome="fail", impact=411)
    words = words_of(calibration_report(replace(RECORD, verdict=verdict, demo=True)))
    assert "DEMONSTRATION: simulated instrument, no evidence. As found: PASS" in words
    assert "As left: FAIL: outside tolerance" in words
    assert "amended by log entry 411" in words


def test_readings_of_a_closed_log_that_rest_on_the_same_are_named() -> None:
    closed = ClosedLog("verifield.example/old", 77, "2026-05-01T00:00:00.000000000Z")
    words = words_of(calibration_report(replace(RECORD, closed_log=closed)))
    assert "closed log verifield.example/old since its entry 77 (2026-05-01)" in words


def test_commands_segments_and_electrode_are_told() -> None:
    verdict = replace(
        RECORD.verdict,
        function=ValueFunction("segments", knots=((4.1, 4.0), (7.05, 7.0), (10.2, 10.01)), span=(4.1, 10.2)),
        electrode=ElectrodeResult(-57.71, -57.71, 97.5, -12.4, accepted=True),
    )
    command = CalibrationCommand(10, *NAMES, "done", "forced_recalibration", 420.0, "Ana Ruiz", "It took 420 ppm.")
    words = words_of(calibration_report(replace(RECORD, verdict=verdict, commands=((28, command),))))
    assert "7.05 → 7" in words
    assert "97.5 % of Nernst" in words
    assert "forced recalibration with 420 ppm: done. It took 420 ppm." in words


def test_an_adjustment_on_the_device_is_not_told_as_one_in_software() -> None:
    same = ValueFunction("polynomial", (0.0, 1.0), span=(1.0, 2.0))
    verdict = replace(RECORD.verdict, function=same, fit=None, device_adjusted=True)
    words = words_of(calibration_report(replace(RECORD, verdict=verdict)))
    assert "On the instrument, which keeps it" in words
    assert "In software" not in words


def test_an_error_without_uncertainty_is_not_given_one() -> None:
    bare = replace(result("zero", 0.0, 18.0), expanded_uncertainty=0.0, budget=())
    verdict = replace(RECORD.verdict, as_found=(bare,), as_left=())
    assert "not estimable" in words_of(calibration_report(replace(RECORD, verdict=verdict)))


def test_a_function_that_did_not_take_effect_is_not_told_as_an_adjustment(words: str) -> None:
    verdict = replace(RECORD.verdict, outcome="conditional_fail", takes_effect=False)
    assert "It did NOT take effect" in words_of(calibration_report(replace(RECORD, verdict=verdict)))
    assert "It did NOT take effect" not in words


def test_only_points_that_were_left_out_for_good_are_told_so() -> None:
    skips = tuple(
        CalibrationSkip(10, *NAMES, "as_found", name, "Ana Ruiz", reason)
        for name, reason in (("zero", "no gas yet"), ("middle", "no gas"), ("middle", ""))
    )
    words = words_of(calibration_report(replace(RECORD, skips=skips)))
    assert "middle: left out" in words
    assert words.count("left out") == 1
    assert "zero: left out" not in words


def test_simple_acceptance_is_told_where_it_is_fair(words: str) -> None:
    assert "simple acceptance" in words


def test_no_plot_is_drawn_of_nothing() -> None:
    assert error_plot((), (), "ppm", 400.0) is None
    assert residual_plot((1.0, 2.0), (0.0, 0.0), "ppm", 400.0) is None
    assert residual_plot((1.0,), (0.1, 0.2), "ppm", 400.0) is None
    assert error_plot((result("zero", 0.0, 0.0),), (), "ppm", 400.0) is not None
