# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The Vantage Pro2 driver: reference packets and frames, dashes, rain, and conversations with a simulated console."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceRefused, Fault, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import davis_adjustments as adjustments
from edge_daemon.instruments import davis_console as console
from edge_daemon.instruments import davis_packets as packets
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Dialogue, Exchange, Pause
from edge_daemon.instruments.drivers import davis_vantage_pro2 as davis
from edge_daemon.instruments.simulators.models.davis_vantage_pro2 import SLEEPS_AFTER_S, VantagePro2
from tests.support.conversing import Talk
from tests.support.davis import CLOCK, LOOP, LOOP2, OFFSETS, changed

T = TypeVar("T")

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200


def replies(loop: bytes = LOOP, loop2: bytes = LOOP2, setup: int = 0x10) -> dict[bytes, bytes]:
    return {
        b"\n": b"\n\r",
        b"WRD\x12M\n": b"\x06\x10",
        b"EEBRD 2B 01\n": b"\x06" + packets.sealed(bytes([setup])),
        b"LPS 3 2\n": b"\x06" + loop + loop2,
        b"LOOP 1\n": b"\x06" + loop,
    }


def answering(known: dict[bytes, bytes]) -> Talk:
    return Talk(lambda request: known.get(request, b""))


def talk(loop: bytes = LOOP, loop2: bytes = LOOP2, setup: int = 0x10) -> Talk:
    known = replies(loop, loop2, setup)
    return answering(known)


@dataclass(slots=True)
class Station:
    """A simulated console whose time goes on while the driver waits for a reply."""

    instrument: VantagePro2
    now: float = NOON
    sent: list[bytes] = field(default_factory=list)

    def hold(self, dialogue: Dialogue[T]) -> T:
        step: Exchange | Pause
        try:
            step = next(dialogue)
            while True:
                if isinstance(step, Pause):
                    self.now += step.seconds
                    step = dialogue.send(b"")
                elif (got := self.reply(step)) is None:
                    step = dialogue.throw(NoReply("nothing answered"))
                else:
                    step = dialogue.send(got)
        except StopIteration as end:
            result: T = end.value
            return result

    def reply(self, exchange: Exchange) -> bytes | None:
        for _ in range(exchange.tries):
            self.sent.append(exchange.request)
            came = self.instrument.receive(exchange.request, self.now)
            until = self.now + exchange.timeout_s
            while self.instrument.next_due() <= until:
                self.now = max(self.now, self.instrument.next_due())
                came += self.instrument.due(self.now)
            length = exchange.reply_length(came) if came else None
            if length is not None and len(came) >= length:
                return came[:length]
            self.now = until
        return None


def station(seed: int = 1) -> Station:
    return Station(VantagePro2(seed, NOON))


def value(channels: dict[str, float | None], name: str) -> float:
    found = channels[name]
    assert found is not None
    return found


# ---- reference vectors ---------------------------------------------------------------------------------------------


def test_the_reference_clock_and_settime() -> None:
    known = {b"\n": b"\n\r", b"GETTIME\n": b"\x06" + CLOCK}
    read = answering(known).hold(adjustments.read_clock())
    assert read.isoformat() == "2012-06-07T10:53:37"
    sent = packets.sealed(adjustments.clock_bytes(datetime.fromisoformat("2026-03-29T14:05:30")))
    assert sent == bytes.fromhex("1E 05 0E 1D 03 7E D0 12")


def test_the_reference_offsets() -> None:
    known = {b"\n": b"\n\r", b"EEBRD 32 1D\n": b"\x06" + OFFSETS}
    memory = answering(known).hold(adjustments.read_offsets())
    assert [offset.held(memory) for offset in adjustments.ALL_OFFSETS] == [5, -5, 2, -3, -12]
    stored = {offset.name: packets.sealed(offset.stored(offset.held(memory))) for offset in adjustments.ALL_OFFSETS}
    assert stored["inside_temperature_offset"] == bytes.fromhex("05 FA B1 A0")
    assert stored["temperature_offset"] == bytes.fromhex("FB 5E 74")
    assert stored["humidity_offset"] == bytes.fromhex("FD 3E B2")
    assert stored["wind_direction_offset"] == bytes.fromhex("F4 FF C1 F5")
    assert adjustments.described(memory)["Outside temperature offset"] == "-0.28 °C"


