# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a value is one that a setting's declaration allows, and whether two values mean the same. Pure."""

import math
import re

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Setting

LONGEST_TEXT = 200
LONGEST_LINES = 65_536
_TOLERANCE = 1e-6


def accepted(setting: Setting, value: OptionValue | None) -> OptionValue:
    """The value as the setting keeps it (a whole number as int). Raises BadInput saying what is allowed."""
    field = f"values.{setting.name}"
    match setting.kind:
        case "switch":
            if isinstance(value, bool):
                return value
            raise BadInput(field, value, "true or false is allowed")
        case "whole" | "number":
            return _number(setting, field, value)
        case "choice":
            for choice in setting.choices:
                if same(choice, value):
                    return choice
            raise BadInput(field, value, f"allowed are {', '.join(map(str, setting.choices))}")
        case "text":
            longest = LONGEST_LINES if setting.lines else LONGEST_TEXT
            shown = re.sub(r"\r?\n|\t", "", value) if setting.lines and isinstance(value, str) else value
            if isinstance(value, str) and len(value) <= longest and isinstance(shown, str) and shown.isprintable():
                return value
            raise BadInput(field, value, f"a text of at most {longest} printable characters is allowed")


def needs_confirmation(setting: Setting) -> bool:
    """Whether a person must confirm it: there is a risk, or doubt about the source of what is written."""
    return setting.write is not None and (bool(setting.risk) or not setting.documented)


def same(one: OptionValue | None, other: OptionValue | None) -> bool:
    """Whether two values mean the same; numbers within a millionth. A switch is never a number."""
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str) or isinstance(other, str):
        return type(one) is type(other) and one == other
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _number(setting: Setting, field: str, value: OptionValue | None) -> OptionValue:
    if value is None or isinstance(value, bool | str) or not math.isfinite(value):
        raise BadInput(field, value, "a number is allowed")
    if setting.kind == "whole" and not float(value).is_integer():
        raise BadInput(field, value, "a whole number is allowed")
    low = -math.inf if setting.minimum is None else setting.minimum
    high = math.inf if setting.maximum is None else setting.maximum
    if not low <= value <= high:
        raise BadInput(field, value, f"{low:g} to {high:g} {setting.unit}".rstrip() + " is allowed")
    return int(value) if setting.kind == "whole" else float(value)
