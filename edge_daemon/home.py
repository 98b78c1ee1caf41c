# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The home folder: where a station's record lives, who may use it, where its daemon answers. Reads and writes files."""

import hashlib
import json
import stat
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from edge_daemon.domain.faults import AlreadyRunning, BadInput
from edge_daemon.secrets.file_lock import FileLock
from edge_daemon.secrets.home_id import home_id
from edge_daemon.secrets.private_file import write_private

if sys.platform != "win32":
    import os

VARIABLE = "VERIFIELD_HOME"
LARGEST_ENDPOINT_BYTES = 64 * 1024

# Whoever asks whether a daemon runs holds the lock for an instant; a daemon that starts just then tries again.
LOCK_PATIENCE_SECONDS = 1.0
LOCK_RETRY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the daemon answers. `token` opens the API; it is never shown."""

    url: str
    pid: int
    token: str = field(repr=False)


def heads_folder() -> Path:
    """Where the last heads of this user's logs are kept: outside every home."""
    return platformdirs.user_state_path("verifield", appauthor=False) / "heads"


def head_file(folder: Path, origin: str) -> Path:
    """The file in which the last head of the log `origin` is kept there."""
    return folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"


def find_home(given: Path | None, environment: Mapping[str, str], *, demo: bool) -> Path:
    """The home folder's path: `given`, else `VERIFIELD_HOME`, else the platform's user data folder. Touches nothing.

    A demonstration always gets a folder of its own beside it, so that simulated readings can never join a real record.
    """
    named = given or (Path(environment[VARIABLE]) if environment.get(VARIABLE) else None)
    path = (named or platformdirs.user_data_path("verifield", appauthor=False)).expanduser().absolute()
    return path.with_name(f"{path.name}-demo") if demo else path


class Home:
    """One home folder. Making this object creates the folder (mode 0700) and touches nothing else."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`.

        Raises:
            BadInput: it cannot be created, is no folder, belongs to another account, or everybody can write to it.
        """
        self.path = path.absolute()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise BadInput(
                "home", str(path), f"it must be a folder that can be made here ({error.strerror})"
            ) from error
        _check_owner(self.path)

    @property
    def buffer(self) -> Path:
        """The record. The daemon is its only writer."""
        return self.path / "buffer.sqlite3"

    @property
    def delivery(self) -> Path:
        """What was delivered where. Sync is its only writer."""
        return self.path / "delivery.sqlite3"

    @property
    def closed(self) -> Path:
        """The folder of logs that are not written any more. Not created here."""
        return self.path / "closed"

    @property
    def cancel_file(self) -> Path:
        """Made by whoever wants the running sync to end."""
        return self.path / "sync-cancel"

    @property
    def lock_file(self) -> Path:
        return self.path / "daemon.lock"

    @property
    def endpoint_file(self) -> Path:
        return self.path / "endpoint.json"

    def id(self) -> str:
        """The id that keeps this home's secrets apart. Raises `SecretUnavailable` as `home_id` does."""
        return home_id(self.path)

    def acquire_lock(self) -> FileLock:
        """Become this home's only daemon. Keep the lock for life; the system frees it however the process ends.

        An endpoint that a dead daemon left behind is removed.

        Raises:
            AlreadyRunning: another daemon has the home. The text says where it answers.
            BadInput: the file system cannot lock or cannot be written.
        """
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while (lock := self._take_lock()) is None:
            if time.monotonic() >= deadline:
                raise AlreadyRunning(self._who_runs())
            time.sleep(LOCK_RETRY_SECONDS)
        try:
            self.remove_endpoint()
        except OSError:
            lock.release()
            raise
        return lock

    def is_running(self) -> bool:
        """Whether a daemon has this home now. Raises `BadInput` where the file system cannot lock."""
        lock = self._take_lock()
        if lock is None:
            return True
        lock.release()
        return False

    def running_endpoint(self) -> Endpoint | None:
        """Where the running daemon answers; None if none runs, whatever a dead one left behind, or it is starting."""
        return self.read_endpoint() if self.is_running() else None

    def write_endpoint(self, url: str, pid: int, token: str) -> None:
        """Say where this daemon answers, readable by its owner only. For the holder of the lock.

        Raises:
            OSError: the file cannot be written.
        """
        write_private(self.endpoint_file, json.dumps({"url": url, "pid": pid, "token": token}).encode())

    def read_endpoint(self) -> Endpoint | None:
        """What the file says, or None where it is absent or not whole. Whether that daemon lives, the lock says.

        Raises:
            OSError: the file is there and cannot be read, e.g. because it is another account's.
        """
        try:
            with self.endpoint_file.open("rb") as file:
                content = file.read(LARGEST_ENDPOINT_BYTES)
        except FileNotFoundError:
            return None
        return _parse_endpoint(content)

    def remove_endpoint(self) -> None:
        """Take the endpoint away, in order to say that nobody answers. For the holder of the lock."""
        self.endpoint_file.unlink(missing_ok=True)

    def _take_lock(self) -> FileLock | None:
        try:
            return FileLock.take_if_free(self.lock_file)
        except OSError as error:
            allowed = f"it must be a folder in which this account can write and lock files ({error.strerror})"
            raise BadInput("home", str(self.path), allowed) from error

    def _who_runs(self) -> str:
        endpoint = self.read_endpoint()
        if endpoint is None:
            return f"Another Verifield daemon uses {self.path}. It is starting or stopping and has no address yet."
        return f"Another Verifield daemon uses {self.path}: process {endpoint.pid}, answering at {endpoint.url}."


def _check_owner(path: Path) -> None:
    if sys.platform == "win32":  # the profile's access list guards the folder
        return
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise BadInput(
            "home", str(path), "it must belong to the account that runs Verifield; choose a folder of your own"
        )
    if found.st_mode & stat.S_IWOTH:
        raise BadInput(
            "home", str(path), "it must not be open for everybody to write; use `chmod 700`, or choose another"
        )


def _parse_endpoint(content: bytes) -> Endpoint | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    url, pid, token = found.get("url"), found.get("pid"), found.get("token")
    if not (isinstance(url, str) and isinstance(token, str) and isinstance(pid, int)) or isinstance(pid, bool):
        return None
    return Endpoint(url, pid, token) if url and token and pid > 0 else None
