# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What stands before the instrument at a point: what is asked about it, and the reference value that follows.

Reads the register of standards through what it is given; otherwise pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from edge_daemon.calibration.figures import figures
from edge_daemon.calibration.references import (
    Reference,
    of_fixed,
    of_instrument,
    of_saturated_air,
    of_standard,
    same_unit,
)
from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.procedure import ProcedurePoint, ReferenceSource
from edge_daemon.domain.rounding import told
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibration_body import ReferenceBy
from edge_daemon.station.calibration_answers import Field, Given, number, text
from edge_daemon.station.standards import Standard, StandardExpired

REFERENCE, UNCERTAINTY, STANDARD, TEMPERATURE = "reference", "expanded_uncertainty", "standard", "temperature"
REFERENCE_BY, INSTRUMENT = "reference_by", "reference_instrument"
NO_STANDARD = "none"
IN_STANDARD_C = (-5.0, 60.0)
RECENT = timedelta(days=30)
"""A standard that was used this lately is chosen beforehand."""
NOT_CHECKED = "whether it was still good ({}) was not checked: the computer's clock was not to be trusted"
_BY: Mapping[str, ReferenceBy] = {"general": "general", "read": "read"}
_UNSAID = "unsaid"
_BY_CHOICES = (
    (_UNSAID, "Not said: left as offered, it is the general value"),
    ("general", "General value: nothing was read"),
    ("read", "Read off a reference instrument"),
)
_SPELLED = {"ph": "pH", "co2": "CO₂"}


class Standards(Protocol):
    """The register (`StandardBook`)."""

    def standards(self, kind: str = "") -> tuple[Standard, ...]:
        """Those in use of this kind, the last used first."""

    def by_index(self, index: int) -> Standard:
        """The one of this entry. Raises Unknown."""

    def kinds(self) -> Mapping[str, bool]:
        """Every kind, and whether a procedure asks for it."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What stands before the instrument; `standard` is an entry of the register.

    `override` is the reason for using an expired standard. `words` name it to a person. `by` is how a typed value came
    about, `instrument` what it was read off; `celsius` (°C) is the temperature at which a standard's table was read.
    """

    reference: Reference
    standard: int | None
    override: str
    words: str
    by: ReferenceBy = ""
    instrument: str = ""
    celsius: float | None = None

    def reading(self, value: float | None) -> "Applied":
        """The same, showing this value by now; None: as before."""
        return self if value is None else replace(self, reference=replace(self.reference, value=value))


