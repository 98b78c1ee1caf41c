# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Standards out of a CSV file, line by line. Reading is pure; bringing in writes to the register.

The first line names the columns, in any order: `kind`, `name`, `value`, `unit` and `expanded_uncertainty` are needed;
`factor` (2 where it is not given), `lot`, `certificate`, `issuer`, `expires` (YYYY-MM-DD), `code` and `by_temperature`
(`0=4.00 10=4.00 25=4.01`: °C=value, separated by blanks) may be there. Columns are separated by `;` or `,`.

The decimal mark is a comma or a point; digits are never grouped. `1,234` could be either, so it is read only where
other numbers of the file show which mark it uses, or where the columns are separated by `,`, which leaves the point.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.log.calibration_body import StandardBody
from edge_daemon.station.standards import Standard, StandardBook, check_standard, kind_of

NEEDED = ("kind", "name", "value", "unit", "expanded_uncertainty")
OPTIONAL = ("factor", "lot", "certificate", "issuer", "expires", "code", "by_temperature")
MOST_LINES = 1_000
LONGEST_TEXT = 200

Mark = Literal[",", "."]
_NUMBER = re.compile(r"[+-]?(?P<whole>\d+)(?:(?P<mark>[.,])(?P<part>\d+))?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of the file, counted from 1: the standard it tells, or the reason why it tells none."""

    line: int
    body: StandardBody | None
    trouble: str = ""


def read_standards(text: str, person: str) -> tuple[ReadLine, ...]:
    """Every line below the header that is not blank, in order.

    Raises BadInput where the file as a whole cannot be read: no header, unknown columns, not UTF-8, too long.
    """
    text = text.removeprefix("\ufeff")
    if "\ufffd" in text:
        raise BadInput("csv", "�", "the file is not in UTF-8; save it again as `CSV UTF-8`")
    separator = _separator(text)
    rows = list(_rows(text, separator))
    if len(rows) > MOST_LINES + 1:
        raise BadInput("csv", f"{len(rows) - 1} lines", f"at most {MOST_LINES} standards can be brought in at once")
    if not rows:
        raise BadInput("csv", "", f"the first line must name the columns: {', '.join(NEEDED + OPTIONAL)}")
    columns = _columns(rows[0][1])
    lines = [(number, cells) for number, cells in rows[1:] if any(cells)]
    marks = _marks_shown(columns, [cells for _, cells in lines])
    if not marks and separator == ",":
        marks = frozenset({"."})
    return tuple(_line(number, columns, cells, marks, person) for number, cells in lines)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a line: the entry it made or is the same as, whether it was `taken`, and words for a person."""

    line: int
    taken: bool
    index: int | None
    words: str


def bring_in(book: StandardBook, text: str, person: str, on: date | None) -> tuple[Imported, ...]:
    """Add every standard of the file that the register never had. The same file again changes nothing.

    `on` is this day, None while the clock is not trusted: then it is said that no expiry was checked.

    Raises BadInput where the file as a whole cannot be read, and what the log raises.
    """
    return tuple(_imported(book, one, on) for one in read_standards(text, person))


def _imported(book: StandardBook, read: ReadLine, on: date | None) -> Imported:
    if read.body is None:
        return Imported(read.line, taken=False, index=None, words=f"Not taken. {read.trouble}")
    try:
        standard, new = book.add_unless_known(read.body)
    except (BadInput, Conflict) as fault:
        return Imported(read.line, taken=False, index=None, words=f"Not taken. {fault}.")
    if new:
        return Imported(read.line, taken=True, index=standard.index, words=_taken(book, standard, on))
    return Imported(read.line, taken=False, index=standard.index, words=_known(standard))


def _taken(book: StandardBook, standard: Standard, on: date | None) -> str:
    words = ["Taken."]
    if standard.standing(on) == "expired":
        words.append(f"It expired on {standard.body.expires}.")
    words.append(standard.warning(on))
    if not book.kinds()[standard.body.kind]:
        words.append(f"No procedure asks for the kind {standard.body.kind}; check how it is spelled.")
    return " ".join(filter(None, words))


def _known(standard: Standard) -> str:
    if standard.replaced_by is not None:
        return f"Not taken: it was in the register, and entry {standard.replaced_by} took its place since."
    if standard.body.withdrawn:
        return f"Not taken: it was taken out of use by entry {standard.index}."
    return f"Not taken: it is in the register already, as entry {standard.index}."


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    found = [one for one in ";," if one in header]
    if len(found) != 1:
        raise BadInput(
            "csv",
            header[:LONGEST_TEXT],
            f"the first line must name the columns, separated by `;` or by `,`: {', '.join(NEEDED)} are needed",
        )
    return found[0]


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    first = 1
    try:
        for cells in reader:
            yield first, [cell.strip() for cell in cells]
            first = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(
            "csv", f"line {reader.line_num}", f"it is no CSV ({error}); check the quotation marks"
        ) from error


def _columns(cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.lower() for cell in cells)
    allowed = f"the columns are {', '.join(NEEDED)}, and where wanted {', '.join(OPTIONAL)}"
    for name in names:
        if name not in NEEDED + OPTIONAL:
            raise BadInput("csv", name, allowed)
        if names.count(name) > 1:
            raise BadInput("csv", name, "each column may be there once")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise BadInput("csv", ", ".join(missing), f"the column is missing; {allowed}")
    return names


def _line(number: int, columns: Sequence[str], cells: Sequence[str], marks: frozenset[Mark], person: str) -> ReadLine:
    if len(cells) != len(columns):
        return ReadLine(
            number,
            None,
            f"It has {len(cells)} columns where the first line names {len(columns)}. A number with a comma must stand "
            "in quotation marks where columns are separated by commas.",
        )
    try:
        body = _body(dict(zip(columns, cells, strict=True)), marks, person)
        check_standard(body)
    except BadInput as wrong:
        return ReadLine(number, None, f"{wrong.field} {wrong.value!r}: {wrong.allowed}.")
    return ReadLine(number, body)


def _body(given: Mapping[str, str], marks: frozenset[Mark], person: str) -> StandardBody:
    for name, cell in given.items():
        if name != "by_temperature" and len(cell) > LONGEST_TEXT:
            raise BadInput(name, cell[:40], f"at most {LONGEST_TEXT} characters are allowed")
    return StandardBody(
        kind=kind_of(given["kind"]),
        name=given["name"],
        value=_number("value", given["value"], marks),
        unit=given["unit"],
        expanded_uncertainty=_number("expanded_uncertainty", given["expanded_uncertainty"], marks),
        factor=_number("factor", given["factor"], marks) if given.get("factor") else 2.0,
        person=person,
        lot=given.get("lot", ""),
        certificate=given.get("certificate", ""),
        issuer=given.get("issuer", ""),
        expires=given.get("expires", ""),
        code=given.get("code", ""),
        by_temperature=tuple(_table(given.get("by_temperature", ""), marks)),
    )


def _table(text: str, marks: frozenset[Mark]) -> Iterator[tuple[float, float]]:
    for pair in text.split():
        celsius, between, value = pair.partition("=")
        if not between:
            raise BadInput("by_temperature", pair, "write °C=value, separated by blanks, like `0=4.00 25=4.01`")
        yield _number("by_temperature", celsius, marks), _number("by_temperature", value, marks)


def _number(name: str, text: str, marks: frozenset[Mark]) -> float:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise BadInput(name, text, "a number like 400.5 or 400,5 is needed, without groups of digits and without unit")
    mark = match["mark"]
    if mark is not None and _is_open(match) and marks != {mark}:
        if not marks or len(marks) > 1:
            raise BadInput(
                name, text, f"it may be {text.replace(mark, '')} or {text.replace(mark, '.')}; add or take off a digit"
            )
        raise BadInput(name, text, f"the decimal mark of this file is `{min(marks)}`, and digits must not be grouped")
    return float(text.replace(",", "."))


def _is_open(match: re.Match[str]) -> bool:
    """Whether the mark may as well group digits: one to three before it, no leading zero, three behind it."""
    whole = match["whole"]
    return len(match["part"]) == 3 and len(whole) <= 3 and not whole.startswith("0")


def _marks_shown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> frozenset[Mark]:
    """The decimal marks of the numbers that can be read in one way only."""
    numeric = [place for place, name in enumerate(columns) if name in {"value", "expanded_uncertainty", "factor"}]
    table = [place for place, name in enumerate(columns) if name == "by_temperature"]
    shown: set[Mark] = set()
    for row in rows:
        numbers = [row[place] for place in numeric if place < len(row)]
        numbers += [part for place in table if place < len(row) for part in row[place].replace("=", " ").split()]
        for text in numbers:
            match = _NUMBER.fullmatch(text)
            if match is not None and match["mark"] is not None and not _is_open(match):
                shown.add("," if match["mark"] == "," else ".")
    return frozenset(shown)
