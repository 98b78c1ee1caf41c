# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The bytes of entries: the frozen vector, equality with the RFC 8785 library, and what is refused on both ways."""

import json
import math
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue, NotCanonical
from edge_daemon.log.entry import (
    EntryType,
    NotAnEntry,
    ReadingEncoder,
    Settled,
    Stamp,
    decode_entry,
    decode_reading,
    encode_entry,
    encode_reading,
    is_canonical,
    leaf_hash,
)

STAMP = Stamp(ns_from_rfc3339("2026-11-23T08:15:30.250000000Z"), 86_400_250_000, bytes(range(16)))
CHANNELS = {
    "co2": ChannelValue(412.5, 415.25, Flag.GOOD),
    "temperature": ChannelValue(21.125, 21.125, Flag.GOOD),
    "humidity": ChannelValue(48.0, 48.0, Flag.GOOD),
}
VECTOR = (
    b'{"cal":{"co2":7},"cfg":3,"ch":{"co2":[412.5,415.25,1],"humidity":[48,48,1],"temperature":[21.125,21.125,1]},'
    b'"mono":86400250000,"q":90,"salt":"AAECAwQFBgcICQoLDA0ODw","sensor":"co2_monitor",'
    b'"t":"2026-11-23T08:15:30.250000000Z","type":"reading","v":1}'
)
VECTOR_LEAF = "ac734464dfa6cb4b2516dbb11692d9a294d09889a8815b5ca2867717a0ffce2f"
MISSING = ChannelValue(None, None, Flag.MISSING)

