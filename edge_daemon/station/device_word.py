# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an instrument says of its own calibration, compared with the certificates that the log knows, in words. Pure.

An instrument that computes `raw = signal / sensitivity` is right by a laboratory's certificate where both sensitivities
are the same, or where its values are multiplied by (the instrument's) / (the laboratory's).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from edge_daemon.log.calibration_body import ExternalCertificate, ValueFunction

CALIBRATION_DATE = "calibration date"
SELF_CALIBRATION = "automatic self-calibration"
SENSITIVITY = "sensitivity"
DEVICE_SENSITIVITY = "device_sensitivity"
SAME = 1e-4
"""Relative; instruments tell theirs to five or six digits."""


def told_sensitivity(details: Mapping[str, str], settings: Mapping[str, object]) -> float | None:
    """The sensitivity that the instrument says it has, else the one it is configured with; None where neither tells."""
    for name, text in details.items():
        if name.startswith(SENSITIVITY) and (number := _number(text)) is not None:
            return number
    for name, setting in settings.items():
        if name.startswith(SENSITIVITY) and isinstance(setting, int | float) and setting > 0:
            return float(setting)
    return None


def same(one: float, other: float) -> bool:
    """Whether two sensitivities are the same, as far as they are told."""
    return abs(one - other) <= SAME * max(abs(one), abs(other))


def device_says(
    details: Mapping[str, str], settings: Mapping[str, object], accepted: Sequence[ExternalCertificate]
) -> tuple[str, ...]:
    """What the instrument says and how it fits the accepted certificates; nothing where it says nothing."""
    return (
        *_date_words(details.get(CALIBRATION_DATE, ""), accepted),
        *_sensitivity_words(told_sensitivity(details, settings), accepted),
        *_self_words(details.get(SELF_CALIBRATION, "")),
    )


def _date_words(said: str, accepted: Sequence[ExternalCertificate]) -> Iterator[str]:
    if not said:
        return
    try:
        day = date.fromisoformat(said)
    except ValueError:
        yield f"The instrument tells no date of calibration that can be read ({said})."
        return
    mine = f"The instrument says it was calibrated on {day}"
    newest = max(accepted, key=lambda one: one.calibrated, default=None)
    fitting = next((one for one in accepted if one.calibrated == day.isoformat()), None)
    if fitting is not None:
        yield f"{mine}, as certificate {fitting.number} says."
    elif newest is None:
        yield f"{mine}. No certificate of that is here: enter it, so that it counts."
    elif day.isoformat() > newest.calibrated:
        yield (
            f"{mine}, later than the newest certificate here, {newest.number} of {newest.calibrated}: "
            "enter the certificate of that day, or find out who set the date."
        )
    else:
        yield (
            f"{mine}, earlier than certificate {newest.number} of {newest.calibrated}: "
            "that calibration was not written into the instrument."
        )


def _sensitivity_words(held: float | None, accepted: Sequence[ExternalCertificate]) -> Iterator[str]:
    stating = [one for one in accepted if SENSITIVITY in one.coefficients]
    if held is None or not stating:
        return
    newest = max(stating, key=lambda one: one.calibrated)
    certified = newest.coefficients[SENSITIVITY]
    gain = gain_of(newest.function)
    mine = f"The instrument computes with a sensitivity of {held:g}; certificate {newest.number} says {certified:g}."
    if same(held, certified * gain):
        if same(held, certified):
            yield mine
        else:
            yield f"{mine} Values are multiplied by {gain:.6g}, which makes up for it."
        return
    off = 100 * (gain * certified / held - 1)
    yield (
        f"{mine} Values are multiplied by {gain:.6g}, which does not fit: they are {off:+.2g} % off. "
        "The sensitivity was changed since, or entered wrongly: enter the certificate again."
    )


def _self_words(said: str) -> Iterator[str]:
    if said == "on":
        yield (
            "Its automatic self-calibration is on: it changes its own calibration without a record. Switch it off, and "
            "verify it again."
        )


def gain_of(function: ValueFunction | None) -> float:
    """The factor of a function that only multiplies; 1 where raw is the value."""
    if function is None or function.form != "polynomial" or len(function.coefficients) != 2:
        return 1.0
    return function.coefficients[1]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
