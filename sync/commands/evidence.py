# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The commands `verifield-sync bundle` and `verifield-sync verify`. Read files, write a bundle, ask the recorder."""

import gc
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.domain.faults import BadInput, Fault, Unreachable
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.home import Home, find_home
from edge_daemon.log.checkpoint import SignedCheckpoint, read_checkpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, parse_note, signer_of
from sync.anchor.kept import anchors_kept
from sync.anchor.networks import network_of
from sync.bundle import Period, Source, write_bundle
from sync.bundle_attachments import FOLDER as ATTACHMENTS
from sync.commands.exit_status import NOT_READ, NOT_USABLE, faults_apart, status_of
from sync.commands.online import chain_answers
from sync.commands.run import DemoOption, HomeOption, JsonOption
from sync.commands.telling import Output
from sync.engine.logs import LogFile, Shelf, shelf_of
from sync.evidence.anchors import AnchorNote
from sync.evidence.form import NotEvidence, PredecessorNote
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.evidence.register import Register, read_register
from sync.evidence.verdict import Check, Verdict
from sync.evidence.verify import anchors_in, verify_bundle
from sync.home_verdict import verify_log
from sync.home_witnesses import closings, last_head_kept, witnesses_of
from sync.hour_readings import whole_hour, write_tables
from sync.low_priority import give_way
from sync.parts import open_parts
from sync.recorder import recorder_of, sealer_of
from sync.sinks.file.seal import Sealer
from sync.verify_page import put_page
from sync.witnesses import receipts_kept, witness_from

Progress = Callable[[int, int], None]
"""Gets how many entries are done, and how many there are."""

TELL_S = 0.5


def bundle(
    output: Annotated[Path, typer.Option(help="The bundle to write: a folder, or a ZIP file by its ending.")],
    start: Annotated[str, typer.Option("--from", help="Begin of the period (RFC 3339); default: the log's.")] = "",
    until: Annotated[str, typer.Option("--to", help="End of the period (RFC 3339), not included.")] = "",
    sensor: Annotated[list[str] | None, typer.Option(help="What it is asked for; may be given several times.")] = None,
    log: Annotated[str, typer.Option(help="Origin of a log that was closed; default: the one that is written.")] = "",
    csv_hour: Annotated[
        str, typer.Option(help="Also write this hour's energy (its begin, RFC 3339) as CSV, a file for each meter.")
    ] = "",
    home: HomeOption = None,
    demo: DemoOption = False,
) -> None:
    """Write the evidence of a period: the entries, their proof, and what is needed to read them."""
    place = Home(find_home(home, os.environ, demo=demo))
    told = Output()
    chosen = _chosen(place, log)
    files = CheckpointFiles(place.path / FOLDER)
    sealer = sealer_of(place, chosen.origin)
    signed = _checkpoint(files, chosen, sealer)
    anchors = tuple(anchors_kept(place.delivery, chosen.origin))
    source = Source(chosen.path, files, signed, anchors, place.path / ATTACHMENTS)
    period = Period(_time("--from", start), _time("--to", until))
    hour_ns = whole_hour(_time("--csv-hour", csv_hour))
    written = write_bundle(source, period, sensor or (), output, sign=partial(_signature, place, signed, told))
    readings = written.index.counts.get("reading", 0)
    each = f", {written.size / readings:.0f} bytes a reading" if readings else ""
    told.line(
        f"{output}: entries {written.index.first} to {written.index.end - 1}, {readings:,} readings, "
        f"{written.size / 1e6:,.2f} MB{each}."
    )
    page, digest = put_page(output)
    told.line(f"{page}: checks it in a browser, without a network. SHA-256 of the page: {digest}")
    if hour_ns is not None:
        for path in write_tables(source, hour_ns, sensor or (), output):
            told.line(f"{path}: the energy of the hour, to repeat in a spreadsheet.")
    for before in written.index.predecessors:
        told.line(f"The log before it is {before.origin} (closed because: {before.cause}); bundle it with --log.")


