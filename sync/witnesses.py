# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Heads of a log that somebody kept, as a check of evidence is given them. Reads files.

A checkpoint's file; a receipt; the text of a photographed code, `ORIGIN SIZE:ROOT`, or the same without the origin,
with `@TIME` (RFC 3339) where it is known since when; the last head that a station keeps outside its home folder (JSON).
"""

import json
import re
from pathlib import Path

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.checkpoint import read_checkpoint
from edge_daemon.log.tree import HASH_BYTES
from sync.delivery.books import Books
from sync.delivery.receipt_heads import ReceiptHeads
from sync.evidence.heads import Witness
from sync.sinks.file.bundle import DamagedBundle
from sync.sinks.file.receipt import SUFFIX, read_receipt

_TYPED = re.compile(r"(?:(\S+) )?([0-9]+):([0-9a-fA-F]{64})(?:@(\S+))?")


def receipts_kept(delivery: Path, origin: str) -> list[Witness]:
    """The heads of a log that receipts told of. Raises DamagedLog, BufferUnavailable."""
    if not delivery.exists():
        return []
    with Books(delivery, reading=True) as books:
        return [
            Witness(one.head.size, one.head.root, one.giver, origin, one.at_ns, kept_here=True, disputed=one.disputed)
            for one in ReceiptHeads(books, reading=True).of(origin)
        ]


def witness_from(text: str) -> Witness:
    """The head that a person names: a file, or its text. Raises BadInput."""
    try:
        typed = _typed(text)
        return typed if typed is not None else _in_file(Path(text))
    except (OSError, ValueError) as error:
        words = "give the file of a checkpoint, a receipt, the text of a photographed code, or SIZE:ROOT@TIME"
        raise BadInput("witness", text, f"{words}: {error}") from error


def _typed(text: str) -> Witness | None:
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    origin, size, root, since = found.groups(default="")
    time_ns = ns_from_rfc3339(since) if since else None
    return Witness(int(size), bytes.fromhex(root), "the witness given", origin, time_ns)


def _in_file(path: Path) -> Witness:
    if path.name.endswith(SUFFIX):
        return witness_in(path)
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        return last_head(path, text)
    head = read_checkpoint(text).checkpoint
    return Witness(head.size, head.root, f"The holder of {path.name}", head.origin)


def last_head(path: Path, text: str) -> Witness:
    """The last head of a log that is kept outside its home, in this file. Raises ValueError."""
    try:
        told = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error
    match told:
        case {"origin": str(origin), "size": int(size), "root": str(root)} if len(root) == 2 * HASH_BYTES:
            return Witness(size, bytes.fromhex(root), f"The last head kept in {path.name}", origin)
    raise ValueError(f"{path.name} names no head of a log")


def witness_in(receipt: Path) -> Witness:
    """The head that a receipt's file tells of. Raises ValueError where it tells none, OSError."""
    try:
        told = read_receipt(receipt)
    except DamagedBundle as error:
        raise ValueError(str(error)) from error
    if told.head is None:
        raise ValueError(f"{receipt.name} tells no head of the log: the file that was delivered was not signed")
    giver, time_ns = f"The receipt {receipt.name}", ns_from_rfc3339(told.time)
    return Witness(told.head.size, told.head.root, giver, told.origin, time_ns, unsigned=True)
