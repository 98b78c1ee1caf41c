# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Homes with a signed log, the register that vouches for it, and bundles of it, for tests of evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.checkpoint_files import CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import GapBody, KeyBody, KeyEvent, NoteBody
from edge_daemon.log.checkpoint import Checkpoint, SignedCheckpoint, sign_checkpoint
from edge_daemon.log.device_keys import statement
from edge_daemon.log.entry import decode_entry, leaf_hash
from edge_daemon.log.evidence_index import CONTEXT_TYPES, index_statement
from edge_daemon.log.signed_note import VerifierKey, sign_note, to_base64
from edge_daemon.log.tree import Frontier
from sync.bundle import Period, Source, Written, write_bundle
from sync.evidence.form import LARGEST_CHUNK, read_index
from sync.evidence.given import Given
from sync.evidence.reading_form import is_reading
from sync.evidence.register import Register, RegisteredKey, RegisteredStation, register_text
from sync.evidence.verdict import Verdict
from sync.evidence.verify import verify_bundle
from sync.parts import open_parts
from tests.unit.sync.recorded import Recorded

PROJECT_KEY = Ed25519PrivateKey.from_private_bytes(b"p" * 32)
DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
SENSOR = "mast"


@dataclass
class SignedLog:
    """A log in memory with one sensor, whose key is named in it; `write` puts log and checkpoints into a home."""

    recorded: Recorded = field(default_factory=Recorded)
    key: Ed25519PrivateKey = DEVICE_KEY
    configuration: int = 0
    checkpoints: list[SignedCheckpoint] = field(default_factory=list)

    def begin(self) -> "SignedLog":
        self.recorded.begin()
        self.name_key("made", self.key)
        self.configuration = self.recorded.sensor(SENSOR)
        return self

    def name_key(self, event: KeyEvent, key: Ed25519PrivateKey, *, bound: bool = True) -> int:
        public = key.public_key().public_bytes_raw()
        previous = self.key.public_key().public_bytes_raw() if event == "rotated" else None
        head = self.head()
        place = (head.size, head.root) if bound else None
        signature = self.key.sign(statement(self.recorded.origin, event, public, previous, place))
        body = KeyBody(event, to_base64(public), to_base64(signature), to_base64(previous or b""))
        if bound:
            body = replace(body, size=head.size, root=head.root.hex())
        self.key = key
        return self.recorded.add(body)

    def readings(self, count: int) -> list[int]:
        return self.recorded.readings(SENSOR, self.configuration, count)

    def gap(self, seconds: float) -> int:
        start = rfc3339_from_ns(self.recorded.t_ns)
        self.recorded.pass_(seconds)
        end = rfc3339_from_ns(self.recorded.t_ns)
        return self.recorded.add(GapBody(SENSOR, start, end, int(seconds) - 1, ("unplugged",)))

    def note(self, text: str) -> int:
        return self.recorded.add(NoteBody(text, rfc3339_from_ns(self.recorded.t_ns), "Ana"))

    def head(self, size: int | None = None) -> Checkpoint:
        frontier = Frontier()
        frontier.extend(leaf_hash(data) for data in self.recorded.entries[:size])
        return Checkpoint(self.recorded.origin, frontier.size, frontier.root())

    def sign(self) -> SignedCheckpoint:
        self.checkpoints.append(sign_checkpoint(self.head(), self.key))
        return self.checkpoints[-1]

    def write(self, home: Path) -> Source:
        home.mkdir(exist_ok=True)
        self.recorded.write(home / "buffer.sqlite3")
        return self.write_checkpoints(home)

    def write_checkpoints(self, home: Path) -> Source:
        files = CheckpointFiles(home / "checkpoints")
        for signed in self.checkpoints:
            files.keep(signed)
        return Source(home / "buffer.sqlite3", files, self.checkpoints[-1])

    def bundle(
        self, folder: Path, name: str = "bundle", period: Period | None = None, chunk_bytes: int = LARGEST_CHUNK
    ) -> Written:
        source = self.write(folder / "home")
        target = folder / name
        return write_bundle(source, period or Period(), (), target, sign=self.sign_index, chunk_bytes=chunk_bytes)

    def sign_index(self, data: bytes) -> str:
        """The index, signed as a recorder of this log signs it: with its own list of the context."""
        head = self.checkpoints[-1].checkpoint
        return signed_index(data, self.key, head, context_of(self.recorded.entries[: head.size]))

    def register(self, **key: str) -> Register:
        public = to_base64(DEVICE_KEY.public_key().public_bytes_raw())
        return Register("P1", (RegisteredStation("station-1", (), (RegisteredKey(public, **key),)),), project_key())


def an_hour_of_readings(count: int = 120) -> SignedLog:
    """Two runs of readings with a gap and a note between, and three checkpoints."""
    log = SignedLog().begin()
    log.readings(count // 2)
    log.sign()
    log.gap(30)
    log.note("looked")
    log.readings(count // 2)
    log.sign()
    log.readings(5)
    log.sign()
    return log


def signed_register(register: Register) -> str:
    return str(sign_note(register_text(register), "project", PROJECT_KEY))


def context_of(entries: Sequence[bytes]) -> list[int]:
    """The entries that change how others are read."""
    found = ((index, data) for index, data in enumerate(entries) if not is_reading(data))
    return [index for index, data in found if decode_entry(data).type in CONTEXT_TYPES]


def signed_index(
    data: bytes,
    key: Ed25519PrivateKey = DEVICE_KEY,
    head: Checkpoint | None = None,
    context: Sequence[int] | None = None,
    *,
    name: str = "",
) -> str:
    """The note of whoever has the key. Without a log, what the index itself says is signed."""
    told = read_index(data)
    origin, size = (told.origin, told.size) if head is None else (head.origin, head.size)
    listed = told.context if context is None else context
    return str(sign_note(index_statement(sha256(data).hexdigest(), origin, size, listed), name or origin, key))


def project_key() -> VerifierKey:
    return VerifierKey("project", PROJECT_KEY.public_key().public_bytes_raw())


def checked(path: Path, register: Register | None = None, **more: object) -> Verdict:
    with open_parts(path) as parts:
        return verify_bundle(parts, Given(register=register, **more))  # type: ignore[arg-type]  # named by the test


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {check.name: check.outcome for check in verdict.checks}


def failed(verdict: Verdict) -> Iterator[str]:
    return (check.name for check in verdict.checks if check.outcome == "failed")


def entries_in(buffer: Path) -> Sequence[tuple[int, bytes]]:
    with LogReader(buffer) as reader:
        return reader.entries(0, 1_000_000)
