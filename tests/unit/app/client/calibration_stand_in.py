# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in that guides calibrations: a run told step by step, persons, standards, histories."""

import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from edge_daemon.api import messages as m
from edge_daemon.api import messages_calibration as mc
from edge_daemon.api.messages_coverage import DueMessage
from edge_daemon.api.messages_instruments import CertificateImpact
from tests.unit.app.client.instrument_stand_in import InstrumentStandIn

FRESH_AIR = mc.ProcedureMessage(
    key="co2_forced_recalibration",
    title="Forced recalibration in fresh outdoor air, with the instrument's own command",
    channel="co2",
    unit="ppm",
    points=("Fresh air",),
    adjustment="device",
    interval_days=180,
    preparation=(
        "Outdoors, away from people, exhausts and smouldering fires, with a light wind.",
        "The instrument has run for ten minutes in this air, at an interval of two seconds.",
        "Automatic self-calibration is switched off.",
    ),
    source="Sensirion, Interface Description SCD30, version 1.0 D1, section 1.4.6",
    changes_device=True,
)
CHECK = FRESH_AIR.model_copy(
    update={"key": "co2_check", "title": "Check against gas", "adjustment": "none", "changes_device": False}
)
GAS = mc.StandardMessage(
    index=41, kind="co2_gas", name="Span gas 1000 ppm", value=1000, unit="ppm", expanded_uncertainty=10, factor=2,
    lot="CYL-4711", certificate="C-2026-118", issuer="Example gases", expires="2028-03-31", code="4711-1000",
    used="2026-11-20T08:00:00Z",
)  # fmt: skip
OLD_GAS = GAS.model_copy(
    update={"index": 42, "name": "Span gas 800 ppm", "value": 800.0, "code": "4700", "standing": "expired",
            "expires": "2026-01-31", "used": None}
)  # fmt: skip


def step(step_id: str, kind: mc.StepKind, **changes: Any) -> mc.StepMessage:
    """A step with a usual choice."""
    base: dict[str, Any] = {
        "id": step_id, "kind": kind, "title": step_id.capitalize(), "help": "", "number": 1, "count": 6,
        "choices": (mc.StepChoice(name="ok", title="Go on"),),
    }  # fmt: skip
    return mc.StepMessage.model_validate(base | changes)


def run(now: mc.StepMessage, **changes: Any) -> mc.RunMessage:
    """A run that stands at this step."""
    base: dict[str, Any] = {
        "index": 100, "sensor_id": "co2_1", "model": "scd30", "serial": "SN/42", "procedure": FRESH_AIR.key,
        "title": "Fresh air", "channel": "co2", "unit": "ppm", "decimals": 1, "state": "under_way", "person": "Ana",
        "started": "2026-11-23T08:00:00Z", "step": now,
    }  # fmt: skip
    return mc.RunMessage.model_validate(base | changes)


def live(*, stable: bool, **changes: Any) -> mc.LiveSignal:
    """The signal in the middle of settling, or at its end."""
    base: dict[str, Any] = {
        "raw": 431.6, "value": 431.6, "time": "2026-11-23T08:05:00Z", "stable": stable, "window_s": 120.0,
        "unmet": () if stable else ("The signal still drifts: 1.46 ppm a minute, at most 1 is allowed.",
                                    "47 s of the last 2 minutes are not there yet."),
        "remaining_s": 0.0 if stable else 47.0, "mean": 431.4, "deviation": 0.91, "deviation_limit": 3.0,
        "slope_per_minute": 0.2 if stable else 1.46, "slope_limit": 1.0,
        "trail": (440.0, 436.5, 434.0, 433.1, 432.0, 431.8, 431.6),
    }  # fmt: skip
    return mc.LiveSignal.model_validate(base | changes)


def point(stage: str, error: float, **changes: Any) -> mc.PointMessage:
    """A point that was taken in fresh air."""
    base: dict[str, Any] = {
        "index": 110, "stage": stage, "point": "fresh_air", "title": "Fresh air", "reference": 425.0,
        "indication": 425.0 + error, "error": error, "expanded_uncertainty": 20.1, "tolerance": 42.75,
        "outcome": "pass" if abs(error) < 22 else "fail",
    }  # fmt: skip
    return mc.PointMessage.model_validate(base | changes)


