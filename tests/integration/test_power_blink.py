# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that loses power while its adapter stays: its identity is in doubt, its settings are written again."""

from pathlib import Path
from typing import Any

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import decode_entry
from tests.integration.test_imported_model import PATIENCE_S, Station, station_of
from tests.support.waiting import wait_until


def recorded(station: Station, model: str, port: str, **more: Any) -> None:
    new = {"sensor_id": "vent", "model": model, "port": f"pty:{port}", **more}
    reply = station.ask("POST", "/sensors", json=new)
    assert reply.status_code == 201, reply.text
    station.wait_for_reading()


def standing(station: Station) -> tuple[str, str]:
    told = station.get("/sensors/vent")["identity"]
    return (told["standing"], told["cause"]) if told else ("", "")


def notes(home: Path) -> list[str]:
    with LogReader(home / "buffer.sqlite3") as reader:
        found = reader.events(["note"], sensor="vent", after=-1, limit=1000)
        return [str(decode_entry(reader.entries(one.index, 1)[0][1]).body["text"]) for one in found]


def lose_power(station: Station, port: str) -> None:
    """Silent for long enough to be exchanged, then it starts anew on the same open port."""
    station.ports.command(port, fault="silence")
    silent_from = station.daemon._clock.now().boot_us
    wait_until(
        lambda: station.daemon._clock.now().boot_us - silent_from > 12_000_000, seconds=PATIENCE_S, what="12 seconds"
    )
    station.ports.command(port, blink=True)
    station.ports.command(port, fault="none")


def test_after_a_silence_it_is_unconfirmed_and_set_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, port, written = "winsen_mhz19c", "mhz19c", "self_calibration = False"
    home = tmp_path / "home-demo"
    with station_of(tmp_path, monkeypatch, port) as station:
        recorded(station, model, port, interval_s=2)
        change = {"values": {"self_calibration": False}, "confirmed": ["self_calibration"]}
        assert station.ask("PUT", "/sensors/vent/settings", json=change).json()["fault"] is None
        assert standing(station)[0] == "confirmed"
        before = len([note for note in notes(home) if written in note])

        lose_power(station, port)
        wait_until(lambda: standing(station) == ("unconfirmed", "no_reply"), seconds=PATIENCE_S, what="the doubt")
        doubted = station.get("/sensors/vent")["identity"]["since"]
        wait_until(
            lambda: len([note for note in notes(home) if written in note]) > before,
            seconds=PATIENCE_S,
            what="its settings to be written again",
        )

        wait_until(
            lambda: station.get("/sensors/vent")["latest"]["index"] > doubted, seconds=PATIENCE_S, what="a reading"
        )
        tap = station.ask("POST", "/sensors/vent/identity", json={"answer": "confirmed", "person": "Ana"})
        assert tap.json()["identity"]["standing"] == "confirmed"


def test_a_moment_without_power_that_nobody_could_see_is_noticed_by_the_pace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, written = tmp_path / "home-demo", "frame_rate_hz = 1"
    with station_of(tmp_path, monkeypatch, "tfmini_s") as station:
        recorded(station, "benewake_tfmini_s", "tfmini_s")
        first = station.get("/sensors/vent")["latest"]["index"]
        wait_until(
            lambda: station.get("/sensors/vent")["latest"]["index"] > first + 8, seconds=PATIENCE_S, what="its pace"
        )
        before = len([note for note in notes(home) if written in note])
        station.ports.command("tfmini_s", blink=True)
        wait_until(
            lambda: len([note for note in notes(home) if written in note]) > before,
            seconds=PATIENCE_S,
            what="its rate to be written again",
        )
