# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The logs that are not written any more: which there are, why each was closed, what was salvaged. Reads their folder.

Beside `NAME.sqlite3` lie `NAME.closing.json`, which says what it is and why it was closed, and, once a damaged one was
salvaged, `NAME.salvaged.sqlite3`, or `NAME.failed.json` where nothing of it can be read.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_SALVAGED = ".salvaged.sqlite3"


@dataclass(frozen=True, slots=True)
class Closing:
    """What was known of a log when it was closed. `root` is hexadecimal, `time` RFC 3339; `damaged` wants salvage."""

    origin: str
    size: int
    root: str
    cause: str
    time: str
    damaged: bool


@dataclass(frozen=True, slots=True)
class ClosedLog:
    """A closed log. `closing` is None for one without a readable note; `salvaged` exists once the salvage is done.

    `failure` says why nothing could be salvaged.
    """

    name: str
    file: Path
    closing: Closing | None
    salvaged: Path | None
    failure: str

    @property
    def wants_salvage(self) -> bool:
        """Whether it is damaged and nothing was salvaged yet."""
        return self.closing is not None and self.closing.damaged and self.salvaged is None and not self.failure

    @property
    def readable(self) -> Path:
        """The file to read: what was salvaged, or else the log itself."""
        return self.salvaged or self.file


def closed_logs(folder: Path) -> list[ClosedLog]:
    """All closed logs in `folder`, by name; none when there is no such folder. Raises OSError."""
    files = sorted(path for path in folder.glob("*.sqlite3") if not path.name.endswith(_SALVAGED))
    return [_closed(file) for file in files]


def salvage_target(file: Path) -> Path:
    """Where what is salvaged from the log `file` goes."""
    return file.with_name(file.stem + _SALVAGED)


def write_closing(file: Path, closing: Closing) -> None:
    """Note what the log `file` is and why it is closed, durably. Raises OSError."""
    _write(_closing_note(file), asdict(closing))


def write_failure(file: Path, message: str) -> None:
    """Note that nothing can be salvaged from the log `file`. Raises OSError."""
    _write(_failure_note(file), {"failure": message})


def _closed(file: Path) -> ClosedLog:
    target = salvage_target(file)
    failure = str(_read(_failure_note(file)).get("failure", ""))
    return ClosedLog(file.stem, file, _closing_of(file), target if target.exists() else None, failure)


def _closing_of(file: Path) -> Closing | None:
    told = _read(_closing_note(file))
    try:
        return Closing(
            origin=str(told["origin"]),
            size=int(str(told["size"])),
            root=str(told["root"]),
            cause=str(told["cause"]),
            time=str(told["time"]),
            damaged=bool(told["damaged"]),
        )
    except (KeyError, ValueError):
        return None


def _closing_note(file: Path) -> Path:
    return file.with_name(f"{file.stem}.closing.json")


def _failure_note(file: Path) -> Path:
    return file.with_name(f"{file.stem}.failed.json")


def _write(path: Path, told: Mapping[str, object]) -> None:
    draft = path.with_name(path.name + ".new")
    try:
        with draft.open("w", encoding="utf-8") as out:
            json.dump(told, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> Mapping[str, object]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
