# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The WindSonic driver: every output format, status code and kind of damage, and the next good line after noise."""

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceFault, Fault, MalformedFrame
from edge_daemon.instruments.driver import BadFrame, Sample
from edge_daemon.instruments.windsonic_lines import KEPT_BYTES, Framer, decode

POLAR = bytes.fromhex("02 51 2C 32 32 39 2C 30 30 32 2E 37 34 2C 4D 2C 30 30 2C 03 31 36 0D 0A")
CALM = bytes.fromhex("02 51 2C 2C 30 30 30 2E 30 34 2C 4D 2C 30 30 2C 03 32 41 0D 0A")
VECTORS = {
    POLAR: (2.74, 229),
    bytes.fromhex("02 51 2C 31 35 36 2C 30 30 30 2E 30 35 2C 4D 2C 30 30 2C 03 31 39 0D 0A"): (0.05, 156),
    CALM: (0.04, None),
    bytes.fromhex("02 51 2C 31 36 30 2C 30 30 30 2E 30 34 2C 4D 2C 30 30 2C 03 31 44 0D 0A"): (0.04, 160),
    bytes.fromhex("02 51 2C 2B 30 30 31 2E 35 39 2C 2D 30 30 32 2E 37 34 2C 4D 2C 30 30 2C 03 33 41 0D 0A"): (
        3.168,
        239.87,
    ),
    bytes.fromhex("02 51 2C 30 34 35 2C 30 31 32 2E 33 30 2C 4E 2C 30 30 2C 03 31 43 0D 0A"): (6.328, 45),
    b"$IIMWV,120,R,002.10,M,A*10\r\n": (2.10, 120),
    b"$IIMWV,120,R,002.10,M,00*51\r\n": (2.10, 120),
    b"$WIMWV,225,R,006.34,N,A*09\r\n": (3.262, 225),
}
LOST = [
    bytes.fromhex("02 51 2C 2C 2C 4D 2C 30 34 2C 03 33 34"),
    bytes.fromhex("02 51 2C 39 39 39 2C 39 39 39 2E 39 39 2C 4D 2C 30 34 2C 03 31 41"),
]


def gill(body: str) -> bytes:
    return b"\x02" + body.encode() + b"\x03%02X" % reduce(xor, body.encode())


def nmea(body: str) -> bytes:
    return b"$" + body.encode() + b"*%02X" % reduce(xor, body.encode())


def sample_of(frame: bytes, output: str = "horizontal") -> Sample:
    sample = decode(frame, {"output": output})
    assert sample is not None
    return sample


def samples(found: list[bytes | BadFrame]) -> list[Sample]:
    good = []
    for item in found:
        if isinstance(item, bytes):
            try:
                sample = decode(item, {})
            except (ChecksumMismatch, MalformedFrame, DeviceFault):
                continue
            good += [sample] if sample else []
    return good


@pytest.mark.parametrize(("line", "values"), VECTORS.items())
@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_published_lines_with_either_end(line: bytes, values: tuple[float, float | None], end: bytes) -> None:
    bare = line.rstrip()
    (frame,) = Framer().feed(bare + end)
    assert frame == bare
    sample = sample_of(bare)
    speed, direction = values
    assert list(sample.channels) == ["wind_speed", "wind_direction"]
    assert sample.channels["wind_speed"] == pytest.approx(speed, abs=6e-4)
    assert sample.channels["wind_direction"] == (None if direction is None else pytest.approx(direction, abs=0.01))
    assert (dict(sample.flags), sample.status) == ({}, "ok")


@pytest.mark.parametrize(
    ("unit", "factor"), [("M", 1), ("N", 0.514444), ("P", 0.44704), ("K", 0.277778), ("F", 0.00508)]
)
def test_every_unit_becomes_metres_per_second(unit: str, factor: float) -> None:
    sample = sample_of(gill(f"Q,010,100.00,{unit},00,"))
    assert sample.channels["wind_speed"] == pytest.approx(100 * factor, rel=2e-6)


