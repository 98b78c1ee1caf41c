# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The PMS7003 driver: published frames, damage, and the next good frame behind any noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import ChecksumMismatch, DeviceFault, MalformedFrame, NotReady
from edge_daemon.instruments.checked_frames import KEPT_BYTES
from edge_daemon.instruments.driver import BadFrame
from edge_daemon.instruments.plantower import CHANNELS, decode, new_framer

R1 = "42 4D 00 1C 00 00 00 08 00 08 00 00 00 08 00 08 00 D2 00 46 00 2D 00 1E 00 00 00 00 97 00 02 C5"
R2 = "42 4D 00 1C 00 00 00 07 00 07 00 00 00 07 00 07 00 BD 00 3F 00 2A 00 1B 00 00 00 00 97 00 02 9F"
R3 = "42 4D 00 1C 00 05 00 0D 00 16 00 05 00 0D 00 16 02 FD 00 FC 00 1D 00 0F 00 06 00 06 97 00 03 C5"
R4 = "42 4D 00 1C 00 0C 00 12 00 15 00 0C 00 12 00 15 06 18 01 D8 00 58 00 09 00 02 00 01 91 00 02 FD"
R5 = "42 4D 00 1C 00 D7 01 84 01 C7 00 8E 01 01 01 2E 7A 0D 24 5E 08 3E 01 04 00 4A 00 1F 97 00 05 E2"
R6 = "42 4D 00 1C 00 01 00 02 00 03 00 01 00 02 00 03 42 4D 01 90 00 32 00 05 00 01 00 00 97 00 02 A6"
R7 = "42 4D 00 1C 00 0C 00 12 00 15 00 0C 00 12 00 15 06 18 01 D8 00 58 00 09 FF CC 03 2E 91 00 04 F6"
R8 = "42 4D 00 1C" + " 00" * 26 + " 00 AB"
N1 = "42 4D 00 1C 00 05 00 0D 00 16 00 05 00 0D 00 16 02 FD 00 FC 00 1D 00 0F 00 06 00 06 97 00 00 00"
ANSWERS = ["42 4D 00 04 E1 00 01 74", "42 4D 00 04 E1 01 01 75", "42 4D 00 04 E4 00 01 77"]
VECTORS = {
    R1: (0, 8, 8, 0, 8, 8, 210, 70, 45, 30, 0, 0),
    R2: (0, 7, 7, 0, 7, 7, 189, 63, 42, 27, 0, 0),
    R3: (5, 13, 22, 5, 13, 22, 765, 252, 29, 15, 6, 6),
    R4: (12, 18, 21, 12, 18, 21, 1560, 472, 88, 9, 2, 1),
    R5: (215, 388, 455, 142, 257, 302, 31245, 9310, 2110, 260, 74, 31),
    R6: (1, 2, 3, 1, 2, 3, 16973, 400, 50, 5, 1, 0),
}
GOOD = [bytes.fromhex(frame) for frame in VECTORS]


def frame_of(words: list[int], error: int = 0) -> bytes:
    body = b"\x42\x4d\x00\x1c" + b"".join(word.to_bytes(2, "big") for word in words) + bytes([0x97, error])
    return body + sum(body).to_bytes(2, "big")


def frames(found: list[bytes | BadFrame]) -> list[bytes]:
    return [item for item in found if isinstance(item, bytes)]


def causes(found: list[bytes | BadFrame]) -> list[type]:
    return [type(item.fault) for item in found if isinstance(item, BadFrame)]


@pytest.mark.parametrize(("frame", "values"), VECTORS.items())
def test_published_frames(frame: str, values: tuple[int, ...]) -> None:
    data = bytes.fromhex(frame)
    assert new_framer().feed(data) == [data]
    sample = decode(data, {})
    assert sample is not None
    assert dict(sample.channels) == dict(zip(CHANNELS, map(float, values), strict=True))
    assert sample.status == "ok"


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_answer_to_a_command_is_no_measurement(answer: str) -> None:
    data = bytes.fromhex(answer)
    assert new_framer().feed(GOOD[0] + data + GOOD[1]) == [GOOD[0], data, GOOD[1]]
    assert decode(data, {}) is None


