# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A client's key that has a pass phrase: nobody is asked for it, and it is said what to do. Nothing is connected to."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from edge_daemon.domain.destination import MqttDestination
from sync.sinks.mqtt import MqttSink
from sync.sinks.sink import Stopped, Waiting
from tests.support.certificates import Authority
from tests.support.outgoing import ORIGIN, STATION

PHRASE = b"horse battery"


def test_a_key_with_a_pass_phrase_is_told_as_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.sign("station")
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    form, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(form, kind, serialization.BestAvailableEncryption(PHRASE)))
    destination = MqttDestination(
        "broker", "127.0.0.1", 1, tls=True, client_certificate=str(certificate), client_key=str(key)
    )
    sink = MqttSink(destination, None, origin=ORIGIN, station=STATION)
    [line] = [line for line in sink.check(Waiting(ORIGIN, 1, None)) if line.verdict == "failed"]
    seen = sink.witness("", threading.Event())
    assert isinstance(seen, Stopped)
    for words, remedy in ((line.words, line.remedy), (seen.words, seen.remedy)):
        assert "pass phrase" in words
        assert "openssl pkey" in remedy
    assert capfd.readouterr() == ("", "")
