# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The check desk: one at a time, cancelled at once, its outcome kept, and never called sound without a verdict."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from edge_daemon.api.check_views import check_message
from edge_daemon.buffer.child import end_child, start_child
from edge_daemon.domain.faults import Conflict
from edge_daemon.station.checking import CheckDesk
from tests.support.log_files import co2, execute, write_log
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
# The child gives way to everything else that runs.
PATIENCE_S = 240.0


def a_log(tmp_path: Path, readings: int) -> Path:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, readings)])
    return path


def desk_of(path: Path) -> CheckDesk:
    return CheckDesk(path, path.with_name("check.json"), lambda: 1_795_421_730_000_000_000)


def run(desk: CheckDesk) -> None:
    desk.start()
    wait_until(lambda: desk.status().state != "running", seconds=PATIENCE_S, what="the end of the check")


def test_a_sound_log_and_a_damaged_one_get_their_verdict_which_is_kept(tmp_path: Path) -> None:
    path = a_log(tmp_path, 2_500)
    desk = desk_of(path)
    assert desk.status().state == "never"
    run(desk)
    sound = desk.status()
    assert (sound.state, sound.size, sound.done, sound.of, sound.columns_checked) == (
        "sound",
        2_500,
        2_500,
        2_500,
        True,
    )
    execute(path, "UPDATE entry SET bytes = CAST(replace(bytes, 's1', 's2') AS BLOB) WHERE idx = 1234")
    run(desk)
    assert desk.status().state == "damaged"
    assert desk.status().found[0].startswith("entry 1234: its bytes do not match")
    assert desk_of(path).status() == desk.status()


def test_a_second_check_is_refused_and_a_cancelled_one_gives_no_verdict(tmp_path: Path) -> None:
    desk = desk_of(a_log(tmp_path, 15_000))
    desk.start()
    with pytest.raises(Conflict):
        desk.start()
    assert desk.cancel().state == "cancelled"
    message = check_message(desk.status())
    assert message.checked == ()
    assert len(message.not_checked) >= 2
    run(desk)
    assert desk.status().state == "sound"


def test_a_check_that_the_daemons_end_cut_short_is_told_as_such(tmp_path: Path) -> None:
    path = a_log(tmp_path, 2)
    path.with_name("check.json").write_text('{"state": "running", "started_ns": 5, "found": []}')
    assert desk_of(path).status().state == "interrupted"
    for text in ("", "[]", '{"state": "fine", "found": []}', '{"colour": 1, "found": []}'):
        path.with_name("check.json").write_text(text)
        assert desk_of(path).status().state == "never"


def test_a_child_ends_with_its_parent_and_runs_at_low_priority(tmp_path: Path) -> None:
    path = a_log(tmp_path, 15_000)
    parent = (
        "import sys\n"
        "from edge_daemon.buffer.child import start_child\n"
        f"child = start_child('edge_daemon.buffer.check', '--child', {str(path)!r})\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    assert child.nice() > psutil.Process().nice()
    process.kill()
    process.communicate()
    wait_until(
        lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, seconds=200, what="the child's end"
    )


def test_a_child_that_is_ended_leaves_nothing_open(tmp_path: Path) -> None:
    child = start_child("edge_daemon.buffer.check", "--child", str(a_log(tmp_path, 10_000)))
    assert end_child(child) != 0
    assert child.stdin is not None
    assert child.stdin.closed
