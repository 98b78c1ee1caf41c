# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a log while it is being written, or after. Each thread that asks gets a read-only connection of its own.

Every method reads a short range and leaves no transaction open, so that no reader holds up a checkpoint.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

from edge_daemon.buffer.columns import HOUR_NS, MINUTE_NS
from edge_daemon.buffer.record import Head
from edge_daemon.buffer.schema import connect_for_a_moment
from edge_daemon.buffer.stored import head_of, read_hashes
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog

Resolution = Literal["sample", "minute", "hour"]
LATEST_NS = 2**63 - 1
_STEP_NS: dict[Resolution, int] = {"sample": 1, "minute": MINUTE_NS, "hour": HOUR_NS}


@dataclass(frozen=True, slots=True)
class Event:
    """The query columns of an entry that is no reading."""

    index: int
    type: str
    t_ns: int
    sensor: str


@dataclass(frozen=True, slots=True)
class LastReading:
    """Index and laptop time (UTC ns) of the newest reading of a sensor, in the log's order."""

    index: int
    t_ns: int


@dataclass(frozen=True, slots=True)
class Plot:
    """One channel over time in at most the asked number of points, in the channel's unit, in order of time.

    Point i covers one or more samples from `t_ns[i]` on: their smallest and largest value (None where all are missing)
    and their worst flag. `resolution` says what it was drawn from.
    """

    resolution: Resolution
    t_ns: tuple[int, ...]
    minimum: tuple[float | None, ...]
    maximum: tuple[float | None, ...]
    flag: tuple[int, ...]


