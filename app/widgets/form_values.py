# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Values of declared settings, to and from what a person types and reads. Pure."""

import re
from math import inf, isclose, isfinite

from edge_daemon.api.messages_devices import SettingDeclaration
from edge_daemon.domain.instrument import OptionValue

_EXACT_WHOLE = 1e15
_WHOLE = re.compile(r"[+-]?[0-9]+")


class BadValue(Exception):
    """What was filled in cannot be used; the text says to a person what can."""


def value_text(value: OptionValue | None, unit: str = "") -> str:
    """A value as it is shown, with its unit."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value or "(empty)"
    return f"{plain_text(value)} {unit}".strip()


def plain_text(value: OptionValue) -> str:
    """A value as it is typed: with all its digits, so that who opens and saves a form changes nothing."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_WHOLE:
        return str(int(value))
    return str(value)


def range_text(declaration: SettingDeclaration) -> str:
    """What is allowed, in words; empty where everything is."""
    if declaration.kind not in {"whole", "number"}:
        return ""
    low, high = declaration.minimum, declaration.maximum
    if low is None and high is None:
        return "a whole number" if declaration.kind == "whole" else ""
    if high is None:
        return f"at least {value_text(low, declaration.unit)}"
    if low is None:
        return f"at most {value_text(high, declaration.unit)}"
    return f"{plain_text(low)} to {value_text(high, declaration.unit)}"


def number_of(text: str) -> float | int:
    """The number in a text, with point or comma. Raises BadValue."""
    plain = text.strip().replace("−", "-").replace(",", ".")
    if not plain:
        raise BadValue("A number is needed.")
    try:
        number = float(plain)
    except ValueError:
        raise BadValue(f"“{text.strip()}” is not a number.") from None
    if not isfinite(number):
        raise BadValue(f"“{text.strip()}” is not a number.")
    return int(plain) if _WHOLE.fullmatch(plain) else number


def typed_value(declaration: SettingDeclaration, text: str) -> OptionValue:
    """What was typed, as the setting keeps it. Raises BadValue."""
    if declaration.kind == "text":
        return text.strip()
    number = number_of(text)
    low = -inf if declaration.minimum is None else declaration.minimum
    high = inf if declaration.maximum is None else declaration.maximum
    if not low <= number <= high:
        raise BadValue(f"Allowed: {range_text(declaration)}.")
    if declaration.kind == "number":
        return float(number)
    if number != int(number):
        raise BadValue("A whole number is needed.")
    return int(number)


def same_value(one: OptionValue | None, other: OptionValue | None) -> bool:
    """Whether two values mean the same; a switch is never a number."""
    if isinstance(one, bool | str) or isinstance(other, bool | str) or one is None or other is None:
        return type(one) is type(other) and one == other
    return isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)
