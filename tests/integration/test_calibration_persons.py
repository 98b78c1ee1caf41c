# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Persons who sign, through the API of the whole recorder."""

from pathlib import Path

import pytest

from tests.support.calibrating import PATIENCE_S, PIN, station_of
from tests.support.waiting import wait_until


def test_a_pin_is_changed_and_a_person_taken_off_by_the_one_it_belongs_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        for name, pin in (("Ana", PIN), ("Ben", "0815")):
            assert station.ask("POST", "/persons", json={"name": name, "pin": pin}).status_code == 201
        short = station.ask("POST", "/persons/pin", json={"name": "Ana", "pin": PIN, "new_pin": "1"})
        assert (short.status_code, "4711" in short.text) == (422, False)
        wrong = station.ask("POST", "/persons/removal", json={"name": "Ana", "pin": "0815"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "pin")
        changed = {"name": "Ana", "pin": PIN, "new_pin": "1357"}
        wait_until(
            lambda: station.ask("POST", "/persons/pin", json=changed).status_code == 200,
            seconds=PATIENCE_S,
            what="the wait after a wrong PIN",
        )
        assert station.ask("POST", "/persons/removal", json={"name": "Ben", "pin": "0815"}).json() == {"name": "Ben"}
        assert station.get("/persons") == [{"name": "Ana"}]
        notes = [one["text"] for _, one in station.entries("note")]
        assert [one.split()[0] for one in notes] == ["Ana", "Ben", "Ana", "Ben"]
        assert not [one for one in notes if PIN in one or "1357" in one]


def test_a_forgotten_pin_is_reset_with_a_witness_and_alone_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        station.ask("POST", "/persons", json={"name": "Ana", "pin": PIN})
        forgotten = {"name": "Ana", "pin": "", "new_pin": "1357", "forgotten": True, "witness": ""}
        assert station.ask("POST", "/persons/pin", json=forgotten).json() == {"name": "Ana"}
        station.ask("POST", "/persons", json={"name": "Ben", "pin": "0815"})
        refused = station.ask("POST", "/persons/pin", json={**forgotten, "new_pin": "2468"})
        assert (refused.status_code, refused.json()["field"]) == (422, "witness")
        seen = {**forgotten, "new_pin": "2468", "witness": "Ben", "pin": "0815"}
        assert station.ask("POST", "/persons/pin", json=seen).json() == {"name": "Ana"}
        old = station.ask("POST", "/persons/removal", json={"name": "Ana", "pin": "1357"})
        assert (old.status_code, old.json()["field"]) == (422, "pin")
        notes = [(one["person"], one["text"]) for _, one in station.entries("note")]
        assert ("Ana", "The PIN of Ana was forgotten and reset. No witness: nobody else signs here.") in notes
        assert ("Ben", "Ben has reset the PIN of Ana, which was forgotten.") in notes
