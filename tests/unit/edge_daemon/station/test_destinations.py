# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The list of destinations is a private file that is replaced whole; a damaged one is named and left alone."""

import sys
from pathlib import Path

import pytest

from edge_daemon.domain.destination import FileDestination, MqttDestination
from edge_daemon.domain.faults import BadInput, BufferUnavailable
from edge_daemon.station.destinations import FILE_NAME, DestinationBook

BROKER = MqttDestination("market", "broker.example", username="edge")
STICK = FileDestination("stick", "/media/stick")


def test_what_is_put_is_there_for_whoever_reads_next(tmp_path: Path) -> None:
    assert DestinationBook(tmp_path).all() == {}
    book = DestinationBook(tmp_path)
    book.put(STICK)
    book.put(BROKER)
    book.put(MqttDestination("market", "other.example"))
    found = DestinationBook(tmp_path).all()
    assert list(found) == ["market", "stick"]
    assert found["market"] == MqttDestination("market", "other.example")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_only_the_owner_can_read_it_and_it_is_not_read_when_others_can(tmp_path: Path) -> None:
    book = DestinationBook(tmp_path)
    book.put(BROKER)
    file = tmp_path / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(BadInput, match="chmod 600"):
        book.all()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("destinations = 3", "destinations"),
        ("[destinations.market]\nkind = 'mqtt'\nhost = ''", r"destinations\.market\.host"),
        ("[[[", "TOML"),
    ],
)
def test_a_damaged_list_is_named_and_never_replaced(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / FILE_NAME
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(BadInput, match=told):
        DestinationBook(tmp_path).put(STICK)
    assert file.read_text() == content


def test_a_list_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BufferUnavailable, match=FILE_NAME):
        DestinationBook(tmp_path / "no-such-home").put(STICK)