PRESSURE = mc.StepInput(name="pressure", title="Station pressure", kind="number", unit="hPa", minimum=700, maximum=1400,
                        help="Read off a barometer, not reduced to sea level.")  # fmt: skip
WHICH = mc.StepInput(name="standard", title="Which CO₂ gas", kind="standard", unit="ppm",
                     choices=(("41", "Span gas 1000 ppm: 1000 ± 10 ppm, lot CYL-4711"),
                              ("42", "Span gas 800 ppm: 800.0 ± 8.0 ppm (expired 2026-01-31)")))  # fmt: skip
SIGN = (
    mc.StepInput(name="person", title="Signed by", kind="person"),
    mc.StepInput(name="pin", title="PIN", kind="pin"),
    mc.StepInput(name="second_person", title="Second person", kind="person", required=False),
    mc.StepInput(name="second_pin", title="The second person's PIN", kind="pin", required=False),
)
TAKE = (
    mc.StepChoice(name="take", title="Take the point", enabled=False, why_not="The signal is not stable yet."),
    mc.StepChoice(name="take_anyway", title="Take it all the same…", reason=True),
    mc.StepChoice(name="back", title="Back"),
)
COMMAND = mc.StepChoice(
    name="send", title="Have the instrument adjust itself",
    confirm="The instrument sets its reading to 425 ppm for good. What it knew before cannot be brought back.",
)  # fmt: skip
SUMMARY = ("As found: fail, error +48.2 ppm of ±42.8 ppm.", "As left: pass, error +1.1 ppm.", "Due 2027-05-22.")


def script() -> list[mc.RunMessage]:
    """A run from conditions to the signature, with a command to the device."""
    found, left = point("as_found", 48.2), point("as_left", 1.1, index=115)
    return [
        run(step("conditions", "conditions", title="The conditions here", number=1, inputs=(PRESSURE,))),
        run(step("apply", "apply", title="Apply the gas", number=2, stage="as_found", inputs=(WHICH,),
                 help="Open the bottle and let the gas flow at half a litre a minute through the hood.")),
        run(step("settle", "settle", title="Wait until it is stable", number=3, stage="as_found", choices=TAKE),
            live=live(stable=False)),
        run(step("decide", "decide", title="As found: outside the limits", number=4,
                 choices=(mc.StepChoice(name="adjust", title="Adjust the instrument"),
                          mc.StepChoice(name="leave", title="Leave it as it is", reason=True),
                          mc.StepChoice(name="repeat:fresh_air", title="Repeat a point"))), points=(found,)),
        run(step("command", "command", title="Adjust the instrument", number=5, choices=(COMMAND,)), points=(found,)),
        run(step("sign", "sign", title="Sign", number=6, inputs=SIGN,
                 choices=(mc.StepChoice(name="sign", title="Sign"),)),
            points=(found, left), summary=SUMMARY),
        run(step("done", "done", title="Signed", number=6, choices=()), state="signed", outcome="pass", verdict=120,
            points=(found, left), summary=SUMMARY),
    ]  # fmt: skip


NO_IMPACT = CertificateImpact(opens_amendment=False, outcome="pass", words=("As it came it was inside its limits.",))


