# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that a hash of it means something. Pure."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

LARGEST_EXACT_INT = 2**53 - 1
"""Beyond this an integer cannot be written without loss, since every number of RFC 8785 is a double."""

_MAX_DEPTH = 64

_float_repr = float.__repr__


class NotCanonical(ValueError):
    """A value that RFC 8785 cannot represent; the message names the path to it."""


def canonical(value: JsonValue) -> bytes:
    """The RFC 8785 form of `value`, in UTF-8.

    Raises NotCanonical, naming the path, for NaN and infinities, integers beyond ±(2**53 - 1), text with lone
    surrogates, keys that are not text, nesting deeper than 64, and anything that is not JSON.
    """
    return rfc8785.dumps(_checked(value, "$", 0))


def format_number(x: float) -> str:
    """A finite double as RFC 8785 section 3.2.2.3 (ECMAScript's Number::toString) writes it.

    Raises NotCanonical for NaN and infinities.
    """
    # Adding zero turns an int into a float and -0 into 0. Python's repr has the same shortest digits as ECMAScript's
    # form and differs only in when it uses an exponent and how it writes that.
    text = _float_repr(x + 0.0)
    if text[-2:] == ".0":
        return text[:-2]
    if "e" in text:
        return _with_ecmascript_exponent(text)
    if text[-1] in "fn":
        raise NotCanonical(f"{text} is not a number that can be recorded")
    return text


def quote(text: str) -> str:
    """`text` as an RFC 8785 string, quotes included.

    Raises NotCanonical for a lone surrogate, which UTF-8 cannot hold.
    """
    _check_text(text, "$")
    return json.dumps(text, ensure_ascii=False)


def key_order(key: str) -> bytes:
    """Sort key that puts object keys in the order of RFC 8785 section 3.2.3: by UTF-16 code units."""
    return key.encode("utf-16-be", "surrogatepass")


def _with_ecmascript_exponent(text: str) -> str:
    mantissa, _, exponent_text = text.partition("e")
    exponent = int(exponent_text)
    sign = "-" if mantissa[0] == "-" else ""
    whole, _, decimals = mantissa.lstrip("-").partition(".")
    digits = whole + decimals
    if 0 < exponent < 21:
        return sign + digits.ljust(exponent + 1, "0")
    if -7 < exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    return f"{mantissa}e{exponent:+d}"


def _checked(value: object, path: str, depth: int) -> JsonValue:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        _check_text(value, path)
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_EXACT_INT:
            raise NotCanonical(
                f"{path} is an integer beyond ±(2^53 - 1), which JSON cannot hold exactly; write it as text"
            )
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonical(f"{path} is {value}, not a number that can be recorded")
        return value
    if depth >= _MAX_DEPTH:
        raise NotCanonical(f"{path} is nested deeper than {_MAX_DEPTH}")
    if isinstance(value, Mapping):
        return {_checked_key(key, path): _checked(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(item, f"{path}[{number}]", depth + 1) for number, item in enumerate(value)]
    raise NotCanonical(f"{path} is a {type(value).__name__}, which JSON does not have")


def _checked_key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise NotCanonical(f"{path} has the key {key!r}, which is not text")
    _check_text(key, path)
    return key


def _check_text(text: str, path: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical(f"{path} holds {text!r}, whose lone surrogate UTF-8 cannot hold") from error
