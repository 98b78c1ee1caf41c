# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a laboratory found, judged as a finding in the field is; the reference's vectors of a meter."""

from dataclasses import replace
from datetime import date

import pytest

from edge_daemon.calibration.allowed import Allowed
from edge_daemon.calibration.impact import Energy, tells_of
from edge_daemon.calibration.laboratory_finding import failed, finding_of, judged, outcome_of, tells_of_certificate
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.log.calibration_body import ExternalCertificate, LaboratoryPoint, ValueFunction
from tests.unit.edge_daemon.log.calibration_world import certificate

YEAR = Energy(10_000.0)
CLASS_02 = Allowed(Tolerance(0.0, 0.002))


def meter(share: float, **more: object) -> ExternalCertificate:
    """A meter that the laboratory found reading too much by `share` at two loads."""
    points = tuple(LaboratoryPoint(load, load * (1 + share), load * 2e-4) for load in (5.0, 100.0))
    return replace(certificate(), channel="energy", unit="kWh", points=points, **more)  # type: ignore[arg-type]  # the fields are of several types


def amendment_of(body: ExternalCertificate, energy: Energy | None = YEAR) -> str:
    found = finding_of(17, body, None, CLASS_02)
    assert found is not None
    assert failed(found)
    made = found.amendment("meter", 12, 40, since=12, good_before=True, person="Bo", energy=energy)
    assert made.channels == ()
    assert tells_of_certificate(made, 17)
    assert not tells_of_certificate(made, 1)
    assert not tells_of(made, 40)
    return made.evidence


def test_vector_m5_a_meter_that_a_laboratory_found_too_high_costs_what_it_read_too_much() -> None:
    assert "9965 kWh of 10000 kWh export count" in amendment_of(meter(0.0035))
    assert "kWh export" not in amendment_of(meter(0.0035), None)


def test_vector_m4_a_late_certificate_of_class_02_costs_what_is_permitted() -> None:
    found = finding_of(17, meter(0.0005), None, CLASS_02)
    assert found is not None
    assert not failed(found)
    words = found.late_words(date(2026, 9, 1), date(2026, 11, 23), YEAR)
    assert "9980 kWh of 10000 kWh export count" in words
    worse = finding_of(17, meter(0.0035), None, CLASS_02)
    assert worse is not None
    assert "9965 kWh" in worse.late_words(date(2026, 9, 1), date(2026, 11, 23), YEAR)


def test_as_found_is_what_the_calibration_of_before_made_of_it() -> None:
    corrected = ValueFunction("polynomial", (0.0, 1 / 1.0035))
    found = finding_of(17, meter(0.0035), corrected, CLASS_02)
    assert found is not None
    assert not failed(found)
    assert outcome_of(judged(meter(0.0035), "as_left", None, CLASS_02)) == "fail"
    assert outcome_of(judged(meter(0.0035, function=corrected), "as_left", corrected, CLASS_02)) == "pass"


def test_closer_to_the_limit_than_can_be_told_counts_as_in_the_field() -> None:
    for share, doubtful in ((0.0019, False), (0.0021, True)):
        assert failed(finding_of(17, meter(share), None, CLASS_02)) is doubtful


def test_a_certificate_without_values_as_found_says_nothing_of_before() -> None:
    assert finding_of(17, replace(meter(0.0), points=()), None, CLASS_02) is None
    left = tuple(replace(one, stage="as_left") for one in meter(0.0035).points)
    assert finding_of(17, replace(meter(0.0), points=left), None, CLASS_02) is None
    assert not failed(None)
    adjusted = meter(0.0035, device_adjusted=True)
    assert judged(adjusted, "as_left", None, CLASS_02) == (), "how it was left stands in other lines"
    no_load = replace(meter(0.0), points=(LaboratoryPoint(0.0, 0.1, 0.01),))
    assert finding_of(17, no_load, None, CLASS_02) is None, "no share of nothing can be judged"


def test_what_the_calibration_makes_no_number_of_is_refused() -> None:
    steep = ValueFunction("polynomial", (0.0, 1e308, 1e308))
    with pytest.raises(BadInput, match="finite"):
        finding_of(17, meter(0.0), steep, CLASS_02)
