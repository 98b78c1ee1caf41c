# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Port workers on real pseudo-terminals: unplugging, silence, garbage, shared ports, bugs in drivers, a full disk."""

import contextlib
import errno
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import serial

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.gaps import Accounted
from edge_daemon.acquisition.setup import DeviceSetup, FindPort
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.domain.connection import LineSettings, Parity, Port
from edge_daemon.domain.faults import BadInput, NotConnected, PermissionRefused, PortBusy
from edge_daemon.instruments.transport import open_port
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.acquisition.fakes import IDENTITY, LINE, TIMEOUT_S, Bench, Recorder, polled, stream

PATIENCE_S = 30.0


def healthy(line: bytes) -> bytes:
    """Answers for every address."""
    return b"ok\n" if line.startswith(b"!") else line[1:] + b":412.5\n"


@contextlib.contextmanager
def recording(find: FindPort, recorder: Recorder, *devices: DeviceSetup) -> Iterator[PortWorker]:
    worker = PortWorker(IDENTITY, LINE, devices, find, SystemClock(), recorder.outputs)
    worker.start()
    try:
        yield worker
    finally:
        assert worker.stop(PATIENCE_S), "the worker did not end in time"


def open_handles(device: str) -> int:
    """How many handles this process has on a device."""
    count = 0
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += str(handle.readlink()).removesuffix(" (deleted)") == device
    return count


def test_a_polled_device_is_set_up_and_recorded() -> None:
    recorder = Recorder()
    with Bench(healthy) as bench, recording(lambda _: bench.port, recorder, polled("a", "A")):
        wait_until(lambda: len(recorder.readings("a")) >= 3 and not recorder.faulty, what="three readings")
    assert bench.asked[0] == b"!A"
    reading = recorder.readings("a")[0]
    assert reading.body["ch"] == {"co2": [412.5, 412.5, 1], "humidity": [None, None, 9]}
    assert reading.body["q"] == 70
    assert recorder.statuses[-1].connected
    assert recorder.statuses[-1].fault is None
    assert recorder.bugs == []


