# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Receipts at a real broker: what counts as delivered where they are promised, and what a false one may not do."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.destination import MqttDestination
from edge_daemon.log.checkpoint import Checkpoint
from sync.sinks.mqtt import MqttSink
from sync.sinks.sink import Check, Later
from tests.integration.test_sink_mqtt import WAITING, outcomes, sink_at
from tests.support.delivering import deliver_all
from tests.support.outgoing import ORIGIN, STATION, readings
from tests.support.servers import free_port, mosquitto
from tests.support.subscriber import receiver
from tests.support.waiting import wait_until

RECEIPTS = "carbon_marketplace/projects/mangroves/receipts"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with mosquitto(tmp_path, port):
        yield port


def test_only_receipts_move_the_cursor_where_they_are_promised(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.sinks.mqtt.sink.SILENCE_SECONDS", 1.0)
    told = readings(400, 4)
    with receiver(port) as far_end, closing(sink_at(port, receipt_topic=RECEIPTS)) as sink:

        def unconfirmed() -> bool:
            (silence,) = outcomes(sink, sink.chunks(told))
            assert isinstance(silence, Later)
            return "confirmed nothing" in silence.words and not silence.unclean

        wait_until(unconfirmed, seconds=60, what="the sink to miss receipts")
        wait_until(lambda: len(far_end.times()) == 400, what="all readings to arrive all the same")
        other = json.dumps({"log": "verifield/log/other", "stored": 10**9})
        half = json.dumps({"log": ORIGIN, "stored": 209})
        for message in (b"nonsense", other.encode(), half.encode()):
            far_end.client.publish(RECEIPTS, message, qos=1).wait_for_publish(30)

        def confirmed() -> bool:
            *some, last = outcomes(sink, sink.chunks(told))
            assert isinstance(last, Later)
            assert len(some) <= 50
            return len(some) == 50

        wait_until(confirmed, seconds=60, what="the receipt to be heard")
        monkeypatch.undo()
        far_end.on_packet = lambda packet: _confirm(far_end.client, packet["last"])
        assert deliver_all(sink, told[200:]) == []


def _confirm(client: Any, index: int) -> None:
    client.publish(RECEIPTS, json.dumps({"log": ORIGIN, "stored": index}), qos=1, retain=True)


def of_receipts(sink: MqttSink) -> Check:
    """What the checks say of receipts."""
    return next(one for one in sink.check(WAITING) if "eceipt" in one.title)


def test_the_check_shows_what_is_stored(port: int) -> None:
    with receiver(port) as far_end, closing(sink_at(port, receipt_topic=RECEIPTS)) as sink:
        assert of_receipts(sink).verdict == "not_checked"
        _confirm(far_end.client, 1234)

        def stored() -> bool:
            return "1234" in of_receipts(sink).words

        wait_until(stored, what="the retained receipt")


def test_a_receipt_for_more_than_the_log_has_counts_for_nothing_and_is_told(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.sinks.mqtt.sink.SILENCE_SECONDS", 1.0)
    destination = MqttDestination("broker", "127.0.0.1", port, tls=False, receipt_topic=RECEIPTS)
    with (
        receiver(port) as far_end,
        closing(MqttSink(destination, None, origin=ORIGIN, station=STATION, size=lambda: 10**6)) as sink,
    ):
        stranger = json.dumps({"log": ORIGIN, "stored": 10**12})
        far_end.client.publish(RECEIPTS, stranger, qos=1, retain=True).wait_for_publish(10)

        def told() -> bool:
            [silence] = outcomes(sink, sink.chunks(readings(20)))
            assert isinstance(silence, Later)
            return "this log has 1000000" in silence.words

        wait_until(told, seconds=60, what="the stranger's receipt to be heard")
        wait_until(lambda: of_receipts(sink).verdict == "failed", seconds=60, what="the check to hear it")


@pytest.mark.parametrize("size", [10**30, 10**6 + 1])
def test_a_receipt_of_an_impossible_head_ends_no_sync(port: int, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("sync.sinks.mqtt.sink.SILENCE_SECONDS", 1.0)
    destination = MqttDestination("broker", "127.0.0.1", port, tls=False, receipt_topic=RECEIPTS)
    witnessed: list[Checkpoint] = []
    sink = MqttSink(destination, None, origin=ORIGIN, station=STATION, size=lambda: 10**6, witnessed=witnessed.append)
    with receiver(port) as far_end, closing(sink):
        false = json.dumps({"log": ORIGIN, "stored": 3, "size": size, "root": "ab" * 32})
        far_end.client.publish(RECEIPTS, false, qos=1, retain=True).wait_for_publish(10)

        def told() -> bool:
            [silence] = outcomes(sink, sink.chunks(readings(20)))
            assert isinstance(silence, Later)
            return "it tells of more entries" in silence.words

        wait_until(told, seconds=60, what="the false receipt to be heard")
    assert witnessed == []
