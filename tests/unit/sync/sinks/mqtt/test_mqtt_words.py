# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Topics, status, receipts and reason codes: what is said to a broker, and what its answers mean."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.destination import MqttDestination
from edge_daemon.domain.faults import BadInput
from sync.sinks.mqtt import MqttSink, StationStatus
from sync.sinks.mqtt.reasons import outcome_of_ack, outcome_of_end
from sync.sinks.mqtt.receipt import stored_index
from sync.sinks.mqtt.status import status_payload
from sync.sinks.mqtt.topics import packets_topic, status_topic
from sync.sinks.sink import Chunk, Delivered, Later, Refused, Stopped
from tests.support.outgoing import ORIGIN, STATION, T0

CHUNK = Chunk(b"x", 1, 2, 2)


def test_topics() -> None:
    assert packets_topic(STATION) == "carbon_marketplace/projects/mangroves/sensors"
    assert status_topic(STATION) == "carbon_marketplace/projects/mangroves/devices/station-7/status"


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "a\0b"])
def test_a_name_that_cannot_stand_in_a_topic(name: str) -> None:
    with pytest.raises(BadInput, match="project_id"):
        packets_topic(replace(STATION, project_id=name))
    with pytest.raises(BadInput, match="device_id"):
        status_topic(replace(STATION, device_id=name))
    destination = MqttDestination("b", "broker.example")
    with pytest.raises(BadInput):
        MqttSink(destination, None, origin=ORIGIN, station=replace(STATION, project_id=name))


def test_a_status_without_knowledge_has_nulls() -> None:
    told = json.loads(status_payload(StationStatus("1", recording=False), "lost", ORIGIN, T0))
    assert (told["state"], told["recording"], told["disk_days"], told["last_anchor"]) == ("lost", False, None, None)


def test_receipts() -> None:
    receipt = json.dumps({"log": ORIGIN, "stored": 17, "by": "receiver 3"}).encode()
    assert stored_index(receipt, ORIGIN) == 17
    assert stored_index(receipt, "verifield/log/other") is None


@pytest.mark.parametrize(
    "told",
    [
        "",
        "7",
        "[]",
        "{}",
        '{"log": 1, "stored": 2}',
        *(f'{{"log": "{ORIGIN}", "stored": {x}}}' for x in (-1, 1.5, "true", '"9"')),
    ],
)
def test_what_is_no_receipt_moves_nothing(told: str) -> None:
    with pytest.raises(ValueError, match="it "):
        stored_index(told.encode(), ORIGIN)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_receipt_or_none(data: bytes) -> None:
    with suppress(ValueError):
        assert stored_index(data, ORIGIN) is None


def test_what_an_acknowledgement_means() -> None:
    assert outcome_of_ack(0x00, "Success", CHUNK) == Delivered(CHUNK)
    assert isinstance(outcome_of_ack(0x10, "No matching subscribers", CHUNK), Later)
    assert isinstance(outcome_of_ack(0x87, "Not authorized", CHUNK), Stopped)
    assert outcome_of_ack(0x99, "Payload format invalid", CHUNK) == Refused(CHUNK, "Payload format invalid (0x99)")
    assert isinstance(outcome_of_ack(0x97, "Quota exceeded", CHUNK), Later)


@pytest.mark.parametrize("code", [0x80, 0x88, 0x89, 0x8B, 0x8D, 0x97, 0x9F])
def test_a_busy_or_ending_broker_is_tried_again(code: int) -> None:
    assert isinstance(outcome_of_end(code, "name"), Later)


@pytest.mark.parametrize("code", [0x84, 0x85, 0x86, 0x87, 0x8A, 0x8E])
def test_what_a_person_has_to_mend_stops(code: int) -> None:
    stopped = outcome_of_end(code, "name")
    assert isinstance(stopped, Stopped)
    assert stopped.remedy