@pytest.mark.parametrize(
    ("u", "v", "direction"),
    [("+001.00", "+000.00", 180), ("-001.00", "+000.00", 0), ("+000.00", "+001.00", 90), ("+000.00", "-001.00", 270)],
)
def test_uv_directions_are_where_the_wind_comes_from(u: str, v: str, direction: float) -> None:
    sample = sample_of(gill(f"Q,{u},{v},M,00,"))
    assert sample.channels == {"wind_speed": 1.0, "wind_direction": pytest.approx(direction)}


def test_uv_still_air_has_no_direction() -> None:
    assert sample_of(gill("Q,+000.00,-000.00,M,00,")).channels == {"wind_speed": 0.0, "wind_direction": None}


@pytest.mark.parametrize(
    "frame", [*LOST, gill("Q,999,999.99,M,00,"), gill("Q,+999.99,+001.00,M,00,"), nmea("WIMWV,,R,,M,V")]
)
def test_no_speed_is_a_fault_of_the_device_whatever_the_status(frame: bytes) -> None:
    with pytest.raises(DeviceFault, match="status"):
        decode(frame, {})


def test_only_the_direction_may_be_missing() -> None:
    assert sample_of(gill("Q,999,001.00,M,00,")).channels == {"wind_speed": 1.0, "wind_direction": None}


@pytest.mark.parametrize("code", ["01", "02", "04", "08", "09", "V"])
def test_a_bad_status_fails_the_values_it_comes_with(code: str) -> None:
    sample = sample_of(gill(f"Q,310,003.07,K,{code},"))
    assert sample.channels["wind_speed"] == pytest.approx(0.85278, abs=1e-5)
    assert sample.flags == {"wind_speed": Flag.FAIL, "wind_direction": Flag.FAIL}
    assert sample.status.startswith(f"status {code}: ")


@pytest.mark.parametrize("code", ["10", "50", "51", "77", "0"])
def test_a_doubtful_or_unknown_status_keeps_the_values_in_doubt(code: str) -> None:
    sample = sample_of(gill(f"Q,310,003.07,K,{code},"))
    assert set(sample.flags.values()) == {Flag.SUSPECT}
    assert sample.status.startswith(f"status {code}: ")


def test_the_published_doubtful_and_void_lines() -> None:
    doubtful = bytes.fromhex("02 51 2C 33 31 30 2C 30 30 33 2E 30 37 2C 4B 2C 31 30 2C 03 31 46")
    assert set(sample_of(doubtful).flags.values()) == {Flag.SUSPECT}
    void = sample_of(b"$WIMWV,,R,000.03,M,V*2A")
    assert void.flags == {"wind_speed": Flag.FAIL}
    assert void.channels["wind_direction"] is None


@pytest.mark.parametrize(
    ("body", "u"), [("Q,+003.21,1,00,M,", 3.21), ("Q,+003.21,0,00,M,", -3.21), ("Q,-003.21,0,00,M,", -3.21)]
)
def test_the_tunnel_format_gives_one_axis(body: str, u: float) -> None:
    assert sample_of(gill(body), "axis_u").channels == {"wind_speed_u": pytest.approx(u)}
    with pytest.raises(MalformedFrame, match="one axis"):
        decode(gill(body), {})


def test_a_tunnel_model_takes_tunnel_lines_only() -> None:
    for frame in (POLAR.rstrip(), b"$IIMWV,120,R,002.10,M,A*10", gill("Q,-003.21,1,00,M,")):
        with pytest.raises(MalformedFrame):
            decode(frame, {"output": "axis_u"})
    with pytest.raises(DeviceFault):
        decode(gill("Q,,,04,M,"), {"output": "axis_u"})
    with pytest.raises(BadInput, match="output"):
        decode(POLAR.rstrip(), {"output": "both"})


