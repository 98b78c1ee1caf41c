# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Benewake TFmini-S and TFmini Plus: distance by laser, as a stream of frames. Pure: turns bytes into samples.

Source: Benewake, TFmini-S product manual A00; TFmini Plus product manual A05. For the height of plants, snow or water;
its step of a centimetre is far too coarse for the growth of a stem.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, Fault, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import tfmini
from edge_daemon.instruments.driver import (
    Action,
    Dialogue,
    Exchange,
    Identity,
    Listening,
    Match,
    Options,
    Pause,
    Sample,
    Setting,
    StreamDriver,
)

METRES = {"cm": 0.01, "mm": 0.001}
FORMATS = {"cm": 1, "mm": 6}
RATES_HZ = (1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100)
LEAST_STRENGTH = 100
SATURATED = 0xFFFF
SLOWEST_FRAME_S = 2.5
LISTEN_S = 2.5
RESTART_S = 1.0

_WEAK, _BLINDED, _SUNLIT = "signal too weak", "signal saturated", "blinded by ambient light"
_CODES = {-1: _WEAK, -2: _BLINDED, -4: _SUNLIT, 0: "signal not reliable"}


def decode(frame: bytes, options: Options) -> Sample | None:
    """One frame as `distance` in m, `strength` in counts and `temperature` of the device in °C; None for a reply.

    The distance is None, and the status says why, for the codes of either model and for a strength below 100 or of
    65535. Option: `distance_unit`, cm (default) or mm, which no frame tells. Raises BadInput, ChecksumMismatch or
    MalformedFrame.
    """
    found = tfmini.measured(frame)
    if found is None:
        return None
    metres = METRES.get(str(options.get("distance_unit", "cm")))
    if metres is None:
        raise BadInput("distance_unit", options["distance_unit"], "cm or mm is allowed")
    why = _no_distance(found)
    channels = {
        "distance": None if why else found.distance * metres,
        "strength": float(found.strength),
        "temperature": found.temperature_degc,
    }
    return Sample(channels, status=why or "ok")


def _no_distance(found: tfmini.Measured) -> str:
    if found.distance <= 0:
        return _CODES.get(found.distance, f"no distance, code {found.distance}")
    if found.strength == SATURATED:
        return _BLINDED
    return _WEAK if found.strength < LEAST_STRENGTH else ""


def start(options: Options) -> Dialogue[None]:
    """Set the unit and the frame rate, which the device forgets without power. Raises BadInput, or DeviceRefused for a
    TFmini of the first generation: nothing is sent to one, whose commands are others.
    """
    commands = _unit_command(options.get("distance_unit", "cm")), _rate_command(options.get("frame_rate_hz", 1))
    try:
        heard = yield Exchange(b"", tfmini.data_end, timeout_s=SLOWEST_FRAME_S, tries=1, silence_s=0)
    except NoReply:
        pass  # its output is off, or waits for a trigger: the first generation is never silent
    else:
        if tfmini.is_first_generation(heard[-tfmini.DATA_LENGTH :]):
            raise DeviceRefused("this is a TFmini of the first generation, which this driver does not read")
    yield from _quietly(commands)


def identify(_options: Options) -> Dialogue[Identity]:
    """The firmware's version. It tells no serial number."""
    reply = yield _ask(tfmini.command(tfmini.VERSION), 7)
    low, middle, high = reply[-4:-1]
    return Identity(firmware=f"{high}.{middle}.{low}")


def recognise(data: bytes) -> Match | None:
    """Two sound data frames with a temperature that a device can have. Which of the two models, no frame tells."""
    frames = [item for item in tfmini.new_framer().feed(data) if isinstance(item, bytes)]
    frames = [frame for frame in frames if len(frame) == tfmini.DATA_LENGTH]
    if len(frames) < 2 or any(tfmini.is_first_generation(frame) for frame in frames):
        return None
    temperatures = [found.temperature_degc for frame in frames if (found := tfmini.measured(frame))]
    if not all(-40 <= each <= 125 for each in temperatures):
        return None
    return Match("benewake_tfmini_s", certain=False, note="TFmini-S and TFmini Plus send the same: compare the label.")


