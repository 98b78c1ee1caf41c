# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync run`: deliver everything that waits. Opens files, uses the network, handles signals."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge_daemon.domain.faults import AlreadyRunning, BadInput, Unreachable
from edge_daemon.home import Home, find_home
from edge_daemon.secrets.choose import Choice
from edge_daemon.secrets.secret import Secret
from sync.commands.anchor_first import anchor_first
from sync.commands.ending import ends_within
from sync.commands.passphrase import typed_passphrase
from sync.commands.telling import BarListener, Output, as_json, as_lines, words_of
from sync.compose import Station, jobs_of, secret_place, station, sync_of
from sync.delivery import runs
from sync.delivery.asides import trace
from sync.destinations import chosen
from sync.engine.ending import left_alone
from sync.engine.meter import Progress
from sync.engine.missing import missing_logs
from sync.engine.run import Job, Listener, Result
from sync.progress_file import read_progress, write_progress
from sync.receipts import receipt_alarms, settle_sticks
from sync.recorder import recorder_of

NOT_ALL, RUNNING, UNBALANCED = 1, 3, 4
LONGEST_SECRETS = 1 << 20
_WRITE_S = 1.0
_CANCEL_LOOK_S = 0.2
_ANCHOR_ENDS_S, _DELIVERY_ENDS_S = 0.5, 5.0
"""After a cancel. Delivery ends by itself within a second; only a disk that answers no more takes it longer."""

HomeOption = Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")]
DemoOption = Annotated[bool, typer.Option("--demo", help="The demonstration's data folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON objects, one a line.")]
StoreOption = Annotated[
    Choice | None,
    typer.Option("--secret-store", envvar="VERIFIELD_SECRET_STORE", help="Where passwords are kept."),
]


def run(
    home: HomeOption = None,
    demo: DemoOption = False,
    destination: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
    as_json_lines: JsonOption = False,
    check_only: Annotated[bool, typer.Option("--check-only", help="Check the destinations and send nothing.")] = False,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Nobody asked for it: anchor at most once an hour.")
    ] = False,
    patience: Annotated[float, typer.Option(help="Seconds to wait for the network before giving up.")] = 900.0,
    secret_store: StoreOption = None,
    secrets_stdin: Annotated[
        bool, typer.Option("--secrets-stdin", help="Take the passwords as a JSON object from standard input.")
    ] = False,
) -> None:
    """Deliver everything that waits.

    Ends with status 0 when all is delivered, 1 when not (also where a destination refused some of it, or asked to be
    left alone), 3 when another sync runs, 4 when the accounts do not add up.
    """
    place = Home(find_home(home, os.environ, demo=demo))
    output = Output()
    given = given_secrets() if secrets_stdin else None
    passphrase = typed_passphrase() if secret_store is Choice.FILE and given is None else None
    try:
        with station(place, renew=not check_only) as here, cancelling(place.cancel_file) as cancelled:
            names = list(chosen(dict(here.destinations), destination or []))
            wanted, before = len(names), trace(here.books)
            if automatic:
                names = _left_alone(here, names, output, as_json_lines=as_json_lines)
            for trouble in [*([here.note] if here.note else []), *_troubles(here)]:
                output.json({"event": "trouble", "words": trouble}) if as_json_lines else output.line(trouble)
            checkpoint = _ask_for_checkpoint(place, output, as_json_lines=as_json_lines)
            secrets = secret_place(place.path, secret_store, passphrase, given)
            with ends_within(_ANCHOR_ENDS_S, cancelled, NOT_ALL):
                if not check_only:
                    _account_for_receipts(here, output, as_json_lines=as_json_lines)
                    anchor_first(
                        here,
                        secrets,
                        output,
                        cancelled,
                        checkpoint,
                        automatic=automatic,
                        as_json_lines=as_json_lines,
                    )
            jobs = jobs_of(here, names, secrets, cancelled)
            with ends_within(_DELIVERY_ENDS_S, cancelled, NOT_ALL):
                status = _told(
                    here, jobs, output, cancelled, patience, as_json_lines=as_json_lines, check_only=check_only
                )
            if status == 0 and (len(names) < wanted or trace(here.books).shows_more_than(before)):
                status = NOT_ALL
    except AlreadyRunning as fault:
        _tell_running(place, output, fault, as_json_lines=as_json_lines)
        raise typer.Exit(RUNNING) from fault
    raise typer.Exit(status)


def _troubles(here: Station) -> list[str]:
    """What is wrong with the home's logs."""
    return [*here.shelf.troubles, *missing_logs(here.home, here.shelf, here.books, here.destinations)]


def _left_alone(here: Station, names: list[str], output: Output, *, as_json_lines: bool) -> list[str]:
    """The destinations less those that have asked to be left alone for longer; a person may try all the same."""
    left_s = {name: runs.rest_s(here.books, name) for name in names}
    for name in names:
        if left_s[name]:
            ending = left_alone("its last answer", left_s[name])
            told = Progress(name, ending.how, words=ending.words, remedy=ending.remedy)
            _tell_end(Result(told, (), after_s=left_s[name]), output, as_json_lines=as_json_lines)
    return [name for name in names if not left_s[name]]


