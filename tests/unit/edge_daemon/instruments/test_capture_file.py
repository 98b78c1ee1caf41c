# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Capture files: what was written is read, what cannot be read is named, and every capture there is can be played."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, ChecksumMismatch, Fault
from edge_daemon.instruments.capture_file import CaptureFile, Chunk, Device, parsed, together, written
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Identity, Sample
from edge_daemon.instruments.playing import Player
from edge_daemon.instruments.registry import driver
from edge_daemon.instruments.replay import Played, play
from tests.captures.reading import FOLDER, capture

CATALOGUE = load_catalogue()

CHUNKS = st.lists(st.tuples(st.integers(0, 10**9), st.booleans(), st.binary(min_size=1, max_size=20)), max_size=20).map(
    lambda drawn: tuple(Chunk(at_us, sent, data) for at_us, sent, data in sorted(drawn))
)


@given(CHUNKS)
def test_what_was_written_is_read(chunks: tuple[Chunk, ...]) -> None:
    content = CaptureFile(chunks, (Device("a", {"address": 1, "name": "ü"}), Device("b")), "9600 8N1", "usb:1:2", "now")
    assert parsed(written(content)) == content


@given(CHUNKS)
def test_joining_loses_no_byte_and_no_turn(chunks: tuple[Chunk, ...]) -> None:
    joined = together(chunks)
    for sent in (True, False):
        assert b"".join(c.data for c in joined if c.sent is sent) == b"".join(c.data for c in chunks if c.sent is sent)
    assert [c.data for c in joined if c.sent] == [c.data for c in chunks if c.sent]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello", "line 1"),
        ("# fine\n> 0", "line 2"),
        ("< zz", "line 1"),
        ("@-5", "line 1"),
        ("@5\n@4", "line 2"),
        ("# model: x\n# options: [1]", "line 2"),
        ("# model: x\n# options: {", "line 2"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: str) -> None:
    with pytest.raises(BadInput) as refused:
        parsed(text)
    assert refused.value.field == line


def played(name: str, text: str = "") -> list[Played]:
    model = CATALOGUE[name]
    content = parsed(text or (FOLDER / f"{name}.hex").read_text(encoding="utf-8"))
    return list(play(content, driver(model.driver), model.options))


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.hex") if path.stem in CATALOGUE))
def test_every_capture_of_the_repository_is_read_alike_and_gives_a_reading(name: str) -> None:
    content = parsed((FOLDER / f"{name}.hex").read_text(encoding="utf-8"))
    assert tuple(chunk.data for chunk in content.chunks if not chunk.sent) == capture(name).received
    assert any(isinstance(one.outcome, Sample) for one in played(name))


def test_a_damaged_reply_is_told_as_the_fault_it_is_and_the_next_is_read() -> None:
    text = (FOLDER / "winsen_mhz19b.hex").read_text(encoding="utf-8")
    request, reply = next(
        (asked, came)
        for asked, came in zip(text.splitlines(), text.splitlines()[1:], strict=False)
        if asked.startswith("> FF 01 86")
    )
    damaged = f"{request}\n@10\n{reply[:-2]}{(int(reply[-2:], 16) + 1) % 256:02X}\n@2000\n{request}\n{reply}\n"
    found = played("winsen_mhz19b", f"@5\n{damaged}")
    assert [type(one.outcome) for one in found] == [ChecksumMismatch, Sample]
    assert [one.at_us for one in found] == [5, 2000]


def test_silence_is_no_reply_and_not_an_endless_wait() -> None:
    found = played("winsen_mhz19b", "> FF 01 86 00 00 00 00 00 79\n")
    assert {one.outcome.code for one in found if isinstance(one.outcome, Fault)} == {"no_reply"}
    assert len(found) == 2, "once where it is set up, once where it is asked"


def test_a_stream_is_read_over_pieces_and_what_is_no_frame_is_told() -> None:
    frame = next(one for one in capture("gill_windsonic").received)
    pieces = f"@0\n< {frame[:7].hex(' ')}\n@3000\n< {frame[7:].hex(' ')}\n@900000000\n< {frame[:9].hex(' ')}\n"
    first, *rest = played("gill_windsonic", pieces)
    assert isinstance(first.outcome, Sample)
    assert first.at_us == 3000
    assert all(isinstance(one.outcome, Fault) for one in rest)


def test_a_player_answers_as_it_was_captured_and_then_from_the_beginning() -> None:
    chunks = (Chunk(0, True, b"ab"), Chunk(1, False, b"1"), Chunk(2, True, b"ab"), Chunk(3, False, b"2"))
    player = Player(chunks, speaks=False)
    assert player.receive(b"xa") == b""
    assert player.receive(b"b") == b"1"
    assert player.receive(b"abab") == b"21"
    assert player.due(10) == b""


def test_a_player_of_a_stream_keeps_the_distances_of_time() -> None:
    player = Player((Chunk(100, False, b"1"), Chunk(400, False, b"2")), speaks=True)
    assert [player.due(now) for now in (1000, 1200, 1300, 1301)] == [b"1", b"", b"2", b""]
    assert player.due(1300 + 1_000_000) == b"1"
    with pytest.raises(ValueError, match="nothing"):
        Player((Chunk(0, False, b"1"),), speaks=False)


def test_who_it_is_is_told_where_it_was_asked() -> None:
    outcomes = [one.outcome for one in played("sensirion_scd30")]
    assert isinstance(outcomes[0], Identity)
    assert not any(isinstance(outcome, Fault) for outcome in outcomes)
