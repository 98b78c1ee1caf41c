# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in whose readings can be flagged, and that explains them."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from edge_daemon.api import messages as m
from edge_daemon.api import messages_quality as q
from tests.unit.app.client.stand_in import StandIn

SLOW_CHANGE = "It changed too quickly: the limit is 40 ppm in a second."


def explanation(index: int, **changes: Any) -> q.Why:
    """A reading whose CO2 changed too quickly; nothing speaks against its temperature."""
    co2 = q.WhyChannel(unit="ppm", raw=900, value=900, flag=3, effective_value=900, effective_flag=3,
                       reasons=(q.ReasonMessage(test="rate_of_change", text=SLOW_CHANGE),))  # fmt: skip
    air = q.WhyChannel(unit="°C", raw=21, value=21, flag=1, effective_value=21, effective_flag=1, reasons=())
    base = q.Why(sensor_id="co2_1", index=index, effective_sensor_id="co2_1", time="2026-11-24T06:00:00.5Z",
                 original_time="2026-11-24T06:00:00.5Z", quality=0.5, effective_quality=0.5, amended_by=(),
                 channels={"co2": co2, "temperature": air})  # fmt: skip
    return base.model_copy(update=changes)


@dataclass
class QualityStandIn(StandIn):
    """`record_flagged` commits a reading with these flags; `refusal` is the answer to every question why."""

    refusal: m.Problem | None = None
    why_asked: list[tuple[str, int]] = field(default_factory=list)

    def record_flagged(self, value: float | None, co2: int, temperature: int = 1) -> None:
        self.record(400)
        channels: dict[str, tuple[float | None, float | None, int]] = {
            "co2": (value, value, co2),
            "temperature": (21.25, 21.25, temperature),
        }
        self.readings[-1] = self.readings[-1].model_copy(update={"channels": channels})

    def fail(self, **failing: tuple[str, ...]) -> None:
        """What the newest reading did not pass, by channel."""
        self.sensors["co2_1"] = self.sensors["co2_1"].model_copy(update={"failing": failing})

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/sensors/{sensor_id}/why", self._why, methods=["GET"])
        app.mount("/", super().app())
        return app

    async def _why(self, sensor_id: str, request: Request) -> Response:
        index = int(request.query_params["index"])
        self.why_asked.append((sensor_id, index))
        if self.refusal is not None:
            return JSONResponse(self.refusal.model_dump(), self.refusal.status, media_type="application/problem+json")
        return JSONResponse(explanation(index).model_dump(mode="json"))
