# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Destinations come back as they went out, speak TLS unless told otherwise, and refuse what is wrong by its name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.destination import (
    LONGEST_WINDOW_S,
    Destination,
    FileDestination,
    InfluxDestination,
    MqttDestination,
    account_identity,
    from_plain,
    identity,
    to_plain,
)
from edge_daemon.domain.faults import BadInput


def _influx(url: str, bucket: str = "bucket") -> InfluxDestination:
    return InfluxDestination("a", url, "org", bucket)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
lines = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
brokers = st.builds(
    MqttDestination,
    name=names,
    host=st.sampled_from(["broker.example", "192.0.2.7", "2001:db8::1", "localhost"]),
    port=st.integers(1, 65_535),
    tls=st.just(True),
    ca_file=st.sampled_from(["", "certificates/ca.pem"]),
    username=st.one_of(st.just(""), lines),
    protocol=st.sampled_from([4, 5]),
    hash_form=st.sampled_from(["sorted_json", "rfc8785"]),
    receipt_topic=st.sampled_from(["", "receipts/here"]),
    hours=st.booleans(),
    resend_window_s=st.integers(0, LONGEST_WINDOW_S),
)
servers = st.builds(
    InfluxDestination,
    name=names,
    url=st.just("https://influx.example:8086/base"),
    organisation=lines,
    bucket=lines,
    resend_window_s=st.integers(0, LONGEST_WINDOW_S),
)
folders = st.builds(FileDestination, name=names, folder=lines)


@pytest.mark.parametrize("wrong", [-1, LONGEST_WINDOW_S + 1, "90", True])
def test_a_window_is_seconds_up_to_an_hour(wrong: object) -> None:
    plain = {"kind": "mqtt", "host": "broker.example", "resend_window_s": wrong}
    with pytest.raises(BadInput) as refused:
        from_plain("broker", plain)
    assert refused.value.field == "resend_window_s"


@given(st.one_of(brokers, servers, folders))
def test_a_destination_comes_back_as_it_went_out(destination: Destination) -> None:
    assert from_plain(destination.name, to_plain(destination)) == destination


@pytest.mark.parametrize(
    ("stated", "port", "tls"),
    [
        ({}, 8883, True),
        ({"port": 8883}, 8883, True),
        ({"port": 8884}, 8884, True),
        ({"port": 1883}, 1883, False),
        ({"tls": False}, 1883, False),
        ({"tls": True, "port": 1883}, 1883, True),
    ],
)
def test_tls_is_on_unless_the_port_or_a_person_says_otherwise(stated: dict[str, Any], port: int, tls: bool) -> None:
    broker = from_plain("b", {"kind": "mqtt", "host": "broker.example", **stated})
    assert isinstance(broker, MqttDestination)
    assert (broker.port, broker.tls) == (port, tls)


INFLUX = {"kind": "influxdb", "url": "http://influx:8086", "organisation": "o", "bucket": "b"}
MQTT = {"kind": "mqtt", "host": "broker.example"}


@pytest.mark.parametrize(
    ("plain", "field"),
    [
        ({}, "kind"),
        ({"kind": "ftp"}, "kind"),
        ({"kind": "mqtt"}, "host"),
        ({**MQTT, "host": "mqtts://broker"}, "host"),
        ({**MQTT, "port": 0}, "port"),
        ({**MQTT, "port": "8883"}, "port"),
        ({**MQTT, "port": True}, "port"),
        ({**MQTT, "port": 8883, "tls": False}, "tls"),
        ({**MQTT, "tls": "yes"}, "tls"),
        ({**MQTT, "protocol": 3}, "protocol"),
        ({**MQTT, "hash_form": "md5"}, "hash_form"),
        ({**MQTT, "receipt_topic": "a/#"}, "receipt_topic"),
        ({**MQTT, "client_certificate": "c.pem"}, "client_key"),
        ({**MQTT, "username": "a\nb"}, "username"),
        ({**INFLUX, "url": "influx:8086"}, "url"),
        ({**INFLUX, "bucket": " "}, "bucket"),
        ({"kind": "file"}, "folder"),
        ({"kind": "file", "folder": "/media/stick", "host": "x"}, "host"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(plain: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        from_plain("b", plain)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "plain",
    [
        {**MQTT, "password": "hunter2"},
        {**MQTT, "host": "edge:hunter2@broker"},
        {**INFLUX, "url": "https://me:hunter2@influx"},
        {**INFLUX, "url": "https://influx/?token=hunter2"},
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_shown(plain: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        from_plain("b", plain)
    assert "hunter2" not in str(refused.value)


def test_secrets_go_by_names_of_their_own() -> None:
    broker, server = MqttDestination("a.b", "h", username="u"), InfluxDestination("a.b", "http://h", "o", "b")
    assert (broker.secret_name, server.secret_name) == ("mqtt.a.b.password", "influxdb.a.b.token")
    assert (broker.needs_secret, server.needs_secret) == (True, True)
    assert not MqttDestination("c", "h").needs_secret
    assert not FileDestination("d", "f").needs_secret


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "ä", "x" * 65])
def test_a_name_that_could_be_no_secrets_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        from_plain(name, MQTT)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (_influx("http://x"), _influx("http://X:80/"), True),
        (_influx("https://x:443/a/"), _influx("https://x/a"), True),
        (_influx("http://x"), _influx("https://x"), False),
        (_influx("http://x:1"), _influx("http://x:2"), False),
        (_influx("http://x:1"), _influx("http://x:1", bucket="other"), False),
        (_influx("http://[::1]:1"), _influx("http://[::1]:1/"), True),
        (MqttDestination("a", "Broker"), MqttDestination("b", "broker", username="me", hash_form="rfc8785"), True),
        (MqttDestination("a", "broker"), MqttDestination("a", "broker", 1883, tls=False), False),
        (FileDestination("a", "/stick/"), FileDestination("b", "/stick"), True),
        (FileDestination("a", "/stick"), FileDestination("a", "/stick2"), False),
    ],
)
def test_a_place_is_what_its_kind_and_address_say(one: Destination, other: Destination, same: bool) -> None:
    assert (identity(one) == identity(other)) is same


def test_an_account_goes_on_behind_a_new_address_only_where_a_person_said_so() -> None:
    before, after = _influx("http://one"), _influx("http://two")
    assert account_identity(before) != account_identity(after)
    moved = from_plain("a", {**to_plain(after), "same_data_as": identity(before)})
    assert account_identity(moved) == account_identity(before)
    assert from_plain("a", to_plain(moved)) == moved
