# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The commands `verifield-sync import` and `receipt`: a stick's way to the destinations and back.

Read bundles, write receipts beside them, use the network, change the books.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from edge_daemon.domain.destination import Destination, FileDestination
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.station import Station
from edge_daemon.home import Home, find_home
from edge_daemon.log.origin import is_demo
from edge_daemon.secrets.choose import Choice
from edge_daemon.secrets.store import SecretStore
from sync.carrier import SURE_S, Carrier, Rhythm
from sync.commands.passphrase import typed_passphrase
from sync.commands.run import NOT_ALL, DemoOption, HomeOption, StoreOption, cancelling, given_secrets
from sync.commands.telling import Output
from sync.compose import carrier_of, secret_of, secret_place, station
from sync.demo import check_reach
from sync.destinations import chosen, destinations_of
from sync.receipts import receipt_alarms, settle_folder
from sync.sinks.file.bundle import DamagedBundle, Manifest, Runs, manifest_of, parts_of
from sync.sinks.file.receipt import Receipt, receipts_in, write_receipt
from sync.sinks.file.seal import Seal


def import_file(
    file: Annotated[Path, typer.Argument(help="The file that a station wrote to the stick.")],
    home: HomeOption = None,
    demo: DemoOption = False,
    destination: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
    patience: Annotated[float, typer.Option(help="Seconds to wait for the network before giving up.")] = 900.0,
    sure_after: Annotated[
        float, typer.Option(help="Seconds that a database must have gone on running before what it took is certain.")
    ] = SURE_S,
    secret_store: StoreOption = None,
    secrets_stdin: Annotated[
        bool, typer.Option("--secrets-stdin", help="Take the passwords as a JSON object from standard input.")
    ] = False,
) -> None:
    """Deliver a station's file from this machine, and write receipts beside it for the station."""
    place = Home(find_home(home, os.environ, demo=demo))
    given = given_secrets() if secrets_stdin else None
    passphrase = typed_passphrase() if secret_store is Choice.FILE and given is None else None
    secrets = secret_place(place.path, secret_store, passphrase, given)
    output = Output()
    targets = [
        told
        for told in chosen(destinations_of(place.path), destination or []).values()
        if not isinstance(told, FileDestination)
    ]
    if not targets:
        raise BadInput("destination", "", "this machine needs a database or a broker to deliver the file to")
    with _told_as_bad_input(file), cancelling() as cancelled:
        bundle = _bundle(file)
        output.line(_seal_words(bundle.manifest.seal))
        before, troubles = receipts_in(file.parent)
        for trouble in troubles:
            output.line(trouble)
        rhythm = Rhythm(patience, sure_after)
        taken = [_delivered(bundle, target, before, secrets, output, cancelled, rhythm) for target in targets]
    raise typer.Exit(0 if all(taken) else NOT_ALL)


def receipt(
    file: Annotated[Path, typer.Argument(help="A receipt that the stick brought back, or the folder it lies in.")],
    home: HomeOption = None,
    demo: DemoOption = False,
) -> None:
    """Take note of what another machine delivered. A sync does so by itself while the stick is plugged in."""
    output = Output()
    folder = file if file.is_dir() else file.parent
    if not file.exists():
        raise BadInput("file", str(file), "it must be a receipt, or the folder in which receipts lie")
    with station(Home(find_home(home, os.environ, demo=demo))) as here, _told_as_bad_input(file):
        found, troubles = settle_folder(here, folder)
        troubles += receipt_alarms(here)
    for trouble in troubles:
        output.line(trouble)
    for told in found:
        output.line(f"{told.destination}: {told.readings:,} readings more of {told.origin} are accounted for.")
    if not found:
        output.line("None of these receipts is about a log and a destination of this station.")


@dataclass(frozen=True, slots=True)
class _Bundle:
    path: Path
    manifest: Manifest
    station: Station


def _bundle(path: Path) -> _Bundle:
    part = next(parts_of(path), None)
    if part is None or not part.readings:
        raise DamagedBundle(f"{path.name} holds no readings")
    return _Bundle(path, manifest_of(path), part.readings[0].station)


def _seal_words(seal: Seal | None) -> str:
    if seal is None:
        return "This file is not signed: its sums find damage, not forgery."
    return (
        f"Signed by the key {seal.key}, and unchanged since. It comes with a checkpoint of {seal.checkpoint.size:,} "
        "entries. Whether the key is the station's is said by the project's station register."
    )


def _delivered(
    bundle: _Bundle,
    target: Destination,
    before: Sequence[Receipt],
    place: Callable[[], SecretStore],
    output: Output,
    cancelled: threading.Event,
    rhythm: Rhythm,
) -> bool:
    """Deliver what no receipt from `before` tells of; returns whether all of it has been."""
    check_reach(target, demo=is_demo(bundle.manifest.origin))
    with closing(carrier_of(target, secret_of(target, place), bundle.manifest.origin, bundle.station)) as sink:
        carrier = Carrier(
            bundle.path,
            sink,
            cancelled,
            rhythm,
            lambda delivered, refused: _write(bundle, target, delivered, refused),
            lambda words: output.line(f"{target.name}: {words}"),
        )
        return carrier.run(*_told_before(bundle, target, before))


def _told_before(bundle: _Bundle, target: Destination, receipts: Sequence[Receipt]) -> tuple[Runs, dict[int, str]]:
    for told in receipts:
        if told.manifest == bundle.manifest.sum and told.concerns(target):
            return told.delivered, dict(told.refused)
    return (), {}


def _write(bundle: _Bundle, target: Destination, delivered: Runs, refused: Mapping[int, str]) -> None:
    origin, sum_ = bundle.manifest.origin, bundle.manifest.sum
    head = None if bundle.manifest.seal is None else bundle.manifest.seal.checkpoint
    write_receipt(bundle.path, sum_, origin, target, delivered, sorted(refused.items()), time.time_ns(), head)


@contextmanager
def _told_as_bad_input(file: Path) -> Iterator[None]:
    try:
        yield
    except DamagedBundle as error:
        raise BadInput(
            "file", str(file), f"{error}; copy it again, or plug the stick into the station once more"
        ) from error
    except OSError as error:
        raise BadInput("file", str(file), f"it cannot be read or written: {error.strerror or error}") from error
