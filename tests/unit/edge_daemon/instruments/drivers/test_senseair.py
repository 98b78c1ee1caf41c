# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The SenseAir S8 and K30 drivers: printed frames, their conversation with the simulated sensors, and damage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import (
    BadInput,
    ChecksumMismatch,
    DeviceRefused,
    Fault,
    MalformedFrame,
    NoReply,
    ReadsOtherwise,
)
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus, senseair
from edge_daemon.instruments.driver import PolledDriver, Sample, Setting
from edge_daemon.instruments.drivers import senseair_k30, senseair_s8
from edge_daemon.instruments.simulators.models.senseair import K30, S8, SenseAir, Variant
from edge_daemon.instruments.simulators.models.winsen_mhz19 import B, Mhz19
from edge_daemon.instruments.simulators.physics import Air
from edge_daemon.station.setting_values import needs_confirmation
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
RAM_READ = bytes.fromhex("FE 44 00 08 02 9F 25")
METER = bytes.fromhex("FE 04 08 00 00 00 00 00 00 01 90 16 E6")
STATUS = {bytes.fromhex("FE 04 00 00 00 01 25 C5"): bytes.fromhex("FE 04 02 00 00 AD 24")}
both = pytest.mark.parametrize("driver", [senseair_s8.DRIVER, senseair_k30.DRIVER], ids=["S8", "K30"])


def sensor(variant: Variant = S8, co2_ppm: float = 640.0) -> Bench:
    return Bench(SenseAir(lambda _now: Air(co2_ppm, 21.0, 50.0), T0, variant, settling_s=0.0), T0 + 1.0)


def said(driver: PolledDriver, answers: dict[bytes, bytes] | bytes, **options: OptionValue) -> Sample:
    talk = Talk(lambda request: answers if isinstance(answers, bytes) else answers.get(request, b""))
    sample = talk.hold(driver.measure(options))
    assert sample is not None
    return sample


def meter(status: int, co2: int) -> bytes:
    body = b"\xfe\x04\x08" + status.to_bytes(2, "big") + bytes(4) + co2.to_bytes(2, "big", signed=True)
    return body + modbus.crc(body)


def ram(frame: str) -> dict[bytes, bytes]:
    return {**STATUS, RAM_READ: bytes.fromhex(frame)}


def setting(driver: PolledDriver, name: str) -> Setting:
    return next(each for each in driver.settings if each.name == name)


def written(bench: Bench, driver: PolledDriver, name: str, value: OptionValue, **options: OptionValue) -> OptionValue:
    """Write a setting as the window does, and read it back."""
    chosen = setting(driver, name)
    assert chosen.write is not None
    assert chosen.read is not None
    bench.hold(chosen.write(options, value))
    return bench.hold(chosen.read(options))


def test_requests_are_those_in_print() -> None:
    printed = {
        "FE 04 00 03 00 01 D5 C5": modbus.read_request(0xFE, 3, 1, modbus.READ_INPUT),
        "FE 04 00 00 00 04 E5 C6": modbus.read_request(0xFE, 0, 4, modbus.READ_INPUT),
        "FE 03 00 00 00 01 90 05": modbus.read_request(0xFE, 0, 1),
        "FE 03 00 1F 00 01 A1 C3": modbus.read_request(0xFE, 0x1F, 1),
        "FE 04 00 1D 00 02 F5 C2": modbus.read_request(0xFE, 0x1D, 2, modbus.READ_INPUT),
        "FE 04 00 1C 00 01 E4 03": modbus.read_request(0xFE, 0x1C, 1, modbus.READ_INPUT),
        "FE 04 00 19 00 02 B4 03": modbus.read_request(0xFE, 0x19, 2, modbus.READ_INPUT),
        "68 04 00 03 00 01 C8 F3": modbus.read_request(104, 3, 1, modbus.READ_INPUT),
        "FE 06 00 00 00 00 9D C5": modbus.write_request(0xFE, 0, 0),
        "FE 06 00 01 7C 06 6C C7": modbus.write_request(0xFE, 1, senseair.BACKGROUND),
        "FE 06 00 01 7C 07 AD 07": modbus.write_request(0xFE, 1, senseair.ZERO),
        "FE 06 00 1F 00 00 AC 03": modbus.write_request(0xFE, 0x1F, 0),
        "FE 06 00 1F 00 B4 AC 74": modbus.write_request(0xFE, 0x1F, 180),
        "FE 44 00 08 02 9F 25": senseair.ram_request(0xFE, 8, 2),
    }
    assert [made.hex(" ").upper() for made in printed.values()] == list(printed)


