# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The SCD30 driver: published measurements, and its conversation with a device that keeps registers."""

import struct

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceRefused, MalformedFrame, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus
from edge_daemon.instruments.drivers import sensirion_scd30 as scd30
from edge_daemon.instruments.simulators.models.sensirion_scd30 import Scd30
from edge_daemon.instruments.simulators.physics import Air
from tests.captures.reading import converse
from tests.support.conversing import Bench, Talk

VECTORS = {
    "43 DB 8C 2E 41 D9 E7 FF 42 43 3A 1B": (439.0952, 27.2383, 48.8067),
    "43 C8 00 00 41 A0 00 00 42 48 00 00": (400.0, 20.0, 50.0),
    "44 9A 50 00 C1 28 00 00 42 AE 80 00": (1234.5, -10.5, 87.25),
}


class Device:
    """Answers as an SCD30: single registers kept, exact echo of writes, ready flag cleared by reading."""

    def __init__(self, *, ready: bool = True, wakes_on_reset: bool = True) -> None:
        self.kept = {0x20: 0x033C, 0x25: 2, 0x27: int(ready), 0x38: 0, 0x39: 400, 0x3A: 0}
        self.measured = bytes.fromhex("43C8000041A0000042480000")
        self.wakes_on_reset = wakes_on_reset
        self.written: list[tuple[int, int]] = []
        self.forgets = False

    def answer(self, request: bytes) -> bytes:
        _, function, register, word = struct.unpack(">BBHH", request[:6])
        if function == 6:
            self.written.append((register, word))
            if register in self.kept and not self.forgets:
                self.kept[register] = word
            if register == scd30.RESET and self.wakes_on_reset:
                self.kept[0x27] = 1
            return request
        data = self.measured if register == scd30.MEASUREMENT else self.kept[register].to_bytes(2, "big")
        assert len(data) == 2 * word
        body = bytes([0x61, 3, len(data)]) + data
        return body + modbus.crc(body)


def started(device: Device, **options: OptionValue) -> float:
    sample, _, paused = converse(scd30.start(options), device.answer)
    assert sample is None
    return paused


@pytest.mark.parametrize(("data", "values"), VECTORS.items())
def test_published_measurements(data: str, values: tuple[float, float, float]) -> None:
    device = Device()
    device.measured = bytes.fromhex(data)
    sample, sent, _ = converse(scd30.measure({}), device.answer)
    assert sample is not None
    assert list(sample.channels) == ["co2", "temperature", "humidity"]
    assert list(sample.channels.values()) == pytest.approx(values, abs=5e-5)
    assert (sample.flags, sample.status) == ({}, "ok")
    assert [request[3] for request in sent] == [scd30.READY, scd30.MEASUREMENT]


def test_nothing_new_is_no_sample_and_does_not_touch_the_measurement() -> None:
    sample, sent, _ = converse(scd30.measure({}), Device(ready=False).answer)
    assert sample is None
    assert len(sent) == 1


def test_a_device_that_is_right_already_is_only_started() -> None:
    device = Device()
    assert started(device) == 0
    assert device.written == [(scd30.START, 0)]


def test_only_what_differs_is_written_and_self_calibration_never() -> None:
    device = Device()
    device.kept[scd30.SELF_CALIBRATION] = 1
    started(device, interval_s=60, altitude_m=350)
    assert device.written == [(scd30.INTERVAL, 60), (scd30.ALTITUDE, 350), (scd30.START, 0)]
    assert device.kept[scd30.SELF_CALIBRATION] == 1


def test_a_pressure_takes_the_place_of_the_altitude() -> None:
    device = Device()
    started(device, pressure_mbar=985, altitude_m=350)
    assert device.written == [(scd30.START, 985)]


def test_the_first_measurement_is_read_and_thrown_away() -> None:
    sent = converse(scd30.start({}), Device().answer)[1]
    assert sent[-1] == bytes.fromhex("61 03 00 28 00 06 4C 60")


def test_a_silent_measurement_leads_to_one_restart() -> None:
    device = Device(ready=False)
    assert started(device) >= 6 + 2
    assert device.written == [(scd30.START, 0), (scd30.RESET, 1), (scd30.START, 0)]


def test_a_restart_that_does_not_help_is_reported() -> None:
    with pytest.raises(NotReady, match="restart"):
        started(Device(ready=False, wakes_on_reset=False))


