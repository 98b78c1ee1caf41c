# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The keyring store against a real Secret Service, in a session bus and a profile of its own."""

import shutil
import sys
from pathlib import Path

import pytest

from edge_daemon import home as home_module
from tests.support.processes import running

PLANTED = "pl4nted-s3cret"

pytestmark = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="needs dbus-run-session and gnome-keyring-daemon",
)

# The keyring is unlocked by a password on standard input, as a login does it; the bus starts no second one.
WITH_KEYRING = """
exec 3<&0  # a shell gives what it starts in the background no standard input
gnome-keyring-daemon --unlock --components=secrets --foreground <&3 &
keyring=$!
"$@"
code=$?
kill $keyring
wait $keyring
exit $code
"""

USE_THE_STORE = """
import os, sys
from pathlib import Path
from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.home import Home
from edge_daemon.secrets.choose import Mode, choose_store
from edge_daemon.secrets.secret import Secret
from tests.support.waiting import wait_until

planted = sys.argv[3]

def store(name):
    home = Home(Path(sys.argv[1]) / name)
    return choose_store(Mode.USER, None, home=home.path, environment=os.environ)

def store_when_up(name):
    try:
        return store(name)
    except SecretUnavailable:
        return None

if sys.argv[2] == "first":
    one, two = wait_until(lambda: store_when_up("one"), seconds=60, what="the keyring"), store("two")
    print(one.description)
    def put():
        try:
            one.put("broker", Secret(planted))
        except SecretUnavailable:
            return False
        return True
    wait_until(put, seconds=60, what="the keyring to be unlocked")
    two.put("broker", Secret(planted + "-two"))
    two.put("gone", Secret(planted))
    two.delete("gone")
    two.delete("gone")
    assert two.get("gone") is None
assert store("one").get("broker").reveal() == planted
assert store("two").get("broker").reveal() == planted + "-two"
assert store("one").get("missing") is None
print("all well")
"""

MEET_NO_KEYRING = """
import os, sys
from pathlib import Path
from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.home import Home
from edge_daemon.secrets.choose import Mode, choose_store
from edge_daemon.secrets.secret import Secret
try:
    home = Home(Path(sys.argv[1]))
    store = choose_store(Mode.USER, None, home=home.path, environment=os.environ)
    store.put("broker", Secret(sys.argv[2]))
except SecretUnavailable as error:
    print("unavailable:", error)
"""


@pytest.fixture
def profile(tmp_path: Path) -> dict[str, str]:
    """A desktop profile in which there is nothing yet, and no screen to ask on."""
    for name in ("profile", "data", "config", "run"):
        (tmp_path / name).mkdir(mode=0o700)
    return {
        "HOME": str(tmp_path / "profile"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "DISPLAY": "",
        "WAYLAND_DISPLAY": "",
        "PYTHONPATH": str(Path(home_module.__file__).parents[1]),
    }


def files_showing(text: str, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_secrets_of_two_homes_outlive_the_keyring_service(profile: dict[str, str], tmp_path: Path) -> None:
    for run in ("first", "second"):
        user: list[str | Path] = [sys.executable, "-c", USE_THE_STORE, tmp_path / "homes", run, PLANTED]
        command: list[str | Path] = ["dbus-run-session", "--", "sh", "-c", WITH_KEYRING, "sh", *user]
        with running(command, output=tmp_path / f"{run}.txt", environment=profile, stdin=b"login password") as child:
            assert child.wait(seconds=90) == 0, child.said()
            assert "all well" in child.said()
    assert "Secret Service" in (tmp_path / "first.txt").read_text()
    assert list((tmp_path / "data" / "keyrings").iterdir()), "the real keyring was not used"
    assert files_showing(PLANTED, tmp_path) == []


def test_no_session_bus_is_said_at_once(profile: dict[str, str], tmp_path: Path) -> None:
    environment = profile | {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/no-bus"}
    command: list[str | Path] = [sys.executable, "-c", MEET_NO_KEYRING, tmp_path / "home", PLANTED]
    with running(command, output=tmp_path / "output", environment=environment) as child:
        assert child.wait(seconds=30) == 0, child.said()
        assert "unavailable: There is no keyring" in child.said() or "could not be reached" in child.said()
        assert "'file'" in child.said()
        assert "'memory'" in child.said()
    assert files_showing(PLANTED, tmp_path) == []


def test_a_keyring_nobody_can_unlock_is_said_at_once(profile: dict[str, str], tmp_path: Path) -> None:
    command: list[str | Path] = [
        "dbus-run-session",
        "--",
        sys.executable,
        "-c",
        MEET_NO_KEYRING,
        tmp_path / "home",
        PLANTED,
    ]
    with running(command, output=tmp_path / "output", environment=profile) as child:
        assert child.wait(seconds=60) == 0, child.said()
        assert "unavailable: " in child.said()
    assert files_showing(PLANTED, tmp_path) == []
