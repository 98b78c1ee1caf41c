# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Persons who sign: kept privately, never in clear, and wrong PINs wait ever longer."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict, DiskFull
from edge_daemon.log.bodies import Body, NoteBody
from edge_daemon.log.entry import Entry
from edge_daemon.station.persons import LONGEST_WAIT_S, PersonBook

PIN = "4711"


@dataclass
class Desk:
    home: Path
    told: list[Body] = field(default_factory=list)
    boot_us: int = 0
    full: bool = False

    def book(self) -> PersonBook:
        return PersonBook(self.home, self.write, lambda: 1_795_000_000_000_000_000, lambda: self.boot_us)

    def write(self, body: Body) -> tuple[int, Entry]:
        if self.full:
            raise DiskFull("no room")
        self.told.append(body)
        return len(self.told) - 1, Entry(1, "note", 0, 0, bytes(16), {})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_person_signs_with_the_pin_that_was_given_also_after_a_restart(desk: Desk) -> None:
    assert desk.book().names() == ()
    assert desk.book().add("  Ana   Lima ", PIN) == "Ana Lima"
    assert desk.book().names() == ("Ana Lima",)
    assert desk.book().check("ana lima", PIN) == "Ana Lima"
    (note,) = desk.told
    assert isinstance(note, NoteBody)
    assert "Ana Lima" in note.text


def test_the_pin_stands_nowhere_and_nobody_else_can_read_the_file(desk: Desk) -> None:
    desk.book().add("Ana", PIN)
    file = desk.home / "persons.json"
    assert PIN not in file.read_text()
    assert PIN not in repr(desk.told)
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o077 == 0
        file.chmod(0o644)
        with pytest.raises(BadInput, match="other accounts"):
            desk.book().names()


