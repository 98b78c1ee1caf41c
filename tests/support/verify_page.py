# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The page that checks bundles as a test sees it, and altered bundles. Reads and writes files, uses a browser."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from sync.evidence.form import FileNote, Index, index_bytes, read_index
from tests.support.browser import PATIENCE_S, Tab
from tests.support.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: its standing in one word, each check's outcome and the entry it names, and all its text."""

    standing: str
    outcomes: dict[str, str]
    entries: dict[str, int]
    text: str


class Checker:
    """The page in a browser, given one bundle after the other."""

    def __init__(self, tab: Tab, page: Path) -> None:
        self.tab = tab
        self._page = page
        self._opened = 0

    def check(self, files: Sequence[Path], key: str = "") -> Shown:
        """Choose these files in a page opened anew."""
        self.open()
        if key:
            self.tab.evaluate(f"document.getElementById('key').value = {json.dumps(key)}")
        self.tab.choose("#files", files)
        return self.shown()

    def open(self) -> None:
        """Open the page anew."""
        self._opened += 1
        self.tab.open(self._page, f"again={self._opened}")

    def shown(self) -> Shown:
        """What the page shows once it has a verdict."""
        visible = "!document.getElementById('verdict').hidden"
        wait_until(lambda: self.tab.evaluate(visible), seconds=PATIENCE_S, what="the verdict")
        told = self.tab.evaluate(
            "[...document.querySelectorAll('#checks li, #open li')]"
            ".map((one) => [one.dataset.name, one.dataset.outcome, one.dataset.entry ?? ''])"
        )
        return Shown(
            self.tab.evaluate("document.getElementById('standing').dataset.standing"),
            {name: outcome for name, outcome, _ in told},
            {name: int(entry) for name, _, entry in told if entry},
            self.tab.evaluate("document.getElementById('verdict').innerText"),
        )


def files_of(bundle: Path) -> list[Path]:
    """The files of a bundle in a folder."""
    return sorted(bundle.iterdir())


def failed(shown: Shown) -> dict[str, int | None]:
    """The failed checks and the entries that they name."""
    return {name: shown.entries.get(name) for name, outcome in shown.outcomes.items() if outcome == "failed"}


class Altered:
    """A copy of a bundle, altered by somebody who knows its form well but cannot sign."""

    def __init__(self, bundle: Path, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for file in bundle.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())

    @property
    def index(self) -> Index:
        """The index as it is now."""
        return read_index((self.folder / "index.json").read_bytes())

    def entries(self, number: int = 1) -> list[bytes]:
        """The entries in the file of this number."""
        packed = (self.folder / f"entries-{number:04d}.jsonl.gz").read_bytes()
        return gzip.decompress(packed).split(b"\n")[:-1]

    def put_entries(self, entries: Sequence[bytes], number: int = 1) -> None:
        """Replace the entries, but not the hints beside them."""
        packed = gzip.compress(b"".join(line + b"\n" for line in entries), mtime=0)
        self.put(f"entries-{number:04d}.jsonl.gz", packed)

    def put(self, name: str, content: bytes) -> None:
        """Replace a file, and what the index says of it."""
        (self.folder / name).write_bytes(content)

        def noted(note: FileNote) -> FileNote:
            return replace(note, sha256=sha256(content).hexdigest(), size=len(content)) if note.name == name else note

        self.put_index(replace(self.index, files=tuple(map(noted, self.index.files))))

    def put_index(self, index: Index) -> None:
        """Replace the index, which then nobody has signed."""
        (self.folder / "index.json").write_bytes(index_bytes(index))
        (self.folder / "index.note").unlink(missing_ok=True)