def _quietly(commands: tuple[bytes, ...]) -> Dialogue[None]:
    """With its output off, so that the answers are found; and on again even when one of them fails."""
    yield from _told(tfmini.command(tfmini.OUTPUT, b"\0"))
    failed: Fault | None = None
    try:
        for command in commands:
            yield from _told(command)
    except Fault as fault:
        failed = fault
    yield from _told(tfmini.command(tfmini.OUTPUT, b"\1"))
    if failed is not None:
        raise failed


def _told(command: bytes) -> Dialogue[None]:
    reply = yield _ask(command, len(command))
    if reply[-len(command) :] != command:
        raise DeviceRefused(f"the device answered {reply[-len(command) :].hex(' ')} to {command.hex(' ')}")


def _ask(command: bytes, length: int) -> Exchange:
    code = command[2]
    return Exchange(command, lambda so_far: tfmini.reply_end(so_far, code, length), timeout_s=0.5, silence_s=0)


def _unit_command(value: OptionValue) -> bytes:
    if value not in FORMATS:
        raise BadInput("distance_unit", value, "cm or mm is allowed")
    return tfmini.command(tfmini.FORMAT, bytes([FORMATS[str(value)]]))


def _rate_command(value: OptionValue) -> bytes:
    if isinstance(value, bool | str) or value not in RATES_HZ:
        raise BadInput("frame_rate_hz", value, f"one of {', '.join(map(str, RATES_HZ))} is allowed")
    return tfmini.command(tfmini.RATE, int(value).to_bytes(2, "little"))


def _write_unit(_options: Options, value: OptionValue) -> Dialogue[None]:
    yield from _quietly((_unit_command(value),))


def _write_rate(_options: Options, value: OptionValue) -> Dialogue[None]:
    yield from _quietly((_rate_command(value),))


def _done(code: int) -> Dialogue[None]:
    reply = yield _ask(tfmini.command(code), 5)
    if reply[-2] != 0:
        raise DeviceRefused(f"the device answered that it failed: {reply[-5:].hex(' ')}")


def _restart(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from _done(tfmini.RESET)
    yield Pause(RESTART_S)
    return "The device has started again, with the settings that were saved in it."


def _save(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from _done(tfmini.SAVE)
    return "The device will keep its present settings without power."


DRIVER = StreamDriver(
    name="benewake_tfmini",
    version="1",
    source="Benewake, TFmini-S product manual A00; TFmini Plus product manual A05",
    framer=tfmini.new_framer,
    decode=decode,
    idle_s=0.5,
    silent_after_s=3.0,
    start=start,
    identify=identify,
    listening=(Listening("TFmini: wait for two frames", LineSettings(115_200), LISTEN_S, recognise),),
    settings=(
        Setting(
            "frame_rate_hz",
            "Frames a second",
            "choice",
            1,
            "until_power_off",
            unit="Hz",
            choices=RATES_HZ,
            help="Sent at each connection. It cannot be read back; the device acknowledges it.",
            risk="Every frame is a reading: at 100 a second the record grows by gigabytes a day.",
            write=_write_rate,
            alters_values=False,
        ),
        Setting(
            "distance_unit",
            "Unit of the frames",
            "choice",
            "cm",
            "until_power_off",
            choices=tuple(FORMATS),
            help="Sent at each connection, and the distance is read in it. Millimetres show no more than noise.",
            risk="No frame tells its unit: changed behind Verifield's back, distances are wrong by a factor of ten. "
            "Save the settings in the device: after a moment without power it sends in the unit that is saved.",
            write=_write_unit,
        ),
    ),
    actions=(
        Action("restart", "Restart", _restart, risk="Settings that were not saved are lost until the next connection."),
        Action("save", "Save the settings in the device", _save, risk="They then hold for other users of the device."),
    ),
)
