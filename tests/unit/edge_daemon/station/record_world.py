# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station in a real log whose instruments' records are asked over HTTP, without a daemon around them."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import httpx
from fastapi import FastAPI

from edge_daemon.api import problems, routes_calibration_history, routes_instruments, routes_standards
from edge_daemon.api.routes_station import services
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed
from edge_daemon.domain.channel import Accuracy
from edge_daemon.domain.station import Station
from edge_daemon.instruments.driver import Identity
from edge_daemon.log.bodies import Body
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.plan import Plan
from edge_daemon.station.amendments import amendment_desk
from edge_daemon.station.attachments import Attachments
from edge_daemon.station.calibration_energy import MeterEnergy
from edge_daemon.station.calibration_history import CalibrationHistory, Sources
from edge_daemon.station.device_board import Known
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.laboratory import Laboratory
from edge_daemon.station.laboratory_impact import LaboratoryImpact
from edge_daemon.station.passports import PassportDesk
from edge_daemon.station.past import calibrations_of, entry_at
from edge_daemon.station.persons import PersonBook
from edge_daemon.station.standards import StandardBook
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.acquisition.fakes import MODEL
from tests.unit.edge_daemon.log.calibration_world import PROCEDURE, installed

SENSOR, SERIAL, PIN = "co2-1", "S-1", "2468"
CO2 = replace(MODEL.channels[0], accuracy=Accuracy(30.0, 0.03))
CATALOGUE = {"fake": replace(MODEL, channels=(CO2, *MODEL.channels[1:]), procedures=("co2_zero_span",))}
PROCEDURES = {"co2_zero_span": replace(PROCEDURE, channel="", channels=("co2",))}
CERTIFICATE: dict[str, Any] = {
    "channel": "co2",
    "laboratory": "National laboratory",
    "number": "N-77",
    "calibrated": "2026-10-01",
    "due": "2027-10-01",
    "person": "Ana",
    "pin": PIN,
    "expanded_uncertainty": 8.0,
    "files": [{"name": "n77.pdf", "content": b64encode(b"%PDF-1.7 of the laboratory").decode()}],
}
INSTRUMENT = f"/api/instruments/fake/{SERIAL}"


class RecordWorld:
    """One sensor with the instrument `fake S-1`. Use as a context."""

    def __init__(self, folder: Path, *, serial: str = SERIAL) -> None:
        self.station = station = LoggedStation(folder)
        self._folder = folder
        self.plan = Plan()
        self.said = Identity()
        self.instruments = InstrumentBook(
            Instruments(), lambda: station.setup, lambda _: None, station.journal.write, CATALOGUE
        )
        station.writer.on_commit = self._committed
        self.write(installed(serial, SENSOR, "fake"))
        self.persons = PersonBook(folder, station.journal.write, self.now_ns, lambda: station.second * 10**6)
        self.history = self._history()
        self.passports = PassportDesk(
            self.instruments,
            station.journal,
            Attachments(folder / "attachments"),
            self._reader,
            lambda: Station("d", "p"),
            self.now_ns,
            self.history.name_of,
        )
        self.amendments = amendment_desk(
            station.reader,
            station.journal,
            head=station.writer.head,
            history=lambda: station.history,
            setup=lambda: station.setup,
        )
        self.standards = StandardBook(station.reader, station.journal.write, lambda: frozenset({"co2_gas"}))
        self._app = self._served()

    def __enter__(self) -> Self:
        self.station.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.station.__exit__(kind, error, trace)

    def now_ns(self) -> int:
        return self.station.stamp().t_ns

    def pass_days(self, days: float) -> None:
        self.station.second += round(days * 86_400)

    def enter_persons(self) -> None:
        """Ana and Bo, with one PIN."""
        for person in ("Ana", "Bo"):
            self.persons.add(person, PIN)

    def write(self, body: Body) -> int:
        index = self.station.write(body)
        self.station.calibrations.follow(index)
        return index

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **query: Any) -> Any:
        reply = self.ask("GET", path, params=query)
        assert reply.status_code == 200, reply.text[:500]
        return reply.json()

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        reply = self.ask("POST", path, json=body)
        assert reply.status_code == status, reply.text[:500]
        return reply.json()

    def _reader(self) -> LogReader:
        return LogReader(self._folder / "buffer.sqlite3")

    def _committed(self, batch: Sequence[Committed]) -> None:
        self.station._committed(batch)
        self.instruments.committed(batch)

    def _history(self) -> CalibrationHistory:
        station = self.station
        sources = Sources(
            told=lambda: station.calibrations.told,
            setup=lambda: station.setup,
            plan=lambda: self.plan,
            clock=lambda: station.history,
            device=lambda _: Known(self.said, None, None),
            now_ns=self.now_ns,
        )
        return CalibrationHistory(station.reader, sources, CATALOGUE, PROCEDURES)

    def _served(self) -> FastAPI:
        station = self.station
        self.laboratory = laboratory = Laboratory(
            write=station.journal.write,
            follow=station.calibrations.follow,
            told=lambda: station.calibrations.told,
            story=self.history.story,
            catalogue=CATALOGUE,
            sensitivity=self.history.sensitivity,
            check_person=self.persons.check,
            attached=self.passports.attachment,
            impact=LaboratoryImpact(
                self.amendments,
                lambda: station.calibrations.told,
                lambda index: calibrations_of(station.reader, index),
                self.history.tolerance,
                MeterEnergy(self._reader, lambda: station.setup, lambda: self.instruments.told, lambda: self.plan),
                lambda: station.writer.head().size - 1,
                lambda index: entry_at(station.reader, index),
                station.reader.first_reading,
            ),
            now_ns=self.now_ns,
        )
        wired = SimpleNamespace(
            calibration_history=self.history,
            laboratory=laboratory,
            passports=self.passports,
            instruments=self.instruments,
            amendments=self.amendments,
            standards=self.standards,
            catalogue=CATALOGUE,
            reader=self._reader,
            head=station.writer.head,
            clock_history=lambda: station.history,
            now_ns=self.now_ns,
            book=SimpleNamespace(sensor=lambda name: station.setup.sensors[name]),
        )
        app = FastAPI()
        problems.install(app)
        for routes in (routes_standards, routes_calibration_history, routes_instruments):
            app.include_router(routes.router)
        app.dependency_overrides[services] = lambda: wired
        return app