def test_all_zero_is_not_ready() -> None:
    with pytest.raises(NotReady, match="fan"):
        decode(bytes.fromhex(R8), {})
    with pytest.raises(NotReady):
        decode(frame_of([0] * 12), {})
    with pytest.raises(DeviceFault, match="error code 3"):
        decode(frame_of([0] * 12, error=3), {})


def test_an_error_code_keeps_the_values_in_doubt() -> None:
    sample = decode(frame_of([1, 2, 3, 1, 2, 3, 60, 50, 40, 30, 20, 10], error=5), {})
    assert sample is not None
    assert sample.status == "device error code 5"
    assert sample.flags == dict.fromkeys(CHANNELS, Flag.SUSPECT)
    assert sample.channels["pm10"] == 3


@pytest.mark.parametrize(
    "frame",
    [
        bytes.fromhex(R7),
        frame_of([1, 2, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0]),
        frame_of([1, 2, 3, 1, 2, 3, 60, 61, 40, 30, 20, 10]),
        GOOD[0][:-1],
        GOOD[0] + b"\0",
        b"",
        b"\x42",
    ],
)
def test_contradiction_truncation_and_another_model_are_malformed(frame: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode(frame, {})


def test_a_wrong_sum_is_refused_and_the_next_frame_found() -> None:
    with pytest.raises(ChecksumMismatch):
        decode(bytes.fromhex(N1), {})
    found = new_framer().feed(bytes.fromhex(N1) + GOOD[5])
    assert found[-1] == GOOD[5]
    assert causes(found) == [ChecksumMismatch]
    assert isinstance(found[0], BadFrame)
    assert found[0].data == bytes.fromhex(N1)


def test_silence_gives_up_a_partial_frame() -> None:
    framer = new_framer()
    assert framer.feed(GOOD[0][:20]) == []
    (bad,) = framer.idle()
    assert isinstance(bad, BadFrame)
    assert (bad.data, type(bad.fault)) == (GOOD[0][:20], MalformedFrame)
    assert framer.idle() == []
    assert framer.feed(GOOD[1]) == [GOOD[1]]


def test_silence_frees_an_answer_behind_a_false_start() -> None:
    framer = new_framer()
    answer = bytes.fromhex(ANSWERS[0])
    assert framer.feed(b"\x42\x4d\x00\x1c" + answer) == []
    assert frames(framer.idle()) == [answer]


def test_two_sources_mixed_are_refused_and_the_next_frame_found() -> None:
    mixed = bytes(byte for pair in zip(GOOD[3], GOOD[4], strict=True) for byte in pair)
    found = new_framer().feed(mixed + GOOD[0])
    assert frames(found) == [GOOD[0]]
    assert set(causes(found)) <= {MalformedFrame, ChecksumMismatch}
    assert causes(found)


NOISE = st.one_of(st.binary(max_size=600), st.sampled_from([b"\x42", b"\x42\x4d", b"\x42\x4d\x00\x1c", GOOD[4][:31]]))


@given(st.lists(st.tuples(NOISE, st.sampled_from(GOOD)), max_size=6), st.lists(st.integers(1, 90)))
def test_every_good_frame_is_found_whatever_the_noise_and_the_chunks(
    parts: list[tuple[bytes, bytes]], sizes: list[int]
) -> None:
    stream = b"".join(noise + good for noise, good in parts) + bytes(32)
    at, chunks = 0, []
    for size in [*sizes, len(stream)]:
        chunks.append(stream[at : at + size])
        at += size
    framer, found = new_framer(), []
    for chunk in chunks:
        found += framer.feed(chunk)
        assert len(framer._rest) < 32
        assert len(framer._refused) < KEPT_BYTES
    whole = new_framer()
    together = whole.feed(stream)
    found += framer.idle()
    together += whole.idle()

    assert frames(found) == frames(together)
    wanted = iter(frames(found))
    assert all(good in wanted for _, good in parts)
    assert all(len(item.data) <= KEPT_BYTES for item in found if isinstance(item, BadFrame))
    assert b"".join(item if isinstance(item, bytes) else item.data for item in found) == stream