def test_wrong_pins_wait_longer_each_time_and_a_right_one_clears_that(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    waits = []
    for _ in range(14):
        with pytest.raises(BadInput, match="not the PIN of Ana") as wrong:
            book.check("Ana", "0815")
        assert wrong.value.field == "pin"
        assert "0815" not in str(wrong.value)
        start_us = desk.boot_us
        with pytest.raises(Conflict, match="next try"):
            book.check("Ana", PIN)
        while True:
            desk.boot_us += 500_000
            try:
                book.check("Ana", "0816")
            except Conflict:
                continue
            except BadInput:
                break
        waits.append((desk.boot_us - start_us) / 1e6)
        desk.boot_us += round(LONGEST_WAIT_S * 1e6)
    assert waits[:3] == [1.0, 4.0, 16.0]
    assert max(waits) == LONGEST_WAIT_S
    assert book.check("Ana", PIN) == "Ana"
    with pytest.raises(BadInput, match="possible in 1 s"):
        book.check("Ana", "0815")


def test_what_cannot_be_a_person_is_refused_by_field(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    for name, pin, expected in (("  ", PIN, "name"), ("Ben\n\x00", PIN, "name"), ("Ben", "123", "pin")):
        with pytest.raises(BadInput) as refused:
            book.add(name, pin)
        assert refused.value.field == expected
        assert "123" not in str(refused.value)
    with pytest.raises(BadInput, match="same"):
        book.add("Ben", "1111")
    with pytest.raises(Conflict, match="already"):
        book.add("ANA", "9876")
    with pytest.raises(BadInput, match="nobody") as unknown:
        book.check("Eve", PIN, person_field="values.second_person")
    assert unknown.value.field == "values.second_person"


def test_without_the_note_in_the_log_nobody_is_entered(desk: Desk) -> None:
    desk.full = True
    with pytest.raises(DiskFull):
        desk.book().add("Ana", PIN)
    assert desk.book().names() == ()


@pytest.mark.parametrize("content", ["{", '{"Ana": {}}', '{"Ana": {"salt": "!", "hash": "!", "n": 3}}'])
def test_a_damaged_file_is_told_and_shows_nothing_of_itself(desk: Desk, content: str) -> None:
    file = desk.home / "persons.json"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(BadInput, match="damaged"):
        desk.book().check("Ana", PIN)


def test_a_file_that_cannot_be_read_is_told(desk: Desk) -> None:
    (desk.home / "persons.json").write_bytes(b" " * (2 << 20))
    (desk.home / "persons.json").chmod(0o600)
    with pytest.raises(BufferUnavailable):
        desk.book().names()


def test_a_restart_does_not_shorten_the_wait_after_wrong_pins(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    for _ in range(4):
        with pytest.raises(BadInput, match="not the PIN"):
            book.check("Ana", "0815")
        desk.boot_us += round(LONGEST_WAIT_S * 1e6)
    anew = desk.book()
    with pytest.raises(Conflict, match="possible in 8 s"):
        anew.check("Ana", PIN)
    desk.boot_us += 8_000_000
    assert anew.check("Ana", PIN) == "Ana"
    assert desk.book().check("Ana", PIN) == "Ana", "a right one clears it for good"


def test_a_pin_is_changed_by_the_one_until_now_and_the_log_says_so(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    for pin, new, wrong in (("0815", "9876", "pin"), (PIN, "99", "new_pin"), (PIN, "8888", "new_pin"),
                            (PIN, PIN, "new_pin")):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            book.change("Ana", pin, new)
        assert refused.value.field == wrong
        assert not {pin, new} & set(str(refused.value).split())
        desk.boot_us += 2_000_000
    assert book.change("ana", PIN, "9876") == "Ana"
    assert desk.book().check("Ana", "9876") == "Ana"
    with pytest.raises(BadInput, match="not the PIN"):
        desk.book().check("Ana", PIN)
    assert [one.person for one in desk.told if isinstance(one, NoteBody) and "changed" in one.text] == ["Ana"]


def test_a_person_is_taken_off_by_the_own_pin_only(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    book.add("Ben", "0815")
    with pytest.raises(BadInput, match="not the PIN of Ana"):
        book.remove("Ana", "0815")
    desk.boot_us += 2_000_000
    desk.full = True
    with pytest.raises(DiskFull):
        book.remove("Ana", PIN)
    desk.full = False
    assert book.names() == ("Ana", "Ben")
    assert book.remove("Ana", PIN) == "Ana"
    assert book.names() == ("Ben",)
    assert "no more" in [one.text for one in desk.told if isinstance(one, NoteBody)][-1]
    assert book.add("Ana", "5432") == "Ana", "the name may be entered again, which the log tells"


def test_a_forgotten_pin_is_reset_with_a_witness_whom_the_log_names(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    book.add("Ben", "0815")
    for by, pin, field_, words in (
        ("", "", "witness", "Ben"),
        ("Ana", PIN, "witness", "another person"),
        ("Eve", PIN, "witness", "nobody"),
        ("Ben", "9999", "pin", "not the PIN of Ben"),
    ):
        with pytest.raises(BadInput, match=words) as refused:
            book.reset("Ana", "9876", by=by, by_pin=pin)
        assert refused.value.field == field_
    with pytest.raises(Conflict, match="next try"):
        book.reset("Ana", "9876", by="Ben", by_pin="0815")
    assert len(desk.told) == 2, "nothing was reset so far"
    desk.boot_us += 2_000_000
    assert book.check("Ana", PIN) == "Ana"
    desk.full = True
    with pytest.raises(DiskFull):
        book.reset("Ana", "9876", by="Ben", by_pin="0815")
    desk.full = False
    assert book.reset("ana", "9876", by=" ben ", by_pin="0815") == "Ana"
    note = desk.told[-1]
    assert isinstance(note, NoteBody)
    assert (note.person, note.text) == ("Ben", "Ben has reset the PIN of Ana, which was forgotten.")
    assert desk.book().check("Ana", "9876") == "Ana"
    with pytest.raises(BadInput, match="not the PIN"):
        book.check("Ana", PIN)


def test_whoever_signs_alone_resets_the_pin_and_the_log_says_that_nobody_saw_it(desk: Desk) -> None:
    book = desk.book()
    book.add("Ana", PIN)
    with pytest.raises(BadInput, match="nobody of this name"):
        book.reset("Eve", "9876")
    with pytest.raises(BadInput) as refused:
        book.reset("Ana", "1111")
    assert refused.value.field == "new_pin"
    for _ in range(3):  # tried until nothing more could be tried for a while
        with pytest.raises(BadInput):
            book.check("Ana", "0815")
        desk.boot_us += round(LONGEST_WAIT_S * 1e6)
    with pytest.raises(BadInput):
        book.check("Ana", "0815")
    assert book.reset("Ana", "9876") == "Ana"
    note = desk.told[-1]
    assert isinstance(note, NoteBody)
    assert "No witness" in note.text
    assert book.check("Ana", "9876") == "Ana", "there is nothing to wait for after it"


@pytest.mark.parametrize("name", ["n", "r", "p"])
def test_what_is_stored_says_itself_how_it_was_made(desk: Desk, name: str) -> None:
    desk.book().add("Ana", PIN)
    file = desk.home / "persons.json"
    stored = json.loads(file.read_text())
    assert stored["Ana"][name] > 0
    del stored["Ana"][name]
    file.write_text(json.dumps(stored))
    with pytest.raises(BadInput, match="damaged"):
        desk.book().check("Ana", PIN)
