# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Entries of calibrations for tests: an instrument, a run of any outcome, a laboratory's certificate. Pure."""

from dataclasses import replace

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.procedure import Method, Procedure, ProcedurePoint, ReferenceSource, StableSignal, Tolerance
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import TYPE_OF, Body, InstallationBody, to_json
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationCommand,
    CalibrationStart,
    CalibrationVerdict,
    CertificateReview,
    ExternalCertificate,
    Outcome,
    ValueFunction,
    ValueUncertainty,
)
from edge_daemon.log.calibrations import Calibrations, fold
from edge_daemon.log.entry import Entry, Stamp, decode_entry, encode_entry

SENSOR, MODEL, SERIAL, CHANNEL = "co2_monitor", "sensirion_scd30", "S-1", "co2"
T_NS = 1_800_000_000_000_000_000
DAY_NS = 86_400_000_000_000
POINTS = tuple(
    ProcedurePoint(name, name, "", ReferenceSource.STANDARD, 0.0, 2000.0, standard_kind="co2_gas")
    for name in ("zero", "span")
)
PROCEDURE = Procedure(
    "co2_zero_span",
    1,
    "Zero and span gas",
    Method.TWO_POINTS,
    POINTS,
    StableSignal(120, 120, 3, 1),
    Tolerance(30, 0.03, "sum"),
    365,
    "calibration reference, 1.4.1",
    CHANNEL,
    adjustment="software",
)
GAIN, OFFSET = 0.9671179883945842, -17.408123791102514
TV_A3 = ValueFunction("polynomial", (OFFSET, GAIN), span=(18.0, 1052.0))
"""Raw 18 at 0 ppm, raw 1052 at 1000 ppm. Source: calibration reference, TV-A3."""
U_A3 = ValueUncertainty(5.0, 0.01)


def installed(serial: str = SERIAL, sensor: str = SENSOR, model: str = MODEL) -> InstallationBody:
    source = SerialSource.LABEL if serial else SerialSource.UNKNOWN
    return InstallationBody(sensor, model, serial, source, "Ana")


def described(serial: str, sensor: str = SENSOR, model: str = MODEL) -> InstallationBody:
    return replace(installed(serial, sensor, model), event="described")


def start(serial: str = SERIAL, sensor: str = SENSOR, channel: str = CHANNEL, model: str = MODEL) -> CalibrationStart:
    return CalibrationStart(sensor, model, serial, channel, "ppm", PROCEDURE, "Ana", "0.1.0")


def verdict(
    run: int,
    outcome: Outcome = "pass",
    function: ValueFunction | None = TV_A3,
    uncertainty: ValueUncertainty | None = U_A3,
    *,
    serial: str = SERIAL,
    sensor: str = SENSOR,
    model: str = MODEL,
    channel: str = CHANNEL,
    takes_effect: bool = True,
    device_adjusted: bool = False,
    due: str = "",
) -> CalibrationVerdict:
    return CalibrationVerdict(
        run,
        sensor,
        model,
        serial,
        channel,
        outcome,
        (),
        (),
        takes_effect,
        device_adjusted,
        "Ana",
        due,
        function,
        uncertainty,
    )


def abort(run: int, serial: str = SERIAL, sensor: str = SENSOR) -> CalibrationAbort:
    return CalibrationAbort(run, sensor, MODEL, serial, "rain", "Ana")


def command(run: int, serial: str = SERIAL, sensor: str = SENSOR) -> CalibrationCommand:
    return CalibrationCommand(run, sensor, MODEL, serial, "sent", "force_recalibration", 400.0, "Ana")


def certificate(
    serial: str = SERIAL,
    function: ValueFunction | None = None,
    uncertainty: ValueUncertainty | None = None,
    device_adjusted: bool = False,
    calibrated: str = "2026-01-10",
) -> ExternalCertificate:
    return ExternalCertificate(
        SENSOR,
        MODEL,
        serial,
        CHANNEL,
        "ppm",
        "National laboratory",
        "N-77",
        calibrated,
        "2028-01-10",
        "Ana",
        (AttachmentBody("n77.pdf", "00" * 32, 4),),
        function=function,
        uncertainty=uncertainty,
        device_adjusted=device_adjusted,
    )


def review(of: int, *, accepted: bool = True, person: str = "Bo", serial: str = SERIAL) -> CertificateReview:
    return CertificateReview(of, SENSOR, MODEL, serial, CHANNEL, accepted, person)


def entry(body: Body, t_ns: int = T_NS) -> Entry:
    return decode_entry(encode_entry(TYPE_OF[type(body)], Stamp(t_ns, 5, bytes(16)), to_json(body)))


def told(*bodies: tuple[int, Body]) -> Calibrations:
    return fold((index, entry(body)) for index, body in bodies)
