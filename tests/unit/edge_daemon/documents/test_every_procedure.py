# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The report of every shipped procedure can be laid out, and names each point that was taken."""

from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import verdict
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.domain.procedure import Method, Procedure
from tests.unit.edge_daemon.calibration.test_whole_runs import ALL, whole
from tests.unit.edge_daemon.documents.test_calibration_report import RECORD, words_of

BY_FILE = {procedure.key.partition(":")[0]: (model, procedure) for model, procedure in ALL}


@pytest.mark.parametrize("key", sorted(BY_FILE))
def test_a_report_of_it_can_be_made(key: str) -> None:
    model, procedure = BY_FILE[key]
    words = words_of(calibration_report(_record(model, procedure)))
    for point in procedure.points:
        assert " ".join(point.title.split()) in words
    assert "end of document" in words
    assert "Budgets as found" in words


def _record(model: str, procedure: Procedure) -> CalibrationRecord:
    run = whole(model, procedure, adjust=procedure.method is not Method.VERIFICATION)
    body = verdict(run, person="Ada", due="2027-01-01")
    points = tuple((one.index, one.t_ns, one.body) for one in run.points)
    return replace(
        RECORD,
        start=run.start,
        verdict=body,
        points=points,
        standards={},
        commands=tuple(enumerate(run.commands, start=50)),
    )
