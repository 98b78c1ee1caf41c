# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a device key signs for the index of an evidence bundle. Pure.

Its first line and its two lines keep it apart from a checkpoint, which has three.
"""

import re

from edge_daemon.log.signed_note import NoteInvalid

STATEMENT = "verifield evidence index/1"
_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)


def index_statement(digest: str) -> str:
    """The text to sign for an index with this SHA-256 in hexadecimal. Raises NoteInvalid for anything else."""
    if not _DIGEST.fullmatch(digest):
        raise NoteInvalid("a SHA-256 is written as 64 hexadecimal digits")
    return f"{STATEMENT}\n{digest}\n"
