# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which ports are present: the computer's serial ports, or those of the simulators' process.

Asks the operating system, starts and ends the simulators' process; opens no port.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from serial.tools import list_ports

from edge_daemon.domain.connection import Port, PortIdentity, PortKind

START_SECONDS = 30.0
ANSWER_SECONDS = 10.0
END_SECONDS = 5.0
PSEUDO_TERMINALS = ("/dev/pts/", "/dev/pty", "/dev/ptmx")
EVERY_INSTRUMENT = ("scd30", "pms7003", "windsonic")


class PortSource(Protocol):
    """Where ports come from."""

    def ports(self) -> tuple[Port, ...]:
        """The ports that are present now."""


class SimulatorFailed(Exception):
    """The simulators' process did not start, ended, or refused a command; the text says which."""


class ListedPort(Protocol):
    """What pyserial tells of a port (`serial.tools.list_ports.ListPortInfo`)."""

    device: str
    description: str | None
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None


class SerialPorts:
    """The computer's own serial ports; a pseudo-terminal is never among them.

    Args:
        list_them: asks the operating system, as pyserial does.
    """

    def __init__(self, list_them: Callable[[], Iterable[ListedPort]] = list_ports.comports) -> None:
        self._list_them = list_them

    def ports(self) -> tuple[Port, ...]:
        """The serial ports present now, in the order of their device names."""
        listed = sorted(self._list_them(), key=lambda info: info.device)
        found = [_port(info) for info in listed if not info.device.startswith(PSEUDO_TERMINALS)]
        times = Counter(port.identity.key for port in found)
        return tuple(_told_apart(port) if times[port.identity.key] > 1 else port for port in found)


class SimulatedPorts:
    """The ports of simulated instruments, served by a process of their own that ends with this one.

    Args:
        instruments: names of the simulators (`scd30`, `pms7003`, `windsonic`, …); more of a kind as `scd30-2`.
        seed: another number gives other weather.
        warm_up_s: warm-up of every instrument in seconds; None for each one's own.
        transport: `pty`, `socket`, or `auto` for whichever the system has.

    Raises:
        SimulatorFailed: the process reported no ports within half a minute.
    """

    def __init__(
        self,
        instruments: Sequence[str] = EVERY_INSTRUMENT,
        *,
        seed: int = 1,
        warm_up_s: float | None = None,
        transport: str = "auto",
    ) -> None:
        command = [sys.executable, "-m", "edge_daemon.instruments.simulators", "--instruments", ",".join(instruments)]
        command += ["--seed", str(seed), "--transport", transport]
        command += [] if warm_up_s is None else ["--warm-up-s", str(warm_up_s)]
        self._present: tuple[Port, ...] = ()
        self._reported = threading.Event()
        self._ended = threading.Event()
        self._answers: queue.SimpleQueue[dict[str, object] | None] = queue.SimpleQueue()
        self._asking = threading.Lock()
        # A session of its own: a Ctrl-C in the terminal is for the daemon, which then closes the simulators in order.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), start_new_session=True
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), name="simulators", daemon=True)
        self._reader.start()
        if not self._reported.wait(START_SECONDS) or self._ended.is_set():
            self.close()
            raise SimulatorFailed(f"the simulated instruments did not start (exit code {self._process.returncode})")

    @property
    def pid(self) -> int:
        """The process id of the simulators."""
        return self._process.pid

    def ports(self) -> tuple[Port, ...]:
        """The simulated ports present now; none once the process has ended."""
        return self._present

    def command(self, port: str, **order: str | bool) -> None:
        """Send one command and wait until it is done.

        Args:
            port: the simulator's name, e.g. `scd30`.
            order: one of `unplug=True`, `replug=True`, `blink=True` (it loses power for a moment, its port stays),
                `swap=` with the name of another port, or `fault=` with `silence`, `garbage`, `wrong_checksum`,
                `slow_drip` or `none`.

        Raises:
            SimulatorFailed: the command was refused, or the process does not answer.
        """
        with self._asking:
            answer = self._ask(json.dumps({"port": port, **order}).encode() + b"\n")
        if "error" in answer:
            raise SimulatorFailed(str(answer["error"]))

    def close(self) -> None:
        """Unplug everything, end the process and reap it. May be called twice."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> "SimulatedPorts":
        """These ports."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _ask(self, line: bytes) -> dict[str, object]:
        pipe = self._process.stdin
        if pipe is None or pipe.closed or self._ended.is_set():
            raise SimulatorFailed("the simulated instruments have ended")
        try:
            pipe.write(line)
            pipe.flush()
            answer = self._answers.get(timeout=ANSWER_SECONDS)
        except OSError as error:
            raise SimulatorFailed(f"the simulated instruments have ended: {error}") from error
        except queue.Empty:
            self._process.kill()  # a late answer would be taken for the next command's
            raise SimulatorFailed(f"the simulated instruments gave no answer within {ANSWER_SECONDS:g} s") from None
        if answer is None:
            raise SimulatorFailed("the simulated instruments ended before they answered")
        return answer

    def _read(self, lines: IO[bytes]) -> None:
        for line in lines:
            message = json.loads(line)
            if "ports" in message:
                self._present = tuple(_simulated(each) for each in message["ports"])
                self._reported.set()
            else:
                self._answers.put(message)
        self._present = ()
        self._ended.set()
        self._reported.set()
        self._answers.put(None)


def _port(info: ListedPort) -> Port:
    description = info.description if info.description not in {None, "n/a"} else ""
    if info.vid is None or info.pid is None:
        return Port(
            info.device, PortIdentity(PortKind.PHYSICAL, location=info.location or info.device), description or ""
        )
    identity = PortIdentity(
        PortKind.PHYSICAL,
        vendor=f"{info.vid:04x}",
        product=f"{info.pid:04x}",
        serial=info.serial_number or "",
        location=info.location or info.device,
    )
    return Port(info.device, identity, description or "")


def _told_apart(port: Port) -> Port:
    """Adapters sold with one serial number for all, or one adapter with several ports: only the USB path differs."""
    identity = port.identity
    return Port(
        port.device,
        PortIdentity(identity.kind, identity.vendor, identity.product, location=identity.location or port.device),
        port.description,
    )


def _simulated(entry: dict[str, str]) -> Port:
    kind = PortKind.SOCKET if entry["device"].startswith("socket://") else PortKind.PSEUDO_TERMINAL
    return Port(entry["device"], PortIdentity(kind, location=entry["name"]), f"simulated {entry['model']}")


def _environment() -> dict[str, str]:
    """This process's environment, with our own packages importable wherever the daemon was started from."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