@dataclass
class CalibrationStandIn(InstrumentStandIn):
    """`runs` is what the run looks like, step after step; `place` the present one, None while none is open."""

    procedures: tuple[mc.ProcedureMessage, ...] = (FRESH_AIR, CHECK)
    runs: list[mc.RunMessage] = field(default_factory=script)
    place: int | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    standards: list[mc.StandardMessage] = field(default_factory=lambda: [GAS, OLD_GAS])
    histories: dict[str, mc.InstrumentHistory] = field(default_factory=dict)
    due: list[DueMessage] = field(default_factory=list)
    certificates: list[dict[str, Any]] = field(default_factory=list)
    pdf: bytes | None = None
    no: m.Problem | None = None
    gone: bool = False
    impact: CertificateImpact | None = NO_IMPACT

    def app(self) -> FastAPI:
        app = FastAPI()
        for verb, path, work in (
            ("GET", "/api/sensors/{sensor_id}/procedures", self._procedures),
            ("GET", "/api/sensors/{sensor_id}/calibration", self._run),
            ("POST", "/api/sensors/{sensor_id}/calibration", self._start),
            ("POST", "/api/sensors/{sensor_id}/calibration/answer", self._take_answer),
            ("DELETE", "/api/sensors/{sensor_id}/calibration", self._abort),
            ("GET", "/api/persons", self._persons),
            ("POST", "/api/persons", self._add_person),
            ("POST", "/api/persons/pin", self._change_pin),
            ("POST", "/api/persons/removal", self._remove_person),
            ("GET", "/api/standards", self._standards),
            ("GET", "/api/standards/kinds", self._kinds),
            ("POST", "/api/standards", self._put_standard),
            ("POST", "/api/standards/csv", self._import),
            ("GET", "/api/calibrations/due", self._due),
            ("GET", "/api/instruments/{model}/{name:path}/calibrations", self._history),
            ("POST", "/api/instruments/{model}/{name:path}/certificates", self._certificate),
            ("GET", "/api/certificates/{index}/impact", self._impact),
            ("POST", "/api/certificates/{index}/review", self._review),
            ("GET", "/api/calibrations/{index}/certificate", self._pdf),
            ("GET", "/api/sensors/{sensor_id}/recomputed", self._recomputed),
        ):
            app.add_api_route(path, work, methods=[verb])
        app.mount("/", super().app())
        return app

    @property
    def now(self) -> mc.RunMessage | None:
        """How the run stands."""
        return self.runs[self.place] if self.place is not None else None

    def change(self, **changes: Any) -> None:
        """The present run has changed by itself."""
        assert self.place is not None
        self.runs[self.place] = self.runs[self.place].model_copy(update=changes)

    async def _procedures(self) -> Response:
        return _told(self.procedures)

    async def _run(self) -> Response:
        return self._shown()

    async def _start(self, request: Request) -> Response:
        self.posted.append(("POST run", await request.json()))
        if self.place is not None:
            return _problem("conflict", 409, "A calibration of this sensor is under way.")
        self.place = 0
        return self._shown(201)

    async def _take_answer(self, request: Request) -> Response:
        given = mc.StepAnswer.model_validate_json(await request.body())
        self.answers.append(given.model_dump())
        if self.no is not None:
            problem, self.no = self.no, None
            return JSONResponse(problem.model_dump(), problem.status)
        assert self.now is not None
        if given.step != self.now.step.id:
            return _problem("conflict", 409, "Another window went on.")
        if given.choice == "back":
            self.place = (self.place or 1) - 1
        else:
            self.place = (self.place or 0) + 1
        return self._shown()

    async def _abort(self, request: Request) -> Response:
        self.posted.append(("DELETE run", dict(request.query_params)))
        assert self.now is not None
        if self.no is not None:
            return JSONResponse(self.no.model_dump(), self.no.status)
        self.change(state="aborted", step=step("done", "done", title="Aborted", choices=()))
        return self._shown()

    def _shown(self, status: int = 200) -> Response:
        if self.now is None:
            return _problem("unknown", 404, "There was none.")
        return JSONResponse(self.now.model_dump(mode="json"), status)

    async def _persons(self) -> Response:
        return _told(tuple(mc.PersonMessage(name=name) for name in self.persons))

    async def _add_person(self, request: Request) -> Response:
        new = mc.NewPerson.model_validate_json(await request.body())
        self.posted.append(("POST persons", new.model_dump()))
        self.persons.append(new.name)
        return JSONResponse({"name": new.name}, 201)

    async def _change_pin(self, request: Request) -> Response:
        return self._changed(mc.NewPin.model_validate_json(await request.body()), "POST pin")

    async def _remove_person(self, request: Request) -> Response:
        leaving = mc.LeavingPerson.model_validate_json(await request.body())
        self.persons.remove(leaving.name)
        return self._changed(leaving, "POST removal")

    def _changed(self, told: mc.NewPin | mc.LeavingPerson, what: str) -> Response:
        self.posted.append((what, told.model_dump()))
        if self.no is not None:
            problem, self.no = self.no, None
            return JSONResponse(problem.model_dump(), problem.status)
        return JSONResponse({"name": told.name}, 200)

    async def _standards(self) -> Response:
        return _told(tuple(self.standards))

    async def _kinds(self) -> Response:
        return _told(
            (mc.StandardKind(kind="barometer", asked_for=False), mc.StandardKind(kind="co2_gas", asked_for=True))
        )

    async def _put_standard(self, request: Request) -> Response:
        new = mc.NewStandard.model_validate_json(await request.body())
        self.posted.append(("POST standards", new.model_dump(exclude_unset=True)))
        if self.no is not None:
            problem, self.no = self.no, None
            return JSONResponse(problem.model_dump(), problem.status)
        kept = new.model_dump(exclude={"person", "replaces", "withdrawn", "files"})
        standing = "withdrawn" if new.withdrawn else "valid"
        made = mc.StandardMessage.model_validate(kept | {"index": 50 + len(self.standards), "standing": standing})
        self.standards = [made, *(one for one in self.standards if one.index != new.replaces)]
        return JSONResponse(made.model_dump(mode="json"), 201)

    async def _import(self, request: Request) -> Response:
        self.posted.append(("POST csv", await request.json()))
        lines = (
            mc.ImportedLine(line=2, taken=True, index=60, words="Taken."),
            mc.ImportedLine(line=3, taken=False, index=None, words="Not taken. value: a number is needed."),
        )
        return JSONResponse(mc.StandardsImported(lines=lines).model_dump(mode="json"))

    async def _due(self) -> Response:
        return _told(tuple(self.due))

    async def _history(self, model: str, name: str) -> Response:
        found = self.histories.get(name)
        if found is None:
            return _problem("unknown", 404, "No such instrument.")
        return JSONResponse(found.model_dump(mode="json"))

    async def _certificate(self, request: Request) -> Response:
        self.certificates.append(json.loads(await request.body()))
        if self.no is not None:
            problem, self.no = self.no, None
            return JSONResponse(problem.model_dump(), problem.status)
        return JSONResponse(calibration(130, "certificate", standing="to_review").model_dump(mode="json"), 201)

    async def _impact(self) -> Response:
        if self.impact is None:
            return _problem("conflict", 409, "It was reviewed in another window.")
        return JSONResponse(self.impact.model_dump(mode="json"))

    async def _review(self, index: int, request: Request) -> Response:
        self.certificates.append({"index": index, **await request.json()})
        if self.no is not None:
            problem, self.no = self.no, None
            return JSONResponse(problem.model_dump(), problem.status)
        return JSONResponse(calibration(index, "certificate").model_dump(mode="json"))

    async def _pdf(self) -> Response:
        if self.pdf is None:
            return _problem("not_found", 404, "Not found")
        return Response(self.pdf, media_type="application/pdf")

    async def _recomputed(self, sensor_id: str, request: Request) -> Response:
        self.posted.append((f"GET recomputed {sensor_id}", dict(request.query_params)))
        if self.no is not None:
            problem, self.no = self.no, None
            return JSONResponse(problem.model_dump(), problem.status)
        return Response(b"# a view", media_type="text/csv")


def calibration(index: int, kind: str = "run", **changes: Any) -> mc.CalibrationMessage:
    """A calibration that holds."""
    base: dict[str, Any] = {
        "index": index, "kind": kind, "title": "Fresh air", "channel": "co2", "unit": "ppm",
        "time": "2026-05-22T09:00:00Z", "person": "Ana", "outcome": "pass", "as_found": 12.4, "as_left": 1.1,
        "expanded_uncertainty": 20.1, "tolerance": 42.75, "due": "2026-11-18", "in_force": True,
        "standing": "in_force",
    }  # fmt: skip
    return mc.CalibrationMessage.model_validate(base | changes)


def _told(found: tuple[m.Message, ...]) -> Response:
    return JSONResponse([one.model_dump(mode="json") for one in found])


def _problem(code: str, status: int, detail: str) -> Response:
    problem = m.Problem(title="This does not go together", status=status, detail=detail, code=code)
    return JSONResponse(problem.model_dump(), status, media_type="application/problem+json")
