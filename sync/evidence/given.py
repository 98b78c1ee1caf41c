# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a check of evidence is given from outside of it. Values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sync.evidence.anchor_checks import Outside
from sync.evidence.anchor_online import Answers
from sync.evidence.anchors import AnchorNote
from sync.evidence.heads import Witness
from sync.evidence.register import Register
from sync.evidence.verdict import Sheet


@dataclass(frozen=True, slots=True)
class Given:
    """`register` says whose keys sign for which logs; `witnesses` are heads that others kept.

    `answers` is what the chain says of `anchors`; None: it was not asked. `trusted` are the
    networks that whoever checks takes for an outside witness, though they are no public chains. `refused` is why a
    register that was given vouches for nobody.
    """

    register: Register | None = None
    witnesses: Sequence[Witness] = ()
    anchors: Sequence[AnchorNote] = ()
    answers: Answers | None = None
    trusted: Collection[str] = ()
    refused: str = ""

    def outside(self, device_id: str) -> Outside:
        """What of this concerns the anchors of a station."""
        if self.register is None:
            return Outside(self.answers, trusted=self.trusted)
        accounts, ledgers = self.register.accounts(device_id), self.register.ledgers(device_id)
        return Outside(self.answers, accounts, self.trusted, ledgers)


NOTHING = Given()


def report_trust(sheet: Sheet, given: Given) -> None:
    """Put on the sheet what the check was told to believe; nothing where it was told nothing."""
    told = []
    if given.register is not None:
        register = given.register
        edition = f", {register.edition}" if register.edition else ""
        signed = f"signed by {register.signed_by}" if register.signed_by else "signed by nobody whose key was given"
        told.append(f"the station register of {register.project_id}{edition}, {signed}")
    if given.trusted:
        told.append(
            f"that somebody else keeps the network {' and '.join(sorted(given.trusted))}, which is no public chain"
        )
    outside = sorted({f"{one.said_by} ({one.size} entries)" for one in given.witnesses if not one.kept_here})
    if outside:
        told.append(f"what was kept by {'; '.join(outside)}")
    if told:
        sheet.not_checked("trust", "Taken on trust", f"This check was told to believe {'; '.join(told)}.")
