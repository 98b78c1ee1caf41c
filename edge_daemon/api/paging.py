# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Entries of one type within a stretch of time, page by page, and a header that tells of the next page. Reads the log.

No request looks at more than `EXAMINED` rows; one that stops earlier than the log does says where to go on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Response
from starlette.datastructures import URL

from edge_daemon.buffer.reader import Event, LogReader
from edge_daemon.domain.faults import BadInput, DamagedLog
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.entry import Entry, decode_entry

LIMIT = 1_000
EXAMINED = 20_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """UTC nanoseconds from `since` to before `until`; None is open."""

    since_ns: int | None = None
    until_ns: int | None = None

    def holds(self, t_ns: int) -> bool:
        """Whether a moment lies within."""
        return self.overlaps(t_ns, t_ns + 1)

    def overlaps(self, start_ns: int, end_ns: int) -> bool:
        """Whether anything from `start_ns` to before `end_ns` lies within."""
        return (self.since_ns is None or end_ns > self.since_ns) and (self.until_ns is None or start_ns < self.until_ns)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries with their indices, in log order. `following` is the index to go on after; None when nothing is left."""

    entries: list[tuple[int, Entry]]
    following: int | None


def stretch_of(since: str, until: str) -> Stretch:
    """A stretch from RFC 3339 texts; an empty one is open. Raises BadInput."""
    stretch = Stretch(time_of("since", since) if since else None, time_of("until", until) if until else None)
    if stretch.since_ns is not None and stretch.until_ns is not None and stretch.until_ns <= stretch.since_ns:
        raise BadInput("until", until, "it must be later than `since`")
    return stretch


def time_of(field: str, text: str) -> int:
    """RFC 3339 text as UTC nanoseconds. Raises BadInput that names the field."""
    try:
        return ns_from_rfc3339(text)
    except ValueError as wrong:
        raise BadInput(field, text, f"give a time like 2026-11-23T08:15:30Z ({wrong})") from wrong


def read_page(
    reader: LogReader,
    kind: str,
    after: int,
    limit: int,
    *,
    sensor: str = "",
    likely: Callable[[Event], bool],
    wanted: Callable[[int, Entry], bool],
) -> Page:
    """At most `limit` wanted entries of one type above index `after`.

    `likely` sorts out by the query columns what need not be read; `wanted` decides by the entry's bytes.
    """
    found: list[tuple[int, Entry]] = []
    for _ in range(0, EXAMINED, LIMIT):
        events = reader.events((kind,), sensor=sensor, after=after, limit=LIMIT)
        for event in events:
            after = event.index
            if likely(event) and wanted(event.index, entry := _read(reader, event.index)):
                found.append((event.index, entry))
                if len(found) == limit:
                    more = reader.events((kind,), sensor=sensor, after=after, limit=1)
                    return Page(found, after if more else None)
        if len(events) < LIMIT:
            return Page(found, None)
    return Page(found, after)


def tell_next(response: Response, url: URL, page: Page) -> None:
    """Name the next page in a `Link` header (RFC 8288, relation `next`, RFC 5005); none at the end of the log."""
    if page.following is not None:
        following = url.include_query_params(after=page.following)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


def _read(reader: LogReader, index: int) -> Entry:
    entries = reader.entries(index, 1)
    if not entries or entries[0][0] != index:
        raise DamagedLog(f"entry {index} is listed, but its bytes are missing")
    return decode_entry(entries[0][1])
