# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames with a sum, found by the framer that several instruments share: noise and damage are told apart."""

from collections.abc import Callable

import pytest

from edge_daemon.domain.faults import ChecksumMismatch, MalformedFrame
from edge_daemon.instruments import plantower, tfmini
from edge_daemon.instruments.checked_frames import KEPT_BYTES, CheckedFramer
from edge_daemon.instruments.driver import BadFrame

TFMINI = bytes.fromhex("59 59 79 00 DC 05 68 09 7D")
PLANTOWER = plantower.acknowledgement(0xE1, 1)
each = pytest.mark.parametrize(
    ("new", "frame"), [(tfmini.new_framer, TFMINI), (plantower.new_framer, PLANTOWER)], ids=["tfmini", "plantower"]
)


def told(framer: CheckedFramer, data: bytes) -> list[tuple[bytes, type | None]]:
    found = [*framer.feed(data), *framer.idle()]
    return [(item.data, type(item.fault)) if isinstance(item, BadFrame) else (item, None) for item in found]


@each
def test_noise_and_a_wrong_sum_are_told_apart(new: Callable[[], CheckedFramer], frame: bytes) -> None:
    spoilt = frame[:-1] + bytes([frame[-1] ^ 0x80])
    assert told(new(), b"\x01\x02" + spoilt + frame) == [
        (b"\x01\x02", MalformedFrame),
        (spoilt, ChecksumMismatch),
        (frame, None),
    ]


@each
def test_endless_noise_is_told_in_pieces_and_nothing_is_kept(new: Callable[[], CheckedFramer], frame: bytes) -> None:
    pieces = told(new(), b"\x01" * 1000 + frame)
    assert [len(data) for data, _ in pieces] == [KEPT_BYTES, KEPT_BYTES, KEPT_BYTES, 1000 - 3 * KEPT_BYTES, len(frame)]


@each
def test_a_frame_in_single_bytes_is_one_frame(new: Callable[[], CheckedFramer], frame: bytes) -> None:
    framer = new()
    found = [item for byte in frame + frame for item in framer.feed(bytes([byte]))]
    assert found == [frame, frame]
    assert framer.idle() == []