@pytest.mark.parametrize(
    ("request_frame", "reply", "words"),
    [
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 01 90 AC D8", (400,)),
        ("FE 03 00 00 00 01 90 05", "FE 03 02 00 20 AD 88", (0x20,)),
        ("FE 03 00 00 00 01 90 05", "FE 03 02 00 00 AC 50", (0,)),
        ("FE 03 00 1F 00 01 A1 C3", "FE 03 02 00 B4 AC 27", (180,)),
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 03 2C AC 09", (812,)),
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 FF F4 ED 53", (-12,)),
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 00 28 AD 3A", (40,)),
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 01 77 EC 92", (0x177,)),
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 01 54 AD 4B", (0x154,)),
        ("FE 04 00 1D 00 02 F5 C2", "FE 04 04 01 23 45 67 77 C7", (0x0123, 0x4567)),
    ],
)
def test_printed_replies(request_frame: str, reply: str, words: tuple[int, ...]) -> None:
    read = modbus.registers(bytes.fromhex(request_frame), bytes.fromhex(reply))
    assert tuple(map(senseair.signed, read)) == words


@pytest.mark.parametrize(
    ("frame", "co2", "flag"),
    [
        (METER.hex(), 400.0, None),
        ("FE 04 08 00 20 00 00 00 00 07 3A B4 FB", 1850.0, Flag.SUSPECT),
        (meter(0, -12).hex(), -12.0, None),
        (meter(0xFF80, 450).hex(), 450.0, None),
        (meter(0x21, 450).hex(), 450.0, Flag.FAIL),
        (meter(0x40, 450).hex(), 450.0, Flag.FAIL),
    ],
)
def test_the_meter_status_flags_the_reading(frame: str, co2: float, flag: Flag | None) -> None:
    sample = said(senseair_s8.DRIVER, bytes.fromhex(frame))
    assert sample.channels == {"co2": co2}
    assert sample.flags.get("co2") == flag
    assert (sample.status == "ok") == (flag is None)


def test_every_status_bit_is_told_in_words() -> None:
    assert said(senseair_s8.DRIVER, meter(0x7F, 400)).status.count(",") == 6
    assert "fatal error" in said(senseair_s8.DRIVER, meter(1, 400)).status


def test_a_model_that_counts_in_tens() -> None:
    assert said(senseair_s8.DRIVER, meter(0, 40), co2_factor=10).channels["co2"] == 400
    assert said(senseair_k30.DRIVER, ram("FE 44 02 01 90 B9 18"), co2_factor=3).channels["co2"] == 1200


