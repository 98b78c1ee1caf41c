# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""SDI-12: the specification's checksums, replies and service request; what an adapter adds; damage. Pure."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import ChecksumMismatch, DeviceRefused, Fault, MalformedFrame, NotReady
from edge_daemon.instruments.sdi12 import ADDRESSES, Sensor, crc, ready, reply_in, reply_length, values
from tests.support.conversing import Talk

VECTORS = {
    b"0+3.14OqZ": (3.14,),
    b"0+3.14+2.718+1.414Ipz": (3.14, 2.718, 1.414),
    b"0+3.14+2.718IWO": (3.14, 2.718),
    b"0AP@": (),
    b"1+18.472+512.3+7.82+8.91+1.27IzO": (18.472, 512.3, 7.82, 8.91, 1.27),
    b"a-2.15+0NSV": (-2.15, 0.0),
}
OLD_SONDE = {
    b"1M!\r\n": b"10617\r\n",
    b"": b"1\r\n",
    b"1D0!\r\n": b"1+17.5+12.05+98.7+8.25+6.45\r\n",
    b"1D1!\r\n": b"1-325+10\r\n",
}


def talk(known: dict[bytes, bytes]) -> Talk:
    return Talk(lambda request: known.get(request, b""))


def test_the_checksum_is_that_of_the_reference() -> None:
    assert crc(b"123456789") == b"Kl}"


@pytest.mark.parametrize(("line", "numbers"), VECTORS.items())
def test_reference_data_replies(line: bytes, numbers: tuple[float, ...]) -> None:
    address = line[:1].decode()
    assert values(address, line[1:], checked=True) == numbers
    assert values(address, line[1:-3], checked=False) == numbers


@pytest.mark.parametrize("line", VECTORS)
def test_no_single_bit_of_a_checked_reply_changes_unseen(line: bytes) -> None:
    for bit in range(8, 8 * len(line)):
        damaged = bytearray(line)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises((ChecksumMismatch, MalformedFrame)):
            values(line[:1].decode(), bytes(damaged[1:]), checked=True)


def test_a_checksum_may_hold_del_and_is_kept_whole() -> None:
    found = next(line for number in range(10_000) if 0x7F in crc(line := f"0+{number}".encode())[1:])
    received = found + crc(found) + b"\r\n"
    assert values("0", reply_in("0", received), checked=True) == (float(found[2:]),)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [(b"0617", (61, 7)), (b"00312", (3, 12)), (b"0000", (0, 0)), (b"061:", (61, 10)), (b"061;", (61, 11))],
)
def test_how_long_and_how_many(reply: bytes, expected: tuple[int, int]) -> None:
    assert ready(reply) == expected


@pytest.mark.parametrize("reply", [b"", b"061", b"06x7", b"061123", b"+61 7"])
def test_what_is_no_announcement_is_refused(reply: bytes) -> None:
    with pytest.raises(MalformedFrame):
        ready(reply)


@pytest.mark.parametrize(
    "text", [b"3.14", b"+", b"+3.1.4", b"+3,14", b"+12345678", b"+1.2345678", b"+1 +2", b"++1", b"+1\x00"]
)
def test_what_is_no_value_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedFrame):
        values("0", text, checked=False)


def test_the_published_conversation_with_a_service_request() -> None:
    line = talk(OLD_SONDE)
    found = line.hold(Sensor("1", concurrent=False, checked=False).measure(7))
    assert found == (17.5, 12.05, 98.7, 8.25, 6.45, -325.0, 10.0)
    assert line.sent == list(OLD_SONDE)


def test_a_service_request_that_the_adapter_swallows_is_not_needed() -> None:
    without = {request: reply for request, reply in OLD_SONDE.items() if request}
    assert len(talk(without).hold(Sensor("1", concurrent=False, checked=False).measure(7))) == 7


def test_data_that_is_there_at_once_is_fetched_at_once() -> None:
    line = talk({b"0CC!\r\n": b"000001\r\n", b"0D0!\r\n": b"0+3.14OqZ\r\n"})
    assert line.hold(Sensor("0").measure(1)) == (3.14,)
    assert line.paused_s == 0


