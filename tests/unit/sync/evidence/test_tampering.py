# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every way to alter evidence that we could think of: each is detected and named, or the verdict says what it takes."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.log.bodies import KeyBody
from edge_daemon.log.canonical import canonical
from edge_daemon.log.device_keys import statement
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.signed_note import to_base64
from sync.bundle import Period, write_bundle
from sync.evidence.form import Index, NotEvidence, index_bytes, read_index
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.evidence.verdict import Verdict
from sync.evidence.verify import verify_bundle
from sync.home_verdict import verify_log
from tests.support.verify_page import Altered
from tests.unit.sync.recorded import Recorded
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, checked, failed, outcomes, signed_index

Entries = list[bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of entries 30 to the end, in one file."""
    folder = tmp_path_factory.mktemp("sound")
    log = an_hour_of_readings()
    source = log.write(folder / "home")
    period = Period(log.recorded.t_ns - 120 * 10**9, None)
    return write_bundle(source, period, (), folder / "bundle", sign=signed_index).path


class Copy:
    """A bundle in memory that can be altered by somebody who knows its form well."""

    def __init__(self, path: Path) -> None:
        self.files = {file.name: file.read_bytes() for file in path.iterdir()}

    def names(self) -> list[str]:
        return sorted(self.files)

    def read(self, name: str) -> Iterator[bytes]:
        if name not in self.files:
            raise NotEvidence(f"{name} is missing")
        return iter([self.files[name]])

    @property
    def index(self) -> Index:
        return read_index(self.files["index.json"])

    @property
    def entries(self) -> Entries:
        return gzip.decompress(self.files["entries-0001.jsonl.gz"]).split(b"\n")[:-1]

    def put_entries(self, entries: Entries) -> None:
        """Replace the entries, and everything in the bundle that would tell, except what is signed."""
        self.put("entries-0001.jsonl.gz", gzip.compress(b"".join(line + b"\n" for line in entries), mtime=0))
        self.put("leaves-0001.bin", b"".join(leaf_hash(data)[:4] for data in entries))
        index = self.index
        notable: dict[str, list[int]] = {}
        counts: dict[str, int] = {}
        for number, data in enumerate(entries, index.first):
            kind = str(json.loads(data)["type"])
            counts[kind] = counts.get(kind, 0) + 1
            if kind in {"gap", "amendment", "calibration", "standard", "summary"}:
                notable.setdefault(kind, []).append(number)
        end = index.first + len(entries)
        files = tuple(replace(n, end=end) if n.kind in {"entries", "leaves"} else n for n in index.files)
        told = {kind: tuple(found) for kind, found in notable.items()}
        self.put_index(replace(index, end=min(end, index.size), counts=counts, notable=told, files=files))

    def put(self, name: str, content: bytes) -> None:
        self.files[name] = content
        digest = sha256(content).hexdigest()
        files = tuple(
            replace(note, sha256=digest, size=len(content)) if note.name == name else note for note in self.index.files
        )
        self.put_index(replace(self.index, files=files))

    def put_index(self, index: Index) -> None:
        self.files["index.json"] = index_bytes(index)
        self.files.pop("index.note", None)  # nobody but the recorder can sign it

    def verdict(self, **more: object) -> Verdict:
        return verify_bundle(self, Given(**more))  # type: ignore[arg-type]  # stands in for the files


def test_the_copy_is_sound_as_long_as_nothing_is_altered(sound: Path) -> None:
    copy = Copy(sound)
    copy.put_entries(copy.entries)
    assert list(failed(copy.verdict())) == []


@given(data=st.data())
def test_a_changed_byte_anywhere_is_detected(sound: Path, data: st.DataObject) -> None:
    copy = Copy(sound)
    name = data.draw(st.sampled_from(copy.names()))
    content = bytearray(copy.files[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    copy.files[name] = bytes(content)
    verdict = copy.verdict()
    assert verdict.standing in {"failed", "unreadable"}, name


@given(data=st.data())
def test_a_file_cut_short_or_longer_is_detected(sound: Path, data: st.DataObject) -> None:
    copy = Copy(sound)
    name = data.draw(st.sampled_from(copy.names()))
    content = copy.files[name]
    longer = st.binary(min_size=1, max_size=8).map(lambda more: content + more)
    shorter = st.integers(0, len(content) - 1).map(lambda size: content[:size])
    copy.files[name] = data.draw(longer | shorter)
    assert copy.verdict().standing in {"failed", "unreadable"}, name


def change(entries: Entries, at: int, _: int) -> Entries:
    document = json.loads(entries[at])
    document["t"] = document["t"].replace("2026", "2025")
    return [*entries[:at], canonical(document), *entries[at + 1 :]]


def change_a_value(entries: Entries, at: int, _: int) -> Entries:
    changed = entries[at].replace(b'"wind":[1,1,', b'"wind":[3,3,')
    return [*entries[:at], changed if changed != entries[at] else change(entries, at, 0)[at], *entries[at + 1 :]]


def delete(entries: Entries, at: int, _: int) -> Entries:
    return entries[:at] + entries[at + 1 :]


def insert(entries: Entries, at: int, other: int) -> Entries:
    return [*entries[:at], entries[other], *entries[at:]]


def swap(entries: Entries, at: int, other: int) -> Entries:
    swapped = list(entries)
    swapped[at], swapped[other] = entries[other], entries[at]
    return swapped if swapped != entries else delete(entries, at, other)


def reorder(entries: Entries, at: int, _: int) -> Entries:
    return [*entries[at:], *entries[:at]] if at else entries[::-1]


def truncate(entries: Entries, at: int, _: int) -> Entries:
    return entries[: max(1, at)]


@given(
    how=st.sampled_from([change, change_a_value, delete, insert, swap, reorder, truncate]),
    at=st.integers(0, 60),
    other=st.integers(0, 60),
)
def test_entries_altered_with_all_that_can_be_recomputed_do_not_give_the_signed_root(
    sound: Path, how: Callable[[Entries, int, int], Entries], at: int, other: int
) -> None:
    copy = Copy(sound)
    entries = copy.entries
    copy.put_entries(how(entries, at, other))
    verdict = copy.verdict()
    assert verdict.standing == "failed"
    assert set(failed(verdict)) & {"range", "files", "bytes", "context"}


@given(at=st.integers(0, 60))
def test_damage_names_the_first_entry_that_is_not_what_was_bundled(sound: Path, at: int) -> None:
    copy = Copy(sound)
    lines = copy.entries
    lines[at] = lines[at].replace(b'"salt":"', b'"salt":"_', 1)
    first = copy.index.first + at
    copy.put("entries-0001.jsonl.gz", gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))
    verdict = copy.verdict()
    assert verdict.first_entry is not None
    assert any(check.name == "bytes" and check.entry == first for check in verdict.checks)


def test_another_stations_bundle_does_not_pass_for_this_one(tmp_path: Path) -> None:
    ours = an_hour_of_readings()
    theirs = SignedLog(Recorded(origin="verifield/log/" + "cd" * 16), Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    theirs.begin().readings(100)
    (tmp_path / "own").mkdir()
    theirs.sign()
    path = theirs.bundle(tmp_path).path
    assert outcomes(checked(path, ours.register()))["signer"] == "failed"
    copy, own = Copy(path), Copy(ours.bundle(tmp_path / "own").path)
    copy.files["checkpoint.note"] = own.files["checkpoint.note"]
    assert set(failed(copy.verdict())) >= {"checkpoint", "context", "range"}
    copy.put_index(replace(own.index, files=copy.index.files, end=copy.index.end))
    assert "range" in set(failed(copy.verdict()))


def test_a_demo_log_says_so(tmp_path: Path) -> None:
    demo = SignedLog(Recorded(origin="verifield/demo/" + "ab" * 16)).begin()
    demo.readings(3)
    demo.sign()
    assert "SIMULATED" in checked(demo.bundle(tmp_path).path).about


@pytest.mark.parametrize("at", [20, 100])
def test_a_file_that_an_outsider_changed_is_not_called_written_anew_and_its_entry_is_named(
    tmp_path: Path, at: int
) -> None:
    log = an_hour_of_readings()
    altered = Altered(log.bundle(tmp_path).path, tmp_path / "altered")
    entries = altered.entries()
    entries[at] = entries[at].replace(b'"wind":[1,1,', b'"wind":[9,9,')
    altered.put_entries(entries)
    head = log.head()
    found = checked(altered.folder, log.register(), witnesses=[Witness(head.size, head.root, "Ana")])
    assert found.first_entry == at
    assert outcomes(found)["earlier"] == outcomes(found)["witness"] == "not_checked", "nobody signed anything"
    assert not any("written anew" in check.words for check in found.checks if check.outcome == "failed")

    altered.put("leaves-0001.bin", b"".join(leaf_hash(data)[:4] for data in entries))
    signed = [one.checkpoint.size for one in log.checkpoints if one.checkpoint.size <= at]
    assert checked(altered.folder, log.register()).first_entry == max(signed, default=0), "as far as it is known"


@pytest.mark.parametrize("kind", ["pseudo_terminal", "socket"])
def test_a_simulator_in_a_real_home_is_named_with_the_entry_from_which_on(tmp_path: Path, kind: str) -> None:
    log = SignedLog().begin()
    log.readings(3)
    body = log.recorded.entries[log.configuration].replace(b'"kind":"physical"', f'"kind":"{kind}"'.encode())
    at = log.recorded.put(body)
    log.sign()
    verdict = checked(log.bundle(tmp_path).path)
    named = next(check for check in verdict.checks if check.name == "instruments")
    assert named.outcome == "not_checked", "a program that speaks as an instrument does is never called passed"
    assert f"From entry {at} on mast was connected through a {kind.replace('_', ' ')}" in named.words
    assert any("that mast was a real instrument" in words for words in verdict.not_proven)
    (tmp_path / "real").mkdir()
    assert outcomes(checked(an_hour_of_readings().bundle(tmp_path / "real").path))["instruments"] == "passed"


def test_entries_dated_back_within_the_signed_log_contradict_the_order(tmp_path: Path) -> None:
    """Dated back as a whole a log agrees with itself: when it was made only an anchor or a witness can bound."""
    log = SignedLog().begin()
    log.recorded.pass_(9000)
    log.readings(20)
    log.recorded.pass_(-7200)
    back = log.readings(1)[0]
    log.sign()
    verdict = checked(log.bundle(tmp_path).path, log.register())
    assert next(check.entry for check in verdict.checks if check.name == "order") == back
    assert any("when the entries were made" in words for words in verdict.not_proven)


def test_an_entry_left_out_of_the_context_is_noticed(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    second = log.recorded.sensor("other")
    log.sign()
    copy = Copy(log.bundle(tmp_path).path)
    kept = [line for line in gzip.decompress(copy.files["context.jsonl.gz"]).split(b"\n")[:-1] if b"other" not in line]
    copy.put("context.jsonl.gz", gzip.compress(b"".join(line + b"\n" for line in kept), mtime=0))
    verdict = copy.verdict()
    assert any(check.name == "index" and check.entry == second for check in verdict.checks)


def rewritten(log: SignedLog, size: int) -> SignedLog:
    """The log as someone with the stolen key would continue its first `size` entries."""
    entries = log.recorded.entries
    stolen = SignedLog(replace(log.recorded, entries=entries[:size]), log.key, log.configuration)
    forged = [data.replace(b'"wind":[1,1,', b'"wind":[9,9,') for data in entries[size:]]
    for data in forged:
        stolen.recorded.put(data)
    stolen.checkpoints = [signed for signed in log.checkpoints if signed.checkpoint.size <= size]
    stolen.sign()
    return stolen


def test_a_tail_rewritten_with_the_stolen_key_is_shown_by_an_outside_witness_only(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    early, late = log.checkpoints[0].checkpoint, log.checkpoints[1].checkpoint
    stolen = rewritten(log, early.size)
    path = stolen.bundle(tmp_path).path
    alone = checked(path, log.register())
    assert alone.standing == "sound"
    assert outcomes(alone)["witness"] == "not_checked"
    assert any("written anew by someone who has the device key" in words for words in alone.not_proven)
    saw_early = Witness(early.size, early.root, "Ben")
    partly = checked(path, log.register(), witnesses=[saw_early])
    assert partly.standing == "sound"
    assert any(f"after the first {early.size} entries" in words for words in partly.not_proven)
    witnessed = checked(path, log.register(), witnesses=[saw_early, Witness(late.size, late.root, "Ana's photograph")])
    assert witnessed.standing == "failed"
    named = next(check for check in witnessed.checks if check.name == "witness" and check.outcome == "failed")
    assert named.entry == early.size
    assert "Ana's photograph" in named.words


def test_an_older_state_than_a_witness_saw_is_named(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    yesterday = SignedLog(replace(log.recorded, entries=log.recorded.entries[:100]), log.key)
    yesterday.sign()
    newest = log.checkpoints[-1].checkpoint
    path = yesterday.bundle(tmp_path).path
    verdict = checked(path, witnesses=[Witness(newest.size, newest.root, "The receipt", newest.origin)])
    assert outcomes(verdict)["witness"] == "not_checked", "the bundle may have been made before the witness saw more"
    assert "older copy" in "\n".join(verdict.lines())
    source = yesterday.write(tmp_path / "home")
    given = Given(witnesses=[Witness(newest.size, newest.root, "The receipt", newest.origin)])
    assert "witness" in failed(verify_log(source.buffer, source.checkpoints, given)), "the log itself has to be whole"


def test_what_a_witness_cannot_be_compared_with_is_not_called_passed(sound: Path) -> None:
    verdict = checked(sound, witnesses=[Witness(3, bytes(32), "Ben")])
    assert outcomes(verdict)["witness"] == "not_checked"


def test_an_earlier_checkpoint_of_another_past_is_detected(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    stolen = rewritten(log, log.checkpoints[0].checkpoint.size)
    stolen.checkpoints = [*log.checkpoints[:2], *stolen.checkpoints[1:]]
    verdict = checked(stolen.bundle(tmp_path).path)
    assert list(failed(verdict)) == ["earlier"]


def test_a_forged_entry_of_the_context_is_not_in_the_log(sound: Path) -> None:
    copy = Copy(sound)
    lines = gzip.decompress(copy.files["context.jsonl.gz"])
    forged = lines.replace(b'\\"maximum\\":60', b'\\"maximum\\":99')
    assert forged != lines
    copy.put("context.jsonl.gz", gzip.compress(forged, mtime=0))
    assert list(failed(copy.verdict())) == ["context"]


@pytest.mark.parametrize(
    "lie",
    [
        {"in_force": {}},
        {"program": "another"},
        {"project_id": "P2"},
        {"device_id": "station-2"},
        {"sensors": ("none",)},
        {"notable": {}},
        {"counts": {"reading": 1}},
    ],
)
def test_an_index_that_says_something_else_than_the_entries_is_refused(sound: Path, lie: dict[str, object]) -> None:
    copy = Copy(sound)
    copy.put_index(replace(copy.index, **lie))  # type: ignore[arg-type]  # each of its own field's type
    assert list(failed(copy.verdict())) == ["index"]


def test_a_rotation_that_the_old_key_did_not_sign_is_refused(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    public, previous = (key.public_key().public_bytes_raw() for key in (thief, log.key))
    signature = thief.sign(statement(log.recorded.origin, "rotated", public, previous))
    log.recorded.add(KeyBody("rotated", to_base64(public), to_base64(signature), to_base64(previous)))
    log.key = thief
    log.sign()
    verdict = checked(log.bundle(tmp_path).path)
    named = next(check for check in verdict.checks if check.name == "context")
    assert named.outcome == "failed"
    assert "not shown to be the station's" in named.words
