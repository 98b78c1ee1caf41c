# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A TOML table whose fields are taken one by one: each checked, each refusal naming where it stands. Pure."""

import math
from collections.abc import Collection, Mapping

from edge_daemon.domain.faults import BadInput


class TomlTable:
    """What is left of a table at `place`. All methods raise BadInput naming field, value and what is allowed."""

    def __init__(self, place: str, content: Mapping[str, object]) -> None:
        self.place = place
        self._left = dict(content)

    def has(self, name: str) -> bool:
        return name in self._left

    def text(self, name: str, default: str | None = None) -> str:
        """A text; an empty one only as the default."""
        value = self._take(name, default)
        if not isinstance(value, str) or (not value.strip() and value != default):
            raise self.bad(name, value, "a text that is not empty is needed")
        return value

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise self.bad(name, value, f"one of {', '.join(repr(one) for one in allowed)} is allowed")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._take(name, default)
        if not _is_number(value):
            raise self.bad(name, value, "a finite number is needed")
        return float(value)  # type: ignore[arg-type]  # `_is_number` has looked

    def number_or_none(self, name: str) -> float | None:
        return self.number(name) if self.has(name) else None

    def not_negative(self, name: str, default: float | None = None) -> float:
        value = self.number(name, default)
        if value < 0:
            raise self.bad(name, value, "a number of at least 0 is needed")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number above 0."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.bad(name, value, "a whole number above 0 is needed")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self.bad(name, value, "true or false is needed")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where the field is not there."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.bad(name, value, "a list of texts is needed")
        return tuple(value)

    def span(self, name: str) -> tuple[float, float] | None:
        """Two ascending numbers, None where the field is not there."""
        if not self.has(name):
            return None
        value = self._take(name)
        if not isinstance(value, list) or len(value) != 2 or not all(_is_number(item) for item in value):
            raise self.bad(name, value, "two numbers are needed")
        low, high = float(value[0]), float(value[1])
        if low >= high:
            raise self.bad(name, value, "the second number must be above the first")
        return low, high

    def table(self, name: str) -> "TomlTable":
        value = self._take(name)
        if not isinstance(value, dict):
            raise self.bad(name, value, "a table is needed")
        return TomlTable(f"{self.place}{name}.", value)

    def tables(self, name: str) -> tuple["TomlTable", ...]:
        """The tables of a list, none where the field is not there."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.bad(name, value, "a list of tables is needed")
        return tuple(TomlTable(f"{self.place}{name}[{place}].", item) for place, item in enumerate(value))

    def nothing_left(self) -> None:
        for name, value in self._left.items():
            raise self.bad(name, value, "there is no such field")

    def bad(self, name: str, value: object, allowed: str) -> BadInput:
        return BadInput(f"{self.place}{name}", value, allowed)

    def _take(self, name: str, default: object = None) -> object:
        value = self._left.pop(name, default)
        if value is None:
            raise self.bad(name, None, "the field is missing")
        return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
