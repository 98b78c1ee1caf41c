# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which field of a line becomes which channel, as the options say it; shared by the drivers of line streams. Pure."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from edge_daemon.domain.faults import BadInput, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Setting
from edge_daemon.instruments.line_grammar import Fields, Grammar, fields, number
from edge_daemon.instruments.text_lines import split_frame

IDLE_S = 2.0
SILENT_AFTER_S = 60.0
LONGEST_STATUS = 80

CHECKSUMS = ("accepted", "required")

_FINE = frozenset({"", "ok", "good", "0"})
_NO_VALUE = frozenset({"nan", "-nan", "inf", "-inf", "null", "none", "na", "n/a", "-", "--"})
_TERM = re.compile(
    r"\s*(?P<channel>[a-z][a-z0-9_]*)\s*=\s*(?P<field>[^=*]+?)\s*"
    r"(?:\*\s*(?P<factor>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*)?"
    r"(?:(?<=\s)(?P<sign>[+-])\s+(?P<offset>[0-9]+(?:\.[0-9]+)?)\s*)?"
)


@dataclass(frozen=True, slots=True)
class Term:
    """channel = field × factor + offset."""

    channel: str
    field: str
    factor: float
    offset: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the options come to, worked out once: reading a line is the hot path."""

    terms: tuple[tuple[str, str, float, float], ...]
    channels: frozenset[str]
    grammar: Grammar
    columns: tuple[str, ...]
    checksum_required: bool
    status_field: str


@dataclass(frozen=True, slots=True)
class Line:
    """The mapped channels of one line, and what it says of its own state: `ok` or the controller's words."""

    channels: Mapping[str, float | None]
    status: str


@lru_cache(maxsize=256)
def mapping(text: str) -> tuple[Term, ...]:
    """The terms of an option such as `temperature=temp_f * 0.5556 - 17.78, co2=co2`. Raises BadInput."""
    terms = tuple(_term(part) for part in text.split(",") if part.strip())
    channels = [term.channel for term in terms]
    if not terms or len(set(channels)) != len(channels):
        raise BadInput("fields", text, "channel=field, each channel once, is needed; e.g. co2=co2_ppm, temperature=t")
    return terms


def read_line(frame: bytes, options: Mapping[str, OptionValue], channels: Set[str], default: str) -> Line:
    """The channels that the option `fields` (or the `default`) takes from the line in a frame.

    A channel whose field is missing from the line, null or no number is None. `channels` are those there are, or
    empty where any is allowed.

    Raises BadInput for an option; ChecksumMismatch or MalformedFrame for the line, or one without a value.
    """
    get = options.get
    plan = _plan(
        get("fields") or default,
        get("grammar", "auto"),
        get("columns", ""),
        get("checksum", ""),
        get("status_field", "err"),
    )
    if channels and not plan.channels <= channels:
        unknown = min(plan.channels - channels)
        raise BadInput("fields", unknown, f"one of the channels {', '.join(sorted(channels))} is allowed")
    header, text = split_frame(frame, checksum_required=plan.checksum_required)
    found = fields(header, text, plan.grammar, plan.columns)
    values: dict[str, float | None] = {}
    worth = False
    for channel, field, factor, offset in plan.terms:
        token = found.get(field)
        value = None if token is None else number(field, token)
        if value is not None:
            value = value * factor + offset
            worth = True
        values[channel] = value
    if not worth:
        _refuse_worthless(found, plan)
    said = found.get(plan.status_field)
    return Line(values, "ok" if said is None else _status(said))


@lru_cache(maxsize=256, typed=True)
def _plan(*values: OptionValue) -> _Plan:
    fields_text, grammar, columns, checksum, status_field = map(str, values)
    terms = mapping(fields_text)
    if grammar not in set(Grammar):
        raise BadInput("grammar", grammar, f"one of {', '.join(Grammar)} is allowed")
    if checksum not in {"", *CHECKSUMS}:
        raise BadInput("checksum", checksum, f"one of {', '.join(CHECKSUMS)} is allowed")
    names = tuple(name.strip() for name in columns.split(",")) if columns.strip() else ()
    return _Plan(
        tuple((term.channel, term.field, term.factor, term.offset) for term in terms),
        frozenset(term.channel for term in terms),
        Grammar(grammar),
        names,
        checksum == "required",
        status_field,
    )


def _refuse_worthless(found: Fields, plan: _Plan) -> None:
    wanted = [field for _, field, _, _ in plan.terms]
    if not any(field in found for field in wanted):
        there = ", ".join(found) or "no named value"
        raise MalformedFrame(f"a line with {there[:200]}, and none of the fields {', '.join(wanted)}")
    # A word of boot text in the place of a value is no measurement; null and nan are one that failed.
    said = [str(found[field]) for field in wanted if found.get(field) is not None]
    words = [word for word in said if word.lower() not in _NO_VALUE]
    if words:
        raise MalformedFrame(f"words where numbers belong: {', '.join(words)[:200]}")


def _term(part: str) -> Term:
    match = _TERM.fullmatch(part)
    if match is None:
        raise BadInput("fields", part.strip(), "channel=field, or channel=field * factor + offset, is needed")
    offset = float(match["offset"] or 0.0)
    return Term(
        match["channel"], match["field"], float(match["factor"] or 1.0), -offset if match["sign"] == "-" else offset
    )


def _status(said: str | float) -> str:
    if said == 0:
        return "ok"
    words = str(said).strip()
    return "ok" if words.lower() in _FINE else words[:LONGEST_STATUS]


def settings(default_fields: str) -> tuple[Setting, ...]:
    """The settings that every line stream has; all live on this computer."""
    return (
        Setting(
            "fields",
            "Which field is which channel",
            "text",
            default_fields,
            help="channel=field, with commas between; a factor and offset may follow: t=temp_f * 0.5556 - 17.78",
            risk="A wrong field or factor puts readings wrong without a trace.",
        ),
        Setting(
            "columns",
            "Names of the columns",
            "text",
            "",
            help="For lines of bare values: their names in order, with commas between. Empty: those of the header "
            "line, or value 1, value 2, …",
            risk="A column in the wrong place puts readings under the wrong name.",
        ),
        Setting(
            "grammar",
            "Form of the lines",
            "choice",
            Grammar.AUTO.value,
            choices=tuple(each.value for each in Grammar),
            help="auto takes each line as what it looks like; another choice refuses every other form.",
        ),
        Setting(
            "checksum",
            "Checksum at the end of a line",
            "choice",
            "accepted",
            choices=CHECKSUMS,
            help="*hh, the exclusive or of the bytes before it. Without one a damaged digit cannot be noticed.",
            alters_values=False,
        ),
        Setting(
            "status_field",
            "Field with the controller's state",
            "text",
            "err",
            help="Its words go into the record.",
            alters_values=False,
        ),
    )
