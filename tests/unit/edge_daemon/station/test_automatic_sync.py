# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Syncs that begin by themselves: when the way is there, when it comes back, and not more often than was allowed."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.destination import FileDestination, InfluxDestination, MqttDestination
from edge_daemon.domain.faults import BadInput, Conflict, SyncFailed
from edge_daemon.station.automatic_sync import (
    FILE_NAME,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    Automatic,
    AutomaticSync,
    Looked,
    due,
    pause_after,
)
from edge_daemon.station.reach import can_be_reached
from edge_daemon.station.sync_desk import SyncRun
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.station.automatic_world import ON, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_nothing_begins_unless_a_person_allowed_it(world: World) -> None:
    desk = world.desk(Automatic())
    desk.look()
    assert (world.begun, desk.words) == ([], "")


def test_a_sync_begins_to_what_can_be_reached_and_then_every_so_often(world: World) -> None:
    desk = world.desk()
    desk.look()
    assert world.begun == [("cloud",)]
    world.now_s = 29 * 60
    desk.look()
    assert len(world.begun) == 1
    assert "cloud can be reached" in desk.words
    world.now_s = 30 * 60
    desk.look()
    assert len(world.begun) == 2


def test_a_sync_begins_as_soon_as_the_network_returns(world: World) -> None:
    desk = world.desk()
    desk.look()
    world.reached = set()
    assert world.look_at(desk, 1) == 1
    assert "No way to a destination" in desk.words
    world.reached = {"cloud"}
    assert world.look_at(desk, 6) == 2


def test_a_link_that_flickers_does_not_bring_a_sync_each_time(world: World) -> None:
    desk = world.desk()
    for half_minute in range(20):
        world.reached = {"cloud"} if half_minute % 2 == 0 else set()
        world.look_at(desk, half_minute / 2)
    assert len(world.begun) == 2


def test_a_stick_that_is_plugged_in_is_a_way_too(world: World) -> None:
    desk = world.desk()
    desk.look()
    world.reached = {"cloud", "stick"}
    assert world.look_at(desk, 1) == 2
    assert world.begun[-1] == ("stick",)


def test_after_a_failure_it_waits_longer_each_time_even_if_the_network_comes_and_goes(world: World) -> None:
    desk = world.desk()
    world.endings["cloud"] = "stopped"
    desk.look()
    for reached in (set(), {"cloud"}):
        world.reached = reached
        assert world.look_at(desk, 1) == 1
    assert "cloud later" in desk.words
    assert world.look_at(desk, 5) == 2
    assert world.look_at(desk, 6) == world.look_at(desk, 14) == 2
    world.endings.clear()
    assert world.look_at(desk, 15) == 3
    assert world.look_at(desk, 16) == world.look_at(desk, 44) == 3
    assert world.look_at(desk, 45) == 4


def test_a_sync_that_runs_already_is_left_alone(world: World) -> None:
    desk = world.desk()
    world.run = SyncRun(running=True, number=1)
    desk.look()
    assert (world.begun, desk.words) == ([], "A sync is running.")
    world.run, world.fault = SyncRun(number=1), lambda: Conflict("a sync is running already")
    desk.put(Automatic())
    desk.look()
    desk.put(ON)
    desk.look()
    assert desk.words == "A sync is running."


def test_what_keeps_it_from_beginning_is_told_and_tried_again_later(world: World) -> None:
    desk = world.desk()
    world.fault = lambda: SyncFailed("the delivery program cannot be started")
    desk.look()
    assert "cannot be started" in desk.words
    world.fault, world.now_s = None, FIRST_PAUSE_S - 1
    desk.look()
    assert world.begun == []
    world.now_s = FIRST_PAUSE_S
    desk.look()
    assert world.begun == [("cloud",)]


def test_without_a_destination_it_says_so(world: World) -> None:
    world.present, world.reached = {}, set()
    desk = world.desk()
    desk.look()
    assert desk.words == "There is no destination yet."


def test_the_choice_outlives_the_recorder_and_a_damaged_one_is_told(world: World) -> None:
    world.desk(Automatic(enabled=True, every_minutes=45))
    fresh = AutomaticSync(world.home, dict, world.begin, lambda: world.run, lambda _: False, lambda: 0.0)
    assert fresh.settings() == Automatic(enabled=True, every_minutes=45)
    (world.home / FILE_NAME).write_text("{")
    with pytest.raises(BadInput, match="JSON object"):
        fresh.settings()
    fresh.look()
    assert FILE_NAME in fresh.words


@pytest.mark.parametrize("minutes", [0, 4, 1441, True])
def test_a_time_between_syncs_that_makes_no_sense_is_refused(world: World, minutes: int) -> None:
    with pytest.raises(BadInput, match="every_minutes"):
        world.desk(replace(ON, every_minutes=minutes))


def test_the_thread_begins_one_as_soon_as_it_is_allowed(world: World) -> None:
    desk = world.desk(Automatic())
    desk.start()
    try:
        desk.put(ON)
        wait_until(lambda: bool(world.begun), seconds=30, what="a sync")
    finally:
        desk.stop()


@given(st.floats(0, 1e6), st.sampled_from([None, "stopped", "failed", "gave_up"]), st.floats(300, 86_400))
def test_the_pause_grows_and_ends(before_s: float, state: str | None, every_s: float) -> None:
    paused = pause_after(before_s, state, every_s)
    assert min(before_s, LONGEST_PAUSE_S) <= paused <= LONGEST_PAUSE_S
    assert paused >= FIRST_PAUSE_S or before_s > 0
    assert pause_after(before_s, "done", every_s) == 0
    assert pause_after(before_s, "cancelled", every_s) == every_s


@given(st.booleans(), st.booleans(), st.floats(0, 1e5), st.floats(0, 1e4))
def test_nothing_is_due_without_a_way_nor_within_a_pause(
    before: bool, reached: bool, now_s: float, pause_s: float
) -> None:
    found = due(Looked(before, 0.0, pause_s), reached, now_s, 1800)
    assert not found or (reached and now_s >= pause_s)


def test_the_way_is_there_when_somebody_listens_or_the_folder_exists(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert can_be_reached(MqttDestination("m", "127.0.0.1", port, tls=False))
        assert can_be_reached(InfluxDestination("i", f"http://127.0.0.1:{port}", "o", "b"))
    assert not can_be_reached(MqttDestination("m", "127.0.0.1", port, tls=False))
    assert can_be_reached(FileDestination("f", str(tmp_path)))
    assert not can_be_reached(FileDestination("f", str(tmp_path / "gone")))


def test_an_address_that_no_network_knows_and_a_folder_out_of_reach_are_no_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not can_be_reached(MqttDestination("m", "a..b", 1883, tls=False))
    assert not can_be_reached(InfluxDestination("i", "http://127.0.0.1:99999", "o", "b"))

    def forbidden(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", forbidden)
    assert not can_be_reached(FileDestination("f", str(tmp_path)))
