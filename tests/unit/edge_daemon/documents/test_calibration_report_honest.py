# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration report must not hide, and must not claim: deviations, where numbers came from, traceability."""

from dataclasses import replace

import pytest

from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.domain.causes import CAUSES
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.procedure import ReferenceSource
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import CalibrationCommand, CalibrationDecision
from edge_daemon.metrology.stability import Unmet
from tests.unit.edge_daemon.documents.test_calibration_report import (
    NAMES,
    PROCEDURE,
    RECORD,
    SIGNED_NS,
    point,
    result,
    words_of,
)

SENT = CalibrationCommand(
    10, *NAMES, "sent", "forced_recalibration", 425.0, "Ana Ruiz", reference=425.0, override="wind again"
)  # fmt: skip
DEVIATIONS, STANDARDS = "Additions to, deviations", "Reference standards and traceability"
BESIDE = replace(
    PROCEDURE.points[0], source=ReferenceSource.INSTRUMENT, nominal=425.0, expanded_uncertainty=20.0, standard_kind=""
)
FRESH = replace(point("as_found", "zero", 425.0, 454.0, None), expanded_uncertainty=20.0)


def printed(record: object = RECORD, **changes: object) -> str:
    return words_of(calibration_report(replace(RECORD, **changes)))  # type: ignore[arg-type]  # a test's own changes


def part(words: str, begin: str, end: str) -> str:
    return words.partition(begin)[2].partition(end)[0]


def with_points(*points: object, **changes: object) -> str:
    taken = tuple((20 + place, SIGNED_NS, one) for place, one in enumerate(points))
    return printed(points=taken, **changes)


def test_a_command_that_was_sent_at_an_unstable_signal_is_a_deviation() -> None:
    words = printed(commands=((1041, SENT),))
    said = part(words, DEVIATIONS, "Persons")
    assert "Command forced recalibration sent although the signal was not stable; wind again (log entry 1041)" in said
    changed = part(words, "Adjustment", "Results after adjustment")
    assert "forced recalibration with 425 ppm: sent while 425 ppm stood before it, although the signal" in changed


def test_a_command_that_was_sent_at_a_steady_signal_is_none() -> None:
    words = printed(commands=((28, replace(SENT, override="", standard=3)),))
    assert "although the signal was not stable;" not in part(words, DEVIATIONS, "Persons")
    assert "sent while 425 ppm stood before it (Nitrogen 5.0, log entry 3) (log entry 28)." in words


def test_a_command_without_an_answer_is_not_told_as_failed() -> None:
    unanswered = replace(SENT, phase="unanswered", answer="The instrument does not answer: silent for 2 s")
    verdict = replace(RECORD.verdict, device_adjusted=True)
    report = printed(commands=((28, SENT), (29, unanswered)), verdict=verdict)
    words = part(report, "Adjustment", "Results after adjustment")
    assert "it is not known whether the instrument did it" in words
    assert "Whether the instrument changed itself is not known" in words
    assert "failed" not in words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "general value taken over from the procedure, nothing was read"),
        ({"reference_by": "general"}, "general value taken over from the procedure, nothing was read"),
        ({"reference_by": "general", "reference": 422.0}, "general value, typed; nothing was read"),
        ({"reference": 431.2}, "typed; how it came about: not supplied"),
        ({"reference_by": "read"}, "read off a reference instrument and typed; which instrument: not supplied"),
        (
            {"reference_by": "read", "reference": 431.2, "reference_instrument": "LI-850, serial 24A-117"},
            "read off a reference instrument and typed; which instrument: LI-850, serial 24A-117",
        ),
    ],
)
def test_how_a_typed_reference_came_about_is_told_as_it_was(change: dict[str, object], said: str) -> None:
    start = replace(RECORD.start, procedure=replace(PROCEDURE, points=(BESIDE, PROCEDURE.points[1])))
    taken = replace(FRESH, **change)  # type: ignore[arg-type]  # a test's own changes
    words = part(with_points(taken, start=start), STANDARDS, "Conditions")
    assert f"± 20 ppm (k = 2), {said}." in words
    assert ("read off" in words) == (change.get("reference_by") == "read")


def test_a_stage_that_failed_is_stated_beside_the_one_that_passed() -> None:
    failed = (result("zero", 0.0, 364.9, "fail"), result("span", 1000.0, 52.0))
    words = printed(verdict=replace(RECORD.verdict, as_found=failed))
    for begin, end in (("Calibration report As", "The instrument"), ("Statement of conformity", DEVIATIONS)):
        said = part(words, begin, end)
        assert "found: FAIL: outside tolerance" in said
        assert "As left: PASS: within tolerance" in said
    assert "applied to every result above" not in words


def test_traceability_is_told_point_by_point_and_not_through_what_had_expired() -> None:
    old = replace(RECORD.standards[3], expires="2020-01-31")
    zero = replace(point("as_found", "zero", 0.0, 18.0), standard_override="none other here")
    words = with_points(zero, point("as_found", "span", 1000.0, 1052.0, None), standards={3: old})
    said = part(words, STANDARDS, "Conditions")
    assert "Traceability of Zero gas: certificate N2-2026-19 of Gases SA" in said
    assert "expired on 2020-01-31 when it was used." in said
    assert "Traceability of Span gas: none." in said
    assert "are metrologically traceable" not in said
    assert "As found, Zero gas: an expired standard was used; none other here" in part(words, DEVIATIONS, "Persons")


