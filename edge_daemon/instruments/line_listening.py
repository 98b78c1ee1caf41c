# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Recognises a stream of text lines by listening, and what its lines are made of. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.domain.faults import Fault
from edge_daemon.instruments.line_grammar import Fields, Grammar, fields, number
from edge_daemon.instruments.text_lines import LineFramer, split_frame

LEAST_LINES = 3
MOST_LINES = 10
CLEAR_SHARE = 0.8

_ELECTRODES = frozenset({"we_mv", "ae_mv"})
_GASES = frozenset({"no2", "so2", "o3"})


class Subject(StrEnum):
    """What the names in the lines tell of, so that each of the drivers that listen takes its own."""

    ELECTRODES = "electrodes"
    AIR_QUALITY = "air quality"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Heard:
    """What most lines are, and the names in them."""

    grammar: Grammar
    names: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        """Electrode voltages, particles with at least one gas, or anything else."""
        names = set(self.names)
        if names >= _ELECTRODES:
            return Subject.ELECTRODES
        return Subject.AIR_QUALITY if "pm2_5" in names and names & _GASES else Subject.ANY


def heard(data: bytes) -> Heard | None:
    """What the stream is made of, once three whole lines have come; None while that is open or it is no such text.

    At least four lines in five must be of one form with a number in each. Lines of bare text, of unknown binary data
    and of instruments with a form of their own are no line stream.
    """
    found = [item for item in LineFramer().feed(data) if isinstance(item, bytes)][:MOST_LINES]
    if len(found) < LEAST_LINES:
        return None
    for grammar in (Grammar.JSON, Grammar.LABELLED, Grammar.COLUMNS):
        read = [each for each in (_read(frame, grammar) for frame in found) if each]
        if len(read) >= CLEAR_SHARE * len(found):
            return Heard(grammar, _names(read))
    return None


def _read(frame: bytes, grammar: Grammar) -> Fields | None:
    try:
        header, line = split_frame(frame)
        found = fields(header, line, grammar, ())
        values = [number(name, token) for name, token in found.items()]
    except Fault:
        return None
    missing = values.count(None)
    enough = missing < len(values) if grammar is Grammar.JSON else missing == 0
    return found if values and enough else None


def _names(read: Sequence[Fields]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in read for name in each))
