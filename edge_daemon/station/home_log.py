# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The home's log as the daemon opens it and as a command does while no daemon runs. Opens, writes and closes files."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_bytes, token_hex

from edge_daemon.acquisition.clock import Instant
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.station import Station
from edge_daemon.home import Home, heads_folder
from edge_daemon.log.stamp import Stamp
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.device_key import key_is_gone
from edge_daemon.station.machine import machine_hash
from edge_daemon.station.opening import Opened, Surroundings, open_log
from edge_daemon.station.signing import key_place
from edge_daemon.station.witness import HeadWitness

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class HomeLog:
    """The open log, who watches its head, and whether it was `begun` in a home that had none."""

    opened: Opened
    witness: HeadWitness
    begun: bool


@contextlib.contextmanager
def home_log(
    home: Home,
    station: Station,
    *,
    program: str,
    demo: bool,
    stamp: Callable[[], Stamp],
    secrets: Callable[[], SecretStore] | None = None,
) -> Iterator[HomeLog]:
    """The home's log, for whoever holds the home's lock. On leaving, everything accepted is on disk.

    `station` is who a home without a log becomes. `secrets` opens the place of the device key, which is looked into
    where the key was missed before; without it nobody looks, and the log goes on. Raises as `open_log`.
    """
    witness = HeadWitness(heads_folder())
    begun = not home.buffer.exists()

    def reader() -> LogReader:
        return LogReader(home.buffer)

    around = Surroundings(
        home=home.path,
        buffer=home.buffer,
        closed=home.closed,
        machine=machine_hash(),
        program=program,
        demo=demo,
        stamp=stamp,
        witness=witness,
        key_gone=lambda: secrets is not None and key_is_gone(home.path, key_place(home, secrets, demo=demo), reader),
    )
    opened = open_log(around, station)
    try:
        yield HomeLog(opened, witness, begun)
    finally:
        opened.writer.close()
        witness.try_to_see(opened.writer.head(), home.path)


def new_station(project_id: str, device_id: str = "") -> Station:
    """A station for a home that has no log yet; without a stated id it gets one of its own."""
    return Station(device_id=device_id or f"vf-{token_hex(4)}", project_id=project_id)


def stamp_of(now: Instant) -> Stamp:
    """The stamp of an entry made at this instant."""
    return Stamp(now.wall_ns, now.boot_us, token_bytes(SALT_BYTES))
