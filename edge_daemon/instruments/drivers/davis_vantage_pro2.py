# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Davis Vantage Pro2 weather station, through its console. Pure: yields requests, never opens a port.

Source: Davis Instruments, Vantage Pro serial communication reference, revisions 2.3 to 2.6.1. The size of the rain
bucket is read from the console before each measurement, so that no change of it passes unseen: the wrong one scales
all rain by up to 27 %.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import davis_adjustments as adjustments
from edge_daemon.instruments import davis_console as console
from edge_daemon.instruments import davis_packets as packets
from edge_daemon.instruments.driver import (
    Dialogue,
    Identity,
    Match,
    Options,
    PolledDriver,
    Probe,
    Sample,
    Setting,
    Steps,
)

SETUP_BITS, ARCHIVE_MINUTES = 0x2B, 0x2D
COLLECTOR_SHIFT, COLLECTOR_MASK = 4, 0x30

WHICH_MODEL = b"WRD\x12M"
VANTAGE_PRO2, VANTAGE_VUE = 16, 17

BOTH, LOOP_ONLY = "loop_and_loop2", "loop"
AS_CONSOLE = "console"
ARCHIVE_CHOICES = (1, 5, 10, 15, 30, 60, 120)

PACKET_S = 4.0
PROBE_RANK = 75


def start(options: Options) -> Steps:
    """Wake the console and see that it is one of this family and that the options fit.

    Options: `packets` loop_and_loop2 (default) or loop; `rain_collector` console (default) or a size of its bucket.
    Raises BadInput, DeviceRefused where another device answers, or what the console's dialogue raises.
    """
    _options(options)
    (model,) = yield from console.binary(WHICH_MODEL, 1)
    if model not in {VANTAGE_PRO2, VANTAGE_VUE}:
        raise DeviceRefused(f"the console says it is model {model}; 16 is a Vantage Pro2, 17 a Vantage Vue")
    return None


def measure(options: Options) -> Steps:
    """One sample from one packet of each kind, the newest that the console has.

    Rain is counted by the console: `precipitation` since its midnight and `precipitation_year` since the rain year
    began, both in mm, both starting again at zero; the rate in mm/h. Raises ChecksumMismatch, MalformedFrame,
    DeviceRefused, NoReply.
    """
    wanted, collector = _options(options)
    held = yield from _collector()
    click_mm = packets.CLICK_MM[held if collector == AS_CONSOLE else collector]
    doubt = ""
    if collector not in {AS_CONSOLE, held}:
        doubt = f"the console counts rain by {held}, here {collector} is set"
    if wanted == LOOP_ONLY:
        return _sample(
            (yield from console.binary(b"LOOP 1", packets.PACKET_BYTES, timeout_s=PACKET_S)), click_mm, doubt
        )
    both = 2 * packets.PACKET_BYTES
    return _sample((yield from console.binary(b"LPS 3 2", both, timeout_s=2 * PACKET_S)), click_mm, doubt)


def _sample(data: bytes, click_mm: float, doubt: str) -> Sample:
    size = packets.PACKET_BYTES
    found = dict(packets.opened_packet(data[at : at + size]) for at in range(0, len(data), size))
    if len(found) * size != len(data) or packets.LOOP not in found:
        raise MalformedFrame(f"packets of type {sorted(found)} came where LOOP and LOOP2 were asked for")
    channels = packets.loop_channels(found[packets.LOOP], click_mm)
    if packets.LOOP2 in found:
        channels.update(packets.loop2_channels(found[packets.LOOP2]))
    return packets.judged(channels, packets.weak_transmitters(found[packets.LOOP]), doubt)


def _options(options: Options) -> tuple[str, str]:
    wanted, collector = options.get("packets", BOTH), options.get("rain_collector", AS_CONSOLE)
    if wanted not in {BOTH, LOOP_ONLY}:
        raise BadInput("packets", wanted, f"{BOTH}, or {LOOP_ONLY} for firmware before 1.90, is allowed")
    if collector != AS_CONSOLE and collector not in packets.CLICK_MM:
        allowed = ", ".join((AS_CONSOLE, *packets.CLICK_MM))
        raise BadInput("rain_collector", collector, f"one of {allowed} is allowed")
    return str(wanted), str(collector)


def _collector() -> Dialogue[str]:
    (bits,) = yield from console.read_memory(SETUP_BITS, 1)
    number = (bits & COLLECTOR_MASK) >> COLLECTOR_SHIFT
    if number >= len(packets.CLICK_MM):
        raise MalformedFrame(f"the console names rain collector {number}, which does not exist")
    return tuple(packets.CLICK_MM)[number]


