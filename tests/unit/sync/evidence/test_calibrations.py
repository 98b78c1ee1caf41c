# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations in evidence: applied again from raw to the last bit, and only those in force then, in bundles of any
part of the log."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, to_json
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibrations import value_of
from edge_daemon.log.entry import EntryType, encode_entry, encode_reading
from sync.bundle import Period
from sync.evidence.verdict import Check, Verdict
from tests.unit.edge_daemon.log.calibration_world import abort, certificate, review, start, verdict
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SENSOR, SignedLog, checked, outcomes

MODEL = "maker_model"
LINE = ValueFunction("polynomial", (0.1, 1.07))
SEGMENTS = ValueFunction("segments", knots=((0.0, 0.3), (20.0, 20.1), (40.0, 40.7)))
STEEP = ValueFunction("polynomial", (0.0, 0.0, 1e308))


class Calibrated(SignedLog):
    """A log whose sensor's temperature can be calibrated."""

    def open(self) -> "Calibrated":
        self.begin()
        self.install("S-1")
        return self

    def install(self, serial: str) -> int:
        return self.recorded.add(InstallationBody(SENSOR, MODEL, serial, SerialSource.DEVICE))

    def begin_run(self, channel: str = "temperature", serial: str = "S-1") -> int:
        return self.recorded.add(start(serial, SENSOR, channel, MODEL))

    def calibrate(
        self, function: ValueFunction | None = LINE, channel: str = "temperature", serial: str = "S-1"
    ) -> int:
        run = self.begin_run(channel, serial)
        return self.recorded.add(
            verdict(run, "pass", function, None, serial=serial, sensor=SENSOR, model=MODEL, channel=channel)
        )

    def sample(
        self,
        raw: float,
        function: ValueFunction | None,
        cal: Mapping[str, int],
        *,
        value: float | None = None,
        flag: Flag = Flag.GOOD,
    ) -> int:
        """A reading with these calibrations; `value` where it is another than the function makes."""
        self.recorded.pass_(1.0)
        made = value_of(function, raw) if value is None else value
        channels = {"temperature": ChannelValue(raw, made, flag), "wind": ChannelValue(1.0, 1.0, flag)}
        configured = self.configuration
        return self.recorded.put(encode_reading(self.recorded.stamp(), SENSOR, channels, 90, configured, cal))

    def verdict(self, folder: Path, period: Period | None = None) -> Verdict:
        self.sign()
        return checked(self.bundle(folder, period=period).path, self.register())


def told(found: Verdict, name: str = "calibrations") -> Check:
    return next(check for check in found.checks if check.name == name)


@pytest.fixture
def log() -> Calibrated:
    return Calibrated().open()


def test_values_are_made_again_from_raw_and_a_straggler_is_told(log: Calibrated, tmp_path: Path) -> None:
    log.sample(20.0, None, {})
    first = log.calibrate()
    log.sample(20.0, None, {})
    for number in range(5):
        log.sample(20.0 + number / 3, LINE, {"temperature": first})
    second = log.calibrate(SEGMENTS)
    log.sample(20.0, LINE, {"temperature": first})
    for number in range(-2, 16):
        log.sample(number * math.pi, SEGMENTS, {"temperature": second})
    found = log.verdict(tmp_path)
    assert found.standing == "other_rules", "nobody judged the calibrations of this test"
    assert (told(found).outcome, told(found, "values").outcome) == ("passed", "passed")
    assert "24 values are, to the last bit" in told(found).words
    assert "2 readings straight after a change" in told(found).words


def test_a_log_without_calibrations_says_nothing_of_them(log: Calibrated, tmp_path: Path) -> None:
    log.sample(20.0, None, {})
    assert "calibrations" not in outcomes(log.verdict(tmp_path))


def test_a_calibration_before_the_period_travels_in_the_bundle(log: Calibrated, tmp_path: Path) -> None:
    index = log.calibrate()
    for _ in range(60):
        log.sample(20.0, LINE, {"temperature": index})
    found = log.verdict(tmp_path, Period(T0 + 30 * S, T0 + 40 * S))
    assert found.standing == "other_rules", "nobody judged the calibrations of this test"
    assert told(found).outcome == "passed"
    assert "12 values" in told(found).words


