# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an instrument says of its own calibration, compared with what the log knows of it, in words. Pure.

An instrument that computes `raw = signal / sensitivity` is right by a laboratory's certificate where both sensitivities
are the same, or where its values are multiplied by (the instrument's) / (the laboratory's).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import (
    TOLD_COMMANDS,
    TOLD_COUNT,
    TOLD_DATE,
    TOLD_FORMER_DATES,
    TOLD_REFERENCE,
    TOLD_SELF_CALIBRATION,
)
from edge_daemon.log.calibration_body import ExternalCertificate, ValueFunction
from edge_daemon.station.recorded_calibrations import Commanded, Recorded

SENSITIVITY = "sensitivity"
DEVICE_SENSITIVITY = "device_sensitivity"
SENSITIVITY_RATIO = "sensitivity_ratio"
"""What a laboratory found, divided by what the instrument computes with."""
SAME = 1e-4
"""Relative; instruments tell theirs to five or six digits."""
_NO_ANSWER = "its answer did not come, and this shows that it was done."
_ELSEWHERE = "Enter what certificates there are of that, or find out who did it."
_LOG_BEFORE = "What the log before this one tells does not count here: look there before you ask who did it."
_UNRECORDED = "Somebody did that without a record: calibrate it again."


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
    details: Mapping[str, str], settings: Mapping[str, object], known: Recorded, unit: str
) -> tuple[str, ...]:
    """What the instrument says and how it fits what is recorded; nothing where it says nothing. `unit` is that of its
    primary channel."""
    return (
        *_date_words(details.get(TOLD_DATE, ""), known.certificates),
        *_count_words(details, known),
        *_reference_words(details.get(TOLD_REFERENCE, ""), known.commands, unit, _missing(known)),
        *_command_words(details.get(TOLD_COMMANDS, ""), known.commands, _missing(known)),
        *_sensitivity_words(told_sensitivity(details, settings), known.certificates),
        *_self_words(details.get(TOLD_SELF_CALIBRATION, "")),
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


def _count_words(details: Mapping[str, str], known: Recorded) -> Iterator[str]:
    former = [one for one in details.get(TOLD_FORMER_DATES, "").split(", ") if one]
    if former:
        yield _listed_words([details.get(TOLD_DATE, ""), *former], known)
    counted = details.get(TOLD_COUNT, "")
    if not counted:
        return
    if not counted.isdecimal():
        yield f"The instrument tells no count of calibrations that can be read ({counted})."
        return
    more = int(counted) - known.count
    said = f"The instrument counts {_times(int(counted))}, this history knows {known.count}{_since(known)}"
    if 0 < more <= known.perhaps:
        yield f"{said}, and {_often(known.perhaps)} a run sent a command whose answer did not come: that fits."
    elif more > 0 and known.follows:
        yield f"{said}: {_often(more)} more. {_LOG_BEFORE}"
    elif more > 0:
        yield f"{said}: it was calibrated elsewhere {_often(more)}. {_ELSEWHERE}"
    elif more < 0:
        yield f"{said}: {_often(-more)} it was not written into the instrument, or its counter was set back."
    else:
        yield f"{said}: they agree."


def _since(known: Recorded) -> str:
    return " since this log began" if known.follows else ""


def _listed_words(dates: Sequence[str], known: Recorded) -> str:
    elsewhere = _LOG_BEFORE if known.follows else _ELSEWHERE
    here = {one.calibrated for one in known.certificates}
    missing = [one for one in dates if one not in here]
    said = f"The instrument keeps {_times(len(dates))}, of {', '.join(dates)}; this history{_since(known)} knows "
    if not missing:
        return f"{said}all of them."
    return f"{said}{len(dates) - len(missing)} of them. Not here: {', '.join(missing)}. {elsewhere}"


def _missing(known: Recorded) -> str:
    return _LOG_BEFORE if known.follows else _UNRECORDED


def _reference_words(said: str, commands: Sequence[Commanded], unit: str, missing: str) -> Iterator[str]:
    reference = _number(said)
    if reference is None:
        return
    mine = f"The instrument says that since it has power it was recalibrated to {reference:g} {unit}"
    # What was sent without an answer may not have been done: then the one before still shows.
    sure = next((place for place in range(len(commands), 0, -1) if commands[place - 1].known), 0)
    maybe = commands[max(sure - 1, 0) :]
    last = commands[sure - 1] if sure else None
    fitting = next((one for one in reversed(maybe) if one.argument == reference), None)
    if fitting is not None and fitting.known:
        yield f"{mine}, as the run at entry {fitting.run} did on {_day(fitting)}."
    elif fitting is not None:
        yield f"{mine}, as the run at entry {fitting.run} asked for on {_day(fitting)}; {_NO_ANSWER}"
    elif last is not None and last.argument is not None:
        yield (
            f"{mine}; the last that this history knows was to {last.argument:g} {unit}, on {_day(last)}. "
            "Somebody recalibrated it elsewhere since, without a record: calibrate it again."
        )
    else:
        yield f"{mine}; this history knows of none. {missing}"


def _command_words(said: str, commands: Sequence[Commanded], missing: str) -> Iterator[str]:
    for action in filter(None, said.split(", ")):
        mine = f"The instrument says that since it has power it has done a {action.replace('_', ' ')}"
        last = next((one for one in reversed(commands) if one.action == action), None)
        if last is not None and not last.known:
            yield f"{mine}, as the run at entry {last.run} asked for on {_day(last)}; {_NO_ANSWER}"
        elif last is not None:
            yield f"{mine}; the run at entry {last.run} had it done on {_day(last)}."
        else:
            yield f"{mine}; this history knows of none. {missing}"


def _sensitivity_words(held: float | None, accepted: Sequence[ExternalCertificate]) -> Iterator[str]:
    stating = [(one, certified) for one in accepted if (certified := _certified(one.coefficients)) is not None]
    if held is None or not stating:
        return
    newest, certified = max(stating, key=lambda one: one[0].calibrated)
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


def _certified(coefficients: Mapping[str, float]) -> float | None:
    """The sensitivity that a laboratory found: told, or by its ratio to the one that the instrument computed with."""
    if SENSITIVITY in coefficients:
        return coefficients[SENSITIVITY]
    ratio, held = coefficients.get(SENSITIVITY_RATIO), coefficients.get(DEVICE_SENSITIVITY)
    return None if ratio is None or held is None else ratio * held


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


def _times(count: int) -> str:
    return "1 calibration" if count == 1 else f"{count} calibrations"


def _often(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _day(one: Commanded) -> str:
    return rfc3339_from_ns(one.t_ns)[:10]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
