# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings to one file a run in a folder, e.g. on a memory stick. Writes files.

A chunk is delivered once its part of the bundle is on the stick; the cursors of the destinations behind are moved by
the receipts that come back (`sync.sinks.file.receipt`).
"""

import errno
import os
import shutil
import struct
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from edge_daemon.domain.destination import FileDestination
from sync.packets.item import Item, readings_in
from sync.packets.lines import lines_of
from sync.sinks.file.bundle import packed
from sync.sinks.file.payload import encode
from sync.sinks.file.seal import SealSource
from sync.sinks.file.writer import BundleWriter, Noted, finish_leftovers
from sync.sinks.sink import Check, Chunk, Delivered, Outcome, Stopped, Waiting, Witness

EntrySource = Callable[[int, int], Iterable[tuple[int, bytes]]]
"""The log's entries from an index to before another: each one's index and its bytes."""

BYTES_PER_READING = 200
_HEAD = struct.Struct(">QQ")
"""How many bytes the packed rows have, and how many of them are readings."""


class FileSink:
    """One folder; one log (`origin`) and one file for as long as the sink lives.

    `entries_from` is the index that the destination's cursor stands at: from there on the file holds all entries,
    readings or not, so that bundles in a row hold the log without a hole. `seal` gives who signs it; `noted` is told
    of each bundle before it can leave, so that its receipt is known again. `lies` says
    whether a folder is on another disk than the record (`sync.delivery.sticks`).
    """

    def __init__(
        self,
        destination: FileDestination,
        *,
        origin: str,
        entries: EntrySource,
        entries_from: int,
        seal: SealSource = lambda: None,
        noted: Noted = lambda _sum, _first, _last: None,
        lies: Callable[[Path], Literal["apart", "beside", "gone"]] = lambda _folder: "apart",
    ) -> None:
        self.name = destination.name
        self._folder = Path(destination.folder)
        self._origin = origin
        self._entries = entries
        self._seal = seal
        self._noted = noted
        self._lies = lies
        self._next_entry = entries_from
        self._writer: BundleWriter | None = None

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """Whether the folder is there, may be written and has room."""
        if not self._folder.is_dir():
            yield Check("Folder", "failed", f"{self._folder} is not there.", _PLUG_IN)
            return
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".verifield-") as file:
                os.fsync(file.fileno())
            lies = self._lies(self._folder)
        except OSError as error:
            stopped = _stopped(error)
            yield Check("Folder", "failed", stopped.words, stopped.remedy)
            return
        if lies == "gone":
            yield Check("Folder", "failed", f"{self._folder} is there, but {_OUT}.", _PLUG_IN)
            return
        yield Check("Folder", "passed", f"{self._folder} can be written.")
        if lies == "beside":
            yield Check("Disk", "warning", f"{self._folder} lies on the same disk as the record itself.", _BESIDE)
        free, needed = shutil.disk_usage(self._folder).free, waiting.readings * BYTES_PER_READING
        words = f"{free / 1e6:,.0f} MB are free; what waits takes about {needed / 1e6:,.0f} MB."
        if free < needed:
            yield Check("Room", "failed", words, "Use a larger stick, or make room on this one.")
        else:
            yield Check("Room", "passed", words)

    def witness(self, _known: str, _cancelled: threading.Event, /) -> Witness:
        """What is delivered here is on the disk."""
        return Witness("disk", age_s=0.0)

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        """One chunk, to become one part."""
        if not items:
            return []
        indices = [item.index for item in items]
        rows = packed(encode(items))
        lines = packed("".join(f"{line}\n" for line in lines_of(items)).encode())
        payload = _HEAD.pack(len(rows), readings_in(items)) + rows + lines
        return [Chunk(payload, min(indices), max(indices), len(items))]

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Write the chunks, each through to the disk."""
        for chunk in chunks:
            if cancelled.is_set():
                return
            try:
                self._write(chunk)
            except OSError as error:
                if self._writer is not None:
                    self._writer.drop()
                    self._writer = None
                yield _stopped(error)
                return
            yield Delivered(chunk)

    def close(self) -> Stopped | None:
        """Finish the file, or what an earlier run has left. Where that fails, its parts stay good for the next run."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.finish()
            elif self._folder.is_dir():
                finish_leftovers(self._folder, self._origin, self._seal, self._noted)
        except OSError as error:
            words = f"all of it is on the stick, but its file could not be finished: {error.strerror or error}"
            return Stopped(words, _SYNC_AGAIN)
        finally:
            if writer is not None:
                writer.drop()
        return None

    def _write(self, chunk: Chunk) -> None:
        if self._writer is None:
            self._writer = self._opened(chunk)
        length, readings = _HEAD.unpack_from(chunk.payload)
        rows, lines = chunk.payload[_HEAD.size : _HEAD.size + length], chunk.payload[_HEAD.size + length :]
        end = max(self._next_entry, chunk.last + 1)
        entries = list(self._entries(self._next_entry, end))
        told = {
            "readings": readings,
            "summaries": chunk.count - readings,
            "first": chunk.first,
            "last": chunk.last,
            "entries_from": self._next_entry,
            "entries_end": end,
        }
        self._writer.add(rows, lines, entries, told)
        self._next_entry = end

    def _opened(self, chunk: Chunk) -> BundleWriter:
        if not self._folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._folder))
        if self._lies(self._folder) == "gone":
            raise FileNotFoundError(errno.ENOENT, _OUT, str(self._folder))
        finish_leftovers(self._folder, self._origin, self._seal, self._noted)
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        short = self._origin.rsplit("/", 1)[-1][:8]
        path = self._folder / f"verifield-{short}-{chunk.first:012d}-{moment}.tar"
        return BundleWriter(path, self._origin, self._seal, self._noted)


_OUT = "the stick is not in: its folder lies on this computer's own disk now, and was on another one before"
_BESIDE = (
    "A copy there goes with the computer. If a stick was meant, plug it in; else have this folder copied elsewhere."
)
_SYNC_AGAIN = "Make some room if it is full, leave the stick in and sync again: that finishes the file."
_PLUG_IN = "Plug in the stick, or choose another folder for this destination."


def _stopped(error: OSError) -> Stopped:
    words = f"the folder cannot be written: {error.strerror or error}"
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return Stopped(words, "Make room on the stick or use another one; what is on it already stays good.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Stopped(words, "Allow writing to the folder (a stick may have a small switch), or choose another one.")
    return Stopped(words, _PLUG_IN)
