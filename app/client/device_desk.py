# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about ports and the devices on them: identify, exclude, settings, actions. Asks the daemon; keeps nothing.

What waits for a device waits for as long as the daemon gives the device, and some seconds more.
"""

from collections.abc import Callable
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from app.client.rest import ANYTHING, Failed, Rest
from edge_daemon.api.messages import PortMessage
from edge_daemon.api.messages_devices import (
    ActionAnswer,
    ActionRequest,
    DeviceMessage,
    DeviceSettings,
    IdentifyMessage,
    ModelAnswer,
    ModelQuestion,
    PortChange,
    RegistersAsked,
    RegistersShown,
    SettingDeclaration,
    SettingsChange,
)

DEVICE_MS = 60_000
WRITE_MS = 300_000
ACTION_MS = 120_000

_PORTS = TypeAdapter(tuple[PortMessage, ...])
_IDENTIFY = TypeAdapter(IdentifyMessage)
_DEVICE = TypeAdapter(DeviceMessage)
_SETTINGS = TypeAdapter(DeviceSettings)
_DECLARATIONS = TypeAdapter(tuple[SettingDeclaration, ...])
_ANSWER = TypeAdapter(ActionAnswer)
_REGISTERS = TypeAdapter(RegistersShown)
_QUESTION: TypeAdapter[ModelQuestion | None] = TypeAdapter(ModelQuestion | None)


class _Nothing(BaseModel):
    """An empty body."""


class DeviceDesk:
    """Every request ends in one call: of `done`, or of `failed` with a `Problem`.

    A `ConfirmationProblem` names the risks that a person has to confirm first; nothing was sent to the device then.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def ports(self, done: Callable[[tuple[PortMessage, ...]], None], failed: Failed) -> None:
        """Ports that are present now, and what keeps one from being used."""
        self._rest.get("/api/ports", _PORTS, done, failed)

    def exclude(self, key: str, excluded: bool, done: Callable[[], None], failed: Failed) -> None:
        """Never identify this port, or allow it again."""
        body = PortChange(excluded=excluded)
        self._rest.ask("PUT", _port(key), body, ANYTHING, lambda _: done(), failed, timeout_ms=DEVICE_MS)

    def identify(self, key: str, done: Callable[[IdentifyMessage], None], failed: Failed) -> None:
        """Begin to find out what is on a port."""
        self._rest.ask("POST", f"{_port(key)}/identify", _Nothing(), _IDENTIFY, done, failed)

    def progress(self, key: str, done: Callable[[IdentifyMessage], None], failed: Failed) -> None:
        """How far the identification is, and its verdict."""
        self._rest.get(f"{_port(key)}/identify", _IDENTIFY, done, failed)

    def cancel(self, key: str, done: Callable[[IdentifyMessage], None], failed: Failed) -> None:
        """Stop the identification; the port is closed when `done` is called."""
        self._rest.ask("DELETE", f"{_port(key)}/identify", None, _IDENTIFY, done, failed, timeout_ms=DEVICE_MS)

    def registers(
        self, key: str, asked: RegistersAsked, done: Callable[[RegistersShown], None], failed: Failed
    ) -> None:
        """Read a few Modbus registers once, shown in every type and order."""
        self._rest.ask("POST", f"{_port(key)}/registers", asked, _REGISTERS, done, failed, timeout_ms=DEVICE_MS)

    def declarations(self, model: str, done: Callable[[tuple[SettingDeclaration, ...]], None], failed: Failed) -> None:
        """What can be chosen for a model before it is recorded, with the model's defaults."""
        self._rest.get(f"/api/catalogue/{quote(model, safe='')}/settings", _DECLARATIONS, done, failed)

    def device(self, sensor_id: str, done: Callable[[DeviceMessage], None], failed: Failed) -> None:
        """What the device said of itself."""
        self._rest.get(f"{_sensor(sensor_id)}/device", _DEVICE, done, failed)

    def settings(self, sensor_id: str, done: Callable[[DeviceSettings], None], failed: Failed) -> None:
        """Every setting, read from the device just now."""
        self._rest.ask("GET", f"{_sensor(sensor_id)}/settings", None, _SETTINGS, done, failed, timeout_ms=DEVICE_MS)

    def write(
        self, sensor_id: str, change: SettingsChange, done: Callable[[DeviceSettings], None], failed: Failed
    ) -> None:
        """Write settings; each is read back."""
        self._rest.ask("PUT", f"{_sensor(sensor_id)}/settings", change, _SETTINGS, done, failed, timeout_ms=WRITE_MS)

    def act(
        self, sensor_id: str, name: str, request: ActionRequest, done: Callable[[ActionAnswer], None], failed: Failed
    ) -> None:
        """Have the device do something."""
        path = f"{_sensor(sensor_id)}/actions/{quote(name, safe='')}"
        self._rest.ask("POST", path, request, _ANSWER, done, failed, timeout_ms=ACTION_MS)

    def model_question(self, sensor_id: str, done: Callable[[ModelQuestion | None], None], failed: Failed) -> None:
        """What a sensor's instrument really is, as far as that is known; None where there is no question."""
        self._rest.get(f"{_sensor(sensor_id)}/model-question", _QUESTION, done, failed)

    def probe_model(self, sensor_id: str, done: Callable[[ModelQuestion | None], None], failed: Failed) -> None:
        """Probe its port again."""
        self._rest.ask("POST", f"{_sensor(sensor_id)}/model-question/probe", _Nothing(), _QUESTION, done, failed)

    def answer_model(self, sensor_id: str, answer: ModelAnswer, done: Callable[[], None], failed: Failed) -> None:
        """Say what it is."""
        path = f"{_sensor(sensor_id)}/model-question/answer"
        self._rest.ask("POST", path, answer, ANYTHING, lambda _: done(), failed, timeout_ms=DEVICE_MS)


def _port(key: str) -> str:
    return f"/api/ports/{quote(key, safe='')}"


def _sensor(sensor_id: str) -> str:
    return f"/api/sensors/{quote(sensor_id, safe='')}"
