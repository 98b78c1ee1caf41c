# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The collector runs in the Qt thread and nowhere else."""

import gc
import threading
import weakref

from pytestqt.qtbot import QtBot

from app.garbage import GarbageTurns


class Loop:
    """Garbage that only the collector can end; it tells the thread in which that happened."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_made_in_another_thread_ends_in_this_one(qtbot: QtBot) -> None:
    ended_in: list[threading.Thread] = []

    def make() -> None:
        weakref.finalize(Loop(), lambda: ended_in.append(threading.current_thread()))
        assert [[{}] for _ in range(200_000)]  # enough to wake a collector that is not held

    turns = GarbageTurns()
    try:
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        assert not ended_in
        qtbot.waitUntil(lambda: bool(ended_in), timeout=20_000)
        assert ended_in == [threading.current_thread()]
    finally:
        turns.stop()
    assert gc.isenabled()
