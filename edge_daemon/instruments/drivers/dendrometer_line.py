# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A dendrometer behind a controller that prints lines: ratio, voltage or mm, with temperature compensation. Pure.

Sources: lines as the controller prints them (JSON lines, CSV, Arduino Serial Plotter); conversions as in `dendrometer`.
Raw value, temperature, movement and compensated movement are all recorded.
"""

from edge_daemon.instruments import dendrometer_method, line_fields
from edge_daemon.instruments.driver import Options, Sample, StreamDriver
from edge_daemon.instruments.text_lines import LineFramer

FIELDS = "raw=raw, temperature=temp_c"


def decode(frame: bytes, options: Options) -> Sample:
    """One line as the channels of `dendrometer_method.channels_of`; the status says what is missing and why.

    Raises BadInput for an option, ChecksumMismatch or MalformedFrame for the line.
    """
    method = dendrometer_method.method_of(options)
    line = line_fields.read_line(frame, options, dendrometer_method.TOLD, FIELDS)
    channels, why = dendrometer_method.channels_of(method, line.channels)
    return Sample(channels, status=_joined(why, line.status))


def _joined(ours: str, theirs: str) -> str:
    if not ours:
        return theirs
    return ours if theirs == "ok" else f"{ours}; {theirs}"


SETTINGS = (*dendrometer_method.SETTINGS, *line_fields.settings(FIELDS))

DRIVER = StreamDriver(
    name="dendrometer_line",
    version="1",
    source="Lines of the controller (JSON lines, CSV, Arduino Serial Plotter); geometry and thermal expansion",
    framer=LineFramer,
    decode=decode,
    idle_s=line_fields.IDLE_S,
    silent_after_s=3600.0,
    settings=SETTINGS,
    factors=dendrometer_method.factors,
)