def identify(_options: Options) -> Dialogue[Identity]:
    """Firmware, and as details how the console is set: its clock, rain collector, barometer and offsets.

    It tells no serial number.
    """
    (date,) = yield from console.text("VER", 1)
    firmware = date
    try:
        (version,) = yield from console.text("NVER", 1)
        firmware = f"{version} ({date})"
    except (DeviceRefused, NoReply):
        pass  # a console of before 1.90 does not know the question
    (archive,) = yield from console.read_memory(ARCHIVE_MINUTES, 1)
    details = {
        "console's clock": (yield from adjustments.read_clock()).isoformat(),
        "rain collector": (yield from _collector()),
        "archive interval in min": str(archive),
    }
    pressure = adjustments.barometer((yield from console.text("BARDATA", adjustments.BARDATA_LINES)))
    for name, label in (("ELEVATION", "elevation in ft"), ("BARCAL", "barometer calibration in inHg")):
        if name in pressure:
            details[label] = f"{pressure[name]:g}"
    details.update(adjustments.described((yield from adjustments.read_offsets())))
    return Identity(firmware=firmware, details=details)


def ask() -> Dialogue[Match | None]:
    """Wake whatever is there with a line feed, then ask a console for its model; both change nothing."""
    (model,) = yield from console.binary(WHICH_MODEL, 1)
    if model == VANTAGE_PRO2:
        (date,) = yield from console.text("VER", 1)
        return Match("davis_vantage_pro2", identity=Identity(firmware=date), note="it tells no serial number")
    if model == VANTAGE_VUE:
        return Match("davis_vantage_pro2", certain=False, note="a Vantage Vue, which speaks the same language")
    return None


def _read_collector(_options: Options) -> Dialogue[OptionValue]:
    return (yield from _collector())


def _write_collector(_options: Options, value: OptionValue) -> Dialogue[None]:
    (bits,) = yield from console.read_memory(SETUP_BITS, 1)
    number = tuple(packets.CLICK_MM).index(str(value))
    changed = bits & ~COLLECTOR_MASK | number << COLLECTOR_SHIFT
    if changed != bits:
        yield from console.write_memory(SETUP_BITS, bytes([changed]))
        yield from console.binary(b"NEWSETUP", 0)


def _read_archive(_options: Options) -> Dialogue[OptionValue]:
    (minutes,) = yield from console.read_memory(ARCHIVE_MINUTES, 1)
    return int(minutes)


def _write_archive(_options: Options, value: OptionValue) -> Dialogue[None]:
    yield from console.text(f"SETPER {value}")


RAIN = ("precipitation", "precipitation_year", "precipitation_rate")
"""The channels that the size of the bucket scales."""

SETTINGS = (
    Setting(
        "packets",
        "Packets to ask for",
        "choice",
        BOTH,
        choices=(BOTH, LOOP_ONLY),
        help="loop for a console with firmware before 1.90: without gust and station pressure.",
        alters_values=False,
    ),
    Setting(
        "rain_collector",
        "Size of the rain bucket",
        "choice",
        AS_CONSOLE,
        choices=(AS_CONSOLE, *packets.CLICK_MM),
        help="console: as the console is set. Otherwise what the bucket really is; rain is then marked as suspect "
        "while the console says something else.",
        alters=RAIN,
    ),
    Setting(
        "console_rain_collector",
        "Rain collector in the console",
        "choice",
        "0.01 in",
        "permanent",
        choices=tuple(packets.CLICK_MM),
        risk="A wrong size scales all rain by up to 27 %. The console starts its calculations anew.",
        alters=RAIN,
        read=_read_collector,
        write=_write_collector,
    ),
    Setting(
        "archive_interval_min",
        "Archive interval of the console",
        "choice",
        30,
        "permanent",
        unit="min",
        choices=ARCHIVE_CHOICES,
        help="How often the console's own logger keeps a record. It changes nothing in what is recorded here.",
        risk="Records that the console's logger still holds may be lost: fetch them first.",
        read=_read_archive,
        write=_write_archive,
        alters_values=False,
    ),
)

DRIVER = PolledDriver(
    name="davis_vantage_pro2",
    version="1",
    source="Davis Instruments, Vantage Pro serial communication reference, revisions 2.3 to 2.6.1",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(PROBE_RANK, "Davis console: wake it and ask for its model", LineSettings(19_200), ask),),
    settings=SETTINGS,
    actions=adjustments.ACTIONS,
)
