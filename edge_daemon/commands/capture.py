# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield-daemon capture` and `replay`: keep the bytes that go over a port, and play them through a driver.

A capture goes through the running daemon, which lends the port and records the gap. A replay needs no daemon. Reads and
writes files.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import Progress

from edge_daemon.api.messages import PortMessage
from edge_daemon.api.routes_capture import CaptureMessage
from edge_daemon.commands.client import ask, parsed
from edge_daemon.domain.faults import BadInput, Fault, NotConnected
from edge_daemon.domain.instrument import InstrumentModel, OptionValue
from edge_daemon.home import Endpoint, Home, find_home
from edge_daemon.instruments.capture_file import MOST_CHARACTERS, CaptureFile
from edge_daemon.instruments.capture_file import parsed as read_capture
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Identity, Sample, StreamDriver
from edge_daemon.instruments.own_models import FOLDER, with_own_models
from edge_daemon.instruments.playing import Player, serve
from edge_daemon.instruments.registry import driver
from edge_daemon.instruments.replay import Played, play
from edge_daemon.instruments.simulators.bench import Line

LOOK_EVERY_S = 0.25
MOST_SHOWN_BYTES = 32

out = Console(highlight=False, soft_wrap=True, markup=False)

HomeOption = Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")]
DemoOption = Annotated[bool, typer.Option("--demo", help="Of the demo.")]


def capture(
    port: Annotated[str, typer.Argument(help="Port: its present name, such as /dev/ttyUSB0, or its stable key.")],
    home: HomeOption = None,
    demo: DemoOption = False,
    seconds: Annotated[float, typer.Option(help="How long.")] = 60.0,
    output: Annotated[Path | None, typer.Option(help="File to write; default: a name made of model and time.")] = None,
    model: Annotated[str, typer.Option(help="Model to ask, instead of the sensors that are set up there.")] = "",
    line: Annotated[str, typer.Option(help="Line to listen on, such as '9600 8N1', where nothing is set up.")] = "",
) -> None:
    """Keep the bytes that go over a port, with their times. Meanwhile its sensors are not recorded: a gap says so."""
    if output is not None and output.exists():
        raise BadInput("output", str(output), "it exists already, and nothing is written over")
    place = Home(find_home(home, os.environ, demo=demo))
    endpoint = place.running_endpoint()
    if endpoint is None:
        raise NotConnected(f"no recorder runs for {place.path}; start it first, for the ports are its own")
    key = _key(endpoint, port)
    path = f"/api/ports/{quote(key, safe='')}/capture"
    ask(endpoint, "POST", path, {"seconds": seconds, "model": model, "line": line})
    try:
        ended = _follow(endpoint, path)
    except KeyboardInterrupt:
        ended = parsed(CaptureMessage, ask(endpoint, "DELETE", path))
    text = ask(endpoint, "GET", f"{path}/file").decode()
    target = output or Path(f"{_name(read_capture(text), key)}-{ended.started[:19].replace(':', '')}Z.hex")
    with target.open("x", encoding="utf-8") as file:
        file.write(text)
    if ended.detail:
        out.print(ended.detail)
    out.print(f"{ended.received_bytes} bytes came and {ended.sent_bytes} were sent. Written to {target}.")
    if ended.state == "failed":
        raise typer.Exit(1)


def replay(
    file: Annotated[Path, typer.Argument(help="Capture file.")],
    model: Annotated[str, typer.Option(help="Model in the catalogue; default: the one that the file names.")] = "",
    option: Annotated[
        list[str] | None, typer.Option(help="Option of the driver as NAME=VALUE; may be repeated.")
    ] = None,
    port: Annotated[bool, typer.Option("--port", help="Serve it on a port, for a recorder to record.")] = False,
    home: HomeOption = None,
    demo: DemoOption = False,
) -> None:
    """Play a capture through the model's driver and show readings and faults; or serve it on a port."""
    content = _read(file)
    models = with_own_models(load_catalogue(), find_home(home, os.environ, demo=demo) / FOLDER).models
    device = next((one for one in content.devices if model in {"", one.model}), None)
    name = model or (device.model if device else "")
    if name not in models:
        raise BadInput("model", name, f"name one with --model: {', '.join(sorted(models))}")
    options = {**models[name].options, **(device.options if device else {}), **_options(option or [])}
    if port:
        _serve(content, models[name])
        return
    found = [_words(models[name], played) for played in play(content, driver(models[name].driver), options)]
    for words in found:
        out.print(words)
    out.print(f"{name}: {len(found)} results." if found else f"{name}: nothing that this model's driver understands.")