class References:
    """The references for one channel in `unit`. `today` is the day on which standards must be valid, None where the
    clock is not trusted and nobody knows the day."""

    def __init__(self, standards: Standards, today: date | None, unit: str) -> None:
        self._standards = standards
        self._today = today
        self._unit = unit

    def fields(
        self, point: ProcedurePoint, before: int | None, celsius: float | None, instrument: str = ""
    ) -> tuple[Field, ...]:
        """What is asked. `before` is the standard used here last, `celsius` a measured temperature, `instrument` the
        reference instrument that was named last."""
        match point.source:
            case ReferenceSource.STANDARD:
                return self._standard_fields(point, before, celsius)
            case ReferenceSource.INSTRUMENT:
                return self._instrument_fields(point, before, instrument)
            case ReferenceSource.FIXED | ReferenceSource.SATURATED_AIR:
                return ()

    def later(self, point: ProcedurePoint, applied: Applied) -> tuple[Field, ...]:
        """What may be typed anew when the point is taken: what a reference instrument beside the sensor shows then."""
        if point.saturation == "solubility":
            title = "What the thermometer in the cup shows by now"
            return (Field(TEMPERATURE, title, "number", "°C", applied.celsius, 0.0, 40.0, required=False),)
        if point.source is ReferenceSource.STANDARD and applied.celsius is not None:
            title, low, high = "What the thermometer in it shows by now", *IN_STANDARD_C
            return (Field(TEMPERATURE, title, "number", "°C", applied.celsius, low, high, required=False),)
        if point.source is not ReferenceSource.INSTRUMENT or applied.by == "general":
            return ()
        value, unit = applied.reference.value, self._unit
        title = "What the reference shows by now"
        return (Field(REFERENCE, title, "number", unit, value, point.lowest, point.highest, required=False),)

    def of(
        self, point: ProcedurePoint, values: Mapping[str, Given], reason: str, conditions: Mapping[str, float]
    ) -> Applied:
        """The reference that the answer names. Raises BadInput naming the field, Unknown."""
        match point.source:
            case ReferenceSource.STANDARD:
                return self._of_standard(values, reason)
            case ReferenceSource.INSTRUMENT:
                return self._of_instrument(point, values, reason)
            case ReferenceSource.FIXED:
                return _made(of_fixed(point), point.title)
            case ReferenceSource.SATURATED_AIR:
                found = of_saturated_air(point, conditions)
                made = _made(found, f"{point.title}: {figures(found.value)} {self._unit}")
                return replace(made, celsius=conditions.get(TEMPERATURE) if point.saturation == "solubility" else None)

    def _standard_fields(self, point: ProcedurePoint, before: int | None, celsius: float | None) -> tuple[Field, ...]:
        fitting = self._fitting(point)
        choices = tuple((str(one.index), self._words(one)) for one in fitting)
        used = next((str(one.index) for one in fitting if one.index == before or self._is_recent(one)), None)
        kind = " ".join(_SPELLED.get(word, word) for word in point.standard_kind.split("_"))
        none = "" if choices else f"The register has no {kind} for this point. Enter it there first."
        asked = Field(STANDARD, f"Which {kind}", "standard", self._unit, used, choices=choices, help=none)
        if not any(one.body.by_temperature for one in fitting):
            return (asked,)
        low, high = IN_STANDARD_C
        at = Field(TEMPERATURE, "Its temperature", "number", "°C", celsius, low, high, help="Its value depends on it.")
        return asked, at

    def _instrument_fields(self, point: ProcedurePoint, before: int | None, last: str) -> tuple[Field, ...]:
        value = Field(
            REFERENCE, "What the reference shows", "number", self._unit, point.nominal, point.lowest, point.highest
        )
        unsure = Field(
            UNCERTAINTY,
            "Its expanded uncertainty (k = 2)",
            "number",
            self._unit,
            point.expanded_uncertainty,
            help="More than 0.",
        )
        known = self._instruments()
        # Where a general value is offered, a name that nobody typed here would turn that into something read.
        offered = last if point.nominal is None else ""
        said = "Model, serial number, certificate"
        named = Field(INSTRUMENT, "Which reference instrument", "text", value=offered, required=False, help=said)
        used = next((str(one.index) for one in known if one.index == before), NO_STANDARD)
        by = _UNSAID if used == NO_STANDARD else "read"
        how = Field(REFERENCE_BY, "How it is known", "choice", value=by, required=False, choices=_BY_CHOICES)
        typed = (value, unsure) if point.nominal is None else (value, unsure, how)
        if not known:
            return *typed, named
        choices = ((NO_STANDARD, "None of the register"), *((str(one.index), self._words(one)) for one in known))
        which = Field(STANDARD, "Reference instrument", "standard", "", used, required=False, choices=choices)
        return which, *typed, named

    def _fitting(self, point: ProcedurePoint) -> list[Standard]:
        return [one for one in self._standards.standards(point.standard_kind) if self._reaches(point, one)]

    def _is_recent(self, standard: Standard) -> bool:
        """Whether it was used lately and is still good: what nobody has used yet is taken off the shelf on purpose."""
        if self._today is None or standard.used_ns is None or standard.standing(self._today) == "expired":
            return False
        used = datetime.fromtimestamp(standard.used_ns // NS_PER_S, UTC).date()
        return self._today - used <= RECENT

    def _reaches(self, point: ProcedurePoint, standard: Standard) -> bool:
        values = [value for _, value in standard.body.by_temperature] or [standard.body.value]
        return (
            same_unit(standard.body.unit, self._unit) and max(values) >= point.lowest and min(values) <= point.highest
        )

    def _instruments(self) -> Sequence[Standard]:
        asked = self._standards.kinds()
        others = (one for one in self._standards.standards() if not asked.get(one.body.kind, False))
        return [one for one in others if same_unit(one.body.unit, self._unit)]

    def _of_standard(self, values: Mapping[str, Given], reason: str) -> Applied:
        standard = self._standards.by_index(int(text(values, STANDARD)))
        override = self._usable(standard, reason)
        celsius = number(values, TEMPERATURE)
        try:
            found = of_standard(standard.body, self._unit, celsius)
        except BadInput as wrong:
            field = TEMPERATURE if standard.body.by_temperature else STANDARD
            raise BadInput(f"values.{field}", celsius, wrong.allowed) from wrong
        at = celsius if standard.body.by_temperature else None
        return Applied(found, standard.index, override, self._words(standard), celsius=at)

    def _of_instrument(self, point: ProcedurePoint, values: Mapping[str, Given], reason: str) -> Applied:
        named = text(values, STANDARD)
        standard = self._standards.by_index(int(named)) if named not in {"", NO_STANDARD} else None
        override = self._usable(standard, reason) if standard else ""
        value = number(values, REFERENCE)
        assert value is not None, "the field is required"
        try:
            found = of_instrument(point, value, number(values, UNCERTAINTY))
        except BadInput as wrong:
            raise BadInput(f"values.{UNCERTAINTY}", wrong.value, wrong.allowed) from wrong
        if standard is not None:
            override = override or self._trusted(standard, found, reason)
        by = _how(point, values, found, named=standard is not None)
        words = _pair(found.value, found.expanded_uncertainty, self._unit)
        instrument = text(values, INSTRUMENT)
        off = standard.body.name if standard else instrument
        source = f", read off {off}" if off else ", a general value that nobody read" if by == "general" else ""
        return Applied(found, standard.index if standard else None, override, words + source, by, instrument)

    def _trusted(self, standard: Standard, typed: Reference, reason: str) -> str:
        """The reason for trusting an instrument more than its entry does; empty where it is not. Raises BadInput."""
        own = standard.body.expanded_uncertainty / standard.body.factor * typed.factor
        if typed.expanded_uncertainty >= own:
            return ""
        if reason.strip():
            return reason.strip()
        known = f"{standard.body.name} has {own:g} {self._unit} by its entry in the register"
        raise BadInput("reason", "", f"{known}; type that or more, or give the reason why it is known better")

    def _usable(self, standard: Standard, reason: str) -> str:
        """The reason for using it although it has expired, empty where it may be used. Raises BadInput otherwise."""
        trouble: Fault | None = standard.trouble(self._today)
        if trouble is None:
            unknown = standard.standing(self._today) == "not_checked"
            return (reason.strip() or NOT_CHECKED.format(standard.body.expires)) if unknown else ""
        if isinstance(trouble, StandardExpired):
            if reason.strip():
                return reason.strip()
            raise BadInput("reason", "", f"{trouble}; give the reason why it is used all the same, or choose another")
        raise BadInput(f"values.{STANDARD}", standard.index, str(trouble))

    def _words(self, standard: Standard) -> str:
        body = standard.body
        lot = f", lot {body.lot}" if body.lot else ""
        size = _pair(body.value, body.expanded_uncertainty, body.unit)
        warning = {
            "expired": f" (expired {body.expires})",
            "due": f" (until {body.expires})",
            "not_checked": f" (until {body.expires}: not checked)",
        }
        return f"{body.name}: {size}{lot}{warning.get(standard.standing(self._today), '')}"


def _how(point: ProcedurePoint, values: Mapping[str, Given], found: Reference, *, named: bool) -> ReferenceBy:
    """How a typed value came about. Raises BadInput for what cannot be both."""
    by, named = _BY.get(text(values, REFERENCE_BY)), named or bool(text(values, INSTRUMENT))
    if by is None:
        offered = (found.value, found.expanded_uncertainty) == (point.nominal, point.expanded_uncertainty)
        return "read" if named or point.nominal is None else "general" if offered else ""
    if by == "read":
        return by
    if named:
        field = f"values.{REFERENCE_BY}"
        raise BadInput(field, by, "an instrument is named: choose that it was read, or leave out the instrument")
    least = point.expanded_uncertainty
    if least is not None and found.expanded_uncertainty < least:
        allowed = f"a general value is known to ± {least:g} at best: type that or more, or choose that it was read"
        raise BadInput(f"values.{UNCERTAINTY}", found.expanded_uncertainty, allowed)
    return by


def field_of(point: ProcedurePoint) -> str:
    """The field that a wrong reference is told at."""
    return STANDARD if point.source is ReferenceSource.STANDARD else REFERENCE


def _pair(value: float, expanded: float, unit: str) -> str:
    return f"{' ± '.join(told(value, expanded))} {unit}".rstrip()


def _made(reference: Reference, words: str) -> Applied:
    return Applied(reference, None, "", words)
