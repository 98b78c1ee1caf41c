# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""YSI EXO2 sonde behind its Modbus signal output adapter. Pure: yields requests, never opens a port.

Source: an open driver of the adapter (registers, order of words). What the sonde measures is read from it before each
sample, so that no change of its list can turn one quantity into another.
"""

from functools import partial
from math import isfinite

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import MalformedFrame, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus_pdu as pdu
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
from edge_daemon.instruments.exo_parameters import MOST_PARAMETERS, PARAMETERS, codes_of, described, listed, sample_of
from edge_daemon.instruments.modbus_unit import Unit, unit_of, unit_settings
from edge_daemon.instruments.modbus_values import Order, number

DEFAULT_ADDRESS = 1

SAMPLE_PERIOD, SAMPLE_NOW, WIPE_NOW = 0, 1, 2
CODES = 128
STATES = 256
VALUES = 384

AVAILABLE, NOT_SET, NOT_AVAILABLE = 0, 1, 2
STATES_KNOWN = frozenset({AVAILABLE, NOT_SET, NOT_AVAILABLE})

LEAST_FOR_CERTAIN = 3
PROBE_RANK = 65


def start(options: Options) -> Steps:
    """See that a sonde answers and has a list of parameters.

    Options: `address` 1 to 247, `framing`, `parameters` as recorded when they were last set (empty: not compared).
    Raises BadInput, NotReady for an empty list, or what `Unit.ask` raises.
    """
    _recorded(options)
    yield from _codes(unit_of(options, DEFAULT_ADDRESS))
    return None


def measure(options: Options) -> Steps:
    """One sample: the sonde's list, then state and value of each of its parameters.

    A value whose state is not `available` is no reading: its channel is None, whatever number stands there.
    """
    unit = unit_of(options, DEFAULT_ADDRESS)
    codes = yield from _codes(unit)
    states = yield from unit.registers(STATES, len(codes))
    data = yield from unit.register_bytes(VALUES, 2 * len(codes))
    return decode(codes, states, data, _recorded(options))


def decode(codes: tuple[int, ...], states: tuple[int, ...], data: bytes, recorded: tuple[int, ...] = ()) -> Sample:
    """The sample from the three register blocks; floats lie low word first. Raises MalformedFrame."""
    if len(data) != 4 * len(codes) or len(states) != len(codes):
        raise MalformedFrame(f"{len(states)} states and {len(data)} bytes for {len(codes)} parameters")
    floats = [number(data[at : at + 4], "f32", Order.CDAB) for at in range(0, len(data), 4)]
    there = [state == AVAILABLE and isfinite(value) for value, state in zip(floats, states, strict=True)]
    values = [value if usable else None for value, usable in zip(floats, there, strict=True)]
    lacking = [code for code, usable in zip(codes, there, strict=True) if not usable]
    unknown = sorted({state for state in states if state not in STATES_KNOWN})
    changed = recorded not in {(), codes}
    return sample_of(
        codes,
        values,
        f"not available: {described(lacking)}" if lacking else "",
        f"states of which nothing is known: {listed(unknown)}" if unknown else "",
        f"the sonde's list is now {listed(codes)}, recorded is {listed(recorded)}" if changed else "",
    )


def list_of(slots: tuple[int, ...]) -> tuple[int, ...]:
    """The codes before the first empty slot. Raises NotReady where there are none."""
    codes = slots[: slots.index(0)] if 0 in slots else slots
    if not codes:
        raise NotReady("the sonde's list of parameters is empty: choose its parameters first")
    return codes


def _codes(unit: Unit) -> Dialogue[tuple[int, ...]]:
    return list_of((yield from unit.registers(CODES, MOST_PARAMETERS)))


def _recorded(options: Options) -> tuple[int, ...]:
    stated = options.get("parameters", "")
    return () if stated == "" else codes_of("parameters", stated)


def identify(options: Options) -> Dialogue[Identity]:
    """Its parameters and sample period. The adapter tells neither serial number nor firmware."""
    unit = unit_of(options, DEFAULT_ADDRESS)
    codes = yield from _codes(unit)
    (period,) = yield from unit.registers(SAMPLE_PERIOD, 1)
    return Identity(details={"parameters": described(codes), "sample period in s": str(period)})


def ask() -> Dialogue[Match | None]:
    """The list and states at the usual address: known codes, each with a state that fits its slot."""
    unit = Unit(DEFAULT_ADDRESS)
    codes = yield from _codes(unit)
    states = yield from unit.registers(STATES, MOST_PARAMETERS)
    fits = all(state in {AVAILABLE, NOT_AVAILABLE} for state in states[: len(codes)])
    if not fits or not all(code in PARAMETERS for code in codes):
        return None
    certain = len(codes) >= LEAST_FOR_CERTAIN and all(state == NOT_SET for state in states[len(codes) :])
    identity = Identity(details={"parameters": described(codes)})
    return Match("ysi_exo2_modbus", certain, identity, note="an EXO1 or EXO3 behind this adapter answers alike")


def _read_parameters(options: Options) -> Dialogue[OptionValue]:
    return listed((yield from _codes(unit_of(options, DEFAULT_ADDRESS))))


def _write_parameters(options: Options, value: OptionValue) -> Dialogue[None]:
    codes = codes_of("parameters", value)
    # The list ends with a 0, for which a full one has no room.
    slots = (*codes, 0)[:MOST_PARAMETERS]
    yield from unit_of(options, DEFAULT_ADDRESS).write(pdu.write_registers(CODES, slots))


def _read_period(options: Options) -> Dialogue[OptionValue]:
    (period,) = yield from unit_of(options, DEFAULT_ADDRESS).registers(SAMPLE_PERIOD, 1)
    return period


def _write_period(options: Options, value: OptionValue) -> Dialogue[None]:
    yield from unit_of(options, DEFAULT_ADDRESS).write(pdu.write_register(SAMPLE_PERIOD, round(float(value))))


def _trigger(register: int, answer: str, options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from unit_of(options, DEFAULT_ADDRESS).write(pdu.write_register(register, 1))
    return answer


SETTINGS = (
    *unit_settings(DEFAULT_ADDRESS),
    Setting(
        "parameters",
        "Parameters that the sonde sends",
        "text",
        "",
        "permanent",
        help="Their codes in order, e.g. 1 7 18 212 223. Values are always told by the list that the sonde has.",
        risk="What is not in the list is no longer measured.",
        read=_read_parameters,
        write=_write_parameters,
    ),
    Setting(
        "sample_period_s",
        "Sample period of the sonde",
        "whole",
        1,
        "permanent",
        unit="s",
        minimum=1,
        maximum=65_535,
        help="The sampling interval should be no shorter. Whether the adapter keeps it without power is not known.",
        risk="With a longer period than the sampling interval the same measurement is recorded more than once.",
        documented=False,
        read=_read_period,
        write=_write_period,
        alters_values=False,
    ),
)

ACTIONS = (
    Action(
        "wipe",
        "Wipe the sensors",
        partial(_trigger, WIPE_NOW, "The sonde began to wipe; readings of the next two minutes may be disturbed."),
        risk="Readings during the wipe, up to two minutes, are not valid.",
    ),
    Action(
        "sample_now",
        "Take a sample now",
        partial(_trigger, SAMPLE_NOW, "The sonde takes a sample."),
        risk="None beyond an extra sample.",
    ),
)

DRIVER = PolledDriver(
    name="ysi_exo2_modbus",
    version="1",
    source="An open driver of the EXO Modbus adapter (registers); two open drivers of the sonde (parameter codes)",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(PROBE_RANK, "EXO sonde: read its list of parameters", LineSettings(9_600), ask),),
    settings=SETTINGS,
    actions=ACTIONS,
)