def _key(endpoint: Endpoint, port: str) -> str:
    present = TypeAdapter(list[PortMessage]).validate_json(ask(endpoint, "GET", "/api/ports"))
    return next((one.key for one in present if port in {one.device, one.key}), port)


def _follow(endpoint: Endpoint, path: str) -> CaptureMessage:
    with Progress(console=out, transient=True) as bars:
        task = bars.add_task("Capturing")
        while (now := parsed(CaptureMessage, ask(endpoint, "GET", path))).state == "running":
            bars.update(task, completed=now.passed_s, total=now.seconds)
            time.sleep(LOOK_EVERY_S)
        return now


def _name(content: CaptureFile, key: str) -> str:
    named = content.devices[0].model if content.devices else key
    return "".join(char if char.isalnum() else "_" for char in named)


def _read(file: Path) -> CaptureFile:
    try:
        with file.open(encoding="utf-8") as opened:
            return read_capture(opened.read(MOST_CHARACTERS + 1))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("file", str(file), f"a readable capture file is needed ({error})") from error


def _options(given: list[str]) -> Mapping[str, OptionValue]:
    return dict(_option(text) for text in given)


def _option(text: str) -> tuple[str, OptionValue]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInput("option", text, "NAME=VALUE is needed")
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    return name, read if isinstance(read, bool | int | float | str) else value


def _words(model: InstrumentModel, played: Played) -> str:
    at = "" if played.at_us is None else f"{played.at_us / 1_000_000:12.6f} s  "
    match played.outcome:
        case Sample(channels=channels, status=status):
            units = {channel.name: channel.unit for channel in model.channels}
            values = ", ".join(_value(name, value, units.get(name, "")) for name, value in channels.items())
            return f"{at}reading  {values}{'' if status == 'ok' else f'  ({status})'}"
        case Identity() as identity:
            said = {"serial": identity.serial, "firmware": identity.firmware, **identity.details}
            return f"{at}identity {', '.join(f'{name} {value}' for name, value in said.items() if value)}"
        case Fault() as fault:
            shown = played.frame[:MOST_SHOWN_BYTES].hex(" ")
            more = "…" if len(played.frame) > MOST_SHOWN_BYTES else ""
            return f"{at}fault    {fault.title}: {fault}{f'  [{shown}{more}]' if shown else ''}"


def _value(name: str, value: float | None, unit: str) -> str:
    return f"{name} missing" if value is None else f"{name} {value:g} {unit}".rstrip()


def _serve(content: CaptureFile, model: InstrumentModel) -> None:
    speaks = isinstance(driver(model.driver), StreamDriver)
    try:
        player = Player(content.chunks, speaks=speaks)
    except ValueError as error:
        raise BadInput("file", model.model, str(error)) from error
    line = _line()
    kind = "tcp" if line.device.startswith("socket://") else "pty"
    out.print(
        f"Playing {model.model} on {line.device}. Add a sensor on the port {kind}:{line.device.removeprefix('socket://')}"
        " to record it. Stop with Ctrl+C."
    )
    try:
        serve(player, line, lambda: time.monotonic_ns() // 1000, lambda: False)
    except KeyboardInterrupt:
        out.print("Stopped.")
    finally:
        line.close()


def _line() -> Line:
    if os.name == "nt":
        from edge_daemon.instruments.simulators.socket_line import SocketLine  # Windows has no pseudo-terminals

        return SocketLine()
    from edge_daemon.instruments.simulators.pty_line import PtyLine  # this module does not load on Windows

    return PtyLine()