names = st.text()
indices = st.integers(0, 2**53 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
measured_flags = st.sampled_from([flag for flag in Flag if flag is not Flag.MISSING])
channel_values = st.builds(ChannelValue, numbers, numbers, measured_flags) | st.just(MISSING)
stamps = st.builds(
    Stamp, st.integers(-62_135_596_800 * 10**9, 253_402_300_799 * 10**9), indices, st.binary(min_size=16, max_size=16)
)
settled = st.lists(st.tuples(indices, names, st.sampled_from(Flag)), max_size=3)


def vector(**changes: JsonValue) -> bytes:
    """The vector with some keys changed or added."""
    return json.dumps({**json.loads(VECTOR), **changes}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def without(key: str) -> bytes:
    return json.dumps({name: value for name, value in json.loads(VECTOR).items() if name != key}).encode()


class TestReadingBytes:
    def test_the_frozen_vector(self) -> None:
        data = encode_reading(STAMP, "co2_monitor", CHANNELS, 90, 3, {"co2": 7})
        assert data == VECTOR
        assert len(data) == 249
        assert leaf_hash(data).hex() == VECTOR_LEAF

    def test_the_order_in_which_a_driver_delivers_does_not_matter(self) -> None:
        backwards = dict(reversed(CHANNELS.items()))
        encoder = ReadingEncoder("co2_monitor", ("temperature", "co2", "humidity"), 3, {"co2": 7})
        assert encoder.encode(STAMP, backwards, 90) == encoder.encode(STAMP, CHANNELS, 90) == VECTOR

    @given(
        stamp=stamps,
        sensor=names,
        channels=st.dictionaries(names, channel_values, min_size=1, max_size=6),
        quality=st.integers(0, 100),
        configuration=indices,
        calibrations=st.dictionaries(names, indices, max_size=4),
        settles=settled,
    )
    @example(STAMP, "100 %s %d %%", {"%": MISSING, "\ufb33": MISSING, "\U0001f600": MISSING}, 0, 0, {"%(x)s": 0}, [])
    @example(
        STAMP, '"\\\x00\x1f\x7f\u2028', {"": ChannelValue(-0.0, 5e-324, Flag.FAIL)}, 100, 1, {}, [(0, "", Flag.MISSING)]
    )
    def test_equal_to_the_library(
        self,
        stamp: Stamp,
        sensor: str,
        channels: dict[str, ChannelValue],
        quality: int,
        configuration: int,
        calibrations: dict[str, int],
        settles: list[Settled],
    ) -> None:
        document: dict[str, object] = {
            "v": 1,
            "type": "reading",
            "t": rfc3339_from_ns(stamp.t_ns),
            "mono": stamp.mono_us,
            "salt": urlsafe_b64encode(stamp.salt).decode().rstrip("="),
            "sensor": sensor,
            "ch": {name: [item.raw, item.value, int(item.flag)] for name, item in channels.items()},
            "q": quality,
            "cfg": configuration,
            "cal": calibrations,
        }
        if settles:
            document["re"] = [[index, channel, int(flag)] for index, channel, flag in settles]
        data = encode_reading(stamp, sensor, channels, quality, configuration, calibrations, settles)
        assert data == rfc8785.dumps(document)  # type: ignore[arg-type]  # the library's type is private
        assert is_canonical(data)

        reading = decode_reading(data)
        assert (reading.t_ns, reading.mono_us, reading.salt) == (stamp.t_ns, stamp.mono_us, stamp.salt)
        assert (reading.sensor, reading.quality, reading.configuration) == (sensor, quality, configuration)
        assert reading.channels == channels
        assert reading.calibrations == calibrations
        assert reading.settles == tuple(settles)

    def test_whole_numbers_from_a_driver_are_the_same_as_floats(self) -> None:
        counts = {**CHANNELS, "humidity": ChannelValue(48, 48, Flag.GOOD)}
        assert encode_reading(STAMP, "co2_monitor", counts, 90, 3, {"co2": 7}) == VECTOR

    def test_settling_an_earlier_reading(self) -> None:
        data = encode_reading(STAMP, "wind", {"speed": MISSING}, 0, 3, {}, [(12, "speed", Flag.SUSPECT)])
        assert b'"re":[[12,"speed",3]]' in data
        assert b'"re"' not in VECTOR


class TestReadingRefused:
    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("good", [0, 1])
    def test_not_a_number(self, good: int, number: float) -> None:
        raw, value = (48.0, number) if good == 0 else (number, 48.0)
        broken = ChannelValue(raw, value, Flag.GOOD)
        with pytest.raises(NotCanonical, match=r"channel humidity of co2_monitor.*(nan|inf)"):
            encode_reading(STAMP, "co2_monitor", {**CHANNELS, "humidity": broken}, 90, 3, {})

    @pytest.mark.parametrize(
        "broken",
        [ChannelValue(None, None, flag) for flag in Flag if flag is not Flag.MISSING]
        + [
            ChannelValue(1.0, 1.0, Flag.MISSING),
            ChannelValue(1.0, None, Flag.FAIL),
            ChannelValue(1.0, None, Flag.MISSING),
            ChannelValue(None, 1.0, Flag.MISSING),
            ChannelValue(None, 1.0, Flag.GOOD),
        ],
    )
    def test_absent_and_missing_are_the_same(self, broken: ChannelValue) -> None:
        with pytest.raises(NotCanonical, match="channel co2 of co2_monitor has raw"):
            encode_reading(STAMP, "co2_monitor", {**CHANNELS, "co2": broken}, 90, 3, {})
        triple: list[JsonValue] = [broken.raw, broken.value, int(broken.flag)]
        with pytest.raises(NotAnEntry, match="channel 'co2' must lack"):
            decode_reading(vector(ch={"co2": triple}))

    @pytest.mark.parametrize(
        "channels",
        [
            {"co2": CHANNELS["co2"]},
            {**CHANNELS, "pressure": CHANNELS["co2"]},
            {"co2": CHANNELS["co2"], "humidity": CHANNELS["humidity"], "pressure": CHANNELS["co2"]},
            {},
        ],
    )
    def test_other_channels_than_the_sensors(self, channels: Mapping[str, ChannelValue]) -> None:
        encoder = ReadingEncoder("co2_monitor", tuple(CHANNELS), 3, {})
        with pytest.raises(ValueError, match="co2_monitor must have the channels co2, humidity, temperature; it has"):
            encoder.encode(STAMP, channels, 90)

    def test_no_channel_or_one_twice(self) -> None:
        with pytest.raises(ValueError, match="at least one channel"):
            ReadingEncoder("co2_monitor", (), 3, {})
        with pytest.raises(ValueError, match="named twice"):
            ReadingEncoder("co2_monitor", ("co2", "co2"), 3, {})

    @pytest.mark.parametrize("quality", [-1, 101])
    def test_quality_beyond_its_range(self, quality: int) -> None:
        with pytest.raises(ValueError, match=f"co2_monitor is {quality}"):
            encode_reading(STAMP, "co2_monitor", CHANNELS, quality, 3, {})

    def test_indices_that_are_none(self) -> None:
        with pytest.raises(ValueError, match="the configuration"):
            encode_reading(STAMP, "co2_monitor", CHANNELS, 90, -1, {})
        with pytest.raises(ValueError, match="the calibration of co2"):
            encode_reading(STAMP, "co2_monitor", CHANNELS, 90, 3, {"co2": 2**53})
        with pytest.raises(ValueError, match="a settled reading"):
            encode_reading(STAMP, "co2_monitor", CHANNELS, 90, 3, {}, [(-1, "co2", Flag.GOOD)])

    def test_names_that_utf_8_cannot_hold(self) -> None:
        with pytest.raises(NotCanonical, match="lone surrogate"):
            encode_reading(STAMP, "\ud83d", CHANNELS, 90, 3, {})
        with pytest.raises(NotCanonical, match="lone surrogate"):
            encode_reading(STAMP, "co2_monitor", {"\udc00": MISSING}, 90, 3, {})

    @pytest.mark.parametrize(
        ("stamp", "message"),
        [
            (replace(STAMP, salt=bytes(15)), "salt is 16 bytes, not 15"),
            (replace(STAMP, mono_us=-1), "mono is -1"),
            (replace(STAMP, mono_us=2**53), "mono is 9007199254740992"),
            (replace(STAMP, t_ns=10**21), "outside the years"),
        ],
    )
    def test_stamps_that_cannot_be_written(self, stamp: Stamp, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            encode_reading(stamp, "co2_monitor", CHANNELS, 90, 3, {})
        with pytest.raises(ValueError, match=message):
            encode_entry(EntryType.NOTE, stamp, {})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
bodies = st.dictionaries(
    st.text().filter(lambda key: key not in {"v", "type", "t", "mono", "salt"}), json_values, max_size=5
)


class TestOtherEntries:
    @given(st.sampled_from([kind for kind in EntryType if kind is not EntryType.READING]), stamps, bodies)
    def test_the_body_comes_back(self, kind: EntryType, stamp: Stamp, body: dict[str, JsonValue]) -> None:
        data = encode_entry(kind, stamp, body)
        entry = decode_entry(data)
        assert (entry.v, entry.type, entry.t_ns) == (1, kind.value, stamp.t_ns)
        assert (entry.mono_us, entry.salt) == (stamp.mono_us, stamp.salt)
        assert entry.body == body
        assert is_canonical(data)

    @pytest.mark.parametrize("key", ["v", "type", "t", "mono", "salt"])
    def test_a_body_cannot_replace_what_every_entry_has(self, key: str) -> None:
        with pytest.raises(ValueError, match=f"reserved key '{key}'"):
            encode_entry(EntryType.NOTE, STAMP, {"text": "zero checked", key: 1})

    def test_a_reading_goes_through_its_own_encoder(self) -> None:
        with pytest.raises(ValueError, match="encode_reading"):
            encode_entry(EntryType.READING, STAMP, {})

    def test_what_cannot_be_written_is_named(self) -> None:
        with pytest.raises(NotCanonical, match=re.escape("$.points[0].value is nan")):
            encode_entry(EntryType.CALIBRATION, STAMP, {"points": [{"value": math.nan}]})

    def test_unknown_types_and_keys_are_kept(self) -> None:
        entry = decode_entry(vector(type="hologram", later={"x": [1, None]}))
        assert entry.type == "hologram"
        assert entry.body["later"] == {"x": [1, None]}

    def test_unknown_keys_do_not_keep_a_reading_from_being_read(self) -> None:
        assert decode_reading(vector(later=1)) == decode_reading(VECTOR)


REFUSED = [
    (b"", "not JSON"),
    (b"\xff\xfe", "not UTF-8"),
    (b"\xef\xbb\xbf" + VECTOR, "not JSON"),
    (VECTOR[:-1], "not JSON"),
    (VECTOR + b"{}", "not JSON"),
    (b"[" * 200_000, "nested too deeply"),
    (b"[]", "must be a JSON object"),
    (b"{}", "has no v"),
    (VECTOR.replace(b'"v":1', b'"v":1,"v":1'), "'v' stands twice"),
    (VECTOR.replace(b'"co2":7', b'"co2":7,"co2":8'), "'co2' stands twice"),
    (VECTOR.replace(b"412.5", b"NaN"), "NaN is not a JSON number"),
    (VECTOR.replace(b"412.5", b"-Infinity"), "-Infinity is not a JSON number"),
    (VECTOR.replace(b"412.5", b"1e400"), "beyond the range"),
    (VECTOR.replace(b"412.5", b"1" + b"0" * 5000), "beyond the range"),
    (VECTOR.replace(b"co2_monitor", b"\\ud800"), "not UTF-8"),
    (vector(v=2), "version 2; this program knows version 1"),
    (vector(v=True), "v is True"),
    (vector(v=1.0), "v is 1.0"),
    (vector(v="1"), "v is '1'"),
    (vector(type=3), "type is 3"),
    (vector(t="2026-11-23T08:15:30Z"), "nine decimals"),
    (vector(t="2026-11-23T10:15:30.250000000+02:00"), "nine decimals"),
    (vector(t="noon"), "'noon' is not an RFC 3339 time"),
    (vector(t=0), "t is 0"),
    (vector(mono=-1), "mono is -1"),
    (vector(mono=2.5), "mono is 2.5"),
    (vector(mono=2**53), "mono is 9007199254740992"),
    (vector(salt="AAECAwQFBgcICQoLDA0OD"), "salt"),
    (vector(salt="AAECAwQFBgcICQoLDA0ODx"), "salt"),
    (vector(salt="AAECAwQFBgcICQoLDA0ODw=="), "salt"),
    (vector(salt="AAECAwQFBgcICQoLDA0OD\u00e9"), "salt"),
    (vector(salt=None), "salt is None"),
    *((without(key), f"has no {key}") for key in ("v", "type", "t", "mono", "salt")),
]


@pytest.mark.parametrize(("data", "message"), REFUSED)
def test_bytes_that_are_no_entry(data: bytes, message: str) -> None:
    with pytest.raises(NotAnEntry, match=re.escape(message)):
        decode_entry(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encode_entry(EntryType.NOTE, STAMP, {"text": "hello"}), "is a note, not a reading"),
        *((without(key), f"has no {key}") for key in ("sensor", "ch", "q", "cfg", "cal")),
        (vector(q=101), "q is 101"),
        (vector(q=True), "q is True"),
        (vector(cfg=-1), "cfg is -1"),
        (vector(sensor=None), "sensor is None"),
        (vector(cal={"co2": "7"}), "co2 is '7'"),
        (vector(cal=[]), "cal is []"),
        (vector(ch=None), "ch is None"),
        (vector(ch={"co2": [1, 1]}), "'co2' must be [raw, value, flag]"),
        (vector(ch={"co2": 412.5}), "'co2' must be [raw, value, flag]"),
        (vector(ch={"co2": [1, "1", 1]}), "'co2' holds '1'"),
        (vector(ch={"co2": [True, 1, 1]}), "'co2' holds True"),
        (vector(ch={"co2": [1, 1, 7]}), "flag of channel 'co2' is 7"),
        (vector(ch={"co2": [1, 1, True]}), "flag of channel 'co2' is True"),
        (vector(ch={"co2": [1, 1, [1]]}), "flag of channel 'co2' is [1]"),
        (vector(re={}), "re must be a list"),
        (vector(re=[[1, "co2"]]), "[index, channel, flag]"),
        (vector(re=[[-1, "co2", 1]]), "re is -1"),
        (vector(re=[[1, "co2", 5]]), "flag of channel 'co2' is 5"),
    ],
)
def test_entries_that_are_no_reading(data: bytes, message: str) -> None:
    with pytest.raises(NotAnEntry, match=re.escape(message)):
        decode_reading(data)


@given(
    st.binary()
    | st.builds(lambda cut, junk: VECTOR[:cut] + junk + VECTOR[cut:], st.integers(0, 249), st.binary(max_size=4))
)
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    with suppress(NotAnEntry):
        assert decode_reading(data).channels.keys()


@pytest.mark.parametrize(
    "data",
    [
        VECTOR.replace(b":", b": "),
        VECTOR.replace(b"[48,", b"[48.0,"),
        VECTOR.replace(b"[48,", b"[4.8e1,"),
        VECTOR.replace(b"[48,", b"[-0,"),
        VECTOR.replace(b"co2_monitor", b"co2\\u005fmonitor"),
        VECTOR.replace(b"412.5", b"9007199254740993"),
        VECTOR.replace(b'"cfg":3,', b"").replace(b'"v":1', b'"v":1,"cfg":3'),
        VECTOR + b"\n",
        b"not json",
        b"NaN",
    ],
)
def test_other_ways_to_write_the_same_are_not_canonical(data: bytes) -> None:
    assert is_canonical(VECTOR)
    assert is_canonical(VECTOR.replace(b"412.5", b"100000000000000000000"))
    assert not is_canonical(data)


def test_the_leaf_hash_depends_on_every_byte() -> None:
    hashes = {leaf_hash(VECTOR[:spot] + b"\0" + VECTOR[spot + 1 :]) for spot in range(len(VECTOR))}
    assert len(hashes | {leaf_hash(VECTOR)}) == len(VECTOR) + 1