def verify(
    path: Annotated[Path, typer.Argument(help="An evidence bundle, or a data folder.")],
    register: Annotated[Path | None, typer.Option(help="The project's station register.")] = None,
    project_key: Annotated[
        list[str] | None, typer.Option(help="A key of the project that signed the register.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            help="A head that someone else kept: the file of a checkpoint, a receipt, the text of a photographed "
            "code, or SIZE:ROOT in hexadecimal, with @TIME (RFC 3339) where it is known since when."
        ),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the chain about the anchors; without it no network is used.")
    ] = False,
    node: Annotated[
        str, typer.Option(help="With --online: the node to ask, https://…/v1; default: that of the anchor's network.")
    ] = "",
    trust_network: Annotated[
        list[str] | None,
        typer.Option(
            help="Take anchors on this network for an outside witness, though it is no public chain (custom, localnet, "
            "local-ledger): only where somebody else keeps it. May be given several times."
        ),
    ] = None,
    as_json: JsonOption = False,
    progress: Annotated[bool, typer.Option("--progress", help="With --json: also tell how far it has come.")] = False,
    gently: Annotated[bool, typer.Option("--gently", help="Give way to everything else on this computer.")] = False,
) -> None:
    """Check evidence. Ends with 0: sound, 1: failed, 3: neither (incomplete, by other rules, not vouched for,
    simulated, salvaged or shortened), 4: unreadable. Nothing was checked: 2 or 64 where what was asked cannot be used,
    74 where something could not be read, 70 by a fault of this program."""
    with faults_apart():
        _verify(path, _Wanted(register, project_key, witness, online, node, trust_network), as_json, progress, gently)


def _verify(path: Path, wanted: "_Wanted", as_json: bool, progress: bool, gently: bool) -> None:
    told = Output()
    # A check makes millions of small objects and no cycles: looking for those costs a twentieth of its time.
    gc.set_threshold(100_000, 50, 100)
    if gently:
        give_way()
    try:
        if wanted.node and not wanted.online:
            raise BadInput("node", wanted.node, "it is asked with --online only")
        if not path.exists():
            raise BadInput("path", str(path), "there is no such file or folder")
        trusted = frozenset(network_of(name).name for name in wanted.trust_network or [])
        witnesses = tuple(map(witness_from, wanted.witness or []))
        register = _register(wanted.register, wanted.project_key or [])
        asked = _Asked(*register, witnesses, wanted.online, wanted.node, trusted)
        verdicts = _verdicts(path, asked, _telling(told) if progress else _silent)
    except Fault as fault:
        typer.echo(f"{fault.title}: {fault}\n{fault.advice}", err=True)
        raise typer.Exit(NOT_USABLE if isinstance(fault, BadInput) else NOT_READ) from fault
    for verdict in verdicts:
        if as_json:
            told.json(verdict.to_json())
        else:
            for line in verdict.lines():
                told.line(line)
    raise typer.Exit(status_of(verdict.standing for verdict in verdicts))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was typed."""

    register: Path | None
    project_key: list[str] | None
    witness: list[str] | None
    online: bool
    node: str
    trust_network: list[str] | None


def _silent(_done: int, _total: int) -> None:
    """Tells nobody."""


def _telling(told: Output) -> Progress:
    last_s = [time.monotonic()]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - last_s[0] >= TELL_S:
            last_s[0] = time.monotonic()
            told.json({"event": "progress", "done": done, "total": total})

    return tell


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a check is asked to take into account."""

    register: Register | None
    refused: str
    witnesses: tuple[Witness, ...]
    online: bool
    node: str
    trusted: frozenset[str]

    def given(self, notes: Sequence[AnchorNote], place: Home | None, progress: Progress) -> Given:
        """The same, with these anchors and what the chain says of them."""
        answers = chain_answers(notes, place, self.node, progress) if self.online else None
        return Given(self.register, self.witnesses, notes, answers, self.trusted, self.refused)


def _verdicts(path: Path, asked: _Asked, progress: Progress) -> list[Verdict]:
    if (path / "buffer.sqlite3").exists():
        place = Home(path)
        shelf = shelf_of(place)
        closed = closings(shelf)
        verdicts = [
            _salvaged(log) if log.holes else _verdict(place, shelf, log, asked, closed.get(log.origin), progress)
            for log in shelf.logs
        ]
        return verdicts + [_unreadable(trouble) for trouble in shelf.troubles]
    try:
        with open_parts(path) as parts:
            return [verify_bundle(parts, asked.given(anchors_in(parts), None, progress), progress)]
    except NotEvidence as error:
        check = Check("form", "Form of the bundle", "failed", f"{error}.")
        return [Verdict("An evidence bundle that cannot be read.", (check,), (), readable=False)]