def test_a_silent_device_on_a_shared_port_does_not_delay_the_other() -> None:
    def only_a(line: bytes) -> bytes:
        return healthy(line) if line.endswith(b"A") else b""

    recorder = Recorder()
    interval_s = 0.4
    devices = (polled("a", "A", interval_s), polled("b", "B", interval_s))
    with Bench(only_a) as bench, recording(lambda _: bench.port, recorder, *devices):
        wait_until(lambda: len(recorder.readings("a")) >= 12, what="twelve readings of the sound device")
        wait_until(lambda: bench.asked.count(b"!B") >= 4, what="the silent device to be asked again")
    times_s = [reading.mono_us / 1e6 for reading in recorder.readings("a")][2:]
    phases = [time % interval_s for time in times_s]
    middle = statistics.median(phases)
    off = sorted(abs((phase - middle + interval_s / 2) % interval_s - interval_s / 2) for phase in phases)
    assert off[len(off) // 2] < TIMEOUT_S / 2
    assert recorder.readings("b") == []
    assert "no_reply" in recorder.causes("b")
    assert any(s.sensor == "b" and s.fault is not None and s.fault.code == "no_reply" for s in recorder.statuses)


def test_unplugged_and_back_under_another_name() -> None:
    recorder = Recorder()
    present: list[Port] = []
    with recording(lambda _: present[0] if present else None, recorder, polled("a", "A")):
        with Bench(healthy) as first:
            present.append(first.port)
            wait_until(lambda: len(recorder.readings("a")) >= 2, what="readings before unplugging")
            present.clear()
        wait_until(lambda: not recorder.connected, what="the unplugging to be noticed")
        fault = recorder.statuses[-1].fault
        assert fault is not None
        assert fault.code == "not_connected"
        wait_until(lambda: open_handles(first.port.device) == 0, what="the old name to be freed")
        before = len(recorder.readings("a"))
        last_us = recorder.readings("a")[-1].mono_us
        wait_until(lambda: SystemClock().now().boot_us - last_us > 1_000_000, what="samples to be missing")
        with contextlib.ExitStack() as opened:
            second = opened.enter_context(Bench(healthy))
            while second.port.device == first.port.device:  # the freed name is taken again
                second = opened.enter_context(Bench(healthy))
            present.append(second.port)
            wait_until(lambda: len(recorder.readings("a")) > before, what="readings after replugging")
            assert recorder.statuses[-1].device == second.port.device != first.port.device
    assert "unplugged" in recorder.causes("a")


def test_no_reply_becomes_a_gap_when_recording_ends() -> None:
    recorder = Recorder()
    with Bench() as bench, recording(lambda _: bench.port, recorder, polled("a", "A", 0.1)):
        wait_until(lambda: len(bench.asked) >= 4, what="several attempts")
    (gap,) = recorder.gaps("a")
    assert gap.body["causes"] == ["no_reply"]
    assert int(str(gap.body["expected"])) >= 3


def test_garbage_and_a_slow_drip_on_a_polled_port_recover() -> None:
    garbage = iter([b"\xff\xfe\xfd", b"B:1\nA", b"A:4", b"zz\n", b"zz\n", b"zz\n"])
    recorder = Recorder()
    bench = Bench(lambda line: (line.startswith(b"?") and next(garbage, None)) or healthy(line))
    with bench, recording(lambda _: bench.port, recorder, polled("a", "A")):
        wait_until(lambda: len(recorder.readings("a")) >= 3, what="readings after garbage")
    assert {"malformed_frame", "checksum_mismatch"} & recorder.causes("a")
    frames = recorder.gaps("a")[0].body["frames"]
    assert isinstance(frames, list)
    assert "fffefd" in frames
    assert all(reading.body["ch"] == recorder.readings("a")[0].body["ch"] for reading in recorder.readings("a"))


def test_a_stream_drips_is_garbled_falls_silent_and_recovers() -> None:
    recorder = Recorder()
    with Bench() as bench, recording(lambda _: bench.port, recorder, stream("w")) as worker:
        wait_until(lambda: recorder.connected, what="the port to be open")
        bench.say(b"#hello\n5.0\n")
        wait_until(lambda: len(recorder.readings("w")) == 1, what="the first reading")
        for byte in b"6.25\n":
            bench.say(bytes([byte]))
        wait_until(lambda: len(recorder.readings("w")) == 2, what="a reading that came byte by byte")
        bench.say(b"\x00" * 700)
        wait_until(lambda: recorder.faulty, what="garbage to be shown")
        fault = recorder.statuses[-1].fault
        assert fault is not None
        assert fault.code == "malformed_frame"
        wait_until(lambda: worker_silent(recorder, bench), what="another reading after garbage and silence")
        worker.note_cause("suspend")
        bench.say(b"8.0\n")
        wait_until(lambda: len(recorder.readings("w")) >= 4, what="one more reading")
    assert "malformed_frame" in recorder.causes("w")
    for gap in recorder.gaps("w"):
        frames = gap.body["frames"]
        assert isinstance(frames, list)
        assert len(frames) <= 3
        assert all(len(str(frame)) <= 512 for frame in frames)


def worker_silent(recorder: Recorder, bench: Bench) -> bool:
    """Speak once more when the sensor has been silent long enough for a gap; True when that was recorded."""
    last_us = recorder.readings("w")[1].mono_us
    if len(recorder.readings("w")) == 2 and SystemClock().now().boot_us - last_us > 1_500_000:
        bench.say(b"\n7.5\n")
        wait_until(lambda: len(recorder.readings("w")) == 3, what="the reading after the silence")
    return len(recorder.readings("w")) == 3


def test_a_frame_cut_off_by_silence_is_not_joined_to_the_next() -> None:
    recorder = Recorder()
    with Bench() as bench, recording(lambda _: bench.port, recorder, stream("w")):
        wait_until(lambda: recorder.connected, what="the port to be open")
        bench.say(b"12")
        wait_until(
            lambda: any(s.fault is not None and s.fault.code == "malformed_frame" for s in list(recorder.statuses)),
            what="the cut frame to be refused",
        )
        bench.say(b"5.0\n")
        wait_until(lambda: recorder.readings("w"), what="a reading")
    assert recorder.readings("w")[0].body["ch"] == {"co2": [5, 5, 1], "humidity": [50, 50, 1]}
    assert recorder.gaps("w")[0].body["frames"] == ["3132"]


def test_silence_of_a_stream_is_shown() -> None:
    recorder = Recorder()
    with Bench() as bench, recording(lambda _: bench.port, recorder, stream("w")):
        wait_until(lambda: recorder.faulty, what="the silence to be shown")
    fault = recorder.statuses[-1].fault
    assert fault is not None
    assert fault.code == "no_reply"
    assert recorder.causes("w") == {"no_reply"}


def test_a_bug_in_a_driver_is_reported_and_others_go_on() -> None:
    sick = [True]

    def answer(line: bytes) -> bytes:
        return b"B:crash\n" if line == b"?B" and sick[0] else healthy(line)

    recorder = Recorder()
    devices = (polled("a", "A"), polled("b", "B"))
    with Bench(answer) as bench, recording(lambda _: bench.port, recorder, *devices):
        wait_until(lambda: len(recorder.bugs) >= 2 and len(recorder.readings("a")) >= 3, what="bugs beside readings")
        sick[0] = False
        wait_until(lambda: recorder.readings("b"), what="the other device to be recorded after its bug")
    assert {sensor for sensor, _ in recorder.bugs} == {"b"}
    assert isinstance(recorder.bugs[0][1], ZeroDivisionError)
    assert "bug" in recorder.causes("b")


def test_recording_resumes_when_the_disk_has_room_again() -> None:
    refused: list[str] = []
    room = [False]

    def accept(record: object) -> bool:
        if not room[0]:
            refused.append("refused")
        return room[0]

    recorder = Recorder(accept)
    with Bench(healthy) as bench, recording(lambda _: bench.port, recorder, polled("a", "A")):
        wait_until(lambda: len(refused) >= 3, what="readings to be refused")
        room[0] = True
        wait_until(lambda: len(recorder.readings("a")) >= 2, what="recording to resume")
    assert "disk_full" in recorder.causes("a")


def test_the_time_the_daemon_was_off_is_recorded_first() -> None:
    recorder = Recorder()
    now = SystemClock().now()
    an_hour_ago = Accounted(now.wall_ns - 3600 * 10**9, now.boot_us - 3600 * 10**6)
    device = replace(polled("a", "A", 1.0), accounted=an_hour_ago, off_cause="power_loss")
    with Bench(healthy) as bench, recording(lambda _: bench.port, recorder, device):
        wait_until(lambda: recorder.readings("a"), what="a reading")
    first = recorder.records[0]
    assert first.type == "gap"
    gap = recorder.gaps("a")[0]
    assert gap.body["causes"] == ["power_loss"]
    assert 3600 <= int(str(gap.body["expected"])) < 3700


def test_warm_up_is_suspect() -> None:
    device = polled("a", "A")
    recorder = Recorder()
    warming = replace(device, model=replace(device.model, warm_up_s=3600.0))
    with Bench(healthy) as bench, recording(lambda _: bench.port, recorder, warming):
        wait_until(lambda: recorder.readings("a"), what="a reading")
    assert recorder.readings("a")[0].body["ch"] == {"co2": [412.5, 412.5, 3], "humidity": [None, None, 9]}


def test_a_stream_needs_a_port_of_its_own() -> None:
    recorder = Recorder()
    for devices in ([stream("w"), polled("a", "A")], []):
        with pytest.raises(BadInput, match="needs"):
            PortWorker(IDENTITY, LINE, devices, lambda _: None, SystemClock(), recorder.outputs)


def test_troubles_of_opening_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(NotConnected):
        open_port(str(tmp_path / "absent"), LINE)
    with Bench() as bench:
        first = open_port(bench.port.device, LINE)
        with pytest.raises(PortBusy):
            open_port(bench.port.device, LINE)
        first.close()
        with pytest.raises(BadInput, match="9600 8E1"):
            open_port(bench.port.device, LineSettings(9600, parity=Parity.EVEN))
        again = open_port(bench.port.device, LINE)
        bench.unplug()
        for use in (again.read, again.waiting, again.discard_input, lambda: again.write(b"x")):
            with pytest.raises(NotConnected):
                use()
        again.close()
        assert open_handles(bench.port.device) == 0

    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EACCES, "denied")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(PermissionRefused):
        open_port("anything", LINE)