def test_barometer_data_by_name() -> None:
    lines = ("BAR 29775", "ELEVATION 27", "DEW POINT 56", "VIRTUAL TEMP 63", "C 29", "R 1001", "BARCAL 0")
    found = adjustments.barometer((*lines, "GAIN 1533", "OFFSET 18110"))
    assert found == {
        "BAR": 29.775,
        "ELEVATION": 27,
        "DEW POINT": 56,
        "VIRTUAL TEMP": 63,
        "C": 2.9,
        "R": 1.001,
        "BARCAL": 0,
        "GAIN": 1533,
        "OFFSET": 18110,
    }
    with pytest.raises(MalformedFrame):
        adjustments.barometer(("BAR 29_775",))


# ---- dashes, rain, gusts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("setup", "click_mm"), [(0x00, 0.254), (0x10, 0.2), (0x20, 0.1), (0xCF, 0.254), (0xDF, 0.2)])
def test_the_bucket_is_the_one_that_the_console_names(setup: int, click_mm: float) -> None:
    sample = talk(setup=setup).hold(davis.measure({}))
    assert sample is not None
    assert sample.channels["precipitation"] == pytest.approx(8 * click_mm)
    assert (dict(sample.flags), sample.status) == ({}, "ok")


def test_a_bucket_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MalformedFrame, match="rain collector 3"):
        talk(setup=0x30).hold(davis.measure({}))


def test_a_bucket_other_than_the_consoles_is_used_and_makes_the_rain_suspect() -> None:
    sample = talk().hold(davis.measure({"rain_collector": "0.01 in"}))
    assert sample is not None
    assert sample.channels["precipitation"] == pytest.approx(8 * 0.254)
    assert dict(sample.flags) == dict.fromkeys(packets.RAIN, Flag.SUSPECT)
    assert "0.2 mm" in sample.status
    assert "0.01 in" in sample.status
    agreed = talk().hold(davis.measure({"rain_collector": "0.2 mm"}))
    assert agreed is not None
    assert not agreed.flags


def test_a_weak_battery_is_told() -> None:
    sample = talk(changed(LOOP, b_86=0b1001)).hold(davis.measure({}))
    assert sample is not None
    assert sample.status == "the battery of transmitter 1 is low; the battery of transmitter 4 is low"


def test_the_packets_may_come_in_either_order_but_both_must_come() -> None:
    first = talk(LOOP, LOOP2).hold(davis.measure({}))
    assert talk(LOOP2, LOOP).hold(davis.measure({})) == first
    with pytest.raises(MalformedFrame, match="LOOP and LOOP2"):
        talk(LOOP, LOOP).hold(davis.measure({}))


def test_old_firmware_is_asked_for_loop_packets_alone() -> None:
    line = talk()
    sample = line.hold(davis.measure({"packets": "loop"}))
    assert sample is not None
    assert "wind_gust" not in sample.channels
    assert b"LPS 3 2\n" not in line.sent


# ---- damage and options --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"packets": "loop2"}, {"rain_collector": "0.3 mm"}, {"rain_collector": 1}])
def test_options_are_checked_before_anything_is_sent(options: dict[str, OptionValue]) -> None:
    line = talk()
    with pytest.raises(BadInput, match=next(iter(options))):
        line.hold(davis.start(options))
    assert line.sent == []


@pytest.mark.parametrize("refusal", [b"\x15", b"\x18", b"\x21"])
def test_a_refusal_is_named(refusal: bytes) -> None:
    known = {**replies(), b"LPS 3 2\n": refusal}
    with pytest.raises(DeviceRefused, match="LPS 3 2"):
        answering(known).hold(davis.measure({}))