def _verdict(
    place: Home, shelf: Shelf, log: LogFile, asked: _Asked, closed: PredecessorNote | None, progress: Progress
) -> Verdict:
    given = asked.given(anchors_kept(place.delivery, log.origin), place, progress)
    witnesses = (
        *witnesses_of(given.witnesses, shelf, log, current=log.path == place.buffer),
        *receipts_kept(place.delivery, log.origin),
        *last_head_kept(place.path, log.origin),
    )
    given = replace(given, witnesses=witnesses)
    return verify_log(log.path, CheckpointFiles(place.path / FOLDER), given, progress, closed=closed)


def _salvaged(log: LogFile) -> Verdict:
    words = "It is what was salvaged of a damaged log: entries are missing, and its tree cannot be computed."
    about = f"The log {log.origin}, which was closed because it was damaged; the one after it names it and goes on."
    return Verdict(about, (Check("salvaged", "Bytes, hashes and tree", "not_checked", words),), ())


def _unreadable(trouble: str) -> Verdict:
    return Verdict("A log that cannot be read.", (Check("file", "File", "failed", trouble),), (), readable=False)


def _chosen(place: Home, origin: str) -> LogFile:
    logs = shelf_of(place).logs
    for log in logs:
        if (log.origin == origin) if origin else (log.path == place.buffer):
            return log
    raise BadInput("log", origin, f"this data folder has {', '.join(log.origin for log in logs) or 'no log'}")


def _checkpoint(files: CheckpointFiles, log: LogFile, sealer: Sealer | None) -> SignedCheckpoint:
    if sealer is not None:
        return read_checkpoint(sealer.checkpoint)
    kept = files.newest(log.origin)
    if kept is None:
        raise BadInput("log", log.origin, "it has no checkpoint yet; start the recorder, which signs one")
    return kept.signed


def _signature(place: Home, signed: SignedCheckpoint, told: Output, index: bytes) -> str:
    head, recorder = signed.checkpoint, recorder_of(place)
    why = "No recorder runs."
    try:
        if recorder is not None:
            present = VerifierKey.parse(recorder.signed_head()[1])
            note = recorder.sign_index(sha256(index).hexdigest(), head.origin, head.size)
            signer_of(parse_note(note), [present])
            _tell_whose(told, signed, present)
            return note
    except Unreachable as error:
        why = str(error)
    except NoteInvalid:
        why = "The device key was exchanged while the bundle was written."
    told.line(
        f"The index is not signed: whoever checks the bundle will find it incomplete. {why} Otherwise start the "
        "recorder and write the bundle again."
    )
    return ""


def _tell_whose(told: Output, signed: SignedCheckpoint, present: VerifierKey) -> None:
    """Raises NoteInvalid where the key of the log that is written is another by now."""
    origin = signed.checkpoint.origin
    try:
        signer_of(signed.note, [VerifierKey(origin, present.public)])
    except NoteInvalid:
        if present.name == origin:
            raise
        told.line(
            f"This log was closed with a key that the station has no more. Its last checkpoint proves the entries; "
            f"that the bundle holds all of its context is signed with the present key, {present.key_id.hex()}. "
            "Whoever checks it needs the project's register with that key, and with the log's own."
        )


def _register(path: Path | None, keys: list[str]) -> tuple[Register | None, str]:
    """The register; or none, and why it vouches for nobody: another key than those given signed it."""
    if path is None:
        return None, ""
    try:
        text, known = path.read_text(encoding="utf-8"), [VerifierKey.parse(key) for key in keys]
        found = read_register(text)
        try:
            return (read_register(text, known) if known else found), ""
        except NoteInvalid as error:
            return None, str(error)
    except (OSError, UnicodeDecodeError, NoteInvalid) as error:
        raise BadInput("register", str(path), f"it must be the project's signed register: {error}") from error


def _time(field: str, text: str) -> int | None:
    try:
        return ns_from_rfc3339(text) if text else None
    except ValueError as error:
        raise BadInput(field, text, "write a time such as 2026-11-23T08:00:00Z") from error
