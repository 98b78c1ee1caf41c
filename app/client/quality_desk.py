# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about quality: summaries, totals, plan, amendments, anomalies, limits. Keeps nothing."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from pydantic import BeforeValidator, TypeAdapter

from app.client.rest import Failed, Rest
from edge_daemon.api.messages_quality import (
    AmendmentMessage,
    AmendmentPreview,
    AnomaliesReply,
    LimitsReply,
    LimitsRequest,
    NewAmendment,
    PlanReply,
    PlanRequest,
    WaitingMessage,
)
from edge_daemon.api.messages_summaries import MetricsReply, SummariesReply, SummaryMessage

_SUMMARIES = TypeAdapter(Annotated[tuple[SummariesReply, ...], BeforeValidator(lambda page: (page,))])
_METRICS = TypeAdapter(MetricsReply)
_PLAN = TypeAdapter(PlanReply)
_AMENDMENT = TypeAdapter(AmendmentMessage)
_AMENDMENTS = TypeAdapter(tuple[AmendmentMessage, ...])
_WAITING = TypeAdapter(tuple[WaitingMessage, ...])
_PREVIEW = TypeAdapter(AmendmentPreview)
_ANOMALIES = TypeAdapter(Annotated[tuple[AnomaliesReply, ...], BeforeValidator(lambda page: (page,))])
_LIMITS = TypeAdapter(LimitsReply)

ANSWER_MS = 60_000
"""A preview looks at many readings; a busy laptop may take its time."""


MOST_HOURS = 5_000
"""More than 30 days of six sensors have. An hour takes some kilobytes of memory."""


class _Latest:
    """The summaries of the latest hours, out of pages that come in the log's order: a later one replaces."""

    def __init__(self) -> None:
        self._complete = True
        self._kept: dict[tuple[str, str], SummaryMessage] = {}
        self._left_out: set[tuple[str, str]] = set()

    def take(self, pages: tuple[SummariesReply, ...]) -> None:
        for page in pages:
            self._complete = self._complete and page.complete
            fresh = {(one.summary.hour, one.summary.sensor): one for one in page.summaries}
            self._kept |= {key: one for key, one in fresh.items() if key not in self._left_out}
            over = len(self._kept) - MOST_HOURS
            if over > 0:
                for key in sorted(self._kept)[:over]:
                    del self._kept[key]
                    self._left_out.add(key)

    def told(self) -> tuple[SummariesReply, int]:
        return SummariesReply(complete=self._complete, summaries=tuple(self._kept.values())), len(self._left_out)


class QualityDesk:
    """Times are RFC 3339 texts. Every method ends in exactly one call, of `done` or of `failed`."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def summaries(
        self, since: str, until: str, sensor: str, done: Callable[[SummariesReply, int], None], failed: Failed
    ) -> None:
        """Current summaries of the hours within, of all sensors where none is named: the latest `MOST_HOURS`, and how
        many earlier ones are left out."""
        kept = _Latest()
        query = {"since": since, "until": until} | ({"sensor": sensor} if sensor else {})
        self._rest.each_page("/api/summaries", _SUMMARIES, kept.take, lambda: done(*kept.told()), failed, query=query)

    def metrics(self, since: str, until: str, done: Callable[[MetricsReply], None], failed: Failed) -> None:
        """Totals and claim of the hours within."""
        self._rest.get("/api/metrics", _METRICS, done, failed, query={"since": since, "until": until})

    def plan(self, done: Callable[[PlanReply], None], failed: Failed) -> None:
        """The plan in force."""
        self._rest.get("/api/plan", _PLAN, done, failed)

    def put_plan(self, wanted: PlanRequest, done: Callable[[PlanReply], None], failed: Failed) -> None:
        """Write the plan that holds from now on."""
        self._rest.ask("PUT", "/api/plan", wanted, _PLAN, done, failed)

    def amendments(self, done: Callable[[tuple[AmendmentMessage, ...]], None], failed: Failed) -> None:
        """All amendments, in the log's order."""
        self._rest.get("/api/amendments", _AMENDMENTS, done, failed)

    def waiting(self, done: Callable[[tuple[WaitingMessage, ...]], None], failed: Failed) -> None:
        """Readings that wait for a time, in the log's order."""
        self._rest.get("/api/amendments/waiting", _WAITING, done, failed)

    def preview(self, new: NewAmendment, done: Callable[[AmendmentPreview], None], failed: Failed) -> None:
        """What an amendment would change; nothing is written."""
        self._rest.ask("POST", "/api/amendments/preview", new, _PREVIEW, done, failed, timeout_ms=ANSWER_MS)

    def amend(self, new: NewAmendment, done: Callable[[AmendmentMessage], None], failed: Failed) -> None:
        """Write an amendment."""
        self._rest.ask("POST", "/api/amendments", new, _AMENDMENT, done, failed, timeout_ms=ANSWER_MS)

    def anomalies(self, since: str, until: str, done: Callable[[AnomaliesReply], None], failed: Failed) -> None:
        """What holds now, and what began and ended within, however many pages that fills."""

        def whole(pages: tuple[AnomaliesReply, ...]) -> None:
            past = tuple(one for page in pages for one in page.past)
            done(AnomaliesReply(present=pages[-1].present, past=past))

        self._rest.pages("/api/anomalies", _ANOMALIES, whole, failed, query={"since": since, "until": until})

    def limits(self, sensor_id: str, done: Callable[[LimitsReply], None], failed: Failed) -> None:
        """Limits in force of a sensor's channels."""
        self._rest.get(_limits(sensor_id), _LIMITS, done, failed)

    def put_limits(
        self, sensor_id: str, wanted: LimitsRequest, done: Callable[[LimitsReply], None], failed: Failed
    ) -> None:
        """Set limits of some channels."""
        self._rest.ask("PUT", _limits(sensor_id), wanted, _LIMITS, done, failed)


def _limits(sensor_id: str) -> str:
    return f"/api/sensors/{quote(sensor_id, safe='')}/limits"
