# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The heads that wait for an anchor: a log that is damaged or was put back keeps no other one from being anchored."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.anchor.heads import SignedHeads, heads_of
from sync.engine.logs import LogFile
from tests.unit.sync.recorded import Recorded
from tests.unit.sync.signed_logs import SignedLog

OLD = "verifield/log/" + "0d" * 16


def logs_of(home: Path) -> tuple[LogFile, LogFile, SignedLog]:
    """A closed log that was put back as it was at its first checkpoint, and the present one."""
    closed = SignedLog(Recorded(OLD)).begin()
    closed.readings(20)
    closed.sign()
    kept = len(closed.recorded.entries)
    closed.readings(20)
    closed.sign()
    closed.write_checkpoints(home)
    del closed.recorded.entries[kept:]
    closed.recorded.write(home / "old.sqlite3")
    present = SignedLog().begin()
    present.readings(10)
    present.sign()
    present.write(home)
    origin = present.recorded.origin
    return LogFile(OLD, OLD, home / "old.sqlite3"), LogFile(origin, origin, home / "buffer.sqlite3"), present


def sizes(signed: SignedHeads) -> list[tuple[str, int]]:
    return [(head.origin, head.size) for head in signed.heads]


def test_a_log_that_was_put_back_is_anchored_as_far_as_it_fits_and_told_of(tmp_path: Path) -> None:
    old, new, present = logs_of(tmp_path)
    signed = heads_of(tmp_path, [old, new], lambda origin: 0)
    assert sizes(signed) == [(new.origin, present.checkpoints[-1].checkpoint.size), (OLD, 25)]
    (trouble,) = signed.troubles
    assert trouble.startswith(f"{OLD} was signed with 45 entries and has 25")
    beyond = heads_of(tmp_path, [old, new], lambda origin: 25 if origin == OLD else 0)
    assert [origin for origin, _ in sizes(beyond)] == [new.origin]
    assert beyond.troubles == signed.troubles


def test_a_log_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    old, new, _ = logs_of(tmp_path)
    old.path.write_bytes(b"no database" * 400)
    signed = heads_of(tmp_path, [old, new], lambda origin: 0)
    assert [origin for origin, _ in sizes(signed)] == [new.origin]
    assert signed.troubles[0].startswith(f"{OLD} cannot be anchored: ")


def test_a_checkpoint_by_another_key_is_not_anchored(tmp_path: Path) -> None:
    old, new, present = logs_of(tmp_path)
    (tmp_path / "checkpoints").rename(tmp_path / "aside")
    stranger = SignedLog(Recorded(OLD), Ed25519PrivateKey.from_private_bytes(b"x" * 32)).begin()
    stranger.readings(19)
    stranger.sign()
    stranger.write_checkpoints(tmp_path)
    present.write_checkpoints(tmp_path)
    signed = heads_of(tmp_path, [old, new], lambda origin: 0)
    assert [origin for origin, _ in sizes(signed)] == [new.origin]
    assert "does not fit the log" in signed.troubles[0]
