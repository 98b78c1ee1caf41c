# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a check of evidence found: a list of checks, each passed, failed or not checked, in words. Pure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

from sync.evidence.exposure import Exposure, in_brief

Outcome = Literal["passed", "failed", "not_checked"]
Standing = Literal[
    "sound",
    "simulated",
    "salvaged",
    "shortened",
    "incomplete",
    "other_rules",
    "not_vouched_for",
    "failed",
    "unreadable",
]

MARKS: dict[Outcome, str] = {"passed": "passed", "failed": "FAILED", "not_checked": "not checked"}
SIGNER, INSTRUMENTS, SALVAGED, INDEX_NOTE = "signer", "instruments", "salvaged", "index_note"
TRUNCATED = "truncated"
OTHER_RULES = frozenset({"summaries_rules", "calibration_rules"})


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `entry` is the first entry concerned, where one can be named."""

    name: str
    title: str
    outcome: Outcome
    words: str
    entry: int | None = None

    def __str__(self) -> str:
        return f"{self.title}: {MARKS[self.outcome]}. {self.words}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of one log or bundle, what the evidence is about, and what nothing in it can show.

    `exposure` says of every range of entries how long it stood before someone outside had fixed it.

    `standing`: "sound" means that nothing failed and that a register vouches for the signer; what was not checked is
    listed among `checks` and stays so. "simulated" would be sound, had instruments measured it; "salvaged" is what is
    left of a damaged log; "shortened" is a closed log that had more entries than it has, as the log after it admits;
    "incomplete" is a bundle whose index nobody signed, so that parts of it may be missing; in "other_rules"
    something was judged or summed up by rules that this program does not have: nobody gets past a check by naming
    others.
    """

    about: str
    checks: tuple[Check, ...]
    not_proven: tuple[str, ...]
    readable: bool = True
    exposure: tuple[Exposure, ...] = ()

    @property
    def standing(self) -> Standing:
        """The whole in one word."""
        if not self.readable:
            return "unreadable"
        if any(check.outcome == "failed" for check in self.checks):
            return "failed"
        if any(check.name == SALVAGED for check in self.checks):
            return "salvaged"
        if any(check.name == TRUNCATED for check in self.checks):
            return "shortened"
        if any(check.name == INDEX_NOTE and check.outcome == "not_checked" for check in self.checks):
            return "incomplete"
        if any(check.name in OTHER_RULES for check in self.checks):
            return "other_rules"
        if not any(check.name == SIGNER and check.outcome == "passed" for check in self.checks):
            return "not_vouched_for"
        unreal = any(check.name == INSTRUMENTS and check.outcome == "not_checked" for check in self.checks)
        return "simulated" if unreal else "sound"

    @property
    def first_entry(self) -> int | None:
        """The first entry that a failed check names."""
        named = [check.entry for check in self.checks if check.outcome == "failed" and check.entry is not None]
        return min(named, default=None)

    def to_json(self) -> dict[str, object]:
        """The verdict for another program."""
        return {"standing": self.standing, "first_entry": self.first_entry, **asdict(self)}

    def lines(self) -> Iterator[str]:
        """The verdict for a person, a line at a time."""
        yield self.about
        yield from (str(check) for check in self.checks)
        summary, told = in_brief(self.exposure)
        yield from (f"Exposure: {one}" for one in (*filter(None, [summary]), *told))
        yield WORDS[self.standing]
        yield from (f"Not proven: {words}" for words in self.not_proven)


WORDS: dict[Standing, str] = {
    "sound": "Verdict: sound. Every check that was made passed, and the register vouches for the signer.",
    "simulated": (
        "Verdict: SIMULATED, or not shown to be real. Every check that was made passed, and the register vouches for "
        "the signer, but instruments were simulated, or a program could stand behind where they were connected: "
        "“Real instruments” above says which. It is no evidence of what those measured."
    ),
    "salvaged": (
        "Verdict: salvaged. This is what could be saved of a damaged log: entries are missing, and nothing proves that "
        "those that are left are as they were recorded. A copy of it, a bundle or a delivery from before can."
    ),
    "shortened": (
        "Verdict: SHORTENED. Nothing that was checked failed, but this log had more entries than it has now: “End of "
        "the log” above says which are missing, who saw them, and what the log after it says of why. Ask for them."
    ),
    "incomplete": (
        "Verdict: INCOMPLETE. Nothing that was checked failed, but index.note, the station's signature over what the "
        "bundle holds, is missing or could not be checked (see “Signature of the index”): calibrations, amendments, "
        "anchors or attachments may have been left out unseen. Ask for the bundle as it was written, or for a new one, "
        "written while the station's recorder runs; of a closed log the project's register is needed too."
    ),
    "other_rules": (
        "Verdict: OTHER RULES. Nothing that was checked failed, but calibrations or hourly summaries were made by "
        "rules that this version of the program does not have, so that they were not computed again: the checks above "
        "name the first. Check it with the version that recorded it, too."
    ),
    "not_vouched_for": (
        "Verdict: signer not vouched for. Nothing is wrong in itself, but no register says whose key signed it: anyone "
        "can make a log that agrees with itself. Give the project's station register and the project's key."
    ),
    "failed": "Verdict: FAILED. This evidence must not be relied on; the checks above say where it fails.",
    "unreadable": "Verdict: unreadable. This is not evidence of a form that this program knows.",
}


@dataclass(slots=True)
class Sheet:
    """Collects checks. Mutable, for the time of one verification."""

    checks: list[Check] = field(default_factory=list)

    def passed(self, name: str, title: str, words: str) -> None:
        """A check that held."""
        self.checks.append(Check(name, title, "passed", words))

    def failed(self, name: str, title: str, words: str, entry: int | None = None) -> None:
        """A check that did not hold."""
        self.checks.append(Check(name, title, "failed", words, entry))

    def not_checked(self, name: str, title: str, words: str) -> None:
        """What could not be looked at, and why."""
        self.checks.append(Check(name, title, "not_checked", words))