@pytest.mark.parametrize(
    "line",
    [
        b"WINDSONIC (Gill Instruments Ltd)",
        b"CHECKSUM ROM:AB7F AB7F *PASS*",
        b"CONFIGURATION MODE",
        b"M5",
        b"Y16120001",
        b"2368-110-01",
        b"+11.7v",
        b"M2,U1,O1,L1,P1,B3,H1,NQ,F1,E2,T1,S4,C2,G0,K50,",
        b"M2, U1, O1, L1, P1, B3, H1, NQ, F1, E3",
    ],
)
def test_text_of_the_instrument_is_no_measurement(line: bytes) -> None:
    (frame,) = Framer().feed(line + b"\r\n")
    assert isinstance(frame, bytes)
    assert decode(frame, {}) is None


@pytest.mark.parametrize(
    "frame",
    [
        POLAR.rstrip()[:-1],
        POLAR.rstrip()[:-4],
        POLAR.rstrip()[1:],
        POLAR.rstrip()[4:],
        b",002.74,M,00",
        b"IIMWV,120,R,002.10,M,A*10",
        b"$IIMWV,120,R,002.10",
        gill("Q,360,001.00,M,00,"),
        gill("Q,229,002.74,X,00,"),
        gill("Q,229,-02.74,M,00,"),
        gill("Q,229, 02.74,M,00,"),
        gill("Q,229,nan,M,00,"),
        nmea("IIMWV,120,T,002.10,M,A"),
        b"\xff\xfe\x80",
        b"",
    ],
)
def test_damaged_lines_are_malformed(frame: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode(frame, {})


@pytest.mark.parametrize("frame", [POLAR.rstrip().replace(b"2.74", b"2.75"), b"$IIMWV,120,R,002.10,M,A*5D"])
def test_a_wrong_checksum_is_refused(frame: bytes) -> None:
    with pytest.raises(ChecksumMismatch):
        decode(frame, {})


@pytest.mark.parametrize("place", range(1, 22))
def test_one_changed_byte_never_becomes_another_value(place: int) -> None:
    damaged = bytearray(POLAR.rstrip())
    damaged[place] ^= 0x01
    with pytest.raises(Fault):
        decode(bytes(damaged), {})


def test_two_sources_mixed_are_refused_and_the_next_line_found() -> None:
    mixed = bytes(byte for pair in zip(POLAR, b"$IIMWV,120,R,002.10,M,A*", strict=True) for byte in pair)
    found = Framer().feed(mixed + POLAR)
    assert [sample.channels["wind_speed"] for sample in samples(found)] == [2.74]


def test_a_line_cut_off_by_the_next_is_refused_by_name() -> None:
    bad, frame = Framer().feed(POLAR[:9] + POLAR)
    assert isinstance(bad, BadFrame)
    assert (bad.data, type(bad.fault)) == (POLAR[:9], MalformedFrame)
    assert frame == POLAR.rstrip()


def test_silence_gives_up_a_line_without_an_end() -> None:
    framer = Framer()
    assert framer.feed(POLAR[:12]) == []
    (bad,) = framer.idle()
    assert isinstance(bad, BadFrame)
    assert bad.data == POLAR[:12]
    assert framer.idle() == []


@given(
    st.lists(st.tuples(st.binary(max_size=600), st.sampled_from(list(VECTORS))), max_size=6),
    st.lists(st.integers(1, 90)),
)
def test_every_good_line_is_found_whatever_the_noise_and_the_chunks(
    parts: list[tuple[bytes, bytes]], sizes: list[int]
) -> None:
    stream = b"".join(noise + good for noise, good in parts)
    framer, found, at = Framer(), [], 0
    for size in [*sizes, len(stream)]:
        found += framer.feed(stream[at : at + size])
        at += size
        assert len(framer._rest) <= KEPT_BYTES
    found += framer.idle()

    assert all(len(item if isinstance(item, bytes) else item.data) <= KEPT_BYTES for item in found)
    wanted = iter(samples(found))
    assert all(sample_of(good.rstrip()) in wanted for _, good in parts)
