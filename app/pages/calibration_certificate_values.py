# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's certificate out of the texts of its form, field by field. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from app.widgets.form_lines import named_numbers, numbers_of_lines
from app.widgets.form_values import BadValue, number_of
from edge_daemon.api.messages_calibration import FileUpload, LaboratoryPointMessage, NewCertificate
from edge_daemon.log.calibration_body import Stage

T = TypeVar("T")
_NEEDED = ("channel", "laboratory", "number", "person", "pin")


def certificate_of(
    texts: Mapping[str, str], files: tuple[FileUpload, ...], *, device_adjusted: bool
) -> tuple[NewCertificate | None, dict[str, str]]:
    """The certificate, or None and what is wrong by field."""
    faults: dict[str, str] = {name: "This is needed." for name in _NEEDED if not texts[name].strip()}

    def read(name: str, work: Callable[[str], T], otherwise: T) -> T:
        try:
            return work(texts[name].strip())
        except BadValue as fault:
            faults[name] = str(fault)
            return otherwise

    calibrated, due = read("calibrated", _day, ""), read("due", _day, "")
    if calibrated and due and due <= calibrated:
        faults["due"] = "It must be after the day of the calibration."
    no_points: tuple[LaboratoryPointMessage, ...] = ()
    no_numbers: tuple[float, ...] = ()
    no_names: dict[str, float] = {}
    found = read("points", lambda text: _points(text, "as_found"), no_points)
    left = read("points_left", lambda text: _points(text, "as_left"), no_points)
    polynomial = read("polynomial", _line, no_numbers)
    coefficients = read("coefficients", named_numbers, no_names)
    absolute = read("expanded_uncertainty", _uncertainty, None)
    percent = read("expanded_uncertainty_relative", _uncertainty, None)
    if not files:
        faults["files"] = "Attach the laboratory's document: it is the evidence."
    if faults:
        return None, faults
    new = NewCertificate(
        channel=texts["channel"],
        laboratory=texts["laboratory"].strip(),
        number=texts["number"].strip(),
        calibrated=calibrated,
        due=due,
        person=texts["person"].strip(),
        pin=texts["pin"],
        files=files,
        accreditation=texts["accreditation"].strip(),
        points=(*found, *left),
        polynomial=polynomial,
        expanded_uncertainty=absolute,
        expanded_uncertainty_relative=None if percent is None else percent / 100,
        coefficients=coefficients,
        remarks=texts["remarks"].strip(),
        device_adjusted=device_adjusted,
    )
    return new, {}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadValue("A date such as 2026-06-30 is needed.") from None


def _points(text: str, stage: Stage) -> tuple[LaboratoryPointMessage, ...]:
    lines = numbers_of_lines(text, 3, 4)
    if any(line[2] < 0 or (len(line) > 3 and line[3] <= 0) for line in lines):
        raise BadValue("An uncertainty is not below zero, and its coverage factor is above zero.")
    return tuple(
        LaboratoryPointMessage(
            reference=line[0],
            indication=line[1],
            expanded_uncertainty=line[2],
            factor=line[3] if len(line) > 3 else 2.0,
            stage=stage,
        )
        for line in lines
    )


def _line(text: str) -> tuple[float, ...]:
    found = numbers_of_lines(text, 2, 4)
    if len(found) > 1:
        raise BadValue("One line is needed.")
    return found[0] if found else ()


def _uncertainty(text: str) -> float | None:
    if not text:
        return None
    number = float(number_of(text))
    if number < 0:
        raise BadValue("It is not below zero.")
    return number