def test_results_are_called_traceable_where_every_point_is() -> None:
    kept = AttachmentBody("n2.pdf", "c3" * 32, 1000)
    sound = {index: replace(one, certificate="C-1", attachments=(kept,)) for index, one in RECORD.standards.items()}
    words = with_points(*(one for _, _, one in RECORD.points[:3]), standards=sound)
    said = part(words, STANDARDS, "Conditions")
    assert "The results are metrologically traceable" in said
    assert "No traceability" not in said
    assert "typed" not in said


def test_a_standard_with_an_issuer_and_no_certificate_has_none() -> None:
    words = printed(standards={**RECORD.standards, 4: replace(RECORD.standards[4], issuer="Example buffers")})
    assert "L78 Example buffers not supplied not supplied" in words


def test_the_temperature_that_decided_a_standards_value_is_printed() -> None:
    words = with_points(replace(point("as_found", "zero", 7.03, 7.1), standard_celsius=17.5))
    assert "Zero gas: 7.03 ± 2 ppm (k = 2) at 17.5 °C (typed), by the table of the standard at log entry 3." in words
    probed = replace(point("as_found", "zero", 7.03, 7.1), standard_celsius=17.5, auxiliary={"temperature": 17.5})
    assert "(k = 2) at 17.5 °C (as the probe measured), by the table" in with_points(probed)


def test_how_sure_the_readings_are_that_it_makes_is_told_at_each_point() -> None:
    sure = "known as well as 0.2 ± 2.0 ppm, 1000.4 ± 2.0 ppm (k = 2.00)"
    left = (point("as_left", "zero", 0.0, 0.2), point("as_left", "span", 1000.0, 1000.4))
    assert sure in part(with_points(*left), "Uncertainty U is", "Statement of conformity")
    for verdict in (replace(RECORD.verdict, takes_effect=False), replace(RECORD.verdict, uncertainty=None)):
        words = with_points(*left, verdict=verdict)
        assert "known as well as" not in words


def test_scatter_and_slope_are_printed_without_exponents() -> None:
    words = with_points(replace(point("as_found", "zero", 0.0, 18.0), deviation=1234.4, slope_per_minute=-117.2))
    assert "60 18 1234 -117 20 to 80" in words
    words = with_points(replace(point("as_found", "zero", 0.0, 18.0), slope_per_minute=1249.6))
    assert "0.4 +1250 20 to 80" in words


def test_what_arithmetic_leaves_of_a_still_signal_is_printed_as_nothing() -> None:
    still = replace(point("as_found", "zero", 0.0, 10.0), deviation=1.8e-15, slope_per_minute=-9.43e-29)
    assert "60 10 0 0 20 to 80" in with_points(still)
    assert "60 10 0.004 -0.002 20 to 80" in with_points(replace(still, deviation=0.004, slope_per_minute=-0.002))


def test_every_decision_has_its_line_and_the_first_is_not_hidden_by_the_last() -> None:
    decisions = (
        CalibrationDecision(10, *NAMES, True, "Ana Ruiz"),
        CalibrationDecision(10, *NAMES, False, "Bo Lind", "it did not answer"),
    )
    words = part(printed(decisions=decisions, commands=((28, SENT),)), "Adjustment", "Results after")
    assert "Decided by Ana Ruiz: to adjust Decided by Bo Lind: not to adjust any more; it did not answer" in words
    assert "Decided by Bo Lind: not to adjust; it did" in printed(decisions=decisions[1:])


def test_the_twenty_first_try_is_called_so() -> None:
    words = with_points(*(point("as_found", "zero", 0.0, 18.0) for _ in range(23)))
    assert "the 21st gave" in words
    assert "the 22nd gave" in words
    assert "the 12th gave" in words


@pytest.mark.parametrize("cause", ["no_reply", "unplugged", "suspend", "moved"])
def test_why_the_identity_was_in_doubt_is_printed_in_plain_words(cause: str) -> None:
    doubted = InstallationBody("scd30", NAMES[1], "", SerialSource.LABEL, "", "unconfirmed", cause=cause)
    words = part(printed(installations=((25, SIGNED_NS, doubted),)), DEVIATIONS, "Persons")
    assert f"(log entry 25) ({CAUSES[cause]}) on; " in words
    assert f"({cause})" not in words


def test_another_instrument_is_told_without_the_code_of_its_fault() -> None:
    other = InstallationBody("scd30", NAMES[1], "", SerialSource.LABEL, "", "stopped", cause="identity_mismatch")
    words = part(printed(installations=((25, SIGNED_NS, other),)), DEVIATIONS, "Persons")
    assert "Another instrument was connected from" in words
    assert "identity" not in words


def test_why_a_point_was_not_stable_is_printed_in_plain_words() -> None:
    taken = replace(point("as_found", "zero", 0.0, 18.0), override="wind", unmet=(*Unmet, "instrument"))
    words = part(with_points(taken), DEVIATIONS, "Persons")
    assert (
        "taken although not stable (the standard had not stood there for as long as the procedure asks, too few"
        in words
    )
    assert "the instrument itself doubted its readings); wind" in words
    assert not [one for one in Unmet if f"{one.value}," in words]
    words = part(with_points(replace(taken, unmet=())), DEVIATIONS, "Persons")
    assert "As found, Zero gas: taken although not stable; wind" in words