def _ask_for_checkpoint(home: Home, output: Output, *, as_json_lines: bool) -> threading.Thread:
    """Have the recorder sign what is about to go out; delivery never waits for it, and the newest stored one counts."""

    def ask() -> None:
        try:
            recorder = recorder_of(home)
            if recorder is not None:
                recorder.checkpoint()
        except (Unreachable, BadInput, OSError) as error:
            words = f"No new checkpoint: {error}"
            output.json({"event": "trouble", "words": words}) if as_json_lines else output.line(words)

    asking = threading.Thread(target=ask, name="checkpoint", daemon=True)
    asking.start()
    return asking


def _account_for_receipts(here: Station, output: Output, *, as_json_lines: bool) -> None:
    settled, troubles = settle_sticks(here)
    for told in settled:
        if told.readings:
            words = f"{told.destination}: the stick's receipts account for {told.readings:,} readings more"
            output.json({"event": "receipt", **asdict(told)}) if as_json_lines else output.line(words)
    for trouble in troubles:
        output.json({"event": "trouble", "words": trouble}) if as_json_lines else output.line(trouble)


def _told(
    here: Station,
    jobs: list[Job],
    output: Output,
    cancelled: threading.Event,
    patience: float,
    *,
    as_json_lines: bool,
    check_only: bool,
) -> int:
    console = Console(highlight=False)
    bars = BarListener(console) if console.is_terminal and not as_json_lines else None
    with bars or nullcontext():
        listener = bars.listener if bars else as_json(output) if as_json_lines else as_lines(output)
        sync = sync_of(here, _writing(here.home, listener), cancelled, patience)
        if check_only:
            passed = [sync.check(job) for job in jobs]
            return 0 if all(passed) else NOT_ALL
        results = sync.run(jobs)
    for result in results:
        _tell_end(result, output, as_json_lines=as_json_lines)
    for alarm in receipt_alarms(here):
        output.json({"event": "trouble", "words": alarm}) if as_json_lines else output.line(alarm)
    for result in results:
        if result.error is not None:
            raise result.error
    if any(result.alarms for result in results):
        return UNBALANCED
    return 0 if all(result.done for result in results) and not _troubles(here) else NOT_ALL


def _tell_end(result: Result, output: Output, *, as_json_lines: bool) -> None:
    told = result.progress
    if as_json_lines:
        output.json(
            {"event": "end", "destination": told.destination, "state": told.state, "delivered": told.done}
            | {"words": told.words, "remedy": told.remedy, "alarms": list(result.alarms), "after_s": result.after_s}
        )
    else:
        output.line(words_of(told))


def _writing(home: Home, listener: Listener) -> Listener:
    """The listener, and the file that tells other programs, written at most once a second and at each change."""
    lock = threading.Lock()
    present: dict[str, Progress] = {}
    written: dict[str, float] = {}

    def progress(told: Progress) -> None:
        with lock:
            before = present.get(told.destination)
            present[told.destination] = told
            now = time.monotonic()
            if before is None or before.state != told.state or now - written.get("", 0.0) >= _WRITE_S:
                written[""] = now
                _try_to_write(home, present)
        listener.progress(told)

    return Listener(listener.planned, listener.checked, progress, listener.alarm)


def _try_to_write(home: Home, present: dict[str, Progress]) -> None:
    try:
        write_progress(home.path, os.getpid(), present)
    except OSError:  # for show only: a full disk must not stop what frees it
        return


def _tell_running(home: Home, output: Output, fault: AlreadyRunning, *, as_json_lines: bool) -> None:
    told = read_progress(home.path)
    if as_json_lines:
        output.json({"event": "running", "words": str(fault), "progress": told})
        return
    output.line(str(fault))
    items = told.get("destinations") if told else None
    for item in items if isinstance(items, list) else []:
        output.line(words_of(Progress(**item)))


@contextmanager
def cancelling(cancel_file: Path | None = None) -> Iterator[threading.Event]:
    """An event that Ctrl+C, the signal TERM and whoever makes the file set. A terminal that goes away does not."""
    cancelled, over = threading.Event(), threading.Event()
    wanted = {signal.SIGINT: lambda *_: cancelled.set(), signal.SIGTERM: lambda *_: cancelled.set()}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    if sys.platform != "win32":
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    watch = threading.Thread(target=_watch, args=(cancel_file, cancelled, over), name="cancel", daemon=True)
    try:
        watch.start()
        yield cancelled
    finally:
        over.set()
        watch.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(cancel_file: Path | None, cancelled: threading.Event, over: threading.Event) -> None:
    while cancel_file is not None and not over.wait(_CANCEL_LOOK_S):
        if cancel_file.exists():
            cancelled.set()
            return


def given_secrets() -> dict[str, Secret]:
    """The secrets that another program hands over. Raises BadInput, which never shows what was read."""
    try:
        told = json.loads(sys.stdin.read(LONGEST_SECRETS))
    except ValueError as error:
        raise BadInput("standard input", "(hidden)", "a JSON object of names and secrets is needed") from error
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise BadInput("standard input", "(hidden)", "a JSON object of names and secrets is needed")
    return {str(name): Secret(text) for name, text in told.items()}
