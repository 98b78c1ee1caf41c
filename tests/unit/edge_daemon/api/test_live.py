# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The live feed drops a client that falls behind, and never makes the writer wait or leaves a hole unsaid."""

import asyncio
from collections.abc import Sequence

from edge_daemon.api import live
from edge_daemon.api.live import LiveHub
from edge_daemon.api.messages import Live
from edge_daemon.buffer.record import Committed, Record


def committed(index: int) -> Committed:
    return Committed(index, Record(b"{}", "note", 0))


def message(batch: Sequence[Committed]) -> Live:
    return Live(project_id="p", timestamp="t", first=batch[0].index, last=batch[-1].index)


async def settle() -> None:
    """Let what was scheduled in the loop run."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_each_client_gets_every_batch_in_order() -> None:
    async def scenario() -> list[int]:
        hub = LiveHub(message)
        hub.attach(asyncio.get_running_loop())
        clients = [hub.subscribe(), hub.subscribe()]
        for index in range(3):
            await asyncio.to_thread(hub.publish, [committed(index)])
            await settle()
        told = [[client.messages.get_nowait() for _ in range(3)] for client in clients]
        assert told[0] == told[1]
        return [m.first for m in told[0] if m]

    assert asyncio.run(scenario()) == [0, 1, 2]


def test_a_slow_client_is_dropped_and_the_others_go_on() -> None:
    async def scenario() -> None:
        hub = LiveHub(message)
        hub.attach(asyncio.get_running_loop())
        slow, quick = hub.subscribe(), hub.subscribe()
        for index in range(live.QUEUE + 1):
            hub.publish([committed(index)])
            await settle()
            got = quick.messages.get_nowait()
            assert got is not None
            assert got.last == index
        assert slow.dropped
        assert slow.messages.get_nowait() is None
        assert not quick.dropped

    asyncio.run(scenario())


def test_a_stalled_event_loop_costs_bounded_memory_and_the_clients_are_told() -> None:
    async def scenario() -> None:
        hub = LiveHub(message)
        hub.attach(asyncio.get_running_loop())
        client = hub.subscribe()
        batch = [committed(index) for index in range(live.BACKLOG + 1)]
        hub.publish(batch)
        hub.publish([committed(live.BACKLOG + 1)])
        await settle()
        assert client.dropped
        assert client.messages.get_nowait() is None

    asyncio.run(scenario())


def test_nothing_is_kept_when_nobody_serves() -> None:
    hub = LiveHub(message)
    hub.publish([committed(0)])
    assert hub._pending == []
