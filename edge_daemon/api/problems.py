# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Turns faults into RFC 9457 problem replies. A fault is the user's world; anything else is a bug and says so."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from edge_daemon.api.messages import Problem
from edge_daemon.domain.faults import (
    AlreadyRunning,
    BadInput,
    BufferUnavailable,
    Conflict,
    DiskFull,
    Fault,
    Overloaded,
    SecretUnavailable,
    Unauthorised,
    Unknown,
)

log = logging.getLogger(__name__)

STATUS: dict[type[Fault], HTTPStatus] = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unknown: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    AlreadyRunning: HTTPStatus.CONFLICT,
    Unauthorised: HTTPStatus.UNAUTHORIZED,
    DiskFull: HTTPStatus.INSUFFICIENT_STORAGE,
    BufferUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    SecretUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def install(app: FastAPI) -> None:
    """Give the application its error replies."""
    app.add_exception_handler(Fault, _fault)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def _reply(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.model_dump(), problem.status, media_type="application/problem+json")


def _fault(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Fault)
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.BAD_GATEWAY)
    field, allowed = (error.field, error.allowed) if isinstance(error, BadInput) else ("", "")
    return _reply(
        Problem(
            title=error.title,
            status=status,
            detail=str(error),
            code=error.code,
            advice=error.advice,
            field=field,
            allowed=allowed,
        )
    )


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    if first["type"] == "json_invalid":
        field = "body"  # what stands there is only the place of the first wrong character
    return _reply(
        Problem(
            title=BadInput.title,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            detail=f"{field}: {first['msg']}",
            code=BadInput.code,
            advice=BadInput.advice,
            field=field,
            allowed=first["msg"],
        )
    )


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _reply(
        Problem(
            title=HTTPStatus(error.status_code).phrase,
            status=error.status_code,
            detail=str(error.detail),
            code="not_found" if error.status_code == HTTPStatus.NOT_FOUND else "refused",
        )
    )


def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("bug in %s %s", request.method, request.url.path, exc_info=error)
    return _reply(
        Problem(
            title="This is a fault in Verifield itself",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            detail=f"{type(error).__name__} while answering. Recording is not affected.",
            code="bug",
            advice="Please report it with the log file from the data folder.",
        )
    )
