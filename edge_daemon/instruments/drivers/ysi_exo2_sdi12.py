# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""YSI EXO2 sonde on SDI-12, through a USB adapter with its own timing. Pure: yields requests, never opens a port.

Sources: SDI-12 specification 1.4; two open drivers of the sonde (parameter codes). On this path the sonde sends bare
numbers, and only a person can say which they are: until the list has been compared with the sonde's, every value is
suspect.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import (
    Action,
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
from edge_daemon.instruments.exo_parameters import codes_of, sample_of
from edge_daemon.instruments.sdi12 import ADDRESSES, REPLY_S, TRIES_AFTER_START, Sensor

DEFAULT_ADDRESS = "0"
CONCURRENT, ONE_AT_A_TIME = "concurrent", "measure"
LINE_ENDS = {"crlf": b"\r\n", "cr": b"\r", "lf": b"\n", "none": b""}
UNCHECKED_LIST = "the list of parameters has not been compared with the sonde's"
SHORTEST_REPLY_S, LONGEST_REPLY_S = 0.2, 10.0
PROBE_RANK = 90


def start(options: Options) -> Steps:
    """See that a sensor answers at the address. Options: see SETTINGS. Raises BadInput, NoReply, MalformedFrame."""
    _codes(options)
    yield from _sensor(options).present(TRIES_AFTER_START)
    return None


def measure(options: Options) -> Steps:
    """One sample of all that the sonde sends on SDI-12. Raises as `Sensor.measure`."""
    codes = _codes(options)
    values = yield from _sensor(options).measure(len(codes))
    return _sample(codes, values, compared=options.get("list_checked") is True)


def _sample(codes: tuple[int, ...], values: tuple[float, ...], *, compared: bool) -> Sample:
    return sample_of(codes, values, "" if compared else UNCHECKED_LIST, doubted=not compared)


def identify(options: Options) -> Dialogue[Identity]:
    """What the sonde says of itself: maker, model, firmware, and its serial number where it tells it."""
    return (yield from _sensor(options).identity())


def ask() -> Dialogue[Match | None]:
    """The identification of the sensor at the address that sensors leave the factory with."""
    identity = yield from Sensor(DEFAULT_ADDRESS).identity()
    if not identity.details["maker"].upper().startswith("YSI"):
        return None
    named = identity.details["model"].upper().startswith("EXO")
    note = "enter the list of parameters as it stands in the sonde, in its order"
    return Match("ysi_exo2_sdi12", named, identity, note if named else f"a YSI instrument; if it is an EXO, {note}")


def _sensor(options: Options) -> Sensor:
    address = options.get("sdi12_address", DEFAULT_ADDRESS)
    ends, how = options.get("line_end", "crlf"), options.get("command", CONCURRENT)
    if ends not in LINE_ENDS:
        raise BadInput("line_end", ends, f"one of {', '.join(LINE_ENDS)} is allowed")
    if how not in {CONCURRENT, ONE_AT_A_TIME}:
        raise BadInput("command", how, f"{CONCURRENT} or {ONE_AT_A_TIME} is allowed")
    checked = options.get("crc", True)
    if not isinstance(checked, bool):
        raise BadInput("crc", checked, "true or false is allowed")
    reply_s = options.get("reply_s", REPLY_S)
    if isinstance(reply_s, bool | str) or not SHORTEST_REPLY_S <= reply_s <= LONGEST_REPLY_S:
        raise BadInput("reply_s", reply_s, f"{SHORTEST_REPLY_S:g} to {LONGEST_REPLY_S:g} seconds are allowed")
    where = _address("sdi12_address", address)
    return Sensor(where, LINE_ENDS[str(ends)], how == CONCURRENT, checked, float(reply_s))


def _address(name: str, value: OptionValue | None) -> str:
    if not isinstance(value, str) or len(value) != 1 or value not in ADDRESSES:
        raise BadInput(name, value, "one character, 0 to 9, A to Z or a to z, is allowed; case matters")
    return value


def _codes(options: Options) -> tuple[int, ...]:
    return codes_of("parameters", options.get("parameters"))


def _change_address(options: Options, argument: OptionValue | None) -> Dialogue[str]:
    wanted = _address("address", argument)
    yield from _sensor(options).change_address(wanted)
    return f"The sonde answers at address {wanted}. Set it in Verifield too."


SETTINGS = (
    Setting(
        "sdi12_address",
        "SDI-12 address",
        "text",
        DEFAULT_ADDRESS,
        help="One character: 0 to 9, A to Z, a to z. The sonde is delivered with 0.",
        alters_values=False,
    ),
    Setting(
        "parameters",
        "Parameters that the sonde sends",
        "text",
        "1 7 18 212 223",
        help="Their codes in exactly the order of the SDI-12 list in the sonde: 1 temperature in °C, 7 specific "
        "conductance in µS/cm, 18 pH, 212 dissolved oxygen in mg/L, 211 in %, 223 turbidity in FNU, 22 depth in m, …",
    ),
    Setting(
        "list_checked",
        "The list was compared with the sonde's",
        "switch",
        False,
        help="Switch on once the list above has been compared with the one in the sonde. Until then all is suspect.",
        risk="SDI-12 sends bare numbers: with a wrong list one quantity is recorded as another.",
        evidence_risk=False,
        alters_values=False,
    ),
    Setting(
        "command",
        "How it is asked",
        "choice",
        CONCURRENT,
        choices=(CONCURRENT, ONE_AT_A_TIME),
        help="concurrent (C) carries any number of values; measure (M) at most nine, for where C is unknown.",
    ),
    Setting(
        "crc",
        "Ask for a checksum",
        "switch",
        True,
        help="Switch off only for a sonde that does not answer to it: a changed digit then cannot be noticed.",
        risk="Without a checksum a digit that was changed on the line is recorded as a reading.",
        evidence_risk=False,
        alters_values=False,
    ),
    Setting(
        "reply_s",
        "How long the adapter may take to answer",
        "number",
        REPLY_S,
        unit="s",
        minimum=SHORTEST_REPLY_S,
        maximum=LONGEST_REPLY_S,
        help="The adapter makes break and timing by itself; no standard says how long that takes. A bare serial "
        "adapter, which makes no break, cannot be used.",
        alters_values=False,
    ),
    Setting(
        "line_end",
        "What the adapter wants after a command",
        "choice",
        "crlf",
        choices=tuple(LINE_ENDS),
        help="See the adapter's manual. The adapter must pass commands on as they are, lower case too.",
        alters_values=False,
    ),
)

ACTIONS = (
    Action(
        "change_address",
        "Change the SDI-12 address",
        _change_address,
        risk="The sonde then answers only at the new address. No other sensor on the line may have it.",
        argument=Setting("address", "New SDI-12 address", "text", DEFAULT_ADDRESS),
    ),
)

DRIVER = PolledDriver(
    name="ysi_exo2_sdi12",
    version="1",
    source="SDI-12 Support Group, SDI-12 specification 1.4; two open drivers of the sonde (parameter codes)",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(PROBE_RANK, "SDI-12: ask sensor 0 who it is", LineSettings(9_600), ask),),
    settings=SETTINGS,
    actions=ACTIONS,
)
