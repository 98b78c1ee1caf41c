# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gill WindSonic that sends its lines by itself. Pure: turns bytes into samples, never opens a port.

Source: Gill WindSonic user manual 1405-PS-0019 issue 30 (2022).
"""

from functools import partial

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import Fault
from edge_daemon.instruments import windsonic_configuration as configuration
from edge_daemon.instruments.driver import BadFrame, Listening, Match, Setting, StreamDriver
from edge_daemon.instruments.windsonic_lines import AXIS_U, HORIZONTAL, SOURCE, Framer, decode

BAUD = 9_600
LISTEN_S = 5.0

_STX = b"\x02"


def recognise(heard: bytes) -> Match | None:
    """A line of a WindSonic among what was heard. An NMEA sentence may come from another maker's instrument too."""
    for frame in Framer().feed(heard):
        if isinstance(frame, BadFrame):
            continue
        for model, output in (("gill_windsonic", HORIZONTAL), ("gill_windsonic_tunnel", AXIS_U)):
            if _measures(frame, output):
                certain = frame.startswith(_STX)
                note = "" if certain else "other wind instruments send the same NMEA sentence"
                return Match(model, certain=certain, note=note)
    return None


def _measures(frame: bytes, output: str) -> bool:
    try:
        return decode(frame, {"output": output}) is not None
    except Fault:
        return False


DRIVER = StreamDriver(
    name="gill_windsonic",
    version="1",
    source=SOURCE,
    framer=Framer,
    decode=decode,
    idle_s=0.5,
    silent_after_s=10.0,
    start=configuration.resume,
    identify=partial(configuration.identify, node=configuration.streaming),
    listening=(Listening("WindSonic: listen for its lines", LineSettings(BAUD), LISTEN_S, recognise),),
    settings=(
        Setting(
            "output", "Lines to read", "choice", HORIZONTAL, choices=(HORIZONTAL, AXIS_U), help="axis_u in a tunnel"
        ),
        *configuration.settings(configuration.streaming),
    ),
)
