# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is delivered of readings in calibration, and of those that another instrument's calibration belongs to."""

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibrations import value_of
from edge_daemon.log.entry import decode_entry, encode_reading
from sync.packets.amendments import Amender
from sync.packets.chronicle import LANDMARKS, Chronicle, chronicle_of
from sync.packets.meaning import Meaning
from sync.packets.reading import Outgoing
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.sync.recorded import Recorded

MODEL, CHANNEL = "maker_model", "temperature"
SHIFT = ValueFunction("polynomial", (1.5, 1.0))
LINE = ValueFunction("polynomial", (0.25, 1.25))


def calibrate(log: Recorded, sensor: str, serial: str, function: ValueFunction) -> tuple[int, int]:
    """The indices of a run's start and its verdict."""
    run = log.add(start(serial, sensor, CHANNEL, MODEL))
    return run, end_of(log, run, sensor, serial, function)


def end_of(log: Recorded, run: int, sensor: str, serial: str, function: ValueFunction) -> int:
    told = verdict(run, "pass", function, None, serial=serial, sensor=sensor, model=MODEL, channel=CHANNEL)
    return log.add(told)


def install(log: Recorded, sensor: str, serial: str) -> None:
    log.add(InstallationBody(sensor, MODEL, serial, SerialSource.DEVICE))


def sample(log: Recorded, sensor: str, cfg: int, raw: float, function: ValueFunction | None, **cal: int) -> int:
    log.pass_(1.0)
    channels = {CHANNEL: ChannelValue(raw, value_of(function, raw), Flag.GOOD)}
    return log.put(encode_reading(log.stamp(), sensor, channels, 90, cfg, cal))


def chronicle(log: Recorded, end: int | None = None) -> Chronicle:
    entries = [(index, decode_entry(data)) for index, data in enumerate(log.entries[:end])]
    return chronicle_of((index, entry) for index, entry in entries if entry.type in LANDMARKS)


def said(log: Recorded, index: int, end: int | None = None) -> Outgoing:
    found = Meaning(chronicle(log, end), {}).read(index, log.entries[index]).outgoing
    assert found is not None
    return found


def test_readings_in_calibration_go_out_as_failed_whenever_they_are_sent() -> None:
    log = Recorded().begin()
    cfg = log.sensor("vent")
    install(log, "vent", "S-1")
    before = sample(log, "vent", cfg, 20.0, None)
    run = log.add(start("S-1", "vent", CHANNEL, MODEL))
    inside = sample(log, "vent", cfg, 99.0, None)
    end = end_of(log, run, "vent", "S-1", SHIFT)
    straggler = sample(log, "vent", cfg, 99.0, None)
    after = sample(log, "vent", cfg, 20.0, SHIFT, temperature=end)
    for index, flag, quality in ((before, 1, 90), (inside, 4, 0), (straggler, 4, 0), (after, 1, 90)):
        found = said(log, index)
        assert ([value.flag for value in found.values], found.quality) == ([flag], quality)
        assert found == said(log, index, index + 1)
    assert said(log, inside).values[0].value == 99.0


def test_a_reading_moved_to_its_right_sensor_has_the_value_that_its_own_calibration_makes() -> None:
    log = Recorded().begin()
    cfg = log.sensor("vent")
    log.sensor("mast")
    install(log, "vent", "S-1")
    install(log, "mast", "S-2")
    calibrate(log, "mast", "S-2", LINE)
    _, end = calibrate(log, "vent", "S-1", SHIFT)
    index = sample(log, "vent", cfg, 20.0, SHIFT, temperature=end)
    log.amendment("wrong_plug", index, index, reads_as="mast")
    known = chronicle(log)
    moved = Amender(known.amendments_before(len(log.entries)), known.calibrations).form(
        said(log, index), log.entries[index]
    )
    assert moved.facts.sensor == "mast"
    assert [(value.raw, value.value) for value in moved.values] == [(20.0, 25.25)]


def test_the_date_of_an_evidenced_calibration_goes_before_a_stated_one() -> None:
    log = Recorded().begin()
    cfg = log.sensor("vent", stated_calibration_date="2020-01-01")
    install(log, "vent", "S-1")
    before = sample(log, "vent", cfg, 20.0, None)
    _, end = calibrate(log, "vent", "S-1", SHIFT)
    after = [sample(log, "vent", cfg, 20.0, SHIFT, temperature=end) for _ in range(2)]
    run = log.add(start("S-1", "vent", CHANNEL, MODEL))
    told = verdict(run, "conditional_fail", SHIFT, None, serial="S-1", sensor="vent", model=MODEL, channel=CHANNEL)
    weak = sample(log, "vent", cfg, 20.0, SHIFT, temperature=log.add(told))
    meaning = Meaning(chronicle(log), {})
    found = [meaning.read(index, log.entries[index]).outgoing for index in (before, *after, weak)]
    dates = [one.facts.calibration_date for one in found if one is not None]
    assert dates == ["2020-01-01", "2026-11-23", "2026-11-23", "2020-01-01"]
    assert found[1] is not None
    assert found[2] is not None
    assert found[1].facts is found[2].facts
