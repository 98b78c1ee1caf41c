# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on delivery. They start the delivery program or wait for its answer, in threads of the server's pool."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from edge_daemon.api import messages_sync as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.destination import Destination, from_plain, to_plain
from edge_daemon.domain.faults import SecretUnavailable, Unknown
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.secrets.secret import typed_secret
from edge_daemon.station.automatic_sync import Automatic
from edge_daemon.station.sync_command import Told
from edge_daemon.station.sync_desk import SyncRun

router = APIRouter(prefix="/api", tags=["delivery"])
OneDestination = Annotated[str, Query(max_length=64)]


@router.get("/destinations")
def destinations(wired: Wired) -> tuple[m.DestinationMessage, ...]:
    """All destinations, without their secrets."""
    return tuple(_destination(wired, one) for one in wired.destinations.all().values())


@router.put("/destinations/{name}")
def put_destination(name: str, change: m.DestinationChange, wired: Wired) -> m.DestinationMessage:
    """Add a destination or change one. A secret goes to the place for secrets first, so that none is ever missing."""
    destination = from_plain(name, change.settings)
    if change.secret is not None and destination.secret_name:
        wired.secrets().put(destination.secret_name, typed_secret(change.secret.get_secret_value()))
    wired.destinations.put(destination)
    return _destination(wired, destination)


@router.delete("/destinations/{name}", status_code=204)
def remove_destination(name: str, wired: Wired) -> None:
    """Forget a destination and its secret. What it was sent stays in the accounts."""
    destination = _known(wired, name)
    wired.destinations.remove(name)
    if destination.needs_secret:
        wired.secrets().delete(destination.secret_name)


@router.post("/destinations/{name}/check")
def check_destination(name: str, wired: Wired) -> tuple[m.CheckLine, ...]:
    """Reachability, rights, retention, field types: line by line. Nothing is delivered."""
    _known(wired, name)
    return tuple(m.CheckLine.model_validate(line) for line in wired.sync.check(name))


@router.post("/destinations/{name}/resend", status_code=204)
def resend(name: str, wired: Wired) -> None:
    """Let the next sync deliver everything to it again, as after the loss of a stick."""
    _known(wired, name)
    wired.sync.resend(name)


@router.get("/sync")
def sync(wired: Wired) -> m.SyncMessage:
    """How the running sync is doing, or how the last one ended."""
    return _run(wired.sync.run())


@router.post("/sync", status_code=202)
def start_sync(wanted: m.SyncStart, wired: Wired) -> m.SyncMessage:
    """Begin to deliver everything that waits."""
    for name in wanted.destinations:
        _known(wired, name)
    return _run(wired.sync.start(wanted.destinations))


@router.delete("/sync")
def cancel_sync(wired: Wired) -> m.SyncMessage:
    """Ask the running sync to end. Nothing is lost; the next one goes on from there."""
    return _run(wired.sync.cancel())


@router.get("/sync/standing")
def standing(wired: Wired) -> m.SyncStanding:
    """Accounts, what waits, last runs, room on the disk, alarms."""
    told = wired.sync.standing()
    room = told.get("room")
    return m.SyncStanding(
        elsewhere=told.get("running") is True and not wired.sync.run().running,
        destinations=tuple(_plan(item) for item in _items(told, "destinations")),
        runs=tuple(_history(item) for item in _items(told, "runs")),
        room=m.RoomMessage.model_validate(room) if isinstance(room, dict) else None,
        troubles=tuple(map(str, _items(told, "troubles"))),
        alarms=tuple(map(str, _items(told, "alarms"))),
        progress=tuple(m.SyncProgress.model_validate(item) for item in _elsewhere(told)),
    )


def _elsewhere(told: Told) -> list[object]:
    """How far the sync is that runs, as its own progress file tells it."""
    progress = told.get("progress")
    return _items(progress, "destinations") if isinstance(progress, dict) else []


@router.get("/sync/set-aside")
def set_aside(wired: Wired, destination: OneDestination = "") -> tuple[m.SetAsideMessage, ...]:
    """Readings that destinations refused, at most a thousand."""
    return tuple(
        m.SetAsideMessage.model_validate({**item, "time": _time(item.get("at_ns"))})
        for item in wired.sync.set_aside(destination)
    )


@router.post("/sync/set-aside/retry", status_code=204)
def retry(wired: Wired, destination: OneDestination = "") -> None:
    """Let the next sync try them again."""
    wired.sync.retry(destination)


@router.get("/sync/automatic")
def automatic(wired: Wired) -> m.AutomaticSyncMessage:
    """Whether syncs begin by themselves."""
    return _automatic(wired, wired.automatic.settings())


@router.put("/sync/automatic")
def put_automatic(change: m.AutomaticSyncChange, wired: Wired) -> m.AutomaticSyncMessage:
    """Let syncs begin by themselves, or no longer."""
    return _automatic(wired, wired.automatic.put(Automatic(change.enabled, change.every_minutes)))


def _automatic(wired: Wired, chosen: Automatic) -> m.AutomaticSyncMessage:
    words = wired.automatic.words if chosen.enabled else ""
    return m.AutomaticSyncMessage(enabled=chosen.enabled, every_minutes=chosen.every_minutes, words=words)


def _known(wired: Wired, name: str) -> Destination:
    present = wired.destinations.all()
    if name not in present:
        raise Unknown(f"there is no destination {name!r}; there are {', '.join(present) or 'none'}")
    return present[name]


def _destination(wired: Wired, destination: Destination) -> m.DestinationMessage:
    settings = {field: value for field, value in to_plain(destination).items() if field != "kind"}
    return m.DestinationMessage.model_validate(
        {
            "name": destination.name,
            "kind": destination.kind,
            "settings": settings,
            "needs_secret": destination.needs_secret,
            "secret": destination.needs_secret and _is_stored(wired, destination),
        }
    )


def _is_stored(wired: Wired, destination: Destination) -> bool:
    try:
        return wired.secrets().get(destination.secret_name) is not None
    except SecretUnavailable:
        return False


def _run(run: SyncRun) -> m.SyncMessage:
    return m.SyncMessage(
        running=run.running,
        progress=tuple(m.SyncProgress.model_validate(item) for item in _progress(run.progress.values())),
        checks=tuple(m.CheckLine.model_validate(item) for item in run.checks),
        alarms=run.alarms,
        notes=run.notes,
        status=run.status,
        trouble=run.trouble,
    )


def _progress(items: Iterable[Told]) -> Iterable[Mapping[str, object]]:
    return ({"state": "checking", **item} for item in items)


def _plan(item: object) -> m.SyncPlan:
    told = item if isinstance(item, dict) else {}
    waiting = [one for one in _items(told, "waiting") if isinstance(one, dict) and one.get("oldest_ns") is not None]
    oldest_ns = min((int(str(one["oldest_ns"])) for one in waiting), default=None)
    return m.SyncPlan.model_validate({**told, "oldest": None if oldest_ns is None else rfc3339_from_ns(oldest_ns)})


def _history(item: object) -> m.SyncRunMessage:
    told = item if isinstance(item, dict) else {}
    end_ns = told.get("end_ns")
    return m.SyncRunMessage.model_validate(
        {**told, "start": _time(told.get("start_ns")), "end": None if end_ns is None else _time(end_ns)}
    )


def _items(told: Told, name: str) -> list[object]:
    items = told.get(name)
    return items if isinstance(items, list) else []


def _time(ns: object) -> str:
    return rfc3339_from_ns(int(str(ns)))
