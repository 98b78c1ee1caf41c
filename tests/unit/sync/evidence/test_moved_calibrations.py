# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Scores and flags computed again where a fix of the clock moved the calibration that the readings name."""

from pathlib import Path

import pytest

from edge_daemon.acquisition.calibrating import in_use
from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import decode_entry, encode_reading
from edge_daemon.metrology.score import reading_quality
from sync.evidence.verdict import Verdict
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.sync.evidence.test_quality import WIND, verdict_of
from tests.unit.sync.recorded import T0, TEMPERATURE, S
from tests.unit.sync.signed_logs import SENSOR, SignedLog, outcomes

DAYS = 2_000
DUE = "2022-01-01"
"""Long past, and not if it is moved by so many days."""
MODEL = "maker_model"
FRESH_S, LATE_S = 5.0, 4_000.0


class Slow:
    """A laptop whose clock was years behind while its sensor was calibrated, and was set right after it."""

    def __init__(self, due: str = "") -> None:
        self.log = SignedLog()
        recorded = self.log.recorded
        recorded.t_ns = T0 - DAYS * 86_400 * S
        recorded.begin("untrusted")
        self.log.name_key("made", self.log.key)
        self.log.configuration = recorded.sensor(SENSOR, (TEMPERATURE, WIND), primary="wind")
        recorded.add(InstallationBody(SENSOR, MODEL, "S-1", SerialSource.LABEL, "Ana"))
        run = recorded.add(start("S-1", SENSOR, "wind", MODEL))
        recorded.pass_(60)
        self.made = recorded.add(
            verdict(run, "pass", None, None, serial="S-1", sensor=SENSOR, model=MODEL, channel="wind", due=due)
        )
        recorded.pass_(60)

    def known(self) -> Calibrations:
        """What a recorder knows of calibrations by now."""
        known = Calibrations()
        for index, data in enumerate(self.log.recorded.entries):
            known = known.after(index, decode_entry(data))
        return known

    def set_right(self) -> None:
        self.log.recorded.t_ns += DAYS * 86_400 * S
        self.log.recorded.clock("trusted")
        self.log.recorded.fix("boot-1")

    def reading(self, known: Calibrations) -> None:
        """As a recorder makes it that knows so much."""
        recorded = self.log.recorded
        recorded.pass_(1)
        stamp = recorded.stamp()
        use = in_use(known.present(SENSOR), ("temperature", "wind"), "wind", stamp.t_ns)
        flag = worse(Flag.GOOD, use.doubts["wind"][0]) if "wind" in use.doubts else Flag.GOOD
        channels = {"temperature": ChannelValue(20.0, 20.0, Flag.GOOD), "wind": ChannelValue(7.0, 7.0, flag)}
        quality = reading_quality(use.score, [Flag.GOOD, flag])
        recorded.put(encode_reading(stamp, SENSOR, channels, quality, self.log.configuration, {"wind": self.made}))


def judged(world: Slow, folder: Path) -> Verdict:
    return verdict_of(world.log, folder)


@pytest.mark.parametrize("due", ["", DUE])
def test_readings_before_and_after_the_fix_are_what_their_recorder_knew(tmp_path: Path, due: str) -> None:
    world = Slow(due)
    for _ in range(3):
        world.reading(world.known())
    world.set_right()
    world.log.recorded.pass_(LATE_S)
    for _ in range(3):
        world.reading(world.known())
    found = outcomes(judged(world, tmp_path))
    assert (found["quality"], found["flags"], found["calibrations"]) == ("passed", "passed", "passed")


@pytest.mark.parametrize(("after_s", "outcome"), [(FRESH_S, "passed"), (LATE_S, "failed")])
def test_only_straight_after_the_fix_may_a_reading_go_by_the_wrong_date(
    tmp_path: Path, after_s: float, outcome: str
) -> None:
    world = Slow()
    before = world.known()
    world.set_right()
    world.log.recorded.pass_(after_s)
    world.reading(before)
    assert outcomes(judged(world, tmp_path))["quality"] == outcome


def test_a_reading_that_was_overdue_by_the_wrong_date_only_is_not_held_against_its_recorder(tmp_path: Path) -> None:
    world = Slow(DUE)
    before = world.known()
    world.set_right()
    world.log.recorded.pass_(FRESH_S)
    world.reading(before)
    found = outcomes(judged(world, tmp_path))
    assert (found["flags"], found["quality"]) == ("passed", "passed")
