# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The commands `verifield-sync register …`: the project's signed list of whose keys sign for which stations.

Reads and writes files; reads a passphrase from the terminal or standard input. The project's key is made here and kept
in a file that only the passphrase opens; no station ever needs it.
"""

import getpass
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.home import Home, find_home
from edge_daemon.log.bodies import LogBody, from_json
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, check_name, sign_note, to_base64
from edge_daemon.secrets.passphrase_file_store import PassphraseFileStore
from edge_daemon.secrets.secret import Secret
from sync.anchor.heads import keys_of
from sync.anchor.settings import settings_of
from sync.commands.run import DemoOption, HomeOption
from sync.commands.telling import Output
from sync.evidence.register import Register, RegisteredKey, read_register, register_text
from sync.evidence.register_edits import FORMAT, Identity, ended, identity_bytes, read_identity, with_station

app = typer.Typer(help="The project's station register: whose keys sign for which stations.", no_args_is_help=True)

KEY_NAME = "register.project-key"
SHORTEST_PASSPHRASE = 12
LONGEST_LINE = 1_000

RegisterArgument = Annotated[Path, typer.Argument(help="The register's file.")]
KeyOption = Annotated[
    Path, typer.Option("--key-file", help="Where the project's key is kept, sealed with a passphrase.")
]


@app.command("identity")
def identity(
    output: Annotated[Path, typer.Option(help="The file to write, for whoever keeps the register.")],
    home: HomeOption = None,
    demo: DemoOption = False,
) -> None:
    """Write who this station is: its id, its project and its public key. Nothing in it is secret."""
    place = Home(find_home(home, os.environ, demo=demo))
    if not place.buffer.exists():
        raise BadInput("home", str(place.path), "it has no log yet; start the recorder once, which makes the key")
    found = _identity(place)
    _write_new(output, identity_bytes(found))
    Output().line(f"{output}: station {found.device_id} of {found.project_id}, device key {found.public_key}.")


@app.command("create")
def create(
    path: RegisterArgument, key_file: KeyOption, project: Annotated[str, typer.Option(help="The project's id.")]
) -> None:
    """Make an empty register, and the project's key where there is none. Asks for the passphrase."""
    if path.exists():
        raise BadInput("register", str(path), "it exists already; choose another name")
    try:
        check_name(project)
    except NoteInvalid as error:
        raise BadInput("project", project, str(error)) from error
    key = _made_key(key_file)
    _sign(path, Register(project, ()), key, Output())


@app.command("add")
def add(
    path: RegisterArgument,
    station: Annotated[Path, typer.Argument(help="The identity that the station wrote.")],
    key_file: KeyOption,
    start: Annotated[str, typer.Option("--from", help="Since when its key counts (RFC 3339); default: always.")] = "",
    until: Annotated[str, typer.Option("--until", help="Until when its key counts (RFC 3339); default: open.")] = "",
) -> None:
    """Add a station, or another key of one. Compare the key with what the station's own screen or file shows."""
    told, output = read_identity(_read(station)), Output()
    key = _kept_key(key_file)
    _sign(path, with_station(_register(path, key), told, start, until), key, output)


@app.command("end")
def end(
    path: RegisterArgument,
    device: Annotated[str, typer.Argument(help="The station's id.")],
    key_file: KeyOption,
    until: Annotated[str, typer.Option("--until", help="The last time that its key counted (RFC 3339).")] = "",
    revoked: Annotated[str, typer.Option("--revoked", help="Since when its key may be in wrong hands.")] = "",
    public_key: Annotated[str, typer.Option("--key", help="Only this key (base64); default: all of the station.")] = "",
) -> None:
    """End a station's keys: it was taken out of service (--until), or the laptop was lost or stolen (--revoked)."""
    key = _kept_key(key_file)
    changed = ended(_register(path, key), device, until=until, revoked=revoked, public_key=public_key)
    _sign(path, changed, key, Output())


