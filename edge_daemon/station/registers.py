# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads Modbus registers once, for a person who looks for a quantity: through a recorded port or on a free one.

Waits for the device. Reads only: what is asked comes from here as a dialogue that writes nothing.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from edge_daemon.acquisition.crew import line_of
from edge_daemon.acquisition.job import TIDY_SECONDS
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, Conflict, NoReply
from edge_daemon.instruments.driver import Dialogue, PolledDriver
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.station.identification import IdentificationDesk
from edge_daemon.station.sensors import SensorBook

READ_SECONDS = 15.0
SPARE_SECONDS = 5.0
_FRAMING = "framing"

T = TypeVar("T")


class Run(Protocol):
    """Has a dialogue with a sensor's device (`Crew.run`)."""

    def __call__(self, sensor: str, dialogue: Dialogue[T], *, seconds: float, renew: bool = False) -> Future[T]: ...


class RegisterDesk:
    """`run` reaches the device of a recorded sensor, `excluded` are the keys of ports that a person keeps out."""

    def __init__(
        self,
        book: SensorBook,
        identification: IdentificationDesk,
        run: Run,
        excluded: Callable[[], frozenset[str]],
    ) -> None:
        self._book = book
        self._identification = identification
        self._run = run
        self._excluded = excluded

    def read(self, key: str, line: str, dialogue: Dialogue[T]) -> T:
        """The result of this dialogue on the port `key`; `line` such as `9600 8N1` holds where nothing records from it.

        Raises Unknown for a port that is not there, Conflict for one that is excluded, busy, or recorded from an
        instrument that does not speak Modbus, BadInput for a line, and the device's fault.
        """
        if key in self._excluded():
            raise Conflict(f"the port {key} is excluded from questions; allow it first")
        recorded = [sensor.configuration for sensor in self._book.setup.sensors.values()]
        recorded = [one for one in recorded if one.connection.port == key and one.state == "recording"]
        if not recorded:
            return self._identification.converse(key, _line(line), dialogue)
        if not all(map(_speaks_modbus, recorded)):
            raise Conflict(
                f"{recorded[0].sensor} is recorded from this port and takes no such questions; pause it first"
            )
        asked = self._run(recorded[0].sensor, dialogue, seconds=READ_SECONDS)
        try:
            return asked.result(READ_SECONDS + TIDY_SECONDS + SPARE_SECONDS)
        except TimeoutError as error:
            asked.cancel()
            raise NoReply(f"{key}: the port did not find the time to ask") from error


def _speaks_modbus(body: ConfigurationBody) -> bool:
    return isinstance(driver(body.driver), PolledDriver) and _FRAMING in body.settings


def _line(text: str) -> LineSettings:
    try:
        return line_of(text)
    except (ValueError, IndexError) as error:
        raise BadInput("line", text, "a line such as 9600 8N1 or 19200 8E1 is needed") from error
