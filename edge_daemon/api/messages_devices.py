# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about devices: who they are, their settings and actions, and finding out what is on a port.

Values only. Times are ISO 8601 with `Z`; bytes are hexadecimal with spaces.
"""

from typing import Literal

from pydantic import Field

from edge_daemon.api.messages import Message, Problem, Request
from edge_daemon.domain.instrument import OptionValue


class DeviceFault(Message):
    """Why something could not be read or done."""

    code: str
    title: str
    detail: str
    advice: str = ""


class DeviceMessage(Message):
    """What a device said of itself when it was last asked. `read_at` is None while it has said nothing."""

    sensor_id: str
    serial: str = ""
    firmware: str = ""
    details: dict[str, str] = Field(default_factory=dict)
    read_at: str | None = None
    fault: DeviceFault | None = None


class SettingDeclaration(Message):
    """How a form shows a setting or an action's argument, and what it accepts.

    `kept`: `host` lives in the decoder, `until_power_off` in the device and is written again after each connection,
    `permanent` in the device for good. A setting with `needs_confirmation` is written only when its name is confirmed;
    with `documented` False the confirmation says that the source leaves doubt.
    """

    name: str
    label: str
    kind: Literal["switch", "whole", "number", "choice", "text"]
    default: OptionValue
    kept: Literal["host", "until_power_off", "permanent"]
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[OptionValue, ...] = ()
    help: str = ""
    risk: str = ""
    documented: bool = True
    needs_confirmation: bool = False
    evidence_risk: OptionValue | None = None


class SettingMessage(SettingDeclaration):
    """A setting with its values: `configured` by the log, `device` as just read; `fault` says why it was not read.

    `readable` False: the device cannot be asked for it. `warning` is not empty where the present value puts the
    evidence at risk.
    """

    readable: bool
    writable: bool
    configured: OptionValue | None = None
    device: OptionValue | None = None
    fault: DeviceFault | None = None
    warning: str = ""


class ActionMessage(Message):
    """Something the device can be told to do. One that `calibrates` is refused here: it belongs to the procedures."""

    name: str
    label: str
    risk: str
    documented: bool = True
    calibrates: bool = False
    argument: SettingDeclaration | None = None


class DeviceSettings(Message):
    """All settings and actions of a sensor's device. `changes` and `fault`: what became of a request to write."""

    sensor_id: str
    settings: tuple[SettingMessage, ...]
    actions: tuple[ActionMessage, ...]
    changes: tuple["ChangeMessage", ...] = ()
    fault: DeviceFault | None = None


class ChangeMessage(Message):
    """One setting's change: `answer` is what the device said when it was read back."""

    name: str
    old: OptionValue | None
    new: OptionValue
    answer: OptionValue | None
    result: Literal["confirmed", "differs", "unconfirmed", "configured", "failed"]
    detail: str = ""


class SettingsChange(Request):
    """Values by the setting's name; `confirmed` names those whose risk the person has read and accepted."""

    values: dict[str, OptionValue] = Field(min_length=1)
    confirmed: tuple[str, ...] = ()
    person: str = ""


class ActionRequest(Request):
    """`confirmed`: the person has read the action's risk and accepted it."""

    argument: OptionValue | None = None
    confirmed: bool = False
    person: str = ""


class ActionAnswer(Message):
    """What the device answered, in words."""

    sensor_id: str
    action: str
    answer: str


class RiskMessage(Message):
    """A risk to be confirmed. With `documented` False the maker's documents leave doubt about it."""

    name: str
    label: str
    risk: str
    documented: bool


class ConfirmationProblem(Problem):
    """Problem with code `confirmation_needed`: what has to be confirmed."""

    risks: tuple[RiskMessage, ...]


class PortChange(Request):
    """`excluded`: never identify this port."""

    excluded: bool


class MatchMessage(Message):
    """An instrument that it may be; `title` is the catalogue's."""

    model: str
    title: str
    certain: bool
    serial: str = ""
    firmware: str = ""
    details: dict[str, str] = Field(default_factory=dict)
    note: str = ""


class TriedMessage(Message):
    """What was tried and what came back: at most 256 bytes each way, the rest is in the transcript."""

    title: str
    line: str
    result: str
    sent: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    received_bytes: int = 0


class RegistersAsked(Request):
    """Registers to be read once and shown in every type and order. Nothing is written to the device.

    `first` is the wire address, from 0. On a port that is recorded its own `line` holds. `known` is the quantity as
    somebody else shows it, e.g. the device's own display; `tolerance_percent` how far from it a fitting value may be.
    """

    line: str = Field(default="9600 8N1", max_length=20)
    address: int = Field(default=1, ge=0, le=255)
    framing: Literal["rtu", "tcp"] = "rtu"
    function: Literal[3, 4] = 3
    first: int = Field(ge=0, le=0xFFFF)
    count: int = Field(default=2, ge=1, le=4)
    known: float | None = Field(default=None, allow_inf_nan=False)
    tolerance_percent: float = Field(default=2.0, gt=0, le=50)


class RegisterReading(Message):
    """The registers as one type in one order. `fits`: it is the known quantity, once multiplied by `scale`."""

    type: str
    order: str
    value: float | None
    plausible: bool
    fits: bool
    scale: float


class RegistersShown(Message):
    """`words` as read; those readings that fit come first, then what is plausible."""

    words: tuple[int, ...]
    readings: tuple[RegisterReading, ...]


class ModelQuestion(Message):
    """A sensor whose model another program's file states and nothing has shown: it records nothing yet.

    `found` are the models that answered as the instrument does, by the catalogue's key, with their titles; empty where
    nothing known answered or nothing was asked yet (`probed` False). `probing`: its port is being asked just now.
    """

    sensor_id: str
    stated: str
    found: dict[str, str]
    probed: bool
    probing: bool
    words: str


class ModelAnswer(Request):
    """What a person says the instrument is: the model stated, or one of those found."""

    model: str = Field(max_length=100)
    person: str = Field(default="", max_length=200)


class IdentifyMessage(Message):
    """An identification: in progress while `outcome` is None.

    It takes at most `total_s` seconds, known from the start; `passed_s` have passed at `step` of `steps`.
    """

    key: str
    started: str
    step: int
    steps: int
    title: str
    passed_s: float
    total_s: float
    outcome: Literal["certain", "likely", "several", "none", "cancelled", "failed"] | None = None
    detail: str = ""
    matches: tuple[MatchMessage, ...] = ()
    tried: tuple[TriedMessage, ...] = ()