@app.command("show")
def show(
    path: RegisterArgument,
    project_key: Annotated[
        list[str] | None, typer.Option(help="A key of the project that must have signed it.")
    ] = None,
) -> None:
    """Tell what the register says, and whether its signature holds."""
    output = Output()
    try:
        keys = [VerifierKey.parse(text) for text in project_key or []]
        register = read_register(_read(path).decode("utf-8"), keys)
    except (NoteInvalid, UnicodeDecodeError) as error:
        raise BadInput("register", str(path), str(error)) from error
    signed = "its signature was NOT checked: give --project-key"
    if register.signed_by:
        signed = f"signed by {register.signed_by}"
    edition = register.edition or "it does not say of when it is"
    output.line(f"Register of {register.project_id}, {edition}, {signed}.")
    for station in register.stations:
        output.line(f"  {station.device_id}")
        for key in station.keys:
            output.line(f"    {key.public_key}{_times(key)}")
        for account in station.accounts:
            output.line(f"    pays with {account}")
        for ledger in station.ledgers:
            output.line(f"    anchors through {ledger}")


def _times(key: RegisteredKey) -> str:
    told = (("from", key.start), ("until", key.until), ("REVOKED since", key.revoked))
    return "".join(f", {word} {time}" for word, time in told if time)


def _identity(place: Home) -> Identity:
    with LogReader(place.buffer) as reader:
        try:
            opened = from_json(LogBody, decode_entry(reader.entries(0, 1)[0][1]).body)
            public = keys_of(reader, opened.origin).latest
        except (ValueError, IndexError) as error:
            raise DamagedLog(f"what the log says of itself cannot be read: {error}") from error
    if public is None:
        raise BadInput("home", str(place.path), "its log names no device key yet; start the recorder once")
    settings = settings_of(place.path)
    found = Identity(FORMAT, opened.device_id, opened.project_id, opened.origin, to_base64(public))
    if settings is None:
        return found
    return replace(found, account=settings.account, chain_id=settings.chain_id, contract=settings.contract)


def _register(path: Path, key: Ed25519PrivateKey) -> Register:
    try:
        text = _read(path).decode("utf-8")
        project = read_register(text).project_id
        return read_register(text, [_verifier(project, key)])
    except (NoteInvalid, UnicodeDecodeError) as error:
        raise BadInput("register", str(path), f"it must be a register that this key signed: {error}") from error


def _sign(path: Path, register: Register, key: Ed25519PrivateKey, output: Output) -> None:
    issued = replace(register, number=register.number + 1, issued=rfc3339_from_ns(time.time_ns())[:19] + "Z")
    note = str(sign_note(register_text(issued), register.project_id, key))
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(note, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        raise BufferUnavailable(f"{path} cannot be written: {error.strerror or error}") from error
    output.line(f"{path}: {len(register.stations)} stations of {register.project_id}, signed: {issued.edition}.")
    output.line(f"Whoever verifies needs this file and the project's key: {_verifier(register.project_id, key)}")


def _verifier(project: str, key: Ed25519PrivateKey) -> VerifierKey:
    return VerifierKey(project, key.public_key().public_bytes_raw())


def _kept_key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        raise BadInput("key-file", str(path), "there is no such file; `register create` makes the project's key")
    kept = PassphraseFileStore(path, _passphrase("Passphrase of the project's key: ")).get(KEY_NAME)
    if kept is None:
        raise BadInput("key-file", str(path), "it does not hold the key of a project")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept.reveal()))


def _made_key(path: Path) -> Ed25519PrivateKey:
    """The key that is kept there; a new one where there is none."""
    if path.exists():
        return _kept_key(path)
    passphrase = _passphrase(f"New passphrase for the project's key (at least {SHORTEST_PASSPHRASE} characters): ")
    if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
        raise BadInput("passphrase", "", f"at least {SHORTEST_PASSPHRASE} characters are needed")
    if sys.stdin.isatty() and _passphrase("The same again: ") != passphrase:
        raise BadInput("passphrase", "", "both must be the same")
    key = Ed25519PrivateKey.generate()
    PassphraseFileStore(path, passphrase).put(KEY_NAME, Secret(key.private_bytes_raw().hex()))
    return key


def _passphrase(question: str) -> Secret:
    """Typed at the terminal, else a line of standard input. Raises BadInput for an empty one."""
    typed = getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    if not typed:
        raise BadInput("passphrase", "", "type it at the terminal, or give it as a line on standard input")
    return Secret(typed)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput("file", str(path), f"it cannot be read: {error.strerror or error}") from error


def _write_new(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise BadInput("output", str(path), f"it cannot be written: {error.strerror or error}") from error
