# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""JSON read so strictly that it can mean one thing only (I-JSON, RFC 7493). Pure."""

import json
import math
from typing import cast

from edge_daemon.log.canonical import LARGEST_EXACT_INT, JsonValue

_EXACT_DIGITS = len(str(LARGEST_EXACT_INT))


class NotJson(ValueError):
    """Bytes that are not strict JSON; the message says why."""


def parse_json(data: bytes) -> JsonValue:
    """The value that `data` writes. Raises NotJson.

    Refused beyond what plain JSON refuses: repeated keys, numbers that are not finite doubles, lone surrogates, a byte
    order mark. Whole numbers become int where a double holds them exactly and float beyond.
    """
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        raise NotJson(f"not UTF-8 text: {error}") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error}") from error
    except RecursionError as error:
        raise NotJson("not usable JSON: nested too deeply") from error
    return cast(JsonValue, value)


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise NotJson(f"the key {repeated!r} stands twice in one object")
    return found


def _whole(text: str) -> int | float:
    # Most have few digits, and int() refuses very many.
    exact = int(text) if len(text) <= _EXACT_DIGITS + 1 else None
    return exact if exact is not None and abs(exact) <= LARGEST_EXACT_INT else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJson(f"{text[:40]} is beyond the range of a double")
    return number


def _refuse_constant(text: str) -> float:
    raise NotJson(f"{text} is not a JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_finite, parse_int=_whole, parse_constant=_refuse_constant
)
