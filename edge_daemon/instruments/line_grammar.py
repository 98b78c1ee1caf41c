# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The grammars of text lines: JSON lines, labelled and unlabelled plotter lines, CSV. Pure.

Sources: Arduino Serial Plotter (arduino-serial-plotter-webapp, src/msgAggregatorWorker.ts); RFC 8259 and the JSON Lines
convention; RFC 4180. Names of unlabelled values are `value 1`, `value 2`, … as the plotter names them.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from edge_daemon.domain.faults import MalformedFrame

Token = str | float | None
Fields = Mapping[str, Token]


class Grammar(StrEnum):
    """`auto` takes each line as what it looks like: JSON, labelled, or else columns."""

    AUTO = "auto"
    JSON = "json"
    LABELLED = "labelled"
    COLUMNS = "columns"


_DELIMITERS = re.compile(r"[, \t]+")
_GAPS = re.compile(r"[ \t]+")
# A unit may follow, but nothing that could be the rest of a damaged number, its power of ten, or a hexadecimal one.
_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?:(?![eExX])[A-Za-z%°µμ/]+[23²³]?)?")
_SHOWN = 80


def fields(header: str, line: str, grammar: Grammar, columns: Sequence[str]) -> Fields:
    """The fields of one line by name. `columns` names the columns of unlabelled lines and outranks a header.

    Raises MalformedFrame: not JSON, another number of values than columns, a name twice, or not the grammar chosen.
    """
    if line[:1] == "{" or line.lstrip()[:1] == "{":
        _insist(grammar, Grammar.JSON, line)
        return _json(line.strip())
    # A row may hold a time of day, whose colons are no labels.
    if grammar is not Grammar.COLUMNS and line.find(":") > 0:
        _insist(grammar, Grammar.LABELLED, line)
        return _labelled(line)
    _insist(grammar, Grammar.COLUMNS, line)
    names = columns or (_cells(header) if header else ())
    return _columns(line, names) if names else _numbered(line)


def number(name: str, token: Token) -> float | None:
    """A token as a finite number; None for null, nothing, or text that is no number with at most a unit behind it.

    Raises MalformedFrame for a number too large to be one.
    """
    if isinstance(token, str):
        match = _NUMBER.fullmatch(token)
        token = float(match[1]) if match else None
    if token is not None and not math.isfinite(token):
        raise MalformedFrame(f"field {name!r} holds a number that is not finite")
    return token


def _insist(chosen: Grammar, found: Grammar, line: str) -> None:
    if chosen not in {Grammar.AUTO, found}:
        raise MalformedFrame(f"a line of grammar {found.value}, not {chosen.value}: {line[:_SHOWN]!r}")


def _labelled(line: str) -> Fields:
    pairs = [part.split(":") for part in _DELIMITERS.split(line)]
    return _unique([(pair[0], pair[1]) for pair in pairs if len(pair) > 1 and pair[0] and pair[1]])


def _numbered(line: str) -> Fields:
    return {f"value {place}": part for place, part in enumerate(_DELIMITERS.split(line), 1) if part}


def _columns(line: str, names: Sequence[str]) -> Fields:
    cells = _cells(line)
    if len(cells) != len(names):
        raise MalformedFrame(f"{len(cells)} values where there are {len(names)} columns: {line[:_SHOWN]!r}")
    return _unique([(name, cell or None) for name, cell in zip(names, cells, strict=True)])


def _cells(line: str) -> list[str]:
    if '"' in line:
        return _quoted(line)
    if "," in line or ";" in line:
        return [cell.strip() for cell in line.split("," if "," in line else ";")]
    return _GAPS.split(line.strip())


def _quoted(line: str) -> list[str]:
    try:
        (cells,) = csv.reader([line], skipinitialspace=True, strict=True)
    except csv.Error as error:
        raise MalformedFrame(f"quotation marks that do not match: {line[:_SHOWN]!r}") from error
    return [cell.strip() for cell in cells]


def _json(line: str) -> Fields:
    try:
        value, end = _DECODE(line)
        if end != len(line):
            raise ValueError("more than one value")
    except (ValueError, RecursionError) as error:
        raise MalformedFrame(f"a line that is no JSON object: {line[:_SHOWN]!r}") from error
    found: dict[str, Token] = {}
    for name, content in value.items():
        if type(content) is float or content is None:  # nearly all there is
            found[name] = content
        elif isinstance(content, dict):
            found.update({f"{name}.{inner}": _token(inner, part) for inner, part in content.items()})
        else:
            found[name] = _token(name, content)
    return found


def _token(name: str, content: object) -> Token:
    # A list, a truth value or what is nested deeper is no measurement; a field that is asked for then reads as text.
    if content is None or isinstance(content, str | float):
        return content
    if isinstance(content, int) and not isinstance(content, bool):
        try:
            return float(content)
        except OverflowError as error:
            raise MalformedFrame(f"field {name!r} holds a number too large to be one") from error
    return str(content)


def _unique(pairs: list[tuple[str, Token]]) -> Fields:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedFrame("a line with one name twice")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODE: Callable[[str], tuple[dict[str, object], int]] = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant
).raw_decode
