# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulators' process: opens one port for each instrument and serves them until standard input closes.

    python -m edge_daemon.instruments.simulators --instruments scd30,pms7003,windsonic [--seed N] [--warm-up-s S]

Every change of the ports is one JSON line on standard output, `{"ports": [{"name", "device", "model"}, ...]}`.
Every JSON line on standard input is a command and is answered by one, `{"done": ...}` or `{"error": "..."}`:

    {"port": "scd30", "fault": "silence"}     or garbage, wrong_checksum, slow_drip, none
    {"port": "scd30", "unplug": true}
    {"port": "scd30", "replug": true}
    {"port": "scd30", "swap": "scd30-2"}      each instrument is at the other's port from here on
"""

import argparse
import functools
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping

from edge_daemon.instruments.simulators.bench import Bench, Clock, Line
from edge_daemon.instruments.simulators.faults import FaultyLine
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.shelf import makers
from edge_daemon.instruments.simulators.socket_line import SocketLine

CHUNK_BYTES = 4096


def main() -> None:
    """Serve the instruments named on the command line."""
    shelf = makers()
    options = _parse(shelf)
    clock = Clock()
    instruments = {
        name: FaultyLine(shelf[kind](options.seed + number, clock.now(), options.warm_up_s), options.seed + number)
        for name, (kind, number) in ((name, _kind(shelf, name)) for name in options.instruments)
    }
    bench = Bench(instruments, _opener(options.transport), clock, functools.partial(print, flush=True))
    if os.name != "nt":
        handle = sys.stdin.fileno()
        bench.run(handle, lambda: os.read(handle, CHUNK_BYTES))
        return
    commands = _commands_as_socket()
    bench.run(commands.fileno(), lambda: commands.recv(CHUNK_BYTES))


def _parse(shelf: Mapping[str, Maker]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Simulated instruments on simulated serial ports.")
    parser.add_argument(
        "--instruments",
        type=functools.partial(_names, shelf),
        default=list(shelf),
        help="comma-separated, of " + ", ".join(shelf) + "; more of a kind with a number, like scd30-2",
    )
    parser.add_argument("--seed", type=int, default=1, help="another number gives other weather")
    parser.add_argument("--warm-up-s", type=_seconds, default=None, help="warm-up of every instrument in seconds")
    parser.add_argument("--transport", choices=("auto", "pty", "socket"), default="auto")
    return parser.parse_args()


def _names(shelf: Mapping[str, Maker], text: str) -> list[str]:
    names = text.split(",")
    if any(_kind(shelf, name)[0] not in shelf for name in names) or len(set(names)) != len(names):
        kinds = ", ".join(shelf)
        raise argparse.ArgumentTypeError(f"{text!r} must name each of {kinds} at most once; more of a kind as scd30-2")
    return names


def _kind(shelf: Mapping[str, Maker], name: str) -> tuple[str, int]:
    """The kind of an instrument, and the number that tells it from others of its kind; 0 without one.

    Those without a number stand in the same weather.
    """
    kind, _, number = name.rpartition("-")
    return (kind, int(number)) if name not in shelf and number.isdecimal() else (name, 0)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.0 <= seconds <= 3600.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 3600 s")
    return seconds


def _opener(transport: str) -> Callable[[str], Line]:
    if transport == "socket" or (transport == "auto" and os.name == "nt"):
        return SocketLine
    from edge_daemon.instruments.simulators.pty_line import PtyLine  # this module does not load on Windows

    return PtyLine


def _commands_as_socket() -> socket.socket:
    """Standard input as a socket: a selector on Windows watches nothing else."""
    near, far = socket.socketpair()

    def carry() -> None:
        with far:
            while data := os.read(sys.stdin.fileno(), CHUNK_BYTES):
                far.sendall(data)

    threading.Thread(target=carry, name="commands", daemon=True).start()
    return near


if __name__ == "__main__":
    main()
