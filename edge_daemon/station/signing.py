# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The device key and the checkpoints of a home, wired. A demo's key lies in its own home and signs for nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.home import Home
from edge_daemon.log.bodies import Body
from edge_daemon.log.entry import Entry
from edge_daemon.secrets.place import SecretPlace
from edge_daemon.secrets.service_file_store import ServiceFileStore
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.checkpoints import CheckpointDesk
from edge_daemon.station.device_key import DeviceKey

DEMO_KEY_FOLDER = "demo-key"


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, and what was signed."""

    key: DeviceKey
    checkpoints: CheckpointDesk


def make_signing(
    home: Home,
    secrets: Callable[[], SecretStore],
    write: Callable[[Body], tuple[int, Entry]],
    boot_us: Callable[[], int],
    *,
    demo: bool,
) -> Signing:
    """The signing of the home's log. Opens nothing yet."""
    key = DeviceKey(home.path, key_place(home, secrets, demo=demo), lambda: LogReader(home.buffer), write)
    files = CheckpointFiles(home.path / FOLDER)
    return Signing(key, CheckpointDesk(files, lambda: LogReader(home.buffer), key.get, boot_us))


def key_place(home: Home, secrets: Callable[[], SecretStore], *, demo: bool) -> Callable[[], SecretStore]:
    """What opens the place of the home's device key: that of a demonstration lies in its home."""
    return SecretPlace(lambda: ServiceFileStore(home.path / DEMO_KEY_FOLDER)) if demo else secrets
