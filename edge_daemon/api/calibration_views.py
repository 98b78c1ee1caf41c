# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument's calibrations in the words of the API. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from edge_daemon.api import messages_calibration as mc
from edge_daemon.api.calibration_becoming import amendment_now, became
from edge_daemon.api.messages_coverage import CheckMessage
from edge_daemon.calibration.closed_log import of_cut_off
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import (
    CalibrationStart,
    CarriedCalibration,
    CutOffRun,
    ExternalCertificate,
    Outcome,
)
from edge_daemon.log.calibration_results import Result
from edge_daemon.log.calibration_story import Told
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.effective import Amendments
from edge_daemon.log.run_ends import found_outside
from edge_daemon.station.calibration_history import ChannelPast
from edge_daemon.station.laboratory import stated_uncertainty


def channel_history(past: ChannelPast, told: Calibrations, amendments: Amendments, on: date) -> mc.ChannelHistory:
    """A channel's calibrations and what they foretell, on this day."""
    drift = past.drift
    return mc.ChannelHistory(
        channel=past.channel,
        unit=past.unit,
        standing=past.due.standing,
        due=past.due.due.isoformat() if past.due.due else None,
        days_left=past.due.days_left(on),
        drift_per_year=drift.per_year if drift and drift.told else None,
        drift_uncertainty=drift.uncertainty if drift else None,
        leaves_tolerance=past.leaves.isoformat() if past.leaves else None,
        score_penalty=past.penalty,
        score_penalty_at_due=past.penalty_at_due,
        words=past.due.words(on),
        interval_days=past.interval_days,
        suggested_interval_days=past.suggested_days,
        device_says=past.device_says,
        checks=tuple(
            CheckMessage(title=one.title, standing=one.standing, last=one.last.isoformat(), due=one.due.isoformat())
            for one in past.checks
        ),
        calibrations=tuple(calibration_message(past, one, told, amendments) for one in past.results),
        drift=tuple(point for one in past.results if one.counts for point in _points(one)),
    )


def calibration_message(
    past: ChannelPast, result: Result, told: Calibrations, amendments: Amendments
) -> mc.CalibrationMessage:
    """One calibration of a channel."""
    one, found, left = result.told, result.largest("as_found"), result.largest("as_left")
    shown = left or found
    standing = one.standing(told)
    made = told.by_index.get(one.took_effect_at)
    message = mc.CalibrationMessage(
        index=one.index,
        kind=_kind(one),
        title=_title(one),
        channel=past.channel,
        unit=past.unit,
        time=rfc3339_from_ns(one.t_ns),
        person=_person(one),
        outcome=_outcome(one),
        as_found=found.error if found else None,
        as_left=left.error if left else None,
        expanded_uncertainty=shown.expanded_uncertainty if shown else None,
        tolerance=shown.tolerance if shown else None,
        due=_due(one),
        in_force=standing == "in_force",
        standing=standing,
        review=one.review,
        second_person=_second(one),
        drift_per_year=result.drift_per_year,
        device_adjusted=bool(made and made.device_adjusted) or bool(one.verdict and one.verdict.device_adjusted),
        impact=amendment_now(_impact(one), amendments),
        became=became(one) if standing == "rejected" else "",
        made_with="; ".join((*past.used.corrected(one.first), *past.used.withdrawn(one.first))),
    )
    return message.model_copy(update=_stated(one))


def _points(result: Result) -> Iterator[mc.DriftPoint]:
    for error in result.errors:
        if error.tolerance is not None:
            yield mc.DriftPoint(
                time=rfc3339_from_ns(result.told.t_ns),
                stage=error.stage,
                point=error.level,
                error=error.error,
                tolerance=error.tolerance,
            )


def _kind(one: Told) -> Literal["run", "certificate"]:
    body = one.body
    laboratory = isinstance(body, ExternalCertificate) or (
        isinstance(body, CarriedCalibration) and body.outcome is None
    )
    return "certificate" if laboratory else "run"


def _title(one: Told) -> str:
    body = one.body
    if isinstance(body, CalibrationStart):
        return body.procedure.title
    if isinstance(body, ExternalCertificate):
        return f"{body.laboratory}, certificate {body.number}"
    if isinstance(body, CutOffRun):
        return f"Ended with the log before, where it began at entry {body.index}"
    if _is_setting(body):
        return f"A setting that makes other values was changed in the log before, entry {body.index}"
    return f"Carried over from the log before, entry {body.index}"


def _is_setting(body: CarriedCalibration) -> bool:
    """Whether it carries over nothing but the doubt that the change of a setting cast."""
    return body.altered and body.is_mere_doubt


def _person(one: Told) -> str:
    if one.end is not None:
        return one.end.person
    return "" if isinstance(one.body, CarriedCalibration | CutOffRun) else one.body.person


def _second(one: Told) -> str:
    if one.verdict is not None:
        return one.verdict.second_person
    return one.reviewed.person if one.reviewed else ""


def _outcome(one: Told) -> Outcome | None:
    if one.verdict is not None:
        return one.verdict.outcome
    if one.reviewed is not None:
        return one.reviewed.outcome
    if not isinstance(one.body, CarriedCalibration) or _is_setting(one.body):
        return None
    return one.body.outcome


def _impact(one: Told) -> int | None:
    decided = one.end or one.reviewed
    return decided.impact if decided is not None else None


def _due(one: Told) -> str:
    if one.verdict is not None:
        return one.verdict.due
    return "" if isinstance(one.body, CalibrationStart | CutOffRun) else one.body.due


def _stated(one: Told) -> dict[str, object]:
    body = one.body
    if isinstance(body, CutOffRun):
        found = ""
        if found_outside(body):
            doubt = of_cut_off(body).words(body.channel)
            found = f" It was found outside its limits, so its values are in doubt. {doubt}"
        return {"remarks": f"The log was closed: {body.cause}. Nothing of this calibration takes effect.{found}"}
    if not isinstance(body, ExternalCertificate):
        return {}
    absolute, relative = stated_uncertainty(body)
    return {
        "expanded_uncertainty": absolute,
        "expanded_uncertainty_relative": relative,
        "device_adjusted": body.device_adjusted,
        "laboratory": body.laboratory,
        "number": body.number,
        "accreditation": body.accreditation,
        "points": tuple(
            mc.LaboratoryPointMessage(
                reference=point.reference,
                indication=point.indication,
                expanded_uncertainty=point.expanded_uncertainty,
                factor=point.factor,
                stage=point.stage,
            )
            for point in body.points
        ),
        "polynomial": body.function.coefficients if body.function else (),
        "coefficients": dict(body.coefficients),
        "attachments": tuple(file.sha256 for file in body.attachments),
        "remarks": body.remarks,
    }
