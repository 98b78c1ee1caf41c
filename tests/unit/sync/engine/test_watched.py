# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Far ends that say nothing of themselves and are watched: believed once connections held, however often they die."""

import threading
from pathlib import Path

import pytest

from sync.engine.drain import Patience
from sync.engine.ending import Ending
from sync.sinks.sink import Later, Stopped, Witness
from tests.unit.sync.engine.test_drain import balance_of, drain
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded

READINGS = 40
HOUR_S, MOMENT_S = 3600.0, 0.2


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.engine.watch.WATCH_S", 0.01)


CALM_NEVER = Patience(lambda: 0.0, 1e9)


class Mute(FakeSink):
    """Nameless. Once it has taken everything of this sync, a look at it shows one of `shows` after the other."""

    def __init__(self, far: FarEnd, age_s: float, *shows: str, watched: bool = True) -> None:
        super().__init__(far)
        self.cancelled = threading.Event()
        self._told = Witness("", age_s, watched=watched)
        self._shows = list(shows)
        self._begins = far.received

    def witness(self, known: str, cancelled: threading.Event) -> Witness | Later | Stopped:
        if self.far.received >= self._begins + READINGS and self._shows:
            shown = self._shows.pop(0)
            if shown == "cancel":
                self.cancelled.set()
                return self._told
            if shown == "crash":
                self.far.crash()
            if shown == "gone":
                self._shows.append("gone")
                return Later("no answer from the server", unclean=True)
            if shown in {"crash", "break"}:
                return Later("connection reset", 0.0, unclean=True)
        return self._told


def recorded(folder: Path) -> list[int]:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), READINGS)
    log.write(folder / "buffer.sqlite3")
    return expected


def synced(folder: Path, sink: Mute) -> Ending:
    return drain(folder, sink, cancelled=sink.cancelled)


@pytest.mark.parametrize("deaths", [1, 2, 5])
def test_however_often_it_dies_soon_after_a_sync_nothing_is_missing_in_the_end(tmp_path: Path, deaths: int) -> None:
    expected, far = recorded(tmp_path), FarEnd()
    for _ in range(deaths):
        assert synced(tmp_path, Mute(far, HOUR_S, "cancel")).how == "cancelled"
        assert far.indices() == expected
        far.crash()
    assert synced(tmp_path, Mute(far, MOMENT_S)) == Ending("done")
    assert far.indices() == expected
    assert balance_of(tmp_path).delivered == READINGS
    received = far.received
    assert synced(tmp_path, Mute(far, MOMENT_S)) == Ending("done")
    assert far.received == received


def test_without_being_watched_it_is_believed_once_it_was_sent_twice(tmp_path: Path) -> None:
    """The limit that the check's line tells of."""
    expected, far = recorded(tmp_path), FarEnd()
    for there in (expected, expected, []):
        assert synced(tmp_path, Mute(far, HOUR_S, watched=False)) == Ending("done")
        assert far.indices() == there
        far.crash()


def test_a_crash_that_shows_while_it_is_watched_is_mended_in_the_same_sync(tmp_path: Path) -> None:
    expected, far = recorded(tmp_path), FarEnd()
    assert synced(tmp_path, Mute(far, MOMENT_S, "crash", "", "crash")) == Ending("done")
    assert far.indices() == expected
    assert far.received == 3 * READINGS


def test_connections_that_break_again_and_again_prove_nothing_and_it_ends_all_the_same(tmp_path: Path) -> None:
    expected, far = recorded(tmp_path), FarEnd()
    ending = synced(tmp_path, Mute(far, HOUR_S, *["break", ""] * 20))
    assert (ending.how, "not certain" in ending.words) == ("put_off", True)
    far.crash()
    assert synced(tmp_path, Mute(far, MOMENT_S)) == Ending("done")
    assert far.indices() == expected


@pytest.mark.parametrize("trouble", ["crash", "break"])
@pytest.mark.parametrize("syncs", [1, 2, 3])
def test_however_often_it_went_out_in_vain_what_was_lost_then_goes_out_again(
    tmp_path: Path, syncs: int, trouble: str
) -> None:
    """A database that is started again and again looks as a link that never holds."""
    expected, far = recorded(tmp_path), FarEnd()
    for _ in range(syncs):
        ending = synced(tmp_path, Mute(far, HOUR_S, *[trouble, ""] * 20))
        assert (ending.how, "resend_window_s" in ending.remedy) == ("put_off", True)
        far.crash()
    assert synced(tmp_path, Mute(far, MOMENT_S)) == Ending("done")
    assert far.indices() == expected


def test_a_link_that_goes_once_everything_is_delivered_is_waited_for_no_longer_than_for_certainty(
    tmp_path: Path,
) -> None:
    expected, far = recorded(tmp_path), FarEnd()
    sink = Mute(far, MOMENT_S, "gone")
    ending = drain(tmp_path, sink, cancelled=sink.cancelled, patience=CALM_NEVER)
    assert (ending.how, ending.words.startswith("everything is delivered; whether")) == ("put_off", True)
    assert "no answer from the server" in ending.words
    far.crash()
    assert synced(tmp_path, Mute(far, MOMENT_S)) == Ending("done")
    assert far.indices() == expected


def test_a_cancel_during_the_wait_promises_nothing(tmp_path: Path) -> None:
    recorded(tmp_path)
    ending = synced(tmp_path, Mute(FarEnd(), HOUR_S, "cancel"))
    assert (ending.how, "was not waited for" in ending.words) == ("cancelled", True)