class LogReader:
    """Reads the log in one file. Methods may be called from any thread and raise DamagedLog or BufferUnavailable."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened before the first question."""
        self._path = path
        self._own = threading.local()
        self._opened: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> "LogReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every thread's connection; no thread may be asking at this time."""
        with self._lock:
            self._closed = True
            for _, connection in self._opened:
                connection.close()
            self._opened.clear()

    def head(self) -> Head:
        """Head of what is committed."""
        with self._asking() as connection:
            try:
                return head_of(connection)
            except (LookupError, ValueError) as error:
                raise DamagedLog(f"{self._path}: {error}") from error

    def entries(self, first: int, limit: int) -> list[tuple[int, bytes]]:
        """At most `limit` (index, bytes) from index `first` on, in order. Only a salvaged copy has holes."""
        with self._asking() as connection:
            rows = connection.execute(
                "SELECT idx, CAST(bytes AS BLOB) FROM entry WHERE idx >= ? ORDER BY idx LIMIT ?",
                (first, _positive("limit", limit)),
            )
            return rows.fetchall()

    def newest(self) -> list[tuple[int, bytes]]:
        """(index, bytes) of the last entry that is there; none in an empty file."""
        with self._asking() as connection:
            return connection.execute("SELECT idx, CAST(bytes AS BLOB) FROM entry ORDER BY idx DESC LIMIT 1").fetchall()

    def events(self, types: Sequence[str], sensor: str = "", after: int = -1, limit: int = 1_000) -> list[Event]:
        """At most `limit` entries of the given types (none given: of every type but readings) with an index above
        `after`, in order; only those of `sensor`, if one is named."""
        wanted = f" AND type IN ({','.join('?' * len(types))})" if types else ""
        of_sensor = " AND sensor = ?" if sensor else ""
        with self._asking() as connection:
            rows = connection.execute(
                f"SELECT idx, type, t_ns, sensor FROM event WHERE idx > ?{wanted}{of_sensor} ORDER BY idx LIMIT ?",
                (after, *types, *([sensor] if sensor else []), _positive("limit", limit)),
            )
            return [Event(*row) for row in rows]

    def hashes(self, positions: Sequence[int]) -> list[bytes]:
        """The tree's stored hashes at `positions`, for the proofs of `edge_daemon.log.tree`. Raises DamagedLog when one
        is missing."""
        with self._asking() as connection:
            try:
                return read_hashes(connection, positions)
            except LookupError as error:
                raise DamagedLog(f"{self._path}: {error}") from error

    def last_reading(self, sensor: str) -> LastReading | None:
        """The sensor's newest reading, or None."""
        with self._asking() as connection:
            row = connection.execute(
                "SELECT last_idx, last_t_ns FROM sensor_total WHERE sensor = ?", (sensor,)
            ).fetchone()
            return None if row is None else LastReading(*row)

    def readings(self, sensor: str, from_ns: int, limit: int, to_ns: int = LATEST_NS) -> list[tuple[int, bytes]]:
        """(index, bytes) of the sensor's newest `limit` readings from laptop time `from_ns` to before `to_ns` (UTC ns),
        in log order.

        Raises BadInput for no limit.
        """
        with self._asking() as connection:
            rows = connection.execute(
                "SELECT idx, CAST(bytes AS BLOB) FROM entry WHERE idx IN (SELECT DISTINCT sample.idx FROM sample "
                "JOIN series ON series.id = sample.series "
                "WHERE series.sensor = ? AND sample.t_ns >= ? AND sample.t_ns < ? "
                "ORDER BY sample.idx DESC LIMIT ?) ORDER BY idx",
                (sensor, from_ns, to_ns, _positive("limit", limit)),
            )
            return rows.fetchall()

    def first_reading(self, sensor: str, from_ns: int, first: int = 0) -> int | None:
        """Index of the sensor's first reading at or after laptop time `from_ns` (UTC ns), from index `first` on."""
        with self._asking() as connection:
            (found,) = connection.execute(
                "SELECT min(idx) FROM (SELECT (SELECT idx FROM sample WHERE sample.series = series.id AND t_ns >= ? "
                "AND idx >= ? ORDER BY t_ns LIMIT 1) AS idx FROM series WHERE sensor = ?)",
                (from_ns, first, sensor),
            ).fetchone()
            return None if found is None else int(found)

    def extremes(
        self, sensor: str, channel: str, from_ns: int, to_ns: int, points: int
    ) -> tuple[list[tuple[int, bytes]], bool]:
        """(index, bytes) of the sensor's readings from laptop time `from_ns` on (UTC ns), in log order: all that have a
        value of the channel, or, where these are more than `points`, those with the least and the greatest value of
        each of `points` / 2 equal stretches up to `to_ns`; what is later counts to the last one. And whether it is all.

        Raises BadInput for an empty span or fewer than two points.
        """
        if to_ns <= from_ns:
            raise BadInput("to_ns", to_ns, f"it must be later than from_ns ({from_ns})")
        stretches = _positive("points", points // 2)
        given = {"sensor": sensor, "channel": channel, "from": from_ns}
        with self._asking() as connection:
            (count,) = connection.execute(f"SELECT count(*) {_VALUES}", given).fetchone()
            if count <= points:
                return connection.execute(f"{_ENTRIES_IN} (SELECT idx {_VALUES}) ORDER BY idx", given).fetchall(), True
            given |= {"width": -(-(to_ns - from_ns) // stretches), "last": stretches - 1}
            return connection.execute(_EXTREMES, given).fetchall(), False

    def counts(self) -> dict[str, int]:
        """Readings in the log by sensor."""
        with self._asking() as connection:
            return dict(connection.execute("SELECT sensor, readings FROM sensor_total ORDER BY sensor"))

    def count(self, sensors: Sequence[str], first: int, last: int) -> int:
        """Readings of these sensors (none named: of all) with an index from `first` to `last`, both included."""
        named = f" AND series.sensor IN ({','.join('?' * len(sensors))})" if sensors else ""
        with self._asking() as connection:
            # A reading has a sample of every channel: the fullest series of a sensor counts its readings.
            (count,) = connection.execute(
                "SELECT coalesce(sum(most), 0) FROM (SELECT max(held) AS most FROM (SELECT series.sensor AS sensor, "
                "count(*) AS held FROM sample JOIN series ON series.id = sample.series "
                f"WHERE sample.idx BETWEEN ? AND ?{named} GROUP BY sample.series) GROUP BY sensor)",
                (first, last, *sensors),
            ).fetchone()
            return int(count)

    def plot(self, sensor: str, channel: str, from_ns: int, to_ns: int, points: int) -> Plot:
        """The channel from `from_ns` to before `to_ns` (UTC ns) in at most `points` points.

        Drawn from samples, or from minute or hour roll-ups where a point covers more than one of these; then whole
        minutes or hours at both ends belong to it. No extreme is lost. Raises BadInput for an empty span or no points.
        """
        span_ns = to_ns - from_ns
        if span_ns <= 0:
            raise BadInput("to_ns", to_ns, f"it must be later than from_ns ({from_ns})")
        width_ns = -(-span_ns // _positive("points", points))
        resolution = _resolution(width_ns)
        with self._asking() as connection:
            rows = connection.execute(
                _PLOT[resolution],
                {
                    "sensor": sensor,
                    "channel": channel,
                    "origin": from_ns,
                    "from": from_ns - from_ns % _STEP_NS[resolution],
                    "to": to_ns,
                    "width": width_ns,
                },
            ).fetchall()
        t_ns, minimum, maximum, flag = zip(*rows, strict=True) if rows else ((), (), (), ())
        return Plot(resolution, t_ns, minimum, maximum, flag)

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        with faults(self._path):
            connection, lasting = self._connection()
            if lasting:
                yield connection
                return
            with closing(connection):
                yield connection

    def _connection(self) -> tuple[sqlite3.Connection, bool]:
        with self._lock:
            if self._closed:
                raise BufferUnavailable(f"{self._path} is no longer open for reading")
            known: sqlite3.Connection | None = getattr(self._own, "connection", None)
            if known is not None:
                return known, True
            self._let_go_of_the_ended()
            connection, lasting = connect_for_a_moment(self._path)
            if lasting:
                self._own.connection = connection
                self._opened.append((threading.current_thread(), connection))
            return connection, lasting

    def _let_go_of_the_ended(self) -> None:
        """Threads come and go: what those that ended had opened is asked by nobody any more."""
        for thread, connection in self._opened:
            if not thread.is_alive():
                connection.close()
        self._opened = [(thread, connection) for thread, connection in self._opened if thread.is_alive()]


def _positive(field: str, number: int) -> int:
    if number < 1:
        raise BadInput(field, number, "it must be at least 1")
    return number


def _resolution(width_ns: int) -> Resolution:
    if width_ns >= HOUR_NS:
        return "hour"
    return "minute" if width_ns >= MINUTE_NS else "sample"


def _plot_sql(table: str, time: str, minimum: str, maximum: str, flag: str) -> str:
    # The first minute or hour may begin before the span: max() puts it into the first point.
    return (
        f"SELECT min({time}), min({minimum}), max({maximum}), max({flag}) FROM {table} "
        "WHERE series = (SELECT id FROM series WHERE sensor = :sensor AND channel = :channel) "
        f"AND {time} >= :from AND {time} < :to GROUP BY max({time} - :origin, 0) / :width ORDER BY 1"
    )


_VALUES = (
    "FROM sample WHERE series = (SELECT id FROM series WHERE sensor = :sensor AND channel = :channel) "
    "AND t_ns >= :from AND value IS NOT NULL"
)
_ENTRIES_IN = "SELECT idx, CAST(bytes AS BLOB) FROM entry WHERE idx IN"
# Beside a single min() or max() SQLite takes the other columns from the row that holds it (its manual, "SELECT", 2.5).
_EXTREMES = (
    f"WITH placed AS (SELECT idx, value, min((t_ns - :from) / :width, :last) AS stretch {_VALUES}) {_ENTRIES_IN} ("
    "SELECT idx FROM (SELECT idx, min(value) FROM placed GROUP BY stretch) UNION "
    "SELECT idx FROM (SELECT idx, max(value) FROM placed GROUP BY stretch)) ORDER BY idx"
)
_PLOT: dict[Resolution, str] = {
    "sample": _plot_sql("sample", "t_ns", "value", "value", "flag"),
    "minute": _plot_sql("minute", "start_ns", "minimum", "maximum", "worst"),
    "hour": _plot_sql("hour", "start_ns", "minimum", "maximum", "worst"),
}