def test_a_concurrent_measurement_leaves_the_line_free_for_the_stated_time() -> None:
    line = talk({b"0CC!\r\n": b"004501\r\n", b"0D0!\r\n": b"0+3.14OqZ\r\n"})
    line.hold(Sensor("0").measure(1))
    assert line.paused_s == 46


def test_no_data_too_few_and_another_number_are_told_apart() -> None:
    begun = {b"0CC!\r\n": b"000002\r\n"}
    with pytest.raises(NotReady, match="no data"):
        talk({**begun, b"0D0!\r\n": b"0AP@\r\n"}).hold(Sensor("0").measure(2))
    with pytest.raises(MalformedFrame, match="1 values came"):
        talk({**begun, b"0D0!\r\n": b"0+3.14OqZ\r\n", b"0D1!\r\n": b"0AP@\r\n"}).hold(Sensor("0").measure(2))
    with pytest.raises(DeviceRefused, match="sends 2 values"):
        talk({**begun, b"0D0!\r\n": b"0+3.14+2.718IWO\r\n"}).hold(Sensor("0").measure(3))


@pytest.mark.parametrize(
    "received",
    [
        b"0+3.14\r\n",
        b"adapter ready\r\n0+3.14\r\n",
        b"0D0!\r\n0+3.14\r\n",
        b"0D0!0+3.14\r\n",
        b"\r\n\r\n0+3.14\r\n",
        b"1+99\r\nA+7\r\n0+3.14\n",
    ],
)
def test_what_an_adapter_adds_is_passed_over(received: bytes) -> None:
    for length in range(len(received)):
        assert reply_length("0", received[:length]) is None
    assert reply_length("0", received + b"rest") == len(received)
    assert reply_in("0", received) == b"+3.14"


def test_case_matters_in_an_address() -> None:
    assert reply_length("a", b"A+1\r\n") is None
    assert reply_length("a", b"a+1\r\n") == 5


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n"])
def test_the_line_end_is_the_adapters(end: bytes) -> None:
    line = talk({b"0!" + end: b"0\r\n"})
    line.hold(Sensor("0", line_end=end).present())
    assert line.sent == [b"0!" + end]


def test_an_identification_that_is_none_is_refused() -> None:
    for text in (b"014YSI\r\n", b"0xxYSI     EXO2  112\r\n", b"014YSI     EXO2  112" + b"9" * 14 + b"\r\n"):
        with pytest.raises(MalformedFrame):
            talk({b"0I!\r\n": text}).hold(Sensor("0").identity())


number = st.decimals(-99_999, 99_999, places=2).map(lambda one: f"{one:+}")


@given(st.sampled_from(ADDRESSES), st.lists(number, max_size=9))
def test_sealed_values_come_back(address: str, numbers: list[str]) -> None:
    body = "".join(numbers).encode()
    received = address.encode() + body + crc(address.encode() + body) + b"\r\n"
    assert reply_length(address, received) == len(received)
    assert values(address, reply_in(address, received), checked=True) == tuple(map(float, numbers))


@given(st.binary(max_size=80), st.booleans())
def test_noise_is_a_named_fault_or_plain_numbers(noise: bytes, checked: bool) -> None:
    for parse in (lambda: ready(noise), lambda: values("0", noise, checked=checked), lambda: reply_in("0", noise)):
        try:
            parse()
        except Fault:
            continue


@given(st.text(string.printable, max_size=60), st.sampled_from([b"0CC!\r\n", b"0D0!\r\n"]))
def test_a_conversation_with_noise_ends_in_a_named_fault_or_the_right_number(noise: str, where: bytes) -> None:
    known = {b"0CC!\r\n": b"000001\r\n", b"0D0!\r\n": b"0+3.14OqZ\r\n", where: b"0" + noise.encode() + b"\r\n"}
    try:
        found = talk(known).hold(Sensor("0").measure(1))
    except Fault:
        return
    assert found == (3.14,)
