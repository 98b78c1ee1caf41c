# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Other heads of the same log, held against what the entries give: earlier checkpoints, and witnesses. Pure.

A witness is a head that somebody else kept: a checkpoint that left the laptop, a photographed code, a receipt. Only a
witness shows that whoever has the device key did not write the log anew.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from edge_daemon.log.checkpoint import Checkpoint, SignedCheckpoint
from edge_daemon.log.device_keys import DeviceKeys
from edge_daemon.log.signed_note import NoteInvalid, signer_of
from edge_daemon.log.tree import Frontier
from sync.evidence.exposure import Basis, Fixed, fixed_size
from sync.evidence.verdict import TRUNCATED, Sheet

END = "End of the log"
_UNSIGNED = "Nobody signed it: it is worth what the person is worth from whom you have it, and so is its date."


@dataclass(frozen=True, slots=True)
class Witness:
    """The root (32 bytes) that the log `origin` (empty: not said) had at `size` entries, and who says so.

    `time_ns` is since when (UTC), None where that is not told. `kept_here`: it is told by the home that is checked, so
    that whoever has the laptop could have written it anew too. `beside`: it is the last head that the recorder itself
    kept on the same computer, which fixes nothing for others. `disputed`: it is told by an unsigned receipt, and the
    log was another one as soon as that came in. `unsigned`: it is in a paper that nobody signed, so that it and
    its time are worth what the person is worth from whom it comes.
    """

    size: int
    root: bytes
    said_by: str
    origin: str = ""
    time_ns: int | None = None
    kept_here: bool = False
    beside: bool = False
    disputed: bool = False
    unsigned: bool = False

    @property
    def own(self) -> bool:
        """Whether nobody outside stands behind it: whoever has the laptop could have made it."""
        return self.kept_here or self.unsigned


