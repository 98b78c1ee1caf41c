# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The text form of bytes captured on a line. Pure.

One line says what follows or what came: `# name: value` or any remark after `#`; `@MICROSECONDS` since the capture
began, for the lines behind it; `> HH HH …` bytes sent to the instrument; `< HH HH …` bytes it sent. Times may be left
out. Known names are `model`, `options` (JSON, belonging to the model before it), `line` (as `9600 8N1`), `port` and
`started`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue

TITLE = "# Verifield capture 1"
MOST_CHARACTERS = 64_000_000
TOGETHER_US = 20_000
"""Bytes of one direction that follow within this time stand on one line."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that went over the line, to the instrument if `sent`; their first came `at_us` after the beginning.

    `at_us` is None in a file without times.
    """

    at_us: int | None
    sent: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Device:
    """An instrument on the line: its model in the catalogue and the options its driver had."""

    model: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaptureFile:
    """What was captured, and where; texts are empty where the file says nothing."""

    chunks: tuple[Chunk, ...]
    devices: tuple[Device, ...] = ()
    line: str = ""
    port: str = ""
    started: str = ""


def written(capture: CaptureFile) -> str:
    """The capture as text."""
    lines = [TITLE, *_head("port", capture.port), *_head("line", capture.line), *_head("started", capture.started)]
    for device in capture.devices:
        lines += [*_head("model", device.model), f"# options: {json.dumps(dict(device.options), sort_keys=True)}"]
    for chunk in capture.chunks:
        if chunk.at_us is not None:
            lines.append(f"@{chunk.at_us}")
        lines.append(f"{'>' if chunk.sent else '<'} {chunk.data.hex(' ').upper()}")
    return "\n".join(lines) + "\n"


def parsed(text: str) -> CaptureFile:
    """The capture that a text holds. Raises BadInput that names the line which cannot be read."""
    if len(text) > MOST_CHARACTERS:
        raise BadInput("capture", f"{len(text)} characters", f"at most {MOST_CHARACTERS} are read")
    chunks: list[Chunk] = []
    heads: dict[str, str] = {}
    devices: list[Device] = []
    at_us: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        mark, rest = line[:1], line[1:].strip()
        if mark == "#":
            name, _, value = (part.strip() for part in rest.partition(": "))
            _take_head(number, name, value, heads, devices)
        elif mark == "@":
            at_us = _time(number, rest, at_us)
        elif mark in {">", "<"}:
            chunks.append(Chunk(at_us, mark == ">", _bytes(number, rest)))
        elif line.strip():
            raise BadInput(f"line {number}", line[:40], "a line begins with #, @, > or <")
    return CaptureFile(
        tuple(chunks), tuple(devices), heads.get("line", ""), heads.get("port", ""), heads.get("started", "")
    )


def together(chunks: Iterable[Chunk]) -> tuple[Chunk, ...]:
    """The same traffic with what one direction sent without a pause in one piece."""
    joined: list[Chunk] = []
    last_us = 0
    for chunk in chunks:
        at_us = chunk.at_us or 0
        before = joined[-1] if joined else None
        if before and before.sent == chunk.sent and at_us - last_us <= TOGETHER_US and not chunk.sent:
            joined[-1] = Chunk(before.at_us, before.sent, before.data + chunk.data)
        else:
            joined.append(chunk)
        last_us = at_us
    return tuple(joined)


def _head(name: str, value: str) -> Sequence[str]:
    return [f"# {name}: {' '.join(value.split())}"] if value else []


def _take_head(number: int, name: str, value: str, heads: dict[str, str], devices: list[Device]) -> None:
    if name == "model":
        devices.append(Device(value))
    elif name == "options" and devices:
        try:
            options = json.loads(value)
        except ValueError as error:
            raise BadInput(f"line {number}", value[:40], f"options are a JSON object ({error})") from error
        if not isinstance(options, dict):
            raise BadInput(f"line {number}", value[:40], "options are a JSON object")
        devices[-1] = Device(devices[-1].model, options)
    elif name in {"line", "port", "started"}:
        heads[name] = value


def _time(number: int, text: str, before: int | None) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise BadInput(f"line {number}", text[:40], "@ is followed by whole microseconds")
    if int(text) < (before or 0):
        raise BadInput(f"line {number}", text, f"times never go back, and {before} stands before it")
    return int(text)


def _bytes(number: int, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise BadInput(f"line {number}", text[:40], "bytes are pairs of hexadecimal digits") from error
