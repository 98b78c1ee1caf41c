# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a check of evidence is given from outside of it. Values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sync.evidence.anchor_checks import Answers, Outside
from sync.evidence.anchors import AnchorNote
from sync.evidence.heads import Witness
from sync.evidence.register import Register


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
        accounts = self.register.accounts(device_id) if self.register else ()
        return Outside(self.answers, accounts, self.trusted)


NOTHING = Given()
