# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is found about readings of a closed log reaches those who have them, though it stands in a later log."""

import threading
from pathlib import Path

import pytest

from edge_daemon.buffer.closed import Closing, write_closing
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.home import Home
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.canonical import JsonValue
from edge_daemon.secrets.private_file import write_private
from sync.commands.status import standing_of
from sync.compose import station
from sync.engine.drain import Patience
from sync.engine.run import Job, Listener, Result, Sync
from tests.unit.sync.recorded import ORIGIN, T0, FakeSink, FarEnd, Recorded, S

OLDEST, OLDER = ("verifield/log/" + byte * 16 for byte in ("01", "02"))
DAY = 86_400


def log_of(origin: str, day: int, count: int = 10, serial: str = "") -> tuple[Recorded, list[int]]:
    log = Recorded(origin, t_ns=T0 + day * DAY * S).begin()
    if serial:
        log.add(InstallationBody("a", "maker_model", serial, SerialSource.DEVICE))
    return log, log.readings("a", log.sensor("a"), count)


def write(home: Home, *logs: Recorded) -> None:
    """The last is the one being written."""
    home.closed.mkdir(exist_ok=True)
    for number, log in enumerate(logs[:-1]):
        file = home.closed / f"{number}.sqlite3"
        if not file.exists():
            log.write(file)
            time = f"2026-11-{20 + number}T00:00:00.000000000Z"
            write_closing(file, Closing(log.origin, len(log.entries), "", "restored", time, damaged=False))
    logs[-1].write(home.buffer)


def found_wrong(log: Recorded, indices: list[int], **more: JsonValue) -> int:
    told: dict[str, JsonValue] = {"sensors": ["a"], "channels": ["wind"], "also_in": OLDER}
    return log.amendment("as_found_failure", indices[0], indices[-1], **(told | more))


def deliver(home: Home, far: FarEnd) -> list[str]:
    """Sync all logs; returns what is wrong with those that cannot be read."""
    listener = Listener(lambda _: None, lambda *_: None, lambda _: None, lambda _, words: pytest.fail(words))
    with station(home) as here:
        run = Sync(here.books, here.shelf.logs, listener, threading.Event(), Patience(lambda: 0.5, 0.0))
        results: list[Result] = run.run([Job("far", lambda _: FakeSink(far))])
        assert [result.done for result in results] == [True], results[0].progress.words
        return list(here.shelf.troubles)


def suspect(far: FarEnd, day: int) -> list[int]:
    """Indices of the readings of this day that the far end calls suspect, all of them in the wind alone."""
    found = []
    for reading in far.kept.values():
        flags = {value.channel.field: value.flag for value in reading.values}
        if (reading.t_ns - T0) // (DAY * S) == day and flags["wind_speed"] != Flag.GOOD:
            assert flags == {"temperature": Flag.GOOD, "wind_speed": Flag.SUSPECT}
            found.append(reading.index)
    return sorted(found)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path / "home")
    write_private(place.path / "destinations.toml", f'[destinations.far]\nkind="file"\nfolder="{tmp_path}"\n'.encode())
    return place


@pytest.mark.parametrize("before", [True, False])
def test_readings_since_the_calibration_in_the_closed_log_become_suspect_wherever_they_are(
    home: Home, before: bool
) -> None:
    (old, had), (new, has), far = log_of(OLDER, 0), log_of(ORIGIN, 1), FarEnd()
    write(home, old, new)
    if before:
        deliver(home, far)
    found_wrong(new, has, also_since=had[3], also_made="2026-11-20T00:00:00Z")
    write(home, old, new)
    [standing] = standing_of(home).plans
    assert standing.others == 2
    deliver(home, far)
    assert suspect(far, 0) == had[3:]
    assert suspect(far, 1) == has
    assert len(far.kept) == 20
    [standing] = standing_of(home).plans
    assert (standing.others, standing.readings) == (0, 0)
    sent = far.received
    deliver(home, far)
    assert far.received == sent


def test_in_a_log_between_all_since_that_day_is_concerned(home: Home) -> None:
    (oldest, _), (old, had), (new, has), far = log_of(OLDEST, 0), log_of(OLDER, 1), log_of(ORIGIN, 2), FarEnd()
    write(home, oldest, old, new)
    deliver(home, far)
    made = next(reading for reading in far.kept.values() if reading.index == had[4] and reading.t_ns > T0 + DAY * S)
    found_wrong(new, has, also_in=OLDEST, also_since=len(oldest.entries) - 1, also_made=rfc3339_from_ns(made.t_ns))
    write(home, oldest, old, new)
    deliver(home, far)
    assert suspect(far, 0) == [len(oldest.entries) - 1]
    assert suspect(far, 1) == had[4:]


def test_another_instrument_at_the_same_sensor_is_not_concerned(home: Home) -> None:
    (oldest, _), (old, had) = log_of(OLDEST, 0, serial="X1"), log_of(OLDER, 1, serial="Y2")
    (new, has), far = log_of(ORIGIN, 2, serial="Y2"), FarEnd()
    found_wrong(new, has)
    write(home, oldest, old, new)
    deliver(home, far)
    assert (suspect(far, 0), suspect(far, 1)) == ([], had)


def test_what_is_withdrawn_becomes_good_again_and_what_is_said_anew_holds(home: Home) -> None:
    (old, had), (new, has), far = log_of(OLDER, 0), log_of(ORIGIN, 1), FarEnd()
    first = found_wrong(new, has)
    write(home, old, new)
    deliver(home, far)
    assert suspect(far, 0) == had
    second = found_wrong(new, has, replaces=first, also_since=had[5], also_made="2026-11-20T00:00:00Z")
    write(home, old, new)
    deliver(home, far)
    assert suspect(far, 0) == had[5:]
    new.amendment("withdrawal", has[0], has[-1], replaces=second)
    write(home, old, new)
    deliver(home, far)
    assert (suspect(far, 0), suspect(far, 1)) == ([], [])


def test_a_far_end_that_loses_it_gets_it_again(home: Home) -> None:
    (old, had), (new, has), far = log_of(OLDER, 0), log_of(ORIGIN, 1), FarEnd()
    found_wrong(new, has)
    write(home, old, new)
    deliver(home, far)
    far.crash()
    assert not far.kept
    deliver(home, far)
    assert (len(far.kept), suspect(far, 0)) == (20, had)


def test_a_closed_log_that_is_not_here_cannot_be_told_of_and_that_is_said(home: Home) -> None:
    (new, has), (old, _), far = log_of(ORIGIN, 1), log_of(OLDEST, 0), FarEnd()
    told = found_wrong(new, has)
    write(home, old, new)
    [trouble] = deliver(home, far)
    assert OLDER in trouble
    assert "not to be claimed" in trouble
    new.amendment("withdrawal", has[0], has[-1], replaces=told)
    write(home, old, new)
    assert deliver(home, far) == []
