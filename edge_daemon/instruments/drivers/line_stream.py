# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Any controller that prints text lines: JSON lines, CSV with a header, or Arduino Serial Plotter lines. Pure.

Sources: JSON Lines and RFC 8259; RFC 4180; Arduino Serial Plotter (arduino-serial-plotter-webapp). Which field is which
channel is an option; the channels and their units are the catalogue entry's, so that an instrument of one's own is a
catalogue entry that names this driver.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.instruments import line_fields
from edge_daemon.instruments.driver import Listening, Match, Options, Sample, StreamDriver
from edge_daemon.instruments.line_listening import Subject, heard
from edge_daemon.instruments.text_lines import LineFramer

CHANNELS = tuple(f"value_{place}" for place in range(1, 9))
FIELDS = ", ".join(f"{name}={name.replace('_', ' ')}" for name in CHANNELS)
LISTEN_S = 5.0
BAUDS = (115_200, 9600)


def decode(frame: bytes, options: Options) -> Sample:
    """One line as the channels that the option `fields` names; None for a field that the line lacks.

    Raises BadInput for an option, ChecksumMismatch or MalformedFrame for the line.
    """
    line = line_fields.read_line(frame, options, frozenset(), FIELDS)
    return Sample(line.channels, status=line.status)


def recognise(data: bytes) -> Match | None:
    """Text lines with numbers, whatever they mean, unless their names belong to another driver."""
    found = heard(data)
    if found is None or found.subject is not Subject.ANY:
        return None
    note = f"Text lines ({found.grammar.value}) with {', '.join(found.names)[:200]}: say which field is which channel."
    return Match("line_stream", certain=False, note=note)


DRIVER = StreamDriver(
    name="line_stream",
    version="1",
    source="JSON Lines; RFC 4180; Arduino Serial Plotter (arduino-serial-plotter-webapp, src/msgAggregatorWorker.ts)",
    framer=LineFramer,
    decode=decode,
    idle_s=line_fields.IDLE_S,
    silent_after_s=line_fields.SILENT_AFTER_S,
    listening=tuple(Listening(f"Text lines at {baud} baud", LineSettings(baud), LISTEN_S, recognise) for baud in BAUDS),
    settings=line_fields.settings(FIELDS),
)
