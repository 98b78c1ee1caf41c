# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts into a settings file's report what the probes of its doubtful models found. Waits for the probes under way."""

from collections.abc import Sequence
from time import monotonic

from edge_daemon.station.proving import ProvingDesk
from edge_daemon.station.settings.document import SensorSettings
from edge_daemon.station.settings.plan_sensor import PROBED_FIRST
from edge_daemon.station.settings.report import FieldReport, Report, Verdict
from edge_daemon.station.settings.system_json import SENSEAIR

LONGEST_WAIT_S = 60.0
PROVEN = "probed: it answers as the model that the file states, and is recorded from now on"


def with_findings(report: Report, sensors: Sequence[SensorSettings], proving: ProvingDesk) -> Report:
    """The report with each model's finding in place of the word that it is going to be probed.

    What is still being probed after a minute, or cannot be probed yet, is told as such: the question then stands at the
    sensor. Raises what `ProvingDesk.question` raises.
    """
    fields = list(report.fields)
    ends = monotonic() + LONGEST_WAIT_S
    for sensor in sensors:
        if FieldReport(sensor.place, Verdict.TAKEN, PROBED_FIRST) not in fields:
            continue
        asked = proving.wait(sensor.sensor_id, max(0.0, ends - monotonic()))
        at = sensor.where["model"]
        told = (
            FieldReport(at, Verdict.TAKEN, PROVEN)
            if asked is None
            else FieldReport(at, Verdict.NEEDS_PERSON, proving.words(asked))
        )
        fields = [told if field == FieldReport(at, Verdict.NEEDS_PERSON, SENSEAIR) else field for field in fields]
    return Report(tuple(fields))
