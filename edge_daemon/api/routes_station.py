# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on the station itself: health, name and place, ports, catalogue, the demo's switches."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from edge_daemon.api import messages as m
from edge_daemon.api.services import Services
from edge_daemon.api.views import model_message, port_message
from edge_daemon.domain.connection import PortKind
from edge_daemon.domain.faults import Conflict
from edge_daemon.domain.station import Location
from edge_daemon.instruments import diagnosis

router = APIRouter(prefix="/api", tags=["station"])


def services(request: Request) -> Services:
    """The services this application was made with."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


Wired = Annotated[Services, Depends(services)]


@router.get("/health")
def health(wired: Wired) -> m.Health:
    """Is it recording, and if not, why."""
    return wired.health()


@router.get("/station")
def station(wired: Wired) -> m.StationMessage:
    """Who and where this station is."""
    now = wired.book.setup.station
    place = now.location
    return m.StationMessage(
        device_id=now.device_id,
        project_id=now.project_id,
        name=now.name,
        location=m.LocationMessage(
            latitude=place.latitude, longitude=place.longitude, elevation=place.elevation, address=place.address
        )
        if place
        else None,
        demo=wired.demo,
        home=str(wired.home),
    )


@router.patch("/station")
def change_station(change: m.StationChange, wired: Wired) -> m.StationMessage:
    """Name the station or say where it stands; the old description stays in the log."""
    now = wired.book.setup.station
    place = change.location
    wired.book.describe_station(
        type(now)(
            device_id=now.device_id,
            project_id=change.project_id or now.project_id,
            name=now.name if change.name is None else change.name,
            location=Location(place.latitude, place.longitude, place.elevation, place.address)
            if place
            else now.location,
        ),
        change.person,
    )
    return station(wired)


@router.get("/ports")
def ports(wired: Wired) -> list[m.PortMessage]:
    """Ports that are present now, and what keeps one from being used."""
    setup, present = wired.book.setup, wired.ports()
    excluded, identifying = wired.excluded_ports.all(), wired.identification.running()
    physical = [port.device for port in present if port.identity.kind is PortKind.PHYSICAL]
    troubles = diagnosis.troubles(physical)
    return [
        port_message(port, setup).model_copy(
            update={
                "chip": diagnosis.chip_of(port.identity),
                "location": port.identity.location,
                "trouble": troubles.get(port.device, ""),
                "excluded": port.identity.key in excluded,
                "identifying": port.identity.key in identifying,
            }
        )
        for port in present
    ]


@router.get("/catalogue")
def catalogue(wired: Wired) -> list[m.ModelMessage]:
    """Instrument models that can be added."""
    return [model_message(model) for model in wired.catalogue.values()]


@router.post("/demo", status_code=204)
def simulate(command: m.SimulatorCommand, wired: Wired) -> Response:
    """Switch a fault of a simulated instrument."""
    if wired.simulate is None:
        raise Conflict("this station records real instruments; faults can be simulated in the demo only")
    wired.simulate(command)
    return Response(status_code=204)
