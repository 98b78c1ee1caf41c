# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What holds a sync back that would begin by itself: a person's cancel, another destination's trouble, a sleep."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.faults import SyncFailed
from edge_daemon.station.automatic_sync import Automatic
from tests.unit.edge_daemon.station.automatic_world import CLOUD, ON, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_sync_that_a_person_broke_off_does_not_begin_again_before_the_next_turn(world: World) -> None:
    desk = world.desk()
    desk.look()
    world.cancel()
    world.reached = set()
    assert world.look_at(desk, 1) == 1
    world.reached = {"cloud"}
    assert world.look_at(desk, 10) == world.look_at(desk, 29) == 1
    assert "broken off" in desk.words
    assert world.look_at(desk, 30) == 2


def test_breaking_off_a_sync_that_was_begun_by_hand_holds_it_too(world: World) -> None:
    desk = world.desk()
    desk.look()
    assert world.look_at(desk, 29) == 1
    world.by_hand(cancelled=True)
    world.reached = {"cloud", "stick"}  # what it was on its way to is held, whether it was reached or not
    assert world.look_at(desk, 29.5) == world.look_at(desk, 45) == 1
    assert world.look_at(desk, 59) == 2


def test_a_sync_by_hand_counts_as_one(world: World) -> None:
    desk = world.desk()
    desk.look()
    world.look_at(desk, 20)
    world.by_hand()
    assert world.look_at(desk, 20.5) == world.look_at(desk, 49) == 1
    assert world.look_at(desk, 50) == 2


def test_switching_it_on_again_ends_the_hold(world: World) -> None:
    desk = world.desk()
    desk.look()
    world.cancel()
    assert world.look_at(desk, 1) == 1
    desk.put(Automatic())
    assert world.look_at(desk, 2) == 1
    desk.put(ON)
    assert world.look_at(desk, 3) == 2


def test_one_destination_in_trouble_does_not_hold_back_the_others(world: World) -> None:
    desk = world.desk()
    world.reached, world.endings = {"cloud", "stick"}, {"cloud": "stopped"}
    for minute in range(92):
        world.look_at(desk, minute)
    assert sum("stick" in names for names in world.begun) == 4
    assert sum("cloud" in names for names in world.begun) == 5  # after 5, 10, 20 and 40 minutes
    assert "to cloud later" in desk.words


def test_a_destination_that_is_added_or_mended_meanwhile_is_tried_at_once(world: World) -> None:
    del world.present["stick"]
    desk = world.desk()
    world.reached, world.endings = {"cloud", "office"}, {"cloud": "stopped"}
    desk.look()
    world.present["office"] = replace(CLOUD, name="office")
    assert world.look_at(desk, 1) == 2
    assert world.begun[-1] == ("office",)
    world.endings.clear()
    world.present["cloud"] = replace(CLOUD, port=1884)
    assert world.look_at(desk, 2) == 3
    assert world.begun[-1] == ("cloud",)


def test_a_destination_that_goes_is_forgotten(world: World) -> None:
    desk = world.desk()
    desk.look()
    del world.present["cloud"]
    assert world.look_at(desk, 40) == 1
    assert "No way" in desk.words


def test_after_a_long_sleep_a_sync_begins_once(world: World) -> None:
    desk = world.desk()
    desk.look()
    assert world.look_at(desk, 600) == 2
    assert world.look_at(desk, 600.5) == world.look_at(desk, 629) == 2


def test_a_fault_that_lasts_is_written_to_the_log_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    desk = world.desk()
    world.fault = lambda: SyncFailed("the delivery program cannot be started")
    for minute in (0, 5, 15, 35):
        world.look_at(desk, minute)
    assert len(caplog.records) == 1


def test_after_a_link_that_died_in_each_sync_the_network_has_only_to_come_back(world: World) -> None:
    del world.present["stick"]
    desk = world.desk()
    world.endings["cloud"] = "gave_up"
    minute = 0.0
    while len(world.begun) < 5:
        world.look_at(desk, minute)
        minute += 0.5
    world.reached = set()
    for _ in range(40):
        world.look_at(desk, minute)
        minute += 0.5
    world.reached = {"cloud"}
    assert world.look_at(desk, minute) == 6


def test_a_failure_of_another_kind_is_not_forgiven_for_a_network_that_comes_back(world: World) -> None:
    del world.present["stick"]
    desk = world.desk()
    world.endings["cloud"] = "stopped"
    for minute in (0, 5, 15):
        world.look_at(desk, minute)
    assert len(world.begun) == 3
    world.reached = set()
    world.look_at(desk, 16)
    world.reached = {"cloud"}
    assert world.look_at(desk, 25) == 3
    assert world.look_at(desk, 35) == 4


def test_who_asked_to_be_left_alone_is_until_then(world: World) -> None:
    del world.present["stick"]
    desk = world.desk()
    world.endings["cloud"] = "put_off"
    desk.look()
    world.run = replace(world.run, progress={"cloud": {"state": "put_off", "after_s": 3_600.0}})
    for minute in (1, 10, 59):
        world.reached = set() if minute == 10 else {"cloud"}
        assert world.look_at(desk, minute) == 1
    assert world.look_at(desk, 60) == 2
