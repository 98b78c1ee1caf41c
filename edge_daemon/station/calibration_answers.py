# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a step of a calibration asks for, and an answer checked against it field by field. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.calibration_body import Stage

FieldKind = Literal["number", "text", "switch", "choice", "standard", "person", "pin"]
PageKind = Literal["conditions", "apply", "settle", "decide", "command", "sign", "return", "done"]
Given = float | bool | str
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is typed or chosen. `choices` are (value, words)."""

    name: str
    title: str
    kind: FieldKind
    unit: str = ""
    value: Given | None = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `reason`: a reason must be given; `confirm` is asked back before; `why_not` says what it waits for."""

    name: str
    title: str
    reason: bool = False
    confirm: str = ""
    enabled: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The open step as a technician sees it. `number` of `count` counts pages; `files` may go with its answer."""

    id: str
    kind: PageKind
    title: str
    help: str
    stage: Stage | None = None
    point: str = ""
    number: int = 0
    count: int = 0
    inputs: tuple[Field, ...] = ()
    choices: tuple[Choice, ...] = ()
    files: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to the step `step`. `files` are kept already."""

    step: str
    choice: str
    values: Mapping[str, Given]
    reason: str
    person: str
    confirmed: bool
    files: tuple[AttachmentBody, ...] = ()


def chosen(page: Page, answer: Answer) -> Choice:
    """The choice that was made, which must be open, have its reason, and be confirmed where that is asked.

    Raises BadInput naming the field, Conflict.
    """
    found = next((one for one in page.choices if one.name == answer.choice), None)
    if found is None:
        allowed = ", ".join(one.name for one in page.choices) or "none"
        raise BadInput("choice", answer.choice, f"this step's choices are {allowed}")
    if not answer.person.strip():
        raise BadInput("person", answer.person, "the person at the instrument is needed")
    if not found.enabled:
        raise Conflict(f"{found.title}: not yet. {found.why_not}".rstrip())
    if found.reason and not answer.reason.strip():
        raise BadInput("reason", "", "a reason is needed here; it is recorded")
    if found.confirm and not answer.confirmed:
        raise BadInput("confirmed", False, found.confirm)
    if answer.files and not page.files:
        raise BadInput("files", answer.files[0].name, "files are taken with the conditions only")
    return found


def given(fields: Sequence[Field], values: Mapping[str, Given]) -> dict[str, Given]:
    """The values as their fields keep them; what was left empty is not among them.

    Raises BadInput naming the field and what is allowed. Never shows a PIN.
    """
    known = {field.name: field for field in fields}
    for name in values:
        if name not in known:
            raise BadInput(f"values.{name}", "", f"this step asks for {', '.join(known) or 'nothing'}")
    taken: dict[str, Given] = {}
    for field in fields:
        value = values.get(field.name, "")
        if isinstance(value, str) and not value.strip():
            if field.required:
                raise BadInput(f"values.{field.name}", "", f"{field.title} is needed")
            continue
        taken[field.name] = _checked(field, value)
    return taken


def number(values: Mapping[str, Given], name: str) -> float | None:
    """A number among what was given; None where it was left empty."""
    value = values.get(name)
    return float(value) if value is not None else None


def text(values: Mapping[str, Given], name: str) -> str:
    """A text among what was given; empty where it was left empty."""
    return str(values.get(name, ""))


def _checked(field: Field, value: Given) -> Given:
    name = f"values.{field.name}"
    match field.kind:
        case "number":
            return _number(field, name, value)
        case "switch":
            if isinstance(value, bool):
                return value
            raise BadInput(name, value, "true or false is allowed")
        case "choice" | "standard":
            picked = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
            if picked in {choice for choice, _ in field.choices}:
                return picked
            raise BadInput(name, value, f"one of these is needed: {', '.join(words for _, words in field.choices)}")
        case "text" | "person" | "pin":
            if isinstance(value, str) and len(value) <= LONGEST_TEXT:
                return value if field.kind == "pin" else value.strip()
            raise BadInput(name, "", f"a text of at most {LONGEST_TEXT} characters is allowed")


def _number(field: Field, name: str, value: Given) -> float:
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    allowed = f"a number from {low:g} to {high:g} {field.unit}".rstrip() + " is needed"
    if isinstance(value, bool):
        raise BadInput(name, value, allowed)
    try:
        parsed = float(value.replace(",", ".") if isinstance(value, str) else value)
    except ValueError:
        raise BadInput(name, value, allowed) from None
    if not math.isfinite(parsed) or not low <= parsed <= high:
        raise BadInput(name, value, allowed)
    return parsed
