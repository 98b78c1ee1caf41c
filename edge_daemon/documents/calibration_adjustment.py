# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration changed: the function before, commands, the new function. Makes parts of a document, no bytes."""

from collections.abc import Iterator

from reportlab.platypus import Flowable

from edge_daemon.calibration.figures import figures
from edge_daemon.documents.calibration_persons import decided
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_typed import typed_words
from edge_daemon.documents.numbers import plain, recorded
from edge_daemon.documents.sheet import text
from edge_daemon.log.calibration_body import CalibrationCommand, ElectrodeResult, FitResult, ValueFunction

_UNCHANGED = (0.0, 1.0)
_CAME_OF_IT = {
    "done": "done",
    "failed": "failed",
    "unanswered": "it is not known whether the instrument did it; the results as left tell",
}


def adjustment_part(record: CalibrationRecord) -> list[Flowable]:
    """What held until now, then what was changed, or that nothing was."""
    changed = list(_changes(record)) or ["None. The instrument was left as it was found."]
    return [text(words) for words in (_until_now(record), *changed)]


def _until_now(record: CalibrationRecord) -> str:
    if record.verdict.before is None:
        return "Until now: no calibration was in force; the value was the reading itself."
    said = f"Until now: the calibration at log entry {record.verdict.before}"
    return f"{said}. {_function(record.before)}" if record.before else f"{said}; the value was the reading itself."


def _changes(record: CalibrationRecord) -> Iterator[str]:
    verdict, unit = record.verdict, record.start.unit
    for decision, what in decided(record):
        yield f"Decided by {decision.person}: {what}" + (f"; {decision.reason}" if decision.reason else "")
    for index, command in record.commands:
        yield _command(record, index, command)
    if verdict.device_adjusted:
        yield _on_the_instrument(record)
        if record.before is not None and record.before.coefficients != _UNCHANGED:
            yield (
                "The function that held until now was dropped with it, since it belonged to the instrument as it was: "
                "from here on the value is the reading itself."
            )
    if verdict.function is not None and verdict.function.coefficients != _UNCHANGED:
        stayed = "It did NOT take effect, since the instrument stayed out of tolerance. "
        effect = "" if verdict.takes_effect else stayed
        kept = "In software; the uncalibrated reading is kept beside the value."
        yield f"{kept} {effect}{_function(verdict.function)}"
        if verdict.fit is not None:
            yield _fit(verdict.fit, unit)
    if verdict.electrode is not None:
        yield _electrode(verdict.electrode)


def _on_the_instrument(record: CalibrationRecord) -> str:
    kept = "what it did before cannot be had back from its readings."
    if record.commands and all(command.phase != "done" for _, command in record.commands):
        return f"Whether the instrument changed itself is not known; if it did, it keeps that, and {kept}"
    return f"On the instrument, which keeps it; {kept}"


def _command(record: CalibrationRecord, index: int, command: CalibrationCommand) -> str:
    unit = record.start.unit
    argument = "" if command.argument is None else f" with {plain(command.argument)} {unit}"
    told = f"Command to the instrument: {command.action.replace('_', ' ')}{argument}"
    if command.phase != "sent":
        return f"{told}: {_CAME_OF_IT[command.phase]}. {command.answer}"
    stood = "" if command.reference is None else f" while {plain(command.reference)} {unit} stood before it"
    standard = None if command.standard is None else record.standards.get(command.standard)
    source = typed_words(command) if standard is None else f"{standard.name}, log entry {command.standard}"
    unstable = ", although the signal was not stable" if command.override else ""
    named = f" ({source})" if stood and source else ""
    return f"{told}: sent{stood}{named}{unstable} (log entry {index})."


def _fit(fit: FitResult, unit: str) -> str:
    birge = f", Birge ratio {figures(fit.birge_ratio, 3)}" if fit.birge_ratio is not None else ""
    return (
        f"Fit over {fit.levels} levels: residual deviation {figures(fit.residual_deviation)} {unit}, "
        f"{fit.degrees_of_freedom} degrees of freedom, R² {fit.determination:.6f}{birge}"
    )


def _electrode(one: ElectrodeResult) -> str:
    return (
        f"Electrode: slope {one.slope_mv:.2f} mV per pH, {one.slope25_mv:.2f} at 25 °C "
        f"({one.efficiency_percent:.1f} % of Nernst), {one.zero_mv:.1f} mV at pH 7: "
        f"{'accepted' if one.accepted else 'NOT accepted'}"
    )


def _function(function: ValueFunction) -> str:
    if function.form == "segments":
        knots = "; ".join(f"{recorded(raw)} → {recorded(value)}" for raw, value in function.knots)
        words = f"Value by straight lines between (reading → value): {knots}"
    else:
        powers = ("", " · raw", " · raw²", " · raw³")
        terms = [f"{recorded(one)}{powers[power]}" for power, one in enumerate(function.coefficients)]
        words = "Value = " + " + ".join(terms)
    if function.span is None:
        return words
    low, high = function.span
    return f"{words}. Made from readings between {plain(low)} and {plain(high)}; beyond, it extrapolates."
