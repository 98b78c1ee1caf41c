# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Talking to a device while it is recorded, on real pseudo-terminals: between its turns, in time, counted in gaps."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.domain.faults import DeviceRefused, NoReply, NotConnected, Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Dialogue, Exchange, Identity, Setting
from edge_daemon.instruments.ports import SimulatedPorts
from edge_daemon.instruments.registry import driver
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.acquisition.fakes import (
    IDENTITY,
    LINE,
    POLLED,
    STREAM,
    Bench,
    Recorder,
    polled,
    stream,
)

T = TypeVar("T")
PATIENCE_S = 30.0


def healthy(line: bytes) -> bytes:
    return b"ok\n" if line.startswith(b"!") else line[1:] + b":412.5\n"


def ask(request: bytes, prefix: bytes = b"", timeout_s: float = 2.0) -> Exchange:
    def whole(data: bytes) -> int | None:
        start = data.find(prefix)
        end = data.find(b"\n", max(start, 0))
        return None if start < 0 or end < 0 else end + 1

    return Exchange(request, whole, timeout_s=timeout_s, tries=3, silence_s=0.0)


def question(request: bytes, prefix: bytes = b"", timeout_s: float = 2.0) -> Dialogue[str]:
    reply = yield ask(request, prefix, timeout_s)
    return reply.decode()


def test_a_polled_device_answers_between_its_turns_and_the_other_goes_on() -> None:
    recorder = Recorder()
    devices = (polled("a", "A"), polled("b", "B"))
    worker = PortWorker(IDENTITY, LINE, devices, lambda _: bench.port, SystemClock(), recorder.outputs)
    with Bench(lambda line: b"told\n" if line == b"who" else healthy(line)) as bench:
        worker.start()
        try:
            wait_until(lambda: recorder.readings("a") and recorder.readings("b"), what="both to be recorded")
            assert worker.run("a", question(b"who\n")).result(PATIENCE_S) == "told\n"
            with pytest.raises(Unknown):
                worker.run("c", question(b"who\n"))
            before = len(recorder.readings("a"))
            wait_until(lambda: len(recorder.readings("a")) > before + 1, what="recording to go on")
        finally:
            assert worker.stop(PATIENCE_S)
    assert recorder.bugs == []


def test_a_silent_device_a_refusal_and_a_bug_are_told_and_recording_goes_on() -> None:
    def refused() -> Dialogue[str]:
        yield ask(b"?A\n")
        raise DeviceRefused("not while measuring")

    def broken() -> Dialogue[str]:
        yield ask(b"?A\n")
        raise ZeroDivisionError

    recorder = Recorder()
    worker = PortWorker(IDENTITY, LINE, [polled("a", "A")], lambda _: bench.port, SystemClock(), recorder.outputs)
    with Bench(lambda line: b"" if line == b"who" else healthy(line)) as bench:
        worker.start()
        try:
            wait_until(lambda: recorder.readings("a"), what="a reading")
            with pytest.raises(NoReply, match="a did not answer"):
                worker.run("a", question(b"who\n", timeout_s=0.2)).result(PATIENCE_S)
            with pytest.raises(DeviceRefused, match="not while measuring"):
                worker.run("a", refused()).result(PATIENCE_S)
            fault = worker.run("a", broken()).exception(PATIENCE_S)
            assert getattr(fault, "code", "") == "driver_broken"
            before = len(recorder.readings("a"))
            wait_until(lambda: len(recorder.readings("a")) > before, what="recording to go on")
        finally:
            assert worker.stop(PATIENCE_S)
    assert [type(bug) for _, bug in recorder.bugs] == [ZeroDivisionError]


