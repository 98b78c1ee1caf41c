# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a station is doing, as its retained status tells it. Reads the log, the books and the system; changes nothing."""

from datetime import UTC, datetime
from importlib.metadata import version

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import DamagedLog
from edge_daemon.home import Home
from sync.calibrations import calibrations_due, entries_on_calibrations
from sync.delivery.anchored import last_anchor_ns
from sync.delivery.books import Books
from sync.engine.logs import LogFile
from sync.engine.room import room
from sync.sinks.mqtt.status import StationStatus


def station_status(home: Home, books: Books, log: LogFile) -> StationStatus:
    """The station and this log of it at this moment; what cannot be told keeps nothing from being delivered.

    Raises DamagedLog, BufferUnavailable.
    """
    return StationStatus(
        version("verifield"),
        recording=home.is_running(),
        disk_days=_disk_days(log),
        last_anchor_ns=last_anchor_ns(books, log.origin),
        calibrations_due=_calibrations_due(log),
        checkpoint=_checkpoint(home, log),
    )


def _checkpoint(home: Home, log: LogFile) -> str | None:
    try:
        kept = CheckpointFiles(home.path / FOLDER).newest(log.origin)
    except (OSError, DamagedLog):  # the check of the log says so
        return None
    return None if kept is None else str(kept.signed)


def _disk_days(log: LogFile) -> float | None:
    try:
        with log.pages() as pages:
            return room(log.path, pages).days
    except OSError:  # the system does not tell how much is free
        return None


def _calibrations_due(log: LogFile) -> tuple[str, ...] | None:
    try:
        with LogReader(log.path) as reader:
            return calibrations_due(entries_on_calibrations(reader), datetime.now(UTC).date())
    except ValueError:  # an entry has no form that this program knows
        return None
