# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on a port: find out what is on it, watch that, stop it, keep a port out of it.

A port's key holds `:`, `@` and, off USB, `/`: it may stand in the path as it is or percent-encoded.
"""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from edge_daemon.api import messages_devices as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.connection import PortIdentity
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.instruments.driver import Match
from edge_daemon.instruments.identify import Traffic, Tried
from edge_daemon.instruments.modbus_unit import unit_of
from edge_daemon.instruments.modbus_values import every_reading
from edge_daemon.station.identification import Run

router = APIRouter(prefix="/api/ports", tags=["ports"])
SHOWN_BYTES = 256


@router.post("/{key:path}/identify", status_code=202)
def identify(key: str, wired: Wired) -> m.IdentifyMessage:
    """Begin to find out what is on this port. Nothing that is sent changes anything in any device."""
    return _message(key, wired.identification.start(key), wired.catalogue, wired.now_ns())


@router.get("/{key:path}/identify/transcript", response_class=PlainTextResponse)
def transcript(key: str, wired: Wired) -> str:
    """Every byte that went over the line, in hexadecimal: one line for each stretch in one direction."""
    run = wired.identification.of(key)
    tried = run.verdict.tried if run.verdict else ()
    return "".join(_written_out(one) for one in tried)


@router.get("/{key:path}/identify")
def progress(key: str, wired: Wired) -> m.IdentifyMessage:
    """How far it is, and the verdict once there is one."""
    return _message(key, wired.identification.of(key), wired.catalogue, wired.now_ns())


@router.delete("/{key:path}/identify")
def cancel(key: str, wired: Wired) -> m.IdentifyMessage:
    """Stop it; the port is closed when the reply comes."""
    return _message(key, wired.identification.cancel(key), wired.catalogue, wired.now_ns())


@router.post("/{key:path}/registers")
def registers(key: str, asked: m.RegistersAsked, wired: Wired) -> m.RegistersShown:
    """Read a few Modbus registers once and show them in every type and order, beside a known quantity."""
    unit = unit_of({"address": asked.address, "framing": asked.framing}, asked.address)
    dialogue = unit.registers(asked.first, asked.count, asked.function)
    words = wired.registers.read(key, asked.line, dialogue)
    shown = every_reading(words, asked.known, asked.tolerance_percent / 100)
    return m.RegistersShown(
        words=words,
        readings=tuple(
            m.RegisterReading(
                type=one.kind,
                order=one.order.value,
                value=one.value,
                plausible=one.plausible,
                fits=one.fits,
                scale=one.scale,
            )
            for one in shown
        ),
    )


@router.put("/{key:path}", status_code=204)
def change(key: str, asked: m.PortChange, wired: Wired) -> Response:
    """Exclude the port from identification, or allow it again. It need not be there now."""
    PortIdentity.from_key(key)
    wired.excluded_ports.put(key, excluded=asked.excluded)
    if asked.excluded and key in wired.identification.running():
        wired.identification.cancel(key)
    return Response(status_code=204)


def _message(key: str, run: Run, catalogue: Mapping[str, InstrumentModel], now_ns: int) -> m.IdentifyMessage:
    now, verdict = run.progress, run.verdict
    return m.IdentifyMessage(
        key=key,
        started=rfc3339_from_ns(run.started_ns),
        step=now.step,
        steps=now.steps,
        title=now.title,
        passed_s=now.passed_s if verdict else min(max(0, now_ns - run.started_ns) / NS_PER_S, now.total_s),
        total_s=now.total_s,
        outcome=verdict.outcome if verdict else None,
        detail=verdict.detail if verdict else "",
        matches=tuple(_match(one, catalogue) for one in verdict.matches) if verdict else (),
        tried=tuple(_tried(one) for one in verdict.tried) if verdict else (),
    )


def _match(match: Match, catalogue: Mapping[str, InstrumentModel]) -> m.MatchMessage:
    return m.MatchMessage(
        model=match.model,
        title=catalogue[match.model].title if match.model in catalogue else match.model,
        certain=match.certain,
        serial=match.identity.serial,
        firmware=match.identity.firmware,
        details=dict(match.identity.details),
        note=match.note,
    )


def _tried(tried: Tried) -> m.TriedMessage:
    received = [one.data for one in tried.traffic if not one.sent]
    return m.TriedMessage(
        title=tried.title,
        line=str(tried.line),
        result=tried.result,
        sent=_hex([one.data for one in tried.traffic if one.sent]),
        received=_hex(received),
        received_bytes=sum(map(len, received)),
    )


def _hex(pieces: Sequence[bytes]) -> tuple[str, ...]:
    shown, left = [], SHOWN_BYTES
    for piece in pieces:
        if left <= 0:
            break
        shown.append(piece[:left].hex(" "))
        left -= len(piece)
    return tuple(shown)


def _written_out(tried: Tried) -> str:
    head = f"# {tried.title} ({tried.line}): {tried.result}\n"
    return head + "".join(_stretch(one) for one in tried.traffic)


def _stretch(traffic: Traffic) -> str:
    return f"{'>' if traffic.sent else '<'} {traffic.at_s:.3f} {traffic.data.hex(' ')}\n"
