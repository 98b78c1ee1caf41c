# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Signs checkpoints: every hour, and whenever it is asked. A thread of its own; nothing waits for it.

What is signed was read back from the log's file, so that it is durable; and only if it goes on from the last
checkpoint, so that this station never stands for two pasts.
"""

import logging
import threading
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.checkpoint_files import CheckpointFiles, KeptCheckpoint
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Head
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog, Fault
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.log.tree import root_of

log = logging.getLogger(__name__)

EVERY_S = 3600.0
RETRY_S = 600.0
LOOK_S = 5.0
STOP_S = 2.0


class CheckpointDesk:
    """Makes and keeps the home's checkpoints. `key` gives the device key in force, and may wait for a person.

    `boot_us` is a clock that counts suspend, so that an hour is an hour of the world.
    """

    def __init__(
        self,
        files: CheckpointFiles,
        reader: Callable[[], LogReader],
        key: Callable[[], Ed25519PrivateKey],
        boot_us: Callable[[], int],
    ) -> None:
        self.files = files
        self._reader = reader
        self._key = key
        self._boot_us = boot_us
        self._fault: Fault | None = None
        self._making = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Begin the hourly checkpoints with one now, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; one that waits for a person to unlock the keyring is not waited for."""
        self._stop.set()
        self._thread.join(STOP_S)

    def fault(self) -> Fault | None:
        """Why the newest checkpoint could not be made: what was recorded since the last waits for a signature."""
        return self._fault

    def make(self) -> KeptCheckpoint:
        """Sign the log as it is durable now; where nothing was added since, the last checkpoint is the answer.

        Raises SecretUnavailable when the key cannot be reached, DamagedLog when the log does not go on from the last
        checkpoint, DiskFull or BufferUnavailable.
        """
        with self._making:
            try:
                kept = self._make()
            except Fault as fault:
                self._fault = fault
                raise
            except OSError as error:
                self._fault = BufferUnavailable(f"the checkpoint could not be kept: {error}")
                raise self._fault from error
            self._fault = None
            return kept

    def _make(self) -> KeptCheckpoint:
        key = self._key()
        with self._reader() as reader:
            head = reader.head()
            last = self.files.newest(head.origin)
            if last is not None:
                _check_continues(head, last.signed.checkpoint, reader)
                if last.signed.checkpoint.size == head.size:
                    return last
        return self.files.keep(sign_checkpoint(Checkpoint(head.origin, head.size, head.root), key))

    def _main(self) -> None:
        due_us = self._boot_us()
        while True:
            if self._boot_us() >= due_us:
                due_us = self._boot_us() + round(1_000_000 * (EVERY_S if self._try() else RETRY_S))
            if self._stop.wait(LOOK_S):
                return

    def _try(self) -> bool:
        known = self._fault
        try:
            self.make()
        except Fault as fault:
            if known is None or str(known) != str(fault):
                log.warning("no checkpoint can be signed: %s", fault)
            return False
        return True


def _check_continues(head: Head, last: Checkpoint, reader: LogReader) -> None:
    """Raises DamagedLog where the log does not begin with what was signed last."""
    if last.size > head.size:
        raise DamagedLog(f"{last.size} entries were signed, and the record has {head.size}: its end is missing")
    try:
        same = root_of(last.size, reader.hashes) == last.root
    except ValueError as error:
        raise DamagedLog(str(error)) from error
    if not same:
        raise DamagedLog(f"the first {last.size} entries are not those that were signed")
