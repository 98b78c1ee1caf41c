# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a check of evidence is given from outside of it. Values."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.evidence.anchor_checks import Answers
from sync.evidence.anchors import AnchorNote
from sync.evidence.heads import Witness
from sync.evidence.register import Register


@dataclass(frozen=True, slots=True)
class Given:
    """`register` says whose keys sign for which logs; `witnesses` are heads that others kept.

    `answers` is what the chain says of `anchors`; None: it was not asked.
    """

    register: Register | None = None
    witnesses: Sequence[Witness] = ()
    anchors: Sequence[AnchorNote] = ()
    answers: Answers | None = None


NOTHING = Given()
