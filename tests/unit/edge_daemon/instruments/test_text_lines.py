# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Text lines: splitting, headers, checksums, and the next good line behind any noise."""

import contextlib
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import ChecksumMismatch, Fault, MalformedFrame
from edge_daemon.instruments.driver import BadFrame
from edge_daemon.instruments.text_lines import LONGEST_LINE, LineFramer, sealed_line, split_frame

GOOD = [b"co2:415.2,temp:21.75", b'{"seq":17,"co2":415.2}', b"415.2,21.75", b"-3 7\t5"]


def opened() -> LineFramer:
    """A framer whose first line has gone by."""
    framer = LineFramer()
    framer.feed(b"\n")
    return framer


def frames(found: list[bytes | BadFrame]) -> list[bytes]:
    return [item for item in found if isinstance(item, bytes)]


def test_the_first_line_after_connecting_is_dropped() -> None:
    framer = LineFramer()
    assert framer.feed(b"9\n4") == []
    assert framer.feed(b"2,7\r\n") == [b"42,7"]


def test_line_ends_may_be_lf_cr_or_both_and_empty_lines_are_nothing() -> None:
    assert opened().feed(b"1\n2\r3\r\n\n\r\n4") == [b"1", b"2", b"3"]


def test_lines_come_with_the_last_header() -> None:
    framer = opened()
    found = framer.feed(b"co2,temp\n415,21\n,22\na:1\nTemperature, Pressure (hPa)\n23.5, 1013.2\n")
    assert found == [
        b"co2,temp\n415,21",
        b"co2,temp\n,22",
        b"co2,temp\na:1",
        b"Temperature, Pressure (hPa)\n23.5, 1013.2",
    ]


@pytest.mark.parametrize("line", [b"ready", b"nan,nan", b"co2,12", b"nan,inf", b"a,b:c"])
def test_what_is_no_header_does_not_become_one(line: bytes) -> None:
    framer = opened()
    framer.feed(line + b"\n")
    assert framer.feed(b"1,2\n") == [b"1,2"]


def test_a_header_with_a_checksum_is_checked() -> None:
    framer = opened()
    assert framer.feed(sealed_line("co2,temp")) == []
    assert framer.feed(sealed_line("1,2")) == [b"co2,temp\n" + sealed_line("1,2").strip()]
    (bad,) = framer.feed(b"co2,time*00\n")
    assert isinstance(bad, BadFrame)
    assert isinstance(bad.fault, ChecksumMismatch)
    assert framer.feed(b"1,2\n") == [b"co2,temp\n1,2"]


def test_a_line_that_breaks_off_is_refused_with_its_end() -> None:
    framer = opened()
    assert framer.feed(b"co2:41") == []
    (bad,) = framer.idle()
    assert isinstance(bad, BadFrame)
    assert bad.data == b"co2:41"
    end, good = framer.feed(b"5.2\nco2:416\n")
    assert isinstance(end, BadFrame)
    assert (end.data, good) == (b"5.2", b"co2:416")
    assert framer.idle() == []


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_a_line_without_end_takes_bounded_memory_and_the_next_is_found(size: int) -> None:
    framer, stream = opened(), b"x" * 5000 + b"\n1,2\n"
    found: list[bytes | BadFrame] = []
    for at in range(0, len(stream), size):
        found += framer.feed(stream[at : at + size])
        assert len(framer._rest) <= LONGEST_LINE
    assert frames(found) == [b"1,2"]
    assert all(len(item.data) <= 256 for item in found if isinstance(item, BadFrame))
    assert any(isinstance(item, BadFrame) for item in found)


def test_a_right_checksum_is_taken_off_and_a_wrong_one_refused() -> None:
    line = sealed_line("co2:415.2").strip()
    assert split_frame(line, checksum_required=True) == ("", "co2:415.2")
    assert split_frame(b"co2\n" + line) == ("co2", "co2:415.2")
    with pytest.raises(ChecksumMismatch):
        split_frame(line.replace(b"5", b"6"))
    with pytest.raises(MalformedFrame, match="checksum"):
        split_frame(b"co2:415.2", checksum_required=True)


@pytest.mark.parametrize("line", [b"co2:4\xff1", b"co2:4\x001", b"\x02Q,229", b"co2:\xb5"])
def test_bytes_that_are_no_text_are_refused(line: bytes) -> None:
    with pytest.raises(MalformedFrame):
        split_frame(line)


@given(st.integers(0, 26), st.integers(1, 255))
def test_one_changed_byte_of_a_sealed_line_is_refused(place: int, change: int) -> None:
    line = bytearray(sealed_line("co2:415.2,temp:21.75,rh:48").strip())
    line[place] ^= change
    with pytest.raises(Fault):
        split_frame(bytes(line), checksum_required=True)


@given(st.lists(st.tuples(st.binary(max_size=60), st.sampled_from(GOOD)), max_size=6), st.lists(st.integers(1, 40)))
def test_every_good_line_is_found_whatever_the_noise_and_the_chunks(
    parts: list[tuple[bytes, bytes]], sizes: list[int]
) -> None:
    stream = b"".join(noise + b"\n" + good + b"\r\n" for noise, good in parts)
    at, chunks = 0, []
    for size in [*sizes, len(stream)]:
        chunks.append(stream[at : at + size])
        at += size
    framer, found = opened(), []
    for chunk in chunks:
        found += framer.feed(chunk)
    whole = opened()
    assert found == whole.feed(stream)
    wanted = iter(item.rpartition(b"\n")[2] for item in frames(found))
    assert all(good in wanted for _, good in parts)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_fault(noise: bytes) -> None:
    framer = LineFramer()
    for item in [*framer.feed(noise), *framer.feed(b"\n" + noise + b"\n"), *framer.idle()]:
        with contextlib.suppress(ChecksumMismatch, MalformedFrame):
            split_frame(item if isinstance(item, bytes) else item.data)


@given(
    st.text(st.characters(blacklist_characters="\r\n*", blacklist_categories=("Cs", "Cc")), min_size=1, max_size=300)
)
def test_the_checksum_is_the_exclusive_or_of_every_byte(text: str) -> None:
    body = text.encode()
    assert sealed_line(text) == body + b"*%02X\r\n" % reduce(xor, body)
