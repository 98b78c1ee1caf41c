# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A far end that takes connections, listens, and never says a word. Listens in a thread."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field


@dataclass
class Silent:
    """`heard` is what each connection has said first."""

    port: int
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def silent() -> Iterator[Silent]:
    """The far end on loopback, as long as the block lasts."""
    with ExitStack() as taken, socket.create_server(("127.0.0.1", 0)) as listening:
        told = Silent(listening.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    station, _ = listening.accept()
                except OSError:  # the block has ended
                    return
                taken.enter_context(station)
                told.heard.append(station.recv(4096))

        serving = threading.Thread(target=listen, name="silent far end")
        serving.start()
        try:
            yield told
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()
