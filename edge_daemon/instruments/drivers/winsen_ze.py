# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Winsen ZE07-CH2O and ZE25-O3, modules for one gas, by request. Pure: yields requests, never opens a port.

Source: Winsen, ZE07-CH2O manual (question and answer mode); the ZE25-O3 is read in the same form. They answer as an
MH-Z19 does, so that no probe can tell them: the model is chosen by the person.
"""

from edge_daemon.domain.faults import BadInput, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import winsen
from edge_daemon.instruments.driver import (
    Action,
    Dialogue,
    Exchange,
    Options,
    Pause,
    PolledDriver,
    Sample,
    Setting,
    Steps,
)

GASES = ("ch2o", "o3")
SET_MODE, ANSWERING, SPEAKING = 0x78, 0x41, 0x40

_HEADER = bytes([0xFF, winsen.READ])


def start(options: Options) -> Steps:
    """Check the option and see that the module answers. Its mode is not touched."""
    _gas(options)
    yield from _read()
    return None


def measure(options: Options) -> Steps:
    """One reading: the gas that the option `gas` names in µg/m³ as the module states it, and its share in ppb."""
    return decode((yield from _read()), options)


def decode(data: bytes, options: Options) -> Sample:
    """The six bytes between header and checksum. Raises BadInput for the option, MalformedFrame for another length."""
    if len(data) != winsen.REPLY_LENGTH - 3:
        raise MalformedFrame(f"{len(data)} bytes where a measurement of a ZE module has 6")
    gas = _gas(options)
    mass, share = int.from_bytes(data[:2], "big"), int.from_bytes(data[4:6], "big")
    return Sample({gas: float(mass), f"{gas}_ppb": float(share)})


def reply_end(so_far: bytes) -> int | None:
    """Where the reply ends; what the module sends by itself before it does not count."""
    at = so_far.find(_HEADER)
    return at + winsen.REPLY_LENGTH if at >= 0 else None


def _read() -> Dialogue[bytes]:
    request = winsen.request(winsen.READ)
    reply = yield Exchange(request, reply_end, timeout_s=winsen.REPLY_S, silence_s=0)
    return winsen.payload(reply[-winsen.REPLY_LENGTH :], winsen.READ)


def _gas(options: Options) -> str:
    gas = str(options.get("gas", GASES[0]))
    if gas not in GASES:
        raise BadInput("gas", gas, f"one of {', '.join(GASES)} is allowed")
    return gas


def _answer_only(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield winsen.unanswered(SET_MODE, bytes([ANSWERING, 0, 0, 0, 0]))
    yield Pause(0.2)
    yield from _read()
    return "The module was told to speak only when asked, and it answers."


DRIVER = PolledDriver(
    name="winsen_ze",
    version="1",
    source="Winsen, ZE07-CH2O user manual",
    start=start,
    measure=measure,
    settings=(
        Setting(
            "gas",
            "Gas on the label",
            "choice",
            GASES[0],
            choices=GASES,
            risk="The module does not tell its gas: a wrong choice records one gas as another.",
        ),
    ),
    actions=(
        Action(
            "answer_only",
            "Speak only when asked",
            _answer_only,
            risk="Only for a ZE module: the same command may reset other Winsen modules, an MH-Z19 among them.",
        ),
    ),
)