@pytest.mark.parametrize(("frame", "co2"), [("FE 44 02 01 90 B9 18", 400.0), ("FE 44 02 04 D2 3A 79", 1234.0)])
def test_the_ram_read_is_decoded_at_its_own_bytes(frame: str, co2: float) -> None:
    """An older program took bytes 2 and 3, as of an MH-Z19, and showed 513 ppm for 400."""
    assert said(senseair_k30.DRIVER, ram(frame)).channels["co2"] == co2
    alone = Talk(lambda _request: bytes.fromhex(frame))
    sample = alone.hold(senseair_k30.DRIVER.measure({"meter_status": False}))
    assert sample is not None
    assert sample.channels["co2"] == co2
    assert alone.sent == [RAM_READ]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("FE 44 02 01 90 B9 19", ChecksumMismatch),
        ("FE 44 02 01 90 18 B9", ChecksumMismatch),
        ("FE 44 02 01 90", NoReply),
        ("68 44 02 01 90 7F 19", Fault),
        ("FE 04 02 01 90 AC D8", MalformedFrame),
        ("FF 86 02 20 00 00 00 00 58", MalformedFrame),
    ],
)
def test_what_is_no_reply_to_the_ram_read_is_refused(reply: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        said(senseair_k30.DRIVER, ram(reply))


def test_a_refused_ram_read_is_told() -> None:
    body = b"\xfe\xc4\x01"
    with pytest.raises(DeviceRefused, match="code 1"):
        said(senseair_k30.DRIVER, {**STATUS, RAM_READ: body + modbus.crc(body)})


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("FE 84 03 33 31", DeviceRefused),
        ("FE 04 02 03 88 D5 C5", ChecksumMismatch),
        ("FE 04 02 01 90 AC D8", MalformedFrame),
    ],
)
def test_an_s8_that_refuses_or_is_damaged(reply: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        said(senseair_s8.DRIVER, bytes.fromhex(reply))
    with pytest.raises(DeviceRefused):
        modbus.registers(modbus.read_request(0xFE, 0, 1), bytes.fromhex("FE 83 02 F0 C1"))


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_reading_is_read(noise: bytes) -> None:
    for driver in (senseair_s8.DRIVER, senseair_k30.DRIVER):
        with contextlib.suppress(Fault):
            said(driver, noise)
        with contextlib.suppress(Fault):
            said(driver, {**STATUS, RAM_READ: noise})
    assert said(senseair_s8.DRIVER, METER).channels["co2"] == 400


@both
@pytest.mark.parametrize(
    "options", [{"address": 0}, {"address": 255}, {"address": 10.5}, {"address": "1"}, {"co2_factor": 2}]
)
def test_bad_options_are_refused_before_anything_is_sent(driver: PolledDriver, options: dict[str, OptionValue]) -> None:
    talk = Talk(lambda _request: METER)
    with pytest.raises(BadInput, match=next(iter(options))):
        talk.hold(driver.start(options))
    assert talk.sent == []


@pytest.mark.parametrize("variant", [S8, K30], ids=["S8", "K30"])
def test_with_the_simulated_sensor_both_drivers_read_the_air(variant: Variant) -> None:
    for driver in (senseair_s8.DRIVER, senseair_k30.DRIVER):
        bench = sensor(variant, 812.0)
        assert bench.hold(driver.start({})) is None
        sample = bench.hold(driver.measure({}))
        assert sample is not None
        assert (sample.channels["co2"], sample.status) == (812, "ok")


def test_the_identity_of_an_s8() -> None:
    identity = sensor().hold(senseair.identify({}))
    assert (identity.serial, identity.firmware, identity.details["type"]) == ("19088743", "1.84", "010177")


@both
def test_what_the_sensor_remembers_of_its_own_calibration_is_told(driver: PolledDriver) -> None:
    bench, identify = sensor(co2_ppm=437.0), driver.identify
    assert identify is not None
    assert bench.hold(identify({})).details["automatic self-calibration"] == "on"
    assert "calibrated by command" not in bench.hold(identify({})).details
    bench.hold(driver.actions[0].run({}, None))
    written(bench, driver, "self_calibration", False)
    details = bench.hold(identify({})).details
    assert details["calibrated by command"] == "background_calibration"
    assert details["automatic self-calibration"] == "off"


def test_a_sensor_that_refuses_to_tell_of_its_calibration_tells_the_rest() -> None:
    bench = sensor()

    def answer(request: bytes) -> bytes:
        refused = request[1] == 3
        return bytes.fromhex("FE 83 02 F0 C1") if refused else bench.instrument.receive(request, bench.now)

    identity = Talk(answer).hold(senseair.identify({}))
    assert (identity.serial, "automatic self-calibration" in identity.details) == ("19088743", False)


def test_a_k30_without_the_registers_is_not_asked_for_them() -> None:
    talk = Talk(lambda _request: b"")
    assert senseair_k30.DRIVER.identify is not None
    assert talk.hold(senseair_k30.DRIVER.identify({"meter_status": False})).details == {}
    assert talk.sent == []


def test_self_calibration_is_switched_by_its_period() -> None:
    bench = sensor()
    assert written(bench, senseair_s8.DRIVER, "self_calibration", False) is False
    assert written(bench, senseair_s8.DRIVER, "abc_period_h", 96) == 96
    assert written(bench, senseair_s8.DRIVER, "self_calibration", True) is True
    assert written(bench, senseair_s8.DRIVER, "abc_period_h", 96) == 96
    written(bench, senseair_s8.DRIVER, "self_calibration", False)
    written(bench, senseair_s8.DRIVER, "self_calibration", True, abc_period_h=240)
    read = setting(senseair_s8.DRIVER, "abc_period_h").read
    assert read is not None
    assert bench.hold(read({})) == 240
    for bad in (-1, 4801, 2.5, "180"):
        with pytest.raises(BadInput, match="abc_period_h"):
            written(bench, senseair_s8.DRIVER, "abc_period_h", bad)


@both
def test_calibration_is_told_done_only_when_the_sensor_says_so(driver: PolledDriver) -> None:
    bench = sensor(co2_ppm=437.0)
    background, zero = driver.actions
    assert "fresh air" in bench.hold(background.run({}, None))
    assert bench.talk.paused_s >= 4
    sample = bench.hold(driver.measure({}))
    assert sample is not None
    assert sample.channels["co2"] == 400
    assert "nitrogen" in bench.hold(zero.run({}, None))
    assert background.calibrates
    assert zero.calibrates

    unmoved = {bytes.fromhex("FE 03 00 00 00 01 90 05"): bytes.fromhex("FE 03 02 00 00 AC 50")}
    with pytest.raises(DeviceRefused, match="not steady"):
        Talk(lambda request: unmoved.get(request, request)).hold(background.run({}, None))


def test_a_refusal_to_tell_what_came_of_a_calibration_is_not_one_to_calibrate() -> None:
    busy = {bytes.fromhex("FE 03 00 00 00 01 90 05"): bytes.fromhex("FE 83 06 F1 02")}
    with pytest.raises(ReadsOtherwise, match="took the command"):
        Talk(lambda request: busy.get(request, request)).hold(senseair_s8.DRIVER.actions[0].run({}, None))


def test_probes_tell_which_it_really_is() -> None:
    (meter_probe,), (ram_probe,) = senseair_s8.DRIVER.probes, senseair_k30.DRIVER.probes
    assert meter_probe.rank < ram_probe.rank
    found = sensor(S8).hold(meter_probe.ask())
    assert found is not None
    assert (found.model, found.certain, found.identity.serial) == ("senseair_s8", False, "19088743")
    found = sensor(K30).hold(meter_probe.ask())
    assert found is not None
    assert found.model == "senseair_k30"
    assert "no MH-Z19" in found.note
    found = sensor(K30).hold(ram_probe.ask())
    assert found is not None
    assert (found.model, found.certain) == ("senseair_k30", False)
    assert "no MH-Z19" in found.note
    found = sensor(S8).hold(ram_probe.ask())
    assert found is not None
    assert (found.model, found.identity.serial) == ("senseair_s8", "19088743")
    only_ram = {RAM_READ: bytes.fromhex("FE 44 02 01 90 B9 18")}
    found = Talk(lambda request: only_ram.get(request, b"")).hold(ram_probe.ask())
    assert found is not None
    assert found.model == "senseair_k30"


def test_a_real_mhz19_answers_none_of_these_probes() -> None:
    module = Bench(Mhz19(lambda _now: Air(640.0, 21.0, 50.0), T0, B, preheat_s=0.0), T0)
    for probe in (*senseair_s8.DRIVER.probes, *senseair_k30.DRIVER.probes):
        with pytest.raises(NoReply):
            module.hold(probe.ask())


@pytest.mark.parametrize("driver", [senseair_s8.DRIVER, senseair_k30.DRIVER], ids=lambda one: one.name)
def test_the_limits_of_the_period_that_no_document_states_are_confirmed_as_doubtful(driver: PolledDriver) -> None:
    period = setting(driver, "abc_period_h")
    assert not period.documented
    assert needs_confirmation(period)
    assert [one.name for one in driver.settings if not one.documented] == ["abc_period_h"]
