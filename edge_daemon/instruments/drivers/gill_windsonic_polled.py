# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gill WindSonic in polled mode (M3, M4): one line each time it is asked. Pure: yields requests, never opens a port.

Source: Gill WindSonic user manual 1405-PS-0019 issue 30 (2022), polled mode. Several units cannot share one line.
"""

from functools import partial

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import MalformedFrame
from edge_daemon.instruments import windsonic_configuration as configuration
from edge_daemon.instruments.driver import Dialogue, Exchange, Match, Options, PolledDriver, Probe, Setting, Steps
from edge_daemon.instruments.windsonic_lines import HORIZONTAL, SOURCE, decode

LINE_S = 0.5
"""A line comes within 130 ms, and takes 30 ms at 9600 baud; a USB adapter adds its own."""

PROBE_RANK = 70


def start(options: Options) -> Steps:
    """See that the unit answers to its node letter. Options: `node`. Raises BadInput, MalformedFrame, NoReply."""
    yield from _line(configuration.node_of(options))
    return None


def measure(options: Options) -> Steps:
    """One line, as `wind_speed` in m/s and `wind_direction` in degrees. Raises as `windsonic_lines.decode`."""
    frame = yield from _line(configuration.node_of(options))
    return decode(frame, {"output": HORIZONTAL})


def ask() -> Dialogue[Match | None]:
    """One line, by the letter that units leave the factory with."""
    frame = yield from _line(configuration.DEFAULT_NODE)
    return None if decode(frame, {"output": HORIZONTAL}) is None else Match("gill_windsonic_polled")


def _line(node: str) -> Dialogue[bytes]:
    yield _switch(b"?")
    reply = yield Exchange(node.encode(), configuration.polled_length, LINE_S, tries=3, silence_s=0.0)
    # Polling is switched off again so that nothing else on the line is taken for the letter.
    yield _switch(b"!")
    frame = reply[reply.rfind(b"\x02") :].rstrip(b"\r\n")
    if frame[1:2] != node.encode():
        raise MalformedFrame(f"node {frame[1:2]!r} answered where {node} was asked")
    return frame


def _switch(sign: bytes) -> Exchange:
    return Exchange(sign, configuration.polled_length, expects_reply=False, silence_s=0.0)


DRIVER = PolledDriver(
    name="gill_windsonic_polled",
    version="1",
    source=SOURCE,
    start=start,
    measure=measure,
    identify=partial(configuration.identify, node=configuration.node_of),
    probes=(Probe(PROBE_RANK, "WindSonic in polled mode: ask for one line", LineSettings(9_600), ask),),
    settings=(
        Setting(
            "node",
            "Node letter",
            "choice",
            configuration.DEFAULT_NODE,
            choices=configuration.NODE_LETTERS,
            help="As set in the unit (command N).",
            alters_values=False,
        ),
        *configuration.settings(configuration.node_of),
    ),
)