def test_samples_that_a_job_costs_are_a_gap_with_that_cause() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(line: bytes) -> bytes:
        if line == b"slow":
            asked.set()
            go_on.wait(PATIENCE_S)
            return b"done\n"
        return healthy(line)

    def slowly() -> Dialogue[str]:
        reply = yield replace(ask(b"slow\n"), timeout_s=PATIENCE_S)
        return reply.decode()

    recorder = Recorder()
    worker = PortWorker(IDENTITY, LINE, [polled("a", "A", 0.1)], lambda _: bench.port, SystemClock(), recorder.outputs)
    with Bench(answer) as bench:
        worker.start()
        try:
            wait_until(lambda: recorder.readings("a"), what="a reading")
            promise = worker.run("a", slowly(), seconds=PATIENCE_S)
            assert asked.wait(PATIENCE_S)
            begun_us = SystemClock().now().boot_us
            wait_until(lambda: SystemClock().now().boot_us - begun_us > 1_000_000, what="ten samples to be due")
            go_on.set()
            assert promise.result(PATIENCE_S) == "done\n"
            wait_until(lambda: "device_settings" in recorder.causes("a"), what="the gap with its cause")
        finally:
            go_on.set()
            assert worker.stop(PATIENCE_S)


def test_frames_that_arrive_while_a_stream_is_asked_are_recorded() -> None:
    recorder = Recorder()
    worker = PortWorker(IDENTITY, LINE, [stream("w")], lambda _: bench.port, SystemClock(), recorder.outputs)
    with Bench(lambda line: b"1.5\n2.5\n#mode 7\n3.5\n" if line == b"mode?" else b"") as bench:
        worker.start()
        try:
            wait_until(lambda: recorder.connected, what="the port to be open")
            bench.say(b"0.5\n0.")
            wait_until(lambda: recorder.readings("w"), what="the first reading")
            bench.say(b"75\n")
            assert "#mode 7" in worker.run("w", question(b"mode?\n", b"#mode")).result(PATIENCE_S)
            wait_until(lambda: len(recorder.readings("w")) == 5, what="all frames to be recorded")
        finally:
            assert worker.stop(PATIENCE_S)
    bodies: list[Any] = [reading.body for reading in recorder.readings("w")]
    values = [body["ch"]["co2"][0] for body in bodies]
    assert values == [0.5, 0.75, 1.5, 2.5, 3.5]
    assert recorder.bugs == []


def unplugged_answer(line: bytes) -> bytes:
    return b"" if line == b"who" else healthy(line)


def test_without_its_port_a_job_is_refused_at_once_and_one_that_runs_is_told() -> None:
    recorder = Recorder()
    worker = PortWorker(IDENTITY, LINE, [polled("a", "A")], lambda _: bench.port, SystemClock(), recorder.outputs)
    assert isinstance(worker.run("a", question(b"who\n")).exception(0), NotConnected)
    with Bench(unplugged_answer) as bench:
        worker.start()
        try:
            wait_until(lambda: recorder.readings("a"), what="a reading")
            promise = worker.run("a", replace_timeout(question(b"who\n")), seconds=PATIENCE_S)
            wait_until(lambda: b"who" in bench.asked, what="the question to be asked")
            bench.unplug()
            assert isinstance(promise.exception(PATIENCE_S), NotConnected)
        finally:
            assert worker.stop(PATIENCE_S)


def replace_timeout(dialogue: Dialogue[str]) -> Dialogue[str]:
    """The same dialogue, waiting long for each reply."""
    step = next(dialogue)
    while True:
        reply = yield replace(step, timeout_s=PATIENCE_S) if isinstance(step, Exchange) else step
        try:
            step = dialogue.send(reply)
        except StopIteration as end:
            return str(end.value)


def set_mode(options: Mapping[str, OptionValue]) -> Dialogue[None]:
    yield ask(f"mode={options['mode']}\n".encode(), b"#mode")


def who(_options: Mapping[str, OptionValue]) -> Dialogue[Identity]:
    reply = yield ask(b"who\n", b"#serial")
    return Identity(serial=reply.split()[-1].decode())


def read_mode(_options: Mapping[str, OptionValue]) -> Dialogue[OptionValue]:
    reply = yield ask(b"mode?\n", b"#mode")
    return reply.split()[-1].decode()


def write_mode(_options: Mapping[str, OptionValue], value: OptionValue) -> Dialogue[None]:
    yield ask(f"mode={value}\n".encode(), b"#mode")


MODE = Setting(
    "mode", "Mode", "text", "auto", kept="until_power_off", evidence_risk="auto", read=read_mode, write=write_mode
)


def introduced_device() -> DeviceSetup:
    talkative = replace(STREAM, start=set_mode, identify=who, settings=(MODE,))
    return replace(stream("w"), driver=talkative, options={"mode": "fixed"})


