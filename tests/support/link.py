# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A link of a certain speed, with pauses, in front of a server on loopback. Listens and connects in a thread."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

BLOCK = 1024


@dataclass
class Link:
    """Carries `bytes_per_second` upwards; `carried` counts them. During a pause nothing moves and nothing breaks."""

    upstream: int
    bytes_per_second: float
    port: int = 0
    carried: int = 0
    open: threading.Event = field(default_factory=threading.Event)
    broken: threading.Event = field(default_factory=threading.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or the link breaks."""
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            writer.close()
            return
        ways = [
            asyncio.ensure_future(self._carry(reader, away, slow=True)),
            asyncio.ensure_future(self._carry(there, writer, slow=False)),
        ]
        _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in left:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for side in (writer, away):
            side.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool) -> None:
        with suppress(OSError):
            while not self.broken.is_set() and (block := await reader.read(BLOCK)):
                while not self.open.is_set():
                    await asyncio.sleep(0.01)
                if slow:
                    await asyncio.sleep(len(block) / self.bytes_per_second)
                    self.carried += len(block)
                writer.write(block)
                await writer.drain()


@contextmanager
def link(upstream: int, bytes_per_second: float) -> Iterator[Link]:
    """An open link to the port `upstream`."""
    made, ready = Link(upstream, bytes_per_second), threading.Event()
    made.open.set()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        serving = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=BLOCK)
        made.port = serving.sockets[0].getsockname()[1]
        ready.set()
        await stopped.wait()
        made.broken.set()
        serving.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="link")
    thread.start()
    try:
        assert ready.wait(20)
        yield made
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()
