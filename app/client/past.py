# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Questions about what was recorded: curves, gaps, notes, visits. Asks the daemon; keeps nothing."""

from collections.abc import Callable
from urllib.parse import quote

from pydantic import TypeAdapter

from app.client.rest import Failed, Rest
from app.client.times import text_of
from edge_daemon.api.messages import GapMessage, NoteMessage, Plot, VisitMessage
from edge_daemon.api.messages_coverage import ReadingUncertainty, StretchUncertainty
from edge_daemon.api.messages_quality import Why

_GAPS = TypeAdapter(tuple[GapMessage, ...])
_NOTES = TypeAdapter(tuple[NoteMessage, ...])
_VISITS = TypeAdapter(tuple[VisitMessage, ...])
_PLOT = TypeAdapter(Plot)
_WHY = TypeAdapter(Why)
_UNCERTAINTY = TypeAdapter(ReadingUncertainty)
_UNCERTAINTIES = TypeAdapter(StretchUncertainty)


class Past:
    """Times are seconds since 1970; None leaves a stretch open. Lists come whole, however many pages they fill.

    `refused` takes the `Problem` of a question that was asked without `failed`.
    """

    def __init__(self, rest: Rest, refused: Failed) -> None:
        self._rest = rest
        self._refused = refused

    def plot(
        self,
        sensor_id: str,
        channel: str,
        start: float,
        end: float,
        points: int,
        done: Callable[[Plot], None],
        failed: Failed | None = None,
    ) -> None:
        """The curve of a channel between two times, in at most about `points` points."""
        query = {"channel": channel, "from": text_of(start), "to": text_of(end), "points": str(points)}
        path = f"/api/sensors/{quote(sensor_id, safe='')}/plot"
        self._rest.get(path, _PLOT, done, failed or self._refused, query=query)

    def why(self, sensor_id: str, index: int, done: Callable[[Why], None], failed: Failed) -> None:
        """Why the reading at this index of the log has its flags."""
        path = f"/api/sensors/{quote(sensor_id, safe='')}/why"
        self._rest.get(path, _WHY, done, failed, query={"index": str(index)})

    def uncertainty(
        self, sensor_id: str, index: int, done: Callable[[ReadingUncertainty], None], failed: Failed
    ) -> None:
        """How sure each value of the reading at this index of the log is."""
        path = f"/api/sensors/{quote(sensor_id, safe='')}/readings/{index}/uncertainty"
        self._rest.get(path, _UNCERTAINTY, done, failed)

    def uncertainty_between(
        self, sensor_id: str, start: float, end: float, done: Callable[[ReadingUncertainty], None], failed: Failed
    ) -> None:
        """The same of the sensor's newest reading between two times."""
        path = f"/api/sensors/{quote(sensor_id, safe='')}/uncertainty"
        self._rest.get(path, _UNCERTAINTY, done, failed, query={"from": text_of(start), "to": text_of(end)})

    def uncertainties(
        self,
        sensor_id: str,
        channel: str,
        start: float,
        end: float,
        done: Callable[[StretchUncertainty], None],
        failed: Failed,
    ) -> None:
        """How sure each value of a channel between two times is."""
        path = f"/api/sensors/{quote(sensor_id, safe='')}/uncertainties"
        query = {"channel": channel, "from": text_of(start), "to": text_of(end)}
        self._rest.get(path, _UNCERTAINTIES, done, failed, query=query)

    def gaps(
        self,
        since: float | None,
        until: float | None,
        done: Callable[[tuple[GapMessage, ...]], None],
        failed: Failed | None = None,
        *,
        sensor_id: str = "",
    ) -> None:
        """Gaps that touch the stretch, in the log's order; of one sensor, or of all."""
        query = _stretch(since, until) | ({"sensor": sensor_id} if sensor_id else {})
        self._rest.pages("/api/gaps", _GAPS, done, failed or self._refused, query=query)

    def notes(self, since: float | None, until: float | None, done: Callable[[tuple[NoteMessage, ...]], None]) -> None:
        """Notes about moments within the stretch, in the log's order."""
        self._rest.pages("/api/notes", _NOTES, done, self._refused, query=_stretch(since, until))

    def visits(
        self, since: float | None, until: float | None, done: Callable[[tuple[VisitMessage, ...]], None]
    ) -> None:
        """Arrivals and departures within the stretch, in the log's order."""
        self._rest.pages("/api/visits", _VISITS, done, self._refused, query=_stretch(since, until))


def _stretch(since: float | None, until: float | None) -> dict[str, str]:
    ends = {"since": since, "until": until}
    return {name: text_of(end) for name, end in ends.items() if end is not None}
