# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps account of which physical instrument is at which sensor. Every change is an entry in the log first.

Told by acquisition in the workers' threads, which it never keeps waiting, and by people through the API.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edge_daemon.acquisition.custody import PENDING, IdentityMismatch
from edge_daemon.buffer.record import Committed
from edge_daemon.domain.connection import PortIdentity
from edge_daemon.domain.faults import BufferUnavailable, Conflict, Fault, Overloaded
from edge_daemon.domain.instrument import InstrumentModel, SerialSource
from edge_daemon.instruments.driver import Identity
from edge_daemon.log.bodies import Body, InstallationBody, from_json
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.instruments import TYPES, Instruments, Standing, Stretch, same_serial
from edge_daemon.log.setup import Setup
from edge_daemon.station.identity_words import Answer, answered, read_from, standing_after, told_more

FOLLOW_SECONDS = 10.0
MOVED = "moved"


@dataclass(slots=True)
class _Now:
    """What holds for a sensor at this moment, as far as it was handed to the log. `body` None: nothing was ever said.

    `doubt` is the cause for which another instrument may be plugged in since the last reading. `own` are entries on
    their way to the log.
    """

    body: InstallationBody | None
    standing: Standing
    doubt: str = ""
    port: str = ""
    firmware: str = ""


class InstrumentBook:
    """Which instrument is where. Safe to use from several threads.

    `keep` hands an entry to the log without waiting, `write` makes one durable and tells its index. `setup` is the
    present one, `seen` what the log said at the start.
    """

    def __init__(
        self,
        seen: Instruments,
        setup: Callable[[], Setup],
        keep: Callable[[Body], None],
        write: Callable[[Body], tuple[int, Entry]],
        catalogue: Mapping[str, InstrumentModel],
    ) -> None:
        self._told = seen
        self._setup = setup
        self._keep = keep
        self._write = write
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._answering = threading.Lock()
        self._following = threading.Condition()
        self._last = -1
        self._now: dict[str, _Now] = {}
        self._own: dict[str, deque[InstallationBody]] = {}

    # ---- what is known ---------------------------------------------------------------------------------------------

    @property
    def told(self) -> Instruments:
        """What the durable log says of instruments."""
        return self._told

    def present(self, sensor: str) -> Stretch | None:
        """What the durable log says of the sensor now."""
        return self._told.present(sensor)

    def standings(self) -> dict[str, Standing]:
        """How sure it is, by sensor, which instrument its readings are of."""
        found = {sensor: self._told.present(sensor) for sensor in self._setup().sensors}
        return {sensor: one.standing for sensor, one in found.items() if one}

    def committed(self, batch: Sequence[Committed]) -> None:
        """Called by the log's writer after each commit."""
        for item in batch:
            if item.record.type in TYPES:
                entry = decode_entry(item.record.data)
                self._told = self._told.after(item.index, entry)
                self._take_in(entry)
        if batch:
            with self._following:
                self._last = batch[-1].index
                self._following.notify_all()

    def follow(self, index: int) -> None:
        """Wait until what is known includes the entry at `index`. Raises Overloaded after ten seconds."""
        with self._following:
            if not self._following.wait_for(lambda: self._last >= index, FOLLOW_SECONDS):
                raise Overloaded(f"entry {index} is recorded, but its effect cannot be told yet")

    # ---- told by acquisition ---------------------------------------------------------------------------------------

    def connected(self, sensor: str) -> None:
        """The sensor's port was opened. At another port than before, it may be another instrument."""
        port = self._port(sensor)
        with self._lock:
            now = self._of(sensor)
            if now.port and now.port != port and not now.doubt:
                now.doubt = MOVED
            now.port = port

    def doubted(self, sensor: str, cause: str) -> None:
        """For a while nobody saw what was plugged in."""
        with self._lock:
            now = self._of(sensor)
            now.doubt = now.doubt or cause

    def identified(self, sensor: str, identity: Identity) -> None:
        """The device has said who it is. Raises BufferUnavailable or Overloaded when that cannot be recorded."""
        with self._lock:
            now = self._of(sensor)
            now.firmware = identity.firmware
            if identity.serial.strip():
                self._verify(sensor, now, identity.serial.strip(), SerialSource.DEVICE)
            elif now.body and identity.firmware and identity.firmware != now.body.firmware and not now.doubt:
                self._put(sensor, now, told_more(now.body, firmware=identity.firmware))

    def refusal(self, sensor: str, *, asking: bool) -> Fault | str | None:
        """Why a reading must not be recorded now; None: it may. What must be said before it is handed to the log."""
        now = self._now.get(sensor)
        if now and now.body and not now.doubt and now.standing != "stopped":  # every reading comes by here
            return None
        with self._lock:
            now = self._of(sensor)
            if asking and now.doubt and now.body and now.body.serial:
                return PENDING
            try:
                self._judge(sensor, now)
            except (BufferUnavailable, Overloaded) as fault:
                return fault
            return self._mismatch(sensor, now) if now.standing == "stopped" else None

    # ---- told by people --------------------------------------------------------------------------------------------

    def answer(self, sensor: str, answer: Answer, serial: str, person: str) -> None:
        """A person says which instrument is there.

        Raises Unknown, Conflict where the answer does not fit, BadInput for a serial number that does not, and what
        the log raises.
        """
        if sensor not in self._setup().sensors:
            raise Conflict(f"there is no sensor {sensor!r} at this station")
        with self._answering:
            with self._lock:
                now = self._of(sensor)
                body = answered(
                    now.body or self._blank(sensor),
                    "unconfirmed" if now.doubt and now.standing == "confirmed" else now.standing,
                    answer,
                    serial.strip(),
                    person,
                )
                if body is None:
                    return
                self._own.setdefault(sensor, deque()).append(body)
            try:
                index, _ = self._write(body)
            except Fault:
                with self._lock:
                    self._own[sensor].remove(body)
                raise
            with self._lock:
                now.body, now.standing = body, standing_after(now.standing, body)
                now.doubt = ""
        self.follow(index)

    # ----------------------------------------------------------------------------------------------------------------

    def _of(self, sensor: str) -> _Now:
        now = self._now.get(sensor)
        if now is None:
            configured = self._setup().sensors.get(sensor)
            body = configured.installation if configured else None
            told = self._told.present(sensor)
            standing: Standing = told.standing if told else standing_after("unknown", body) if body else "unknown"
            now = self._now[sensor] = _Now(body, standing)
        return now

    def _judge(self, sensor: str, now: _Now) -> None:
        """Say in the log what the next reading is of, as far as it is known."""
        if now.standing == "stopped" or (now.body and not now.doubt):
            return
        adapter = self._adapter_serial(sensor)
        if adapter:
            self._verify(sensor, now, adapter, SerialSource.ADAPTER)
        elif now.body is None:
            self._put(sensor, now, replace(self._blank(sensor), firmware=now.firmware))
        else:
            doubt = replace(
                told_more(now.body, firmware=now.firmware), event="unconfirmed", cause=now.doubt, person="", found=""
            )
            self._put(sensor, now, doubt)

    def _verify(self, sensor: str, now: _Now, serial: str, source: SerialSource) -> None:
        """A serial number was read: does it fit what is recorded?"""
        body, firmware = now.body, now.firmware
        if body is None:
            self._put(sensor, now, replace(self._blank(sensor), serial=serial, serial_source=source, firmware=firmware))
            return
        if not body.serial:
            sure = now.standing == "confirmed" and not now.doubt
            event: Literal["described", "installed"] = "described" if sure else "installed"
            self._put(sensor, now, read_from(body, event, serial, source, firmware))
            return
        if not same_serial(body.serial, serial):
            if now.standing != "stopped" or not same_serial(now.body.found if now.body else "", serial):
                stopped = replace(body, event="stopped", found=serial, cause=IdentityMismatch.code, person="")
                self._put(sensor, now, stopped)
            now.doubt = ""
            return
        if now.standing != "confirmed":
            self._put(sensor, now, read_from(body, "confirmed", body.serial, source, firmware))
        elif source is not body.serial_source or (firmware and firmware != body.firmware):
            self._put(sensor, now, read_from(body, "described", body.serial, source, firmware))
        now.doubt = ""

    def _put(self, sensor: str, now: _Now, body: InstallationBody) -> None:
        self._own.setdefault(sensor, deque()).append(body)
        try:
            self._keep(body)
        except Fault:
            self._own[sensor].pop()
            raise
        now.body, now.standing = body, standing_after(now.standing, body)
        now.doubt = ""

    def _take_in(self, entry: Entry) -> None:
        """An entry of somebody else (a person's label, a sensor that was removed) changes what holds."""
        with self._lock:
            if entry.type == EntryType.CONFIGURATION and entry.body.get("state") == "removed":
                self._now.pop(str(entry.body.get("sensor")), None)
            if entry.type != EntryType.INSTALLATION:
                return
            body = from_json(InstallationBody, entry.body)
            own = self._own.get(body.sensor)
            if own and own[0] == body:
                own.popleft()
                return
            now = self._of(body.sensor)
            now.body, now.standing = body, standing_after(now.standing, body)

    def _mismatch(self, sensor: str, now: _Now) -> IdentityMismatch:
        body = now.body
        recorded = f"serial number {body.serial}" if body and body.serial else "another instrument"
        if body is None or not body.found:
            return IdentityMismatch(f"{sensor}: stopped, for the wrong plug is in. Recorded here is {recorded}.")
        other = next(
            (
                name
                for name, one in self._setup().sensors.items()
                if name != sensor
                and one.configuration.model == body.model
                and (known := self._told.present(name)) is not None
                and known.key.serial
                and same_serial(known.key.serial, body.found)
            ),
            "",
        )
        hint = f" That is the instrument of {other}." if other else ""
        return IdentityMismatch(f"{sensor}: the device says serial number {body.found}; recorded is {recorded}.{hint}")

    def _blank(self, sensor: str) -> InstallationBody:
        model = self._setup().sensors[sensor].configuration.model
        return InstallationBody(sensor, model, "", SerialSource.UNKNOWN)

    def _port(self, sensor: str) -> str:
        configured = self._setup().sensors.get(sensor)
        return configured.configuration.connection.port if configured else ""

    def _adapter_serial(self, sensor: str) -> str:
        configured = self._setup().sensors.get(sensor)
        model = self._catalogue.get(configured.configuration.model) if configured else None
        if model is None or not model.own_adapter:
            return ""
        return PortIdentity.from_key(self._port(sensor)).serial
