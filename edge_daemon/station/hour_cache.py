# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps what an hour index knows in a side file, so that a restart reads the log's tail only. Reads the log; writes a
file beside it.

The file is a cache and nothing else: it names the log (origin), how much of it it speaks of (size) and that part's
tree head (root), which is compared with the log's own; it ends with its own digest. Whatever does not fit (another
log, an older copy of it, another version of this program, a torn file) is put away, and the log is read from its
beginning, which gives the same.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import DamagedLog
from edge_daemon.log.entry import Entry
from edge_daemon.log.known_gap import KnownGap
from edge_daemon.log.tree import root_of
from edge_daemon.metrology.period import RULES
from edge_daemon.station.entries import entries_of
from edge_daemon.station.hour_index import BlockState, HourIndex, IndexState
from edge_daemon.station.waiting import Waiting

log = logging.getLogger(__name__)

FILE = "hours.cache"
FORM = 2
"""Another number for another form of the file, or another meaning of what stands in it."""

LINES_AT_A_TIME = 200
EVENTS_AT_A_TIME = 200

Line = list[Any]


class Unfit(ValueError):
    """The file cannot be used; the message says why."""


class HourCache:
    """One log's side file at `path`. `program` is this program's version: another one may read a log differently."""

    def __init__(self, path: Path, reader: LogReader, program: str) -> None:
        self._path = path
        self._reader = reader
        self._program = program

    def restoring(self, index: HourIndex) -> Iterator[None]:
        """Let `index` go on where it was kept, in short steps. Without a file that fits it stays as it is.

        Raises what reading the log raises: the index then begins anew.
        """
        lines: list[Line] = []
        try:
            for line in self._lines():
                lines.append(line)
                if len(lines) % LINES_AT_A_TIME == 0:
                    yield
            state = self._state(lines, index.block)
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, IndexError) as unfit:
            log.warning("%s is put away, and the log is read from its beginning: %s", self._path.name, unfit)
            return
        ended = False
        try:
            for place, _ in enumerate(index.resume(state, self._events(state.size))):
                if place % EVENTS_AT_A_TIME == 0:
                    yield
            ended = True
        finally:
            if not ended:
                index.begin_anew()

    def save(self, index: HourIndex) -> None:
        """Keep what `index` knows. Raises OSError; the file before then stays as it was."""
        state = index.state()
        if not state.size:
            return
        head = {
            "form": FORM,
            "program": self._program,
            "rules": RULES,
            "origin": self._reader.head().origin,
            "root": root_of(state.size, self._reader.hashes).hex(),
        }
        part = self._path.with_name(f"{self._path.name}.part")
        digest = hashlib.sha256()
        with part.open("wb") as file:
            for line in _lines_of(head, state):
                data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
                digest.update(data)
                file.write(data)
            file.write(json.dumps(["end", digest.hexdigest()]).encode() + b"\n")
        part.replace(self._path)

    def _lines(self) -> Iterator[Line]:
        """Every line but the last, which must be the digest of those before it. Raises Unfit, OSError, ValueError."""
        digest = hashlib.sha256()
        before: bytes | None = None
        with self._path.open("rb") as file:
            for data in file:
                if before is not None:
                    digest.update(before)
                    yield json.loads(before)
                before = data
        if before is None or json.loads(before) != ["end", digest.hexdigest()]:
            raise Unfit("it was not written to its end, or was changed since")

    def _state(self, lines: list[Line], block: int) -> IndexState:
        head, size, kept_block, newest_ns, last_ns = lines[0]
        told = self._reader.head()
        if (head["form"], head["program"], head["rules"], kept_block) != (FORM, self._program, RULES, block):
            raise Unfit("another version of this program has written it")
        if head["origin"] != told.origin or size > told.size:
            raise Unfit("it is of another log, or of more than this one holds")
        try:
            root = root_of(size, self._reader.hashes)
        except (DamagedLog, ValueError) as damage:
            raise Unfit(f"the log's own hashes cannot be read ({damage})") from damage
        if head["root"] != root.hex():
            raise Unfit("the log is not the one that it was made of")
        found: dict[str, list[Line]] = {}
        for kind, *rest in lines[1:]:
            found.setdefault(kind, []).append(rest)
        return IndexState(
            size=size,
            block=block,
            newest_ns=newest_ns,
            last_ns=last_ns,
            blocks=[
                BlockState(
                    times, tuple((sensor, hour) for sensor, hour in keys), powered, tuple(Waiting(*one) for one in held)
                )
                for times, keys, powered, held in found.get("block", [])
            ],
            edges={(sensor, hour): (first, index, last) for sensor, hour, first, index, last in found.get("edge", [])},
            gaps=[
                KnownGap(index, sensor, start_ns, end_ns, expected, tuple(causes))
                for index, sensor, start_ns, end_ns, expected, causes in found.get("gap", [])
            ],
            touched=[(sensor, hour) for sensor, hour in found.get("touched", [])],
        )

    def _events(self, size: int) -> Iterator[tuple[int, Entry]]:
        """Every entry before `size` that is no reading."""
        after = -1
        while page := entries_of(self._reader, (), after=after, limit=EVENTS_AT_A_TIME):
            for index, entry in page:
                if index >= size:
                    return
                yield index, entry
            after = page[-1][0]


def _lines_of(head: dict[str, object], state: IndexState) -> Iterable[object]:
    yield [head, state.size, state.block, state.newest_ns, dict(state.last_ns)]
    for block in state.blocks:
        held = [(one.stretch, one.first, one.last, one.readings) for one in block.held]
        yield ["block", dict(block.last_ns), block.keys, block.powered, held]
    for (sensor, hour), edge in state.edges.items():
        yield ["edge", sensor, hour, *edge]
    for gap in state.gaps:
        yield ["gap", gap.index, gap.sensor, gap.start_ns, gap.end_ns, gap.expected, gap.causes]
    for sensor, hour in state.touched:
        yield ["touched", sensor, hour]
