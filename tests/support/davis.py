# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Packets of a Davis console, from the reference, and what is made of them. Pure."""

import struct

from edge_daemon.instruments import davis_packets as packets

LOOP = bytes.fromhex(
    "4C 4F 4F 14 00 BD 04 E1 74 C8 02 2D 18 02 07 05 E1 00 FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF 51 FF FF FF"
    "FF FF FF FF 0C 00 17 9C 01 08 00 98 58 08 00 89 00 14 04 3D 00 D5 00 8E 05 FF FF FF FF FF FF 00 00 00 00 00 00"
    "00 00 00 00 00 00 00 00 00 00 00 00 00 14 03 06 2D 64 02 A6 07 0A 0D FB FD"
)
LOOP2 = bytes.fromhex(
    "4C 4F 4F EC 01 FF 7F 3C 75 BA 02 29 C6 FF 0B FF 56 01 56 00 5D 00 11 00 5E 01 FF 7F FF 7F F4 FF FF 4A FF FA FF"
    "EE FF F6 FF 00 00 FF FF 7F 00 00 FF FF 03 00 00 00 00 00 04 00 03 00 02 0C 00 FB FF B2 74 B9 74 3A 75 FF FF 00"
    "00 00 00 00 00 00 00 00 00 FF 7F FF 7F FF 7F FF 7F FF 7F FF 7F 0A 0D B5 FE"
)
CLOCK = bytes.fromhex("25 35 0A 07 06 70 60 BA")
OFFSETS = bytes.fromhex("05 FA FB 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 FD 00 00 00 00 00 00 00 F4 FF 9E 16")


def changed(packet: bytes, **numbers: int) -> bytes:
    """The packet with little-endian words or single bytes put at `at<offset>` (`b` in front: a byte), sealed anew."""
    content = bytearray(packet[:-2])
    for place, number in numbers.items():
        offset = int(place[2:])
        struct.pack_into("<H" if place.startswith("at") else "B", content, offset, number)
    return packets.sealed(bytes(content))