def test_the_last_bit_of_a_value_counts(log: Calibrated, tmp_path: Path) -> None:
    index = log.calibrate()
    log.sample(20.0, LINE, {"temperature": index})
    bad = log.sample(20.0, LINE, {"temperature": index}, value=math.nextafter(value_of(LINE, 20.0), 99))
    found = told(log.verdict(tmp_path))
    assert (found.outcome, found.entry) == ("failed", bad)


@pytest.mark.parametrize(
    "what", ["early", "aborted", "other channel", "other instrument", "going back", "skipped", "none"]
)
def test_a_calibration_that_was_not_in_force_is_found(log: Calibrated, tmp_path: Path, what: str) -> None:
    match what:
        case "early":
            bad = log.sample(20.0, LINE, {"temperature": len(log.recorded.entries) + 2})
            log.calibrate()
        case "aborted":
            run = log.begin_run()
            ended = log.recorded.add(abort(run, "S-1", SENSOR))
            bad = log.sample(20.0, None, {"temperature": ended})
        case "other channel":
            bad = log.sample(20.0, LINE, {"temperature": log.calibrate(channel="wind")})
        case "other instrument":
            first = log.calibrate()
            log.install("S-2")
            second = log.calibrate(serial="S-2")
            log.sample(20.0, LINE, {"temperature": second})
            bad = log.sample(20.0, LINE, {"temperature": first})
        case "going back":
            first, second = log.calibrate(), log.calibrate(SEGMENTS)
            log.sample(20.0, SEGMENTS, {"temperature": second})
            bad = log.sample(20.0, LINE, {"temperature": first})
        case "skipped":
            index = log.calibrate()
            log.calibrate(SEGMENTS)
            log.install("S-2")
            log.sample(20.0, None, {})
            bad = log.sample(20.0, LINE, {"temperature": index})
        case _:
            index = log.calibrate()
            log.sample(20.0, LINE, {"temperature": index})
            bad = log.sample(20.0, None, {})
    found = log.verdict(tmp_path)
    assert (told(found).outcome, told(found).entry) == ("failed", bad)
    assert found.standing == "failed"


def test_a_value_that_no_calibration_made_is_found(log: Calibrated, tmp_path: Path) -> None:
    bad = log.sample(20.0, LINE, {})
    found = told(log.verdict(tmp_path), "values")
    assert (found.outcome, found.entry) == ("failed", bad)


@pytest.mark.parametrize(("flag", "outcome"), [(Flag.FAIL, "passed"), (Flag.GOOD, "failed")])
def test_raw_without_a_finite_value_must_be_failed(log: Calibrated, tmp_path: Path, flag: Flag, outcome: str) -> None:
    index = log.calibrate(STEEP)
    log.sample(50.0, None, {"temperature": index}, flag=flag)
    assert told(log.verdict(tmp_path)).outcome == outcome


def test_an_accepted_certificate_is_named_by_its_review(log: Calibrated, tmp_path: Path) -> None:
    body = {**to_json(certificate("S-1", LINE)), "sensor": SENSOR, "model": MODEL, "channel": "temperature"}
    index = log.recorded.put(encode_entry(EntryType.CALIBRATION, log.recorded.stamp(), body))
    log.sample(20.0, None, {})
    accepted = {**to_json(review(index, serial="S-1")), "sensor": SENSOR, "model": MODEL, "channel": "temperature"}
    index = log.recorded.put(encode_entry(EntryType.CALIBRATION, log.recorded.stamp(), accepted))
    log.sample(20.0, LINE, {"temperature": index})
    assert told(log.verdict(tmp_path)).outcome == "passed"


def test_a_calibration_of_a_later_program_is_not_checked_and_never_passed(log: Calibrated, tmp_path: Path) -> None:
    index = log.recorded.put(
        encode_entry(EntryType.CALIBRATION, log.recorded.stamp(), {"event": "of_a_later_program", "sensor": SENSOR})
    )
    log.sample(20.0, LINE, {"temperature": index})
    found = outcomes(log.verdict(tmp_path))
    assert found["unknown_calibrations"] == "not_checked"
    assert "calibrations" not in found
