# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One daemon a home, by a lock that dies with its holder; the endpoint is the owner's alone and never half there."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon import home as home_module
from edge_daemon.domain.faults import AlreadyRunning, BadInput
from edge_daemon.home import Endpoint, Home, find_home
from tests.support.processes import running

URL = "http://127.0.0.1:8123"
TOKEN = "pl4nted-t0ken"

HOLD_THE_LOCK = """
import os, sys, threading
from pathlib import Path
from edge_daemon.home import Home
home = Home(Path(sys.argv[1]))
lock = home.acquire_lock()
home.write_endpoint("http://127.0.0.1:8123", os.getpid(), "pl4nted-t0ken")
print("holding", flush=True)
threading.Event().wait()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "station")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestFolder:
    def test_given_beats_variable_beats_platform(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        environment = {"VERIFIELD_HOME": str(tmp_path / "named")}
        assert find_home(tmp_path / "given", environment, demo=False) == tmp_path / "given"
        assert find_home(None, environment, demo=False) == tmp_path / "named"
        if sys.platform == "linux":
            assert find_home(None, {}, demo=False) == tmp_path / "data" / "verifield"

    def test_demo_is_never_the_real_home(self, tmp_path: Path) -> None:
        for given_path, environment in (
            (tmp_path / "a", {}),
            (None, {"VERIFIELD_HOME": str(tmp_path / "a")}),
            (None, {}),
        ):
            real = find_home(given_path, environment, demo=False)
            demo = find_home(given_path, environment, demo=True)
            assert demo != real
            assert demo.parent == real.parent

    def test_is_made_for_its_owner_alone(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            home = Home(tmp_path / "above" / "station")
        finally:
            os.umask(before)
        assert mode(home.path) == 0o700

    def test_paths(self, home: Home) -> None:
        names = {path.relative_to(home.path).as_posix() for path in (home.buffer, home.delivery, home.closed)}
        assert names == {"buffer.sqlite3", "delivery.sqlite3", "closed"}
        assert list(home.path.iterdir()) == []

    def test_a_folder_everybody_can_write_to_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "open").mkdir()
        (tmp_path / "open").chmod(0o777)
        with pytest.raises(BadInput, match="everybody"):
            Home(tmp_path / "open")

    def test_another_accounts_folder_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
        with pytest.raises(BadInput, match="belong to the account"):
            Home(tmp_path)

    def test_a_file_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(BadInput, match="must be a folder"):
            Home(tmp_path / "file")


class TestLock:
    def test_only_one_holds_it(self, home: Home) -> None:
        with home.acquire_lock():
            home.write_endpoint(URL, 4711, TOKEN)
            assert home.is_running()
            assert home.running_endpoint() == Endpoint(URL, 4711, TOKEN)
            with pytest.raises(AlreadyRunning, match=r"process 4711.*127\.0\.0\.1:8123") as caught:
                Home(home.path).acquire_lock()
            assert TOKEN not in str(caught.value)
        assert not home.is_running()
        home.acquire_lock().release()

    def test_before_the_first_answers_the_second_is_told_so(self, home: Home) -> None:
        with home.acquire_lock(), pytest.raises(AlreadyRunning, match="no address yet"):
            home.acquire_lock()

    def test_another_home_is_free(self, home: Home, tmp_path: Path) -> None:
        with home.acquire_lock():
            Home(tmp_path / "other").acquire_lock().release()

    def test_release_twice_is_harmless(self, home: Home) -> None:
        lock = home.acquire_lock()
        lock.release()
        lock.release()
        assert not home.is_running()

    def test_a_killed_holder_frees_it_and_its_endpoint_counts_no_more(self, home: Home, tmp_path: Path) -> None:
        command: list[str | Path] = [sys.executable, "-c", HOLD_THE_LOCK, home.path]
        root = str(Path(home_module.__file__).parents[1])
        with running(command, output=tmp_path / "output", environment={"PYTHONPATH": root}) as child:
            child.wait_for_text("holding")
            with pytest.raises(AlreadyRunning, match=f"process {child.pid}"):
                home.acquire_lock()
            child.process.kill()
            child.wait()
        assert home.read_endpoint() == Endpoint(URL, child.pid, TOKEN)
        assert home.running_endpoint() is None
        with home.acquire_lock():
            assert home.read_endpoint() is None

    def test_a_folder_that_cannot_be_locked_is_named(self, home: Home) -> None:
        home.lock_file.mkdir()
        with pytest.raises(BadInput, match="write and lock"):
            home.acquire_lock()


class TestEndpoint:
    def test_round_trip_and_removal(self, home: Home) -> None:
        assert home.read_endpoint() is None
        home.write_endpoint(URL, 1, "first")
        home.write_endpoint(URL, 2, TOKEN)
        assert home.read_endpoint() == Endpoint(URL, 2, TOKEN)
        assert json.loads(home.endpoint_file.read_text()) == {"url": URL, "pid": 2, "token": TOKEN}
        home.remove_endpoint()
        home.remove_endpoint()
        assert home.read_endpoint() is None

    def test_is_the_owners_from_its_first_byte(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[int] = []
        real_fsync = os.fsync

        def look(descriptor: int) -> None:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            real_fsync(descriptor)

        monkeypatch.setattr(os, "fsync", look)
        before = os.umask(0)
        try:
            home.write_endpoint(URL, 1, TOKEN)
        finally:
            os.umask(before)
        assert seen[0] == 0o600
        assert mode(home.endpoint_file) == 0o600

    def test_a_failed_write_keeps_the_old(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        home.write_endpoint(URL, 1, "old")

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            home.write_endpoint(URL, 2, "new")
        assert home.read_endpoint() == Endpoint(URL, 1, "old")

    def test_the_token_never_shows(self) -> None:
        assert TOKEN not in repr(Endpoint(URL, 1, TOKEN))

    @pytest.mark.parametrize(
        "found",
        [
            {},
            [],
            {"url": URL, "pid": 1},
            {"url": URL, "pid": "1", "token": TOKEN},
            {"url": URL, "pid": True, "token": TOKEN},
            {"url": URL, "pid": 0, "token": TOKEN},
            {"url": "", "pid": 1, "token": TOKEN},
            {"url": URL, "pid": 1, "token": ""},
        ],
    )
    def test_what_is_not_whole_is_not_there(self, found: object, home: Home) -> None:
        home.endpoint_file.write_text(json.dumps(found))
        assert home.read_endpoint() is None

    @given(cut=st.integers(min_value=0))
    def test_a_torn_file_is_not_there(self, cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
        home = Home(tmp_path_factory.getbasetemp() / "torn")
        home.write_endpoint(URL, 1, TOKEN)
        content = home.endpoint_file.read_bytes()
        home.endpoint_file.write_bytes(content[: cut % len(content)])
        assert home.read_endpoint() is None

    @given(content=st.binary(max_size=200) | st.just(b"[" * 60_000))
    def test_any_bytes_are_survived(self, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
        home = Home(tmp_path_factory.getbasetemp() / "any")
        home.endpoint_file.write_bytes(content)
        assert home.read_endpoint() is None
