# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who uses a shared port next."""

from dataclasses import dataclass
from typing import cast

from edge_daemon.acquisition.worker import Task, choose


@dataclass
class Turn:
    """What is seen of a task when turns are given."""

    ready_us: int
    failing: bool = False
    patience_us: int = 0


def chosen(turns: list[Turn], now_us: int) -> Turn | None:
    return cast("Turn | None", choose(cast("list[Task]", turns), now_us))


def test_the_one_waiting_longest_goes_first() -> None:
    first, second = Turn(5), Turn(3)
    assert chosen([first, second], 10) is second
    assert chosen([first, second], 2) is None


def test_a_silent_device_goes_only_where_its_silence_fits() -> None:
    sound, silent = Turn(1000), Turn(0, failing=True, patience_us=300)
    assert chosen([sound, silent], 700) is silent
    assert chosen([sound, silent], 701) is None
    assert chosen([sound, silent], 1000) is sound


def test_a_silent_device_is_never_shut_out() -> None:
    sound, silent = Turn(10_000_200), Turn(0, failing=True, patience_us=300)
    assert chosen([sound, silent], 10_000_001) is silent


def test_silent_devices_alone_wait_for_nobody() -> None:
    silent = Turn(0, failing=True, patience_us=300)
    assert chosen([silent, Turn(50, failing=True)], 60) is silent
