# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log says of the time before this start: how the last run ended, and how far a sensor is accounted for."""

from dataclasses import dataclass

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import BootBody, Ending, GapBody, from_json
from edge_daemon.log.entry import EntryType, decode_entry
from edge_daemon.station.entries import entries_of


@dataclass(frozen=True, slots=True)
class LastRun:
    """`cause` is the gap cause of the time since; `last_ns` the newest entry's wall clock (UTC ns), if any."""

    cause: str
    ending: Ending
    last_ns: int | None


def last_run(reader: LogReader, boot_id: str) -> LastRun:
    """How the run before this one ended. `boot_id` is the computer's present one: another one means it restarted."""
    boots = entries_of(reader, (EntryType.BOOT.value,), limit=1_000_000)
    if not boots:
        return LastRun("daemon_off", "first", None)
    last = from_json(BootBody, boots[-1][1].body)
    newest = reader.entries(reader.head().size - 1, 1)
    last_ns = decode_entry(newest[0][1]).t_ns
    if last.event == "stop":
        return LastRun("daemon_off", "stopped", last_ns)
    if last.boot_id == boot_id:
        return LastRun("daemon_killed", "killed", last_ns)
    return LastRun("power_loss", "power_loss", last_ns)


def accounted_ns(reader: LogReader, sensor: str) -> int | None:
    """Until when (UTC ns) readings and gaps say what the sensor did; None where it never had a reading."""
    last = reader.last_reading(sensor)
    if last is None:
        return None
    gaps = entries_of(reader, (EntryType.GAP.value,), sensor=sensor, after=last.index)
    ends = [ns_from_rfc3339(from_json(GapBody, entry.body).end) for _, entry in gaps]
    return max([last.t_ns, *ends])