def test_a_stream_is_set_up_asked_who_it_is_and_the_log_says_what_was_written() -> None:
    answers = {b"mode=fixed": b"#mode fixed\n", b"who": b"#serial 77\n", b"mode?": b"#mode fixed\n"}
    recorder = Recorder()
    told: list[tuple[str, object]] = []
    outputs = replace(
        recorder.outputs,
        identity=lambda sensor, identity: told.append((sensor, identity.serial)),
        settings=lambda sensor, values: told.append((sensor, dict(values))),
    )
    with Bench(lambda line: answers.get(line, b"")) as bench:
        worker = PortWorker(IDENTITY, LINE, [introduced_device()], lambda _: bench.port, SystemClock(), outputs)
        worker.start()
        try:
            wait_until(lambda: len(told) >= 2, what="the introduction")
            bench.say(b"7.5\n")
            wait_until(lambda: recorder.readings("w"), what="a reading")
        finally:
            assert worker.stop(PATIENCE_S)
    # A busy computer makes the device look silent: then it is asked, or even set up, once more.
    assert list(dict.fromkeys(bench.asked)) == [b"mode=fixed", b"who", b"mode?"]
    assert told[:2] == [("w", "77"), ("w", {"mode": "fixed"})]
    notes = [record for record in recorder.records if record.type == "note"]
    assert b"mode = fixed" in notes[0].data


def test_a_device_that_tells_nothing_of_itself_is_recorded_all_the_same() -> None:
    recorder = Recorder()
    unread: list[tuple[str, str]] = []
    outputs = replace(recorder.outputs, unread=lambda _sensor, what, fault: unread.append((what, fault.code)))
    device = replace(polled("a", "A"), driver=replace(POLLED, identify=who, settings=(MODE,)))
    with Bench(lambda line: b"" if line == b"who" else healthy(line)) as bench:
        worker = PortWorker(IDENTITY, LINE, [device], lambda _: bench.port, SystemClock(), outputs)
        worker.start()
        try:
            wait_until(lambda: recorder.readings("a"), what="a reading")
        finally:
            assert worker.stop(PATIENCE_S)
    assert unread[:2] == [("identity", "no_reply"), ("mode", "no_reply")]


def test_a_real_protocol_is_read_and_written_while_it_is_recorded() -> None:
    model = load_catalogue()["sensirion_scd30"]
    found = driver("sensirion_scd30")
    (altitude,) = [setting for setting in found.settings if setting.name == "altitude_m"]
    recorder = Recorder()

    def read() -> Dialogue[OptionValue]:
        assert altitude.read is not None
        return altitude.read({})

    def write() -> Dialogue[None]:
        assert altitude.write is not None
        return altitude.write({}, 350)

    with SimulatedPorts(["scd30"]) as ports:
        (port,) = ports.ports()
        device = DeviceSetup("co2", model, found, model.interval.minimum_ns, 1, model.options)
        worker = PortWorker(port.identity, model.line, [device], lambda _: port, SystemClock(), recorder.outputs)

        def insist(dialogue: Callable[[], Dialogue[T]]) -> T:
            """Its result, asked again while a busy computer makes the device look silent."""
            while isinstance((promise := worker.run("co2", dialogue())).exception(PATIENCE_S), NoReply):
                pass
            return promise.result(0)

        worker.start()
        try:
            wait_until(lambda: recorder.readings("co2"), seconds=60, what="a reading")
            assert insist(read) == 0
            insist(write)
            assert insist(read) == 350
            before = len(recorder.readings("co2"))
            wait_until(lambda: len(recorder.readings("co2")) > before, seconds=60, what="recording to go on")
        finally:
            assert worker.stop(PATIENCE_S)


def test_several_instruments_of_a_kind_are_simulated_each_on_its_port() -> None:
    with SimulatedPorts(["scd30", "scd30-2", "scd30-7"]) as ports:
        found = {port.identity.location: port for port in ports.ports()}
        assert set(found) == {"scd30", "scd30-2", "scd30-7"}
        assert len({port.device for port in found.values()}) == 3
        assert {port.description for port in found.values()} == {"simulated sensirion_scd30"}
