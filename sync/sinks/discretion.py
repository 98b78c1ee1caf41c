# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps a destination's secret out of every word that comes from it: some far ends repeat it in their errors. Pure.

It is cut out as it is, and as the writers of JSON (RFC 8259, section 7), URLs (RFC 3986, section 2.1) and HTML write a
letter, each letter in its own way: a server that escapes `=` and leaves the rest alone is the common case.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html.entities import codepoint2name
from typing import TypeVar

from edge_daemon.domain.destination import HIDDEN
from edge_daemon.secrets.secret import Secret
from sync.packets.item import Item
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Refused, Sink, Stopped, Waiting, Witness, let_go

MOST_BLANKS = 16
_SLASHES, _AMPERSAND = r"\\{1,4}", r"&(?:amp;){0,4}"
Worded = TypeVar("Worded", bound=Later | Stopped | Refused | Check)


def hiding(secret: Secret) -> Callable[[str], str]:
    """What cuts the secret out of a text, however its letters are written there."""
    pattern = re.compile("".join(map(_part, re.findall(r"\s+|\S", secret.reveal()))))
    return lambda text: pattern.sub(HIDDEN, text)


def _part(part: str) -> str:
    """A pattern of a letter, or of a run of blanks: any other run may have taken its place.

    A far end chooses the text that is searched. No two ways to write a thing begin alike, and no repetition is without
    a bound, so that no text takes longer than its length asks for.
    """
    if not part.isspace():
        return f"(?:{_either([re.escape(part), *_escaped(part)])})"
    blanks = {form for letter in {" ", *part} for form in _escaped(letter)}
    return rf"(?:[\s+]|{_either(blanks)}){{1,{MOST_BLANKS}}}"


def _either(forms: Iterable[str]) -> str:
    return "|".join(sorted(filter(None, forms), key=lambda form: (-len(form), form)))


def _escaped(letter: str) -> list[str]:
    """Patterns of the ways in which the letter may be written other than as itself."""
    code = ord(letter)
    units = [int.from_bytes(pair, "big") for pair in _pairs(letter.encode("utf-16-be"))]
    return [
        rf"{_SLASHES}{re.escape(letter)}" if not letter.isalnum() else "",
        "".join(rf"{_SLASHES}u{_any_case(f'{unit:04x}')}" for unit in units),
        rf"{_SLASHES}[xX]{_any_case(f'{code:02x}')}" if code < 0x100 else "",
        rf"{_SLASHES}[uU]\{{0{{0,8}}{_any_case(f'{code:x}')}\}}",
        "".join(rf"%(?:25){{0,4}}{_any_case(f'{byte:02x}')}" for byte in letter.encode()),
        rf"{_AMPERSAND}#0{{0,8}}{code};?",
        rf"{_AMPERSAND}#[xX]0{{0,8}}{_any_case(f'{code:x}')};?",
        rf"{_AMPERSAND}{codepoint2name[code]};" if code in codepoint2name else "",
        rf"{_AMPERSAND}apos;" if letter == "'" else "",
    ]


def _pairs(data: bytes) -> list[bytes]:
    return [data[at : at + 2] for at in range(0, len(data), 2)]


def _any_case(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


class Discreet:
    """A sink of whose words none holds its secret. A sink itself; see `Sink`."""

    def __init__(self, sink: Sink, secret: Secret) -> None:
        self.name = sink.name
        self._sink = sink
        self._hide = hiding(secret)

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """The sink's lines."""
        return map(self._told, self._sink.check(waiting))

    def witness(self, known: str, cancelled: threading.Event, /) -> Witness | Later | Stopped:
        """The sink's witness."""
        seen = self._sink.witness(known, cancelled)
        return replace(seen, name=self._hide(seen.name)) if isinstance(seen, Witness) else self._told(seen)

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        """The sink's chunks."""
        return self._sink.chunks(items)

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """The sink's outcomes."""
        outcomes = self._sink.deliver(chunks, cancelled)
        try:
            for outcome in outcomes:
                yield outcome if isinstance(outcome, Delivered) else self._told(outcome)
        finally:
            let_go(outcomes)

    def close(self) -> Stopped | None:
        """Let go of the sink."""
        left = self._sink.close()
        return None if left is None else self._told(left)

    def _told(self, told: Worded) -> Worded:
        words = self._hide(told.words)
        return told if words == told.words else replace(told, words=words)
