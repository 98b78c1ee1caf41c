# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the API application from its services. The only module here that knows all routes."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from edge_daemon.api import (
    problems,
    routes_amendments,
    routes_autostart,
    routes_calibration,
    routes_calibration_history,
    routes_capture,
    routes_checkpoints,
    routes_declarations,
    routes_devices,
    routes_documents,
    routes_evidence,
    routes_flux,
    routes_identify,
    routes_instruments,
    routes_log,
    routes_logs,
    routes_projects,
    routes_quality,
    routes_sensors,
    routes_settings,
    routes_standards,
    routes_station,
    routes_summaries,
    routes_sync,
)
from edge_daemon.api.guard import Guard
from edge_daemon.api.messages import Problem
from edge_daemon.api.services import Services

PROBLEM = Problem.model_json_schema()


def make_app(services: Services, token: str, program: str) -> ASGIApp:
    """The whole API behind its guard. Interactive documentation pages are off: they fetch scripts from elsewhere."""
    app = FastAPI(
        title="Verifield",
        version=program,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={422: {"description": "Bad input", "content": {"application/problem+json": {"schema": PROBLEM}}}},
    )
    app.state.services = services
    problems.install(app)
    for routes in (
        routes_devices,
        routes_declarations,
        routes_identify,
        routes_calibration,
        routes_capture,
        routes_calibration_history,
        routes_instruments,
        routes_documents,
        routes_station,
        routes_autostart,
        routes_sensors,
        routes_flux,
        routes_quality,
        routes_amendments,
        routes_summaries,
        routes_standards,
        routes_log,
        routes_logs,
        routes_checkpoints,
        routes_evidence,
        routes_projects,
        routes_settings,
        routes_sync,
    ):
        app.include_router(routes.router)
    described = app.openapi()
    described.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    described["security"] = [{"token": []}]
    return Guard(app, token)
