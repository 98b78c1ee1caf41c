# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The fast reader of readings against the log's strict one: the same meaning, and never a laxer one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.entry import NotAnEntry, Stamp, decode_reading, encode_reading
from sync.evidence.reading_form import is_reading, read_reading

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=6)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PRESENT = st.builds(ChannelValue, NUMBERS, NUMBERS, st.sampled_from([Flag.GOOD, Flag.NOT_EVALUATED, Flag.FAIL]))
CHANNELS = st.dictionaries(NAMES, PRESENT | st.just(ChannelValue(None, None, Flag.MISSING)), min_size=1, max_size=4)

PLAIN = encode_reading(
    Stamp(1_795_421_700_000_000_000, 5, bytes(16)), "s", {"a": ChannelValue(1.0, 1.0, Flag.GOOD)}, 90, 3, {"a": 2}
)


@given(sensor=NAMES, channels=CHANNELS, calibrated=st.booleans(), settles=st.booleans())
def test_it_reads_what_the_strict_reader_reads(
    sensor: str, channels: dict[str, ChannelValue], calibrated: bool, settles: bool
) -> None:
    calibrations = dict.fromkeys(channels, 2) if calibrated else {}
    settled = [(1, "x", Flag.FAIL)] if settles else []
    stamp = Stamp(1_795_421_700_000_000_000, 5, bytes(16))
    data = encode_reading(stamp, sensor, channels, 90, 3, calibrations, settled)
    assert is_reading(data)
    fast, strict = read_reading(data), decode_reading(data)
    assert (fast.sensor, fast.t_ns, fast.mono_us) == (strict.sensor, strict.t_ns, strict.mono_us)
    assert (fast.configuration, fast.calibrations) == (strict.configuration, dict(strict.calibrations))
    assert {name: (raw, value, flag) for name, raw, value, flag in fast.channels} == {
        name: (told.raw, told.value, int(told.flag)) for name, told in strict.channels.items()
    }
    assert fast.settled == tuple(index for index, _, _ in strict.settles)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"cfg":3', b'"cfg":3,"cfg":4'),
        (b'"cfg":3', b'"cfg" :3,"cfg":4'),
        (b'"cfg":3', b'"cfg":3,"c\\u0066g":4'),
        (b'"a":[1,1,1]', b'"a":[1,1,1],"a":[2,2,1]'),
        (b"[1,1,1]", b"[NaN,1,1]"),
        (b"[1,1,1]", b"[1e999,1,1]"),
        (b"[1,1,1]", b"[null,1,1]"),
        (b"[1,1,1]", b"[1,1,9]"),
        (b"[1,1,1]", b"[1,1,7]"),
        (b"[1,1,1]", b'["1","1",1]'),
        (b'"q":90', b'"q":101'),
        (b'"cfg":3', b'"cfg":true'),
        (b'"mono":5', b'"mono":-5'),
        (b'"t":"2026', b'"t":"x026'),
        (b'"sensor":"s"', b'"sensor":1'),
        (b'"ch"', b'"cx"'),
    ],
)
def test_what_the_strict_reader_refuses_is_refused(old: bytes, new: bytes) -> None:
    data = PLAIN.replace(old, new, 1)
    assert data != PLAIN
    with pytest.raises(NotAnEntry):
        decode_reading(data)
    with pytest.raises(NotAnEntry):
        read_reading(data)


@given(at=st.integers(0, len(PLAIN) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_means_more_than_the_strict_reader_sees(at: int, byte: int) -> None:
    data = PLAIN[:at] + bytes([byte]) + PLAIN[at + 1 :]
    try:
        fast = read_reading(data)
    except NotAnEntry:
        return
    strict = decode_reading(data)
    assert (fast.sensor, fast.t_ns, fast.configuration) == (strict.sensor, strict.t_ns, strict.configuration)