def test_another_model_is_refused() -> None:
    known = {**replies(), b"WRD\x12M\n": b"\x06\x05"}
    with pytest.raises(DeviceRefused, match="model 5"):
        answering(known).hold(davis.start({}))


def test_a_silent_console_is_woken_again_and_then_given_up() -> None:
    line = Talk(lambda request: b"\n\r" if request == b"\n" else b"")
    with pytest.raises(NoReply):
        line.hold(davis.start({}))
    assert line.sent == [b"\n", b"WRD\x12M\n"] * 2


@given(st.binary(max_size=300), st.sampled_from([b"\n", b"EEBRD 2B 01\n", b"LPS 3 2\n"]), st.booleans())
def test_noise_in_place_of_any_answer_is_a_named_fault(noise: bytes, where: bytes, acknowledged: bool) -> None:
    known = {**replies(), where: (b"\x06" if acknowledged else b"") + noise}
    if known == replies():
        return
    try:
        sample = answering(known).hold(davis.measure({}))
    except Fault:
        return
    assert sample is not None


@given(st.integers(0, 197), st.integers(1, 255), st.integers(0, 197))
def test_truncated_or_changed_packets_are_never_taken(at: int, difference: int, length: int) -> None:
    whole = LOOP + LOOP2
    for data in (whole[:length], whole[:at] + bytes([whole[at] ^ difference]) + whole[at + 1 :]):
        with pytest.raises((ChecksumMismatch, MalformedFrame, NoReply)):
            answering({**replies(), b"LPS 3 2\n": b"\x06" + data}).hold(davis.measure({}))


# ---- with a simulated console --------------------------------------------------------------------------------------


def test_a_sleeping_console_is_woken_and_measures_all_channels_in_their_ranges() -> None:
    bench = station()
    assert bench.hold(davis.start({})) is None
    assert bench.sent[:2] == [b"\n", b"\n"]
    model = load_catalogue()["davis_vantage_pro2"]
    for _ in range(3):
        sample = bench.hold(davis.measure({}))
        assert sample is not None
        assert set(sample.channels) == {channel.name for channel in model.channels}
        for channel in model.channels:
            assert channel.minimum <= value(dict(sample.channels), channel.name) <= channel.maximum
        bench.now += SLEEPS_AFTER_S + 60


def test_it_tells_who_it_is() -> None:
    identity = station().hold(davis.identify({}))
    assert identity.serial == ""
    assert identity.firmware == "1.90 (Sep 29 2009)"
    assert identity.details["rain collector"] == "0.2 mm"
    assert identity.details["elevation in ft"] == "27"
    assert identity.details["archive interval in min"] == "30"


def test_old_firmware_without_nver_is_known_by_its_date() -> None:
    bench = station()
    known = {b"NVER\n": b"\x15"}

    def answer(exchange: Exchange) -> bytes | None:
        return known.get(exchange.request) or Station.reply(bench, exchange)

    line = Talk(lambda request: answer(Exchange(request, len)) or b"")
    bench.hold(console.wake())
    assert line.hold(davis.identify({})).firmware == "Sep 29 2009"


def test_a_probe_knows_it_and_nothing_else() -> None:
    match = station().hold(davis.ask())
    assert match is not None
    assert (match.model, match.certain) == ("davis_vantage_pro2", True)
    vue = {**replies(), b"WRD\x12M\n": b"\x06\x11"}
    other = answering(vue).hold(davis.ask())
    assert other is not None
    assert not other.certain
    with pytest.raises(NoReply):
        Talk(lambda _request: b"").hold(davis.ask())


