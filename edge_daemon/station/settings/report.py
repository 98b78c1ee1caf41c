# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What became of each field of a settings file, in words. Pure. No text in it ever holds a secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.domain.faults import Fault


class Verdict(StrEnum):
    """What became of a field. The last two leave something to do."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    NOT_NEEDED = "not_needed"
    NOT_TAKEN = "not_taken"
    NEEDS_PERSON = "needs_person"


OPEN = frozenset({Verdict.NOT_TAKEN, Verdict.NEEDS_PERSON})
IN_FORCE = frozenset({Verdict.TAKEN, Verdict.UNCHANGED})


class Outcome(StrEnum):
    """The whole in one word."""

    ALL = "all"
    PART = "part"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class FieldReport:
    """One field: where it stands in the file, e.g. `sensors.co2_monitor.port`, and what became of it."""

    path: str
    verdict: Verdict
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """All fields, in the file's order of subjects."""

    fields: tuple[FieldReport, ...]

    @property
    def outcome(self) -> Outcome:
        """ALL where nothing is left to do, NOTHING where no field is in force, else PART."""
        verdicts = {field.verdict for field in self.fields}
        if not verdicts & OPEN:
            return Outcome.ALL
        return Outcome.PART if verdicts & IN_FORCE else Outcome.NOTHING

    def of(self, path: str) -> tuple[FieldReport, ...]:
        """What is said of the field at `path`."""
        return tuple(field for field in self.fields if field.path == path)


def told(fault: Fault) -> str:
    """The fault in words, with its advice."""
    return f"{sentence(fault)} {fault.advice}".strip()


def sentence(fault: Fault) -> str:
    """What happened, ending in one full stop."""
    return f"{str(fault).rstrip('.')}."


def refused(fields: Iterable[FieldReport], words: str) -> tuple[FieldReport, ...]:
    """These fields after all not taken, for one reason. What was not taken anyway keeps its own."""
    return tuple(
        FieldReport(field.path, Verdict.NOT_TAKEN, words) if field.verdict is Verdict.TAKEN else field
        for field in fields
    )