class Heads:
    """Collects the roots at the sizes that other heads name, while the tree grows over them."""

    def __init__(
        self, earlier: Sequence[SignedCheckpoint], witnesses: Sequence[Witness], sizes: Iterable[int] = ()
    ) -> None:
        """`sizes` are others at which the root is needed besides."""
        self._earlier = earlier
        self._witnesses = witnesses
        wanted = {signed.checkpoint.size for signed in earlier} | {witness.size for witness in witnesses}
        self._wanted = sorted(wanted.union(sizes))
        self.roots: dict[int, bytes] = {}

    def extend(self, frontier: Frontier, hashes: Sequence[bytes]) -> None:
        """Grow the tree, and note its root where it is asked for."""
        done = 0
        while self._wanted and self._wanted[0] <= frontier.size + len(hashes) - done:
            size = self._wanted.pop(0)
            if size < frontier.size:
                continue
            step = size - frontier.size
            frontier.extend(hashes[done : done + step])
            done += step
            self.roots[size] = frontier.root()
        frontier.extend(hashes[done:])

    def give_up(self) -> None:
        """The tree cannot be trusted: compare nothing with it."""
        self.roots.clear()

    def agreed_up_to(self, keys: DeviceKeys) -> int:
        """The largest earlier size up to which the entries are what the device signed then; 0 for none."""
        agreed = 0
        for signed in self._earlier:
            at, key = signed.checkpoint, keys.in_force(signed.checkpoint.size)
            if self.roots.get(at.size) == at.root and key is not None:
                with suppress(NoteInvalid):
                    signer_of(signed.note, [key])
                    agreed = max(agreed, at.size)
        return agreed

    def report(
        self,
        sheet: Sheet,
        head: Checkpoint,
        first: int,
        keys: DeviceKeys,
        *,
        proven: bool,
        whole: bool = False,
        closed: str = "",
    ) -> None:
        """Put what was found on the sheet. `head` is the checkpoint of the evidence.

        `proven`: the entries give its root; else nothing that they give can be compared with another head. `whole`: it
        is the log itself, so that a witness of more entries shows that some are missing; where the log after it names
        it as it is, `closed` is what that says of why, and it is told as that. Evidence that was made of a log may be
        older than the witness.
        """
        if proven:
            self.roots[head.size] = head.root
            self._report_earlier(sheet, head, keys)
        elif self._earlier:
            words = "These entries are not those of the signed log: nothing can be compared."
            sheet.not_checked("earlier", "Earlier checkpoints", words)
        for witness in self._witnesses:
            if witness.size > head.size and closed and witness.origin in {"", head.origin}:
                words = f"{witness.said_by} saw {witness.size} entries"
                sheet.not_checked(TRUNCATED, END, f"{words}, and the log has {head.size}. {cut_short(head, closed)}")
            else:
                self._report_witness(sheet, head, first, witness, whole, proven)

    def report_none(self, sheet: Sheet, fixed: Iterable[Fixed]) -> None:
        """Say so where nobody outside has fixed anything: no witness was given, and no anchor is confirmed."""
        if all(witness.own for witness in self._witnesses) and not fixed_size(fixed):
            words = (
                "No head of this log that somebody else kept was given: that the log was not written anew by whoever "
                "has its key is not shown."
            )
            sheet.not_checked("witness", "Outside witness", words)

    def _report_earlier(self, sheet: Sheet, head: Checkpoint, keys: DeviceKeys) -> None:
        title, compared = "Earlier checkpoints", 0
        for signed in self._earlier:
            at = signed.checkpoint
            key = keys.in_force(at.size)
            try:
                signer_of(signed.note, [key] if key else [])
            except NoteInvalid as error:
                sheet.failed("earlier", title, f"That of {at.size} entries: {error}.", at.size)
                return
            root = self.roots.get(at.size)
            if at.origin != head.origin or (root is not None and root != at.root):
                words = f"At {at.size} entries another root was signed: the log was written anew before that."
                sheet.failed("earlier", title, words, at.size - 1)
                return
            compared += root is not None
        if compared:
            sheet.passed(
                "earlier", title, f"{compared} agree with these entries, each signed by the key then in force."
            )
        elif self._earlier:
            sheet.not_checked("earlier", title, "They lie outside these entries.")

    def _report_witness(
        self, sheet: Sheet, head: Checkpoint, first: int, witness: Witness, whole: bool, proven: bool
    ) -> None:
        title = "Receipt in the books" if witness.kept_here else "Outside witness"
        if witness.unsigned:
            title = "Receipt that nobody signed"
        if witness.beside:
            title = "Head kept beside the data folder"
        root = self.roots.get(witness.size)
        if witness.origin not in {"", head.origin}:
            words = f"{witness.said_by} kept a head of another log: {witness.origin}."
            sheet.not_checked("witness", title, words)
        elif witness.disputed and root != witness.root:
            words = (
                f"{witness.said_by} named another root for {witness.size} entries than this log had when the receipt "
                "came in. A receipt is not signed: it is false, or the log was altered before. Ask who gave it, and "
                "check the log against a checkpoint or an anchor that lies elsewhere."
            )
            sheet.not_checked("witness", "Alarm: a receipt that does not agree", words)
        elif witness.size > head.size and whole:
            words = (
                f"{witness.said_by} saw {witness.size} entries, and this has {head.size}: the log ended later than "
                f"this shows. Its end was cut off, or an older copy was put back.{_or_false(witness)}"
            )
            sheet.failed("witness", title, words, head.size)
        elif witness.size > head.size:
            words = (
                f"{witness.said_by} saw {witness.size} entries, and this evidence was made of the first {head.size}: "
                "it is older than the witness, or the log was put back to an older copy. Ask for newer evidence."
            )
            sheet.not_checked("witness", title, words)
        elif root is None:
            words = (
                f"{witness.said_by} saw {witness.size} entries; these begin with entry {first} and cannot be compared."
                if proven
                else f"{witness.said_by} saw {witness.size} entries. These are not those of the signed log, and "
                "nothing can be compared with them."
            )
            sheet.not_checked("witness", title, words)
        elif root != witness.root:
            words = (
                f"{witness.said_by} saw another root at {witness.size} entries: what stands among the first "
                f"{witness.size} entries was written anew after that, with the device key.{_or_false(witness)}"
            )
            sheet.failed("witness", title, words, self._since(witness))
        else:
            worth = f" {_UNSIGNED}" if witness.unsigned else ""
            sheet.passed("witness", title, f"{witness.said_by} saw the same first {witness.size} entries.{worth}")

    def fixed(self, origin: str) -> list[Fixed]:
        """What the witnesses that agree fix."""
        return [
            Fixed(one.size, one.time_ns, *_fixer(one))
            for one in self._witnesses
            if not one.beside and one.origin in {"", origin} and self.roots.get(one.size) == one.root
        ]

    def _since(self, witness: Witness) -> int:
        """The first entry that may have been changed: after the largest head that still agrees."""
        agreeing = [
            other.size
            for other in self._witnesses
            if other.size < witness.size and self.roots.get(other.size) == other.root
        ]
        return max(agreeing, default=0)


def cut_short(head: Checkpoint, closed: str) -> str:
    """What is said of entries that existed after the end of a log which the log after it names as it is."""
    return (
        f"The entries from {head.size} on are not here. The log after this one names it so, with this root, and says "
        f"why it was closed: {closed}. Whether that is why they are missing is not shown."
    )


def _or_false(witness: Witness) -> str:
    return " Or the paper is false: nobody signed it. Ask who gave it." if witness.unsigned else ""


def _fixer(one: Witness) -> tuple[str, Basis]:
    if one.kept_here:
        return f"a receipt in this home's books ({_lower(one.said_by)}), which nobody signed", "told"
    if one.unsigned:
        return f"{_lower(one.said_by)}, which nobody signed", "told"
    return f"a head that {_lower(one.said_by) if one.said_by.startswith('The ') else one.said_by} kept", "witness"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