def test_a_setting_that_does_not_stick_is_reported() -> None:
    device = Device()
    device.forgets = True
    with pytest.raises(DeviceRefused, match="reads 2 after 60"):
        started(device, interval_s=60)


@pytest.mark.parametrize(
    "options",
    [
        {"interval_s": 1},
        {"interval_s": 1801},
        {"interval_s": 2.5},
        {"interval_s": True},
        {"interval_s": "2"},
        {"interval_s": float("nan")},
        {"pressure_mbar": 699},
        {"pressure_mbar": 1401},
        {"altitude_m": -1},
        {"altitude_m": 70_000},
    ],
)
def test_options_outside_their_range_are_refused_before_anything_is_sent(options: dict[str, OptionValue]) -> None:
    device = Device()
    with pytest.raises(BadInput, match=next(iter(options))):
        started(device, **options)
    assert device.written == []


@pytest.mark.parametrize("pressure_mbar", [1, 699, 1401])
def test_a_pressure_that_no_air_has_is_never_written(pressure_mbar: int) -> None:
    setting = next(each for each in scd30.SETTINGS if each.name == "pressure_mbar")
    assert setting.write is not None
    with pytest.raises(BadInput, match="pressure_mbar"):
        next(setting.write({}, pressure_mbar))


@pytest.mark.parametrize(
    ("co2", "flag"), [(199.9, Flag.FAIL), (200.0, None), (10_000.0, None), (10_001.0, Flag.SUSPECT)]
)
def test_co2_outside_what_the_maker_specifies_is_kept_and_flagged(co2: float, flag: Flag | None) -> None:
    sample = scd30.decode(struct.pack(">fff", co2, 20, 50))
    assert sample.channels["co2"] == pytest.approx(co2)
    assert sample.flags.get("co2") == flag
    assert (sample.status == "ok") == (flag is None)


@pytest.mark.parametrize("co2", [0.0, -1.0])
def test_no_co2_yet_is_not_ready(co2: float) -> None:
    with pytest.raises(NotReady):
        scd30.decode(struct.pack(">fff", co2, 20, 50))


@pytest.mark.parametrize(
    "data", [struct.pack(">fff", 400, float("nan"), 50), struct.pack(">fff", float("inf"), 20, 50), b"", b"\0" * 11]
)
def test_what_is_no_number_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        scd30.decode(data)


def test_after_a_damaged_reply_the_next_one_is_read() -> None:
    device = Device()
    with pytest.raises(ChecksumMismatch):
        converse(scd30.measure({}), lambda request: device.answer(request)[:-1] + b"\0")
    with pytest.raises(MalformedFrame):
        converse(scd30.measure({}), lambda request: b"\xff" + device.answer(request))
    assert converse(scd30.measure({}), device.answer)[0] is not None


def test_a_whole_reference_frame_below_zero() -> None:
    request = bytes.fromhex("61 03 00 28 00 06 4C 60")
    reply = bytes.fromhex("61 03 0C 44 9A 50 00 C1 28 00 00 42 AE 80 00 AD F4")
    assert modbus.read_request(0x61, scd30.MEASUREMENT, 6) == request
    sample = scd30.decode(modbus.register_bytes(request, reply))
    assert tuple(sample.channels.values()) == (1234.5, -10.5, 87.25)


def test_a_reference_that_was_set_since_power_up_is_told_until_power_is_lost() -> None:
    device = Scd30(lambda _now: Air(437.0, 21.0, 50.0), 0.0)
    bench = Bench(device, 10.0)
    assert "recalibrated to" not in bench.hold(scd30.identify({})).details
    recalibrate = next(one for one in scd30.DRIVER.actions if one.calibrates)
    bench.hold(recalibrate.run({}, 450))
    assert bench.hold(scd30.identify({})).details["recalibrated to"] == "450"
    device.power_up(bench.now)
    bench.now += 10.0
    assert "recalibrated to" not in bench.hold(scd30.identify({})).details


def test_a_recalibration_is_read_back_and_one_that_was_not_taken_is_no_success() -> None:
    (recalibrate,) = [one for one in scd30.DRIVER.actions if one.calibrates]
    device = Device()
    assert "450 ppm" in Talk(device.answer).hold(recalibrate.run({}, 450))
    device.forgets = True
    with pytest.raises(DeviceRefused, match="told 500 ppm as its reference, and holds 450 ppm"):
        Talk(device.answer).hold(recalibrate.run({}, 500))
