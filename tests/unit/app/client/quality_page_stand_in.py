# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in that knows hours, totals, a plan, amendments, anomalies and limits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from edge_daemon.api import messages as m
from edge_daemon.api import messages_quality as q
from edge_daemon.api import messages_summaries as s
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.summary import (
    HOUR_NS,
    ChannelSummary,
    EnergySummary,
    FactorSummary,
    GapSummary,
    ScoreSummary,
    SummaryBody,
)
from tests.unit.app.client.stand_in import StandIn, sensor

POWER = m.ChannelMessage(name="active_power", label="Power", unit="kW", minimum=0, maximum=1000, decimals=2)
FACTOR = FactorSummary("eGRID2023 CAMX", 0.194348, "2025-06-12", "US EPA, eGRID2023 rev 2", 0.0, legacy_default=False)
PARAMETER: dict[str, Any] = {
    "parameter": "Electricity exported", "unit": "kWh", "sensor": "meter", "channel": "active_power", "role": "record",
    "frequency_s": 60.0, "accuracy": "class 0.2S", "calibration_interval_days": 1095, "longest_gap_s": 180.0,
    "responsible": "Ana Lima", "gap_rule": "exclude", "gap_default": "", "method": "",
    "factor": {"name": "eGRID2023 CAMX", "kilograms_per_kilowatt_hour": 0.194348, "date": "2025-06-12",
               "source": "US EPA, eGRID2023 rev 2", "loss": 0.0}, "tree": None, "counts": "adds",
}  # fmt: skip
LIMITS = q.LimitsMessage(plausible=(350.0, 2000.0), spike=(100.0, 500.0), rate_per_s=(200 / 60, 20.0),
                         flat_s=(1800.0, 3600.0), flat_tolerance=0.5)  # fmt: skip


def hour(sensor_id: str, number: int, **changes: Any) -> s.SummaryMessage:
    """A summary of one hour with a gap of three minutes."""
    start = rfc3339_from_ns(number * HOUR_NS)
    began, ended = (rfc3339_from_ns(number * HOUR_NS + seconds * 10**9) for seconds in (600, 780))
    gap = GapSummary(7, began, ended, 3, ("unplugged",))
    score = ScoreSummary(5700, 100, {"3": 2}, by_coverage=False)
    channel = ChannelSummary("kW", 57, 14.31, 12.9, 15.8, {"1": 55, "3": 2}, 5000, 95, 92, "high", 0.042, score)
    energy = EnergySummary(14.2, "counter", ("active_power",), 3_420_000_000, 180_000_000, 14.1, 14.2, True,
                           {"rollover": 1}, FACTOR, 2.7597, 0.05)  # fmt: skip
    body: dict[str, Any] = {
        "sensor": sensor_id, "hour": start, "kind": "power_meter", "primary": "active_power", "readings": 57,
        "expected": 60, "accepted": 57, "coverage": 95, "score": 92, "level": "high", "rules": "4.3/2",
        "flags": {"1": 55, "3": 2}, "channels": {"active_power": channel}, "first": 100, "last": 400, "plan": 12,
        "energy": energy, "gaps": (gap,), "source": score,
    }  # fmt: skip
    return s.SummaryMessage(index=number % 1000, current=True, summary=SummaryBody(**{**body, **changes}))


def amendment(index: int, **changes: Any) -> q.AmendmentMessage:
    """A maintenance that counts."""
    told: dict[str, Any] = {
        "index": index, "time": "2026-11-23T09:00:00.000000000Z", "counts": True, "kind": "maintenance", "first": 10,
        "last": 90, "start": "2026-11-23T08:00:00Z", "end": "2026-11-23T08:30:00Z", "sensors": ("meter",),
        "channels": (), "flag": None, "offset_us": None, "uncertainty_us": None, "reads_as": "", "gain": None,
        "offset": None, "replaces": None, "evidence": "The technician cleaned the terminals.", "person": "Ana Lima",
        "attachments": (),
    }  # fmt: skip
    return q.AmendmentMessage.model_validate({**told, **changes})


def preview(readings: int = 57) -> q.AmendmentPreview:
    """A value that doubles."""
    channel = q.PreviewChannel(unit="kW", recorded_value=14.3, recorded_flag=1, now_value=14.3, now_flag=1,
                               then_value=28.6, then_flag=1)  # fmt: skip
    one = q.PreviewReading(index=42, recorded_sensor_id="meter", recorded_time="2026-11-23T08:15:30Z",
                           now_sensor_id="meter", now_time="2026-11-23T08:15:30Z", now_held=False,
                           then_sensor_id="meter", then_time="2026-11-23T08:15:30Z", then_held=False,
                           channels={"active_power": channel})  # fmt: skip
    return q.AmendmentPreview(first=10, last=90, readings=readings, exact=True, examples=(one,) if readings else ())


def metrics(**changes: Any) -> s.MetricsReply:
    """A week that may be claimed."""
    base = s.MetricsReply(
        project_id="p1", period_start="2026-11-22T09:00:00Z", period_end="2026-11-23T09:00:00Z", plan=12, complete=True,
        metrics=s.Metrics(total_energy_generated_kwh=343.2, total_co2_reduced_tons=0.0667),
        data_quality=s.DataQuality(total_readings=1440, valid_readings=1368, quality_score=0.92), uncovered_s=4320,
        factors=(s.FactorUsed(name="eGRID2023 CAMX", kilograms_per_kilowatt_hour=0.194348, date="2025-06-12",
                              source="US EPA, eGRID2023 rev 2", loss=0, legacy_default=False),),
        parameters=(s.ParameterQuality(sensor_id="meter", channel="active_power", accepted=1368, expected=1440,
                                       coverage=0.95, quality=0.92, level="high", flags={"1": 1320, "3": 48},
                                       source_score=1.0, capped={"3": 48}),),
        claim=s.ClaimMessage(claim=True, quality=0.92, level="high", sensor_id="meter", refused=None),
        air_quality=(),
    )  # fmt: skip
    return base.model_copy(update=changes)


