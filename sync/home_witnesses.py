# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a home's own logs and the user's state folder say of how each log of the home ended. Reads files."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import Fault
from edge_daemon.home import head_file, heads_folder
from edge_daemon.log.bodies import LogBody, from_json
from edge_daemon.log.entry import decode_entry
from sync.engine.logs import LogFile, Shelf
from sync.evidence.chain import predecessors
from sync.evidence.form import PredecessorNote
from sync.evidence.heads import Witness
from sync.witnesses import last_head


def closings(shelf: Shelf) -> dict[str, PredecessorNote]:
    """By origin, what the log after it says of each log that was closed. A log that cannot be read says nothing here:
    its own check tells of that."""
    found: dict[str, PredecessorNote] = {}
    for log in shelf.logs:
        if log.holes:
            continue
        try:
            with LogReader(log.path) as reader:
                opened = from_json(LogBody, decode_entry(reader.entries(0, 1)[0][1]).body)
        except (Fault, ValueError, LookupError):
            continue
        found |= {one.origin: one for one in predecessors(opened)}
    return found


def last_head_kept(home: Path, origin: str, folder: Path | None = None) -> Iterator[Witness]:
    """The last head of the log that the recorder kept outside this home, if it did."""
    file = head_file(folder or heads_folder(), origin)
    try:
        text = file.read_text(encoding="utf-8")
        told = json.loads(text)
        seen = last_head(file, text)
    except (OSError, ValueError):  # none was kept, or nothing readable of it
        return
    if told.get("home") == str(home.resolve()) and seen.origin == origin:
        yield replace(seen, said_by="The recorder, beside the data folder,", kept_here=True, beside=True)


def witnesses_of(given: Sequence[Witness], shelf: Shelf, log: LogFile, *, current: bool) -> Iterator[Witness]:
    """Those of the given witnesses that speak of this log. Where they do not say of which, it is the current one."""
    known = {one.origin for one in shelf.logs}
    for one in given:
        if one.origin == log.origin or (current and one.origin not in known):
            yield one
