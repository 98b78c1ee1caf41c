# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Values are subtracted only where one instrument, read in one way, made both."""

from dataclasses import replace

import pytest

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import Body, ConnectionBody, InstallationBody, to_json
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.summary_continuity import Continuity
from tests.unit.edge_daemon.log.test_plan_tree import OAK

SET_UP = replace(OAK, settings={"dimension": "radius"})
OTHER = InstallationBody("oak", "m", "2", SerialSource.LABEL)


@pytest.mark.parametrize(
    ("body", "unbroken"),
    [
        (SET_UP, True),
        (replace(SET_UP, interval_ns=5, person="Ana", name="Oak"), True),
        (replace(SET_UP, connection=ConnectionBody("another", "physical", "9600 8N1")), True),
        (replace(SET_UP, settings={"dimension": "circumference"}), False),
        (replace(SET_UP, model="other"), False),
        (replace(SET_UP, values_altered=True), False),
        (replace(SET_UP, channels=(replace(OAK.channels[0], unit="µm"), OAK.channels[1])), False),
        (replace(SET_UP, sensor="ash", settings={"dimension": "circumference"}), True),
        (OTHER, False),
        (replace(OTHER, event="unconfirmed"), False),
        (replace(OTHER, event="confirmed"), True),
        (replace(OTHER, event="described"), True),
        (replace(OTHER, sensor="ash"), True),
    ],
)
def test_what_lies_between_two_readings_decides(body: Body, unbroken: bool) -> None:
    told = Continuity()
    for index, (kind, said) in {
        3: (EntryType.CONFIGURATION, SET_UP),
        10: (EntryType.INSTALLATION if isinstance(body, InstallationBody) else EntryType.CONFIGURATION, body),
    }.items():
        for _ in range(2):  # read anew after a rewind
            told.learn(index, decode_entry(encode_entry(kind, Stamp(1, 1, bytes(16)), to_json(said))))
    assert told.unbroken("oak", 4, 12) is unbroken
    assert told.unbroken("oak", 4, 9)
    assert told.unbroken("oak", 10, 12)
    assert told.unbroken("nobody", 0, 12)