@dataclass
class QualityPageStandIn(StandIn):
    """`refusal` answers the next change; `asked` and `posted` tell what was asked for; a `page` has so many hours."""

    hours: Sequence[s.SummaryMessage] = ()
    page: int = 1_000
    totals: s.MetricsReply = field(default_factory=metrics)
    plan: dict[str, Any] = field(default_factory=lambda: {"index": None, "time": None, "parameters": []})
    amendments: list[q.AmendmentMessage] = field(default_factory=list)
    waiting: list[q.WaitingMessage] = field(default_factory=list)
    previewed: q.AmendmentPreview = field(default_factory=preview)
    anomalies: q.AnomaliesReply = field(default_factory=lambda: q.AnomaliesReply(present=(), past=()))
    limits: dict[str, q.LimitsMessage] = field(
        default_factory=lambda: {"co2": LIMITS, "temperature": q.LimitsMessage()}
    )
    refusal: m.Problem | None = None

    def __post_init__(self) -> None:
        self.sensors["meter"] = sensor("meter", name="Meter at the gate", kind="power_meter", primary="active_power",
                                       channels=(POWER,))  # fmt: skip

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/summaries", self._summaries, methods=["GET"])
        for path, answer in {
            "/api/metrics": self._metrics,
            "/api/anomalies": self._anomalies,
        }.items():
            app.add_api_route(path, answer, methods=["GET"])
        app.add_api_route("/api/plan", self._plan, methods=["GET", "PUT"])
        app.add_api_route("/api/amendments", self._amendments, methods=["GET", "POST"])
        app.add_api_route("/api/amendments/waiting", lambda: self.waiting, methods=["GET"])
        app.add_api_route("/api/amendments/preview", self._preview, methods=["POST"])
        app.add_api_route("/api/sensors/{sensor_id}/limits", self._limits, methods=["GET", "PUT"])
        app.mount("/", super().app())
        return app

    def _told(self, path: str, request: Request) -> None:
        self.asked.append((path, dict(request.query_params)))

    async def _sent(self, what: str, request: Request) -> tuple[dict[str, Any], Response | None]:
        body = json.loads(await request.body())
        self.posted.append((what, body))
        if self.refusal is None:
            return body, None
        kind = "application/problem+json"
        return body, JSONResponse(self.refusal.model_dump(), self.refusal.status, media_type=kind)

    async def _summaries(self, request: Request, response: Response) -> s.SummariesReply:
        self._told("summaries", request)
        wanted, after = request.query_params.get("sensor", ""), int(request.query_params.get("after", 0))
        found = tuple(one for one in self.hours if wanted in {"", one.summary.sensor})
        if after + self.page < len(found):
            following = request.url.include_query_params(after=after + self.page)
            response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return s.SummariesReply(complete=True, summaries=found[after : after + self.page])

    async def _metrics(self, request: Request) -> Response:
        self._told("metrics", request)
        if self.refusal is not None:
            return JSONResponse(self.refusal.model_dump(), self.refusal.status, media_type="application/problem+json")
        return JSONResponse(self.totals.model_dump(mode="json"))

    async def _anomalies(self, request: Request) -> q.AnomaliesReply:
        self._told("anomalies", request)
        return self.anomalies

    async def _plan(self, request: Request) -> Response:
        if request.method == "PUT":
            body, refused = await self._sent("PUT plan", request)
            if refused is not None:
                return refused
            self.plan = {**body, "index": 12, "time": "2026-11-23T08:00:00Z"}
        return JSONResponse(self.plan)

    async def _amendments(self, request: Request) -> Response:
        if request.method == "POST":
            body, refused = await self._sent("POST amendments", request)
            if refused is not None:
                return refused
            told = {key: value for key, value in body.items() if key in q.AmendmentMessage.model_fields}
            if told["kind"] == "withdrawal":
                self.amendments = [
                    one.model_copy(update={"counts": one.counts and one.index != told["replaces"]})
                    for one in self.amendments
                ]
            new = amendment(900 + len(self.amendments), **told, counts=told["kind"] != "withdrawal")
            self.amendments.append(new)
            return JSONResponse(new.model_dump(mode="json"), 201)
        return JSONResponse([one.model_dump(mode="json") for one in self.amendments])

    async def _preview(self, request: Request) -> Response:
        _, refused = await self._sent("POST preview", request)
        return refused or JSONResponse(self.previewed.model_dump(mode="json"))

    async def _limits(self, sensor_id: str, request: Request) -> Response:
        if request.method == "PUT":
            body, refused = await self._sent(f"PUT limits {sensor_id}", request)
            if refused is not None:
                return refused
            for name, given in body["channels"].items():
                self.limits[name] = LIMITS if given is None else q.LimitsMessage.model_validate(given)
        reply = q.LimitsReply(sensor_id=sensor_id, configuration=5, channels=self.limits)
        return JSONResponse(reply.model_dump(mode="json"))
