# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Small tables of numbers as people type or paste them, one line a row. Pure."""

import re

from app.widgets.form_values import BadValue, number_of

_BETWEEN = re.compile(r"[;\t ]+")
_NAMED = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*[=:]\s*(.+)")


def numbers_of_lines(text: str, least: int, most: int) -> tuple[tuple[float, ...], ...]:
    """Each line's numbers, separated by blanks, tabs or semicolons. Raises BadValue naming the line."""
    found = []
    for place, line in enumerate(text.splitlines(), start=1):
        parts = [part for part in _BETWEEN.split(line.strip()) if part]
        if not parts:
            continue
        if not least <= len(parts) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise BadValue(f"Line {place}: {wanted} numbers are needed, but there are {len(parts)}.")
        found.append(tuple(_number(part, place) for part in parts))
    return tuple(found)


def named_numbers(text: str) -> dict[str, float]:
    """Lines such as `sensitivity = 10.35`, by name. Raises BadValue naming the line."""
    found: dict[str, float] = {}
    for place, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = _NAMED.fullmatch(line)
        if parts is None:
            raise BadValue(f"Line {place}: a name and a number are needed, such as sensitivity = 10.35.")
        if parts[1] in found:
            raise BadValue(f"Line {place}: {parts[1]} is there twice.")
        found[parts[1]] = _number(parts[2].strip(), place)
    return found


def _number(text: str, line: int) -> float:
    try:
        return float(number_of(text))
    except BadValue as fault:
        raise BadValue(f"Line {line}: {fault}") from None
