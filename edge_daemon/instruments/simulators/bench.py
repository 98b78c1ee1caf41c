# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The bench the simulated instruments stand on: one selector loop over ports and commands.

Does the I/O of the simulators' process; starts no thread and never waits to write.
"""

import json
import selectors
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from edge_daemon.instruments.simulators.faults import FaultyLine, LineFault

LONGEST_SLEEP_S = 1.0
LONGEST_COMMAND = 65_536


class Line(Protocol):
    """What `PtyLine` and `SocketLine` have in common."""

    device: str

    def register(self, selector: selectors.BaseSelector, on_ready: Callable[[], None]) -> None: ...

    def unregister(self, selector: selectors.BaseSelector) -> None: ...

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class Refused(Exception):
    """A command that cannot be carried out, in words for the person who sent it."""


@dataclass(slots=True)
class Plug:
    """One instrument and the port it is plugged into, if any."""

    name: str
    far: FaultyLine
    line: Line | None
    last_device: str


class Clock:
    """Seconds since 1970 that advance evenly, whatever is done to the system's clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._offset + time.monotonic()


class Bench:
    """Carries bytes between instruments and ports, and carries out commands.

    Args:
        instruments: by port name, in the order they are reported.
        open_line: opens a port; is told a device name to avoid.
        clock: the time the instruments live in.
        say: sends one JSON line to the parent.
    """

    def __init__(
        self,
        instruments: Mapping[str, FaultyLine],
        open_line: Callable[[str], Line],
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._open_line = open_line
        self._clock = clock
        self._say = say
        self._typed = b""
        self._plugs = {name: Plug(name, far, None, "") for name, far in instruments.items()}

    def run(self, commands: int, read_commands: Callable[[], bytes]) -> None:
        """Serve until the commands end. `commands` is a handle the selector can watch; `read_commands` reads it."""
        self._selector.register(commands, selectors.EVENT_READ)
        try:
            for plug in self._plugs.values():
                self._plug_in(plug)
            self._report_ports()
            while self._serve(read_commands):
                pass
        finally:
            for plug in self._plugs.values():
                if plug.line:
                    plug.line.close()
            self._selector.close()

    def _serve(self, read_commands: Callable[[], bytes]) -> bool:
        for key, _ in self._selector.select(self._sleep_s()):
            if key.data is not None:
                key.data()
                continue
            typed = read_commands()
            if not typed:
                return False
            self._take(typed)
        for plug in self._plugs.values():
            sent = plug.far.due(self._clock.now())
            if sent and plug.line:
                plug.line.write(sent)
        return True

    def _sleep_s(self) -> float:
        soonest = min((plug.far.next_due() for plug in self._plugs.values()), default=LONGEST_SLEEP_S)
        return min(max(soonest - self._clock.now(), 0.0), LONGEST_SLEEP_S)

    def _hear(self, plug: Plug) -> None:
        if plug.line is None:
            return
        data = plug.line.read()
        answer = plug.far.receive(data, self._clock.now()) if data else b""
        if answer:
            plug.line.write(answer)

    def _take(self, typed: bytes) -> None:
        *lines, self._typed = (self._typed + typed).split(b"\n")
        self._typed = self._typed[-LONGEST_COMMAND:]
        for line in lines:
            if line.strip():
                self._say(json.dumps(self._answer(line)))

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            return {"done": self._obey(json.loads(line))}
        except (ValueError, Refused, OSError) as error:
            return {"error": str(error)}

    def _obey(self, command: object) -> dict[str, object]:
        if not isinstance(command, dict):
            raise Refused("a command is a JSON object")
        plug = self._plugs.get(str(command.get("port")))
        if plug is None:
            raise Refused(f"there is no port {command.get('port')!r}; there are {', '.join(self._plugs)}")
        match {key: value for key, value in command.items() if key != "port"}:
            case {"fault": str(fault), **rest} if not rest and fault in set(LineFault):
                plug.far.switch(LineFault(fault))
            case {"unplug": True, **rest} if not rest:
                self._unplug(plug)
            case {"replug": True, **rest} if not rest:
                self._replug(plug)
            case {"blink": True, **rest} if not rest:
                plug.far.instrument.power_up(self._clock.now())
            case {"swap": str(other), **rest} if not rest and other in self._plugs:
                plug.far, self._plugs[other].far = self._plugs[other].far, plug.far
            case _:
                raise Refused(
                    f"a command is a fault ({', '.join(LineFault)}), unplug, replug, blink, or swap with another port"
                )
        return command

    def _unplug(self, plug: Plug) -> None:
        if plug.line is None:
            raise Refused(f"{plug.name} is not plugged in")
        plug.line.unregister(self._selector)
        plug.line.close()
        plug.line = None
        self._report_ports()

    def _replug(self, plug: Plug) -> None:
        if plug.line is not None:
            raise Refused(f"{plug.name} is plugged in already")
        plug.far.switch(plug.far.fault)
        plug.far.instrument.power_up(self._clock.now())
        self._plug_in(plug)
        self._report_ports()

    def _plug_in(self, plug: Plug) -> None:
        plug.line = self._open_line(plug.last_device)
        plug.last_device = plug.line.device
        plug.line.register(self._selector, lambda: self._hear(plug))

    def _report_ports(self) -> None:
        present = [
            {"name": plug.name, "device": plug.line.device, "model": plug.far.instrument.model}
            for plug in self._plugs.values()
            if plug.line
        ]
        self._say(json.dumps({"ports": present}))