@pytest.mark.parametrize(("name", "wanted"), [("archive_interval_min", 5), ("console_rain_collector", "0.01 in")])
def test_a_setting_is_written_and_reads_back(name: str, wanted: OptionValue) -> None:
    bench = station()
    setting = next(setting for setting in davis.SETTINGS if setting.name == name)
    assert setting.write is not None
    assert setting.read is not None
    assert bench.hold(setting.read({})) != wanted
    bench.hold(setting.write({}, wanted))
    assert bench.hold(setting.read({})) == wanted
    assert bench.instrument.memory[0x2B] & 0xCF == 0


def act(bench: Station, name: str, argument: OptionValue | None = None) -> str:
    action = next(action for action in davis.DRIVER.actions if action.name == name)
    return bench.hold(action.run({}, argument))


def test_an_offset_is_added_to_the_old_one_and_moves_the_channel() -> None:
    bench = station()
    before = bench.hold(davis.measure({}))
    assert "+0.50 °C" in act(bench, "temperature_offset", 0.5)
    assert "was +0.50 °C and is +0.28 °C" in act(bench, "temperature_offset", -0.25)
    act(bench, "inside_temperature_offset", 1.0)
    after = bench.hold(davis.measure({}))
    assert before is not None
    assert after is not None
    moved = value(dict(after.channels), "inside_temperature") - value(dict(before.channels), "inside_temperature")
    assert moved == pytest.approx(1.0)
    assert bench.instrument.memory[0x33] == bench.instrument.memory[0x32] ^ 0xFF


def test_an_offset_beyond_the_consoles_range_is_refused_and_nothing_is_written() -> None:
    bench = station()
    act(bench, "temperature_offset", 7.0)
    memory = bytes(bench.instrument.memory)
    with pytest.raises(BadInput, match="correction"):
        act(bench, "temperature_offset", 0.5)
    assert bytes(bench.instrument.memory) == memory


def test_a_byte_that_the_memory_does_not_keep_is_told() -> None:
    known = {
        b"\n": b"\n\r",
        b"EEBRD 32 1D\n": b"\x06" + OFFSETS,
        b"EEBWR 45 01\n": b"\x06",
        packets.sealed(b"\xff"): b"\x06",
        b"EEBRD 45 01\n": b"\x06" + packets.sealed(b"\xfd"),
    }
    action = next(action for action in davis.DRIVER.actions if action.name == "humidity_offset")
    with pytest.raises(DeviceRefused, match="45 reads fd after ff"):
        answering(known).hold(action.run({}, 2.0))


def test_damaged_offsets_are_not_touched() -> None:
    bench = station()
    bench.instrument.memory[0x33] = 0
    with pytest.raises(DeviceRefused, match="calibration memory"):
        act(bench, "humidity_offset", 2.0)


def test_the_barometer_takes_a_reference_and_keeps_the_elevation() -> None:
    bench = station()
    act(bench, "barometer", 1020.0)
    assert b"BAR=30121 27\n" in bench.sent
    sample = bench.hold(davis.measure({}))
    assert sample is not None
    assert sample.channels["pressure"] == pytest.approx(1020.0, abs=0.1)


def test_the_clock_is_set_and_told() -> None:
    bench = station()
    assert act(bench, "set_clock", "2026-03-29T14:05:30") == "The console's clock reads 2026-03-29T14:05:30."
    for text in ("yesterday", "2026-03-29T14:05:30Z", "1999-01-01T00:00:00"):
        with pytest.raises(BadInput, match="time"):
            act(bench, "set_clock", text)


def test_lamp_and_reception() -> None:
    bench = station()
    assert act(bench, "lamp", True) == "The console's lamp is on."
    assert b"LAMPS 1\n" in bench.sent
    assert "21629 packets came, 15 were missed, 128 were damaged" in act(bench, "reception")


def test_only_a_calibration_may_change_what_alters_values() -> None:
    calibrating = {action.name for action in davis.DRIVER.actions if action.calibrates}
    assert calibrating == {offset.name for offset in adjustments.ALL_OFFSETS} | {"barometer"}
