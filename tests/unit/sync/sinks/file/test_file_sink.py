# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A bundle on a stick: what is in it, what a pulled stick leaves, what a changed byte does."""

import errno
import gzip
import io
import tarfile
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.domain.destination import FileDestination, InfluxDestination
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.log.evidence_index import manifest_statement
from edge_daemon.log.signed_note import VerifierKey, sign_note
from sync.packets.lines import lines_of
from sync.sinks.file import FileSink
from sync.sinks.file.bundle import DamagedBundle, manifest_of, parts_of, runs_of
from sync.sinks.file.receipt import receipts_in, write_receipt
from sync.sinks.file.seal import Sealer, SealSource
from sync.sinks.file.writer import finish_leftovers, unreadable_leftovers
from sync.sinks.sink import Delivered, Outcome, Stopped, Waiting
from tests.support.outgoing import ORIGIN, T0, covered, readings

WAITING = Waiting(ORIGIN, 1000, T0)


def entries(first: int, end: int) -> list[tuple[int, bytes]]:
    return [(index, b'{"type":"reading","n":%d}' % index) for index in range(first, end)]


def sink_in(folder: Path, entries_from: int = 0) -> FileSink:
    destination = FileDestination("stick", str(folder))
    return FileSink(destination, origin=ORIGIN, entries=entries, entries_from=entries_from)


def write(sink: FileSink, count: int, first: int, parts: int = 1) -> list[Outcome]:
    told = readings(count, 2, first)
    size = count // parts
    chunks = [chunk for start in range(0, count, size) for chunk in sink.chunks(told[start : start + size])]
    return list(sink.deliver(chunks, threading.Event()))


def only(folder: Path, pattern: str = "*.tar") -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_a_run_is_one_file_with_everything_in_it(tmp_path: Path) -> None:
    told = readings(300, 2)
    with closing(sink_in(tmp_path)) as sink:
        assert all(isinstance(outcome, Delivered) for outcome in write(sink, 300, 10, parts=3))
    bundle = only(tmp_path)
    assert list(tmp_path.iterdir()) == [bundle]
    parts = list(parts_of(bundle))
    assert [reading for part in parts for reading in part.readings] == told
    assert b"".join(part.lines for part in parts).decode().splitlines() == list(lines_of(told))
    assert [entry for part in parts for entry in part.entries] == entries(0, 310)
    assert [part.runs for part in parts] == [((10, 109),), ((110, 209),), ((210, 309),)]
    assert manifest_of(bundle).origin == ORIGIN


def test_strangers_read_it_with_tar_and_gunzip(tmp_path: Path) -> None:
    with closing(sink_in(tmp_path)) as sink:
        write(sink, 10, 10)
    with tarfile.open(only(tmp_path)) as archive:
        assert archive.getnames() == [
            "000001.readings.jsonl.gz",
            "000001.lines.gz",
            "000001.entries.gz",
            "000001.json",
            "manifest.json",
        ]
        lines = archive.extractfile("000001.lines.gz")
        assert lines is not None
        assert gzip.decompress(lines.read()).startswith(b"sensor_reading,")


def test_two_runs_hold_the_log_without_a_hole(tmp_path: Path) -> None:
    with closing(sink_in(tmp_path)) as sink:
        write(sink, 100, 10)
    with closing(sink_in(tmp_path, entries_from=110)) as sink:
        write(sink, 100, 150)
    parts = [part for path in sorted(tmp_path.glob("*.tar")) for part in parts_of(path)]
    assert [entry for part in parts for entry in part.entries] == entries(0, 250)


def test_nothing_to_say_writes_no_file(tmp_path: Path) -> None:
    with closing(sink_in(tmp_path)) as sink:
        assert list(sink.deliver(sink.chunks([]), threading.Event())) == []
    assert list(tmp_path.iterdir()) == []


def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    with closing(sink_in(tmp_path)) as sink:
        write(sink, 20, 10, parts=2)
    bundle = only(tmp_path)
    whole = bundle.read_bytes()
    with tarfile.open(bundle) as archive:
        content = [(member.offset_data, member.size) for member in archive]
    for start, size in content:
        for place in {start, start + size // 2, start + size - 1}:
            changed = bytearray(whole)
            changed[place] ^= 0x01
            bundle.write_bytes(changed)
            with pytest.raises(DamagedBundle):
                list(parts_of(bundle))


@pytest.mark.parametrize(
    "replaced", ["000001.readings.jsonl.gz", "000001.lines.gz", "000001.entries.gz", "000001.json"]
)
def test_a_file_put_in_the_place_of_another_is_found(tmp_path: Path, replaced: str) -> None:
    """Whole and well-formed, but not what was written: only the sums tell."""
    for folder, first in (("one", 10), ("two", 40)):
        (tmp_path / folder).mkdir()
        with closing(sink_in(tmp_path / folder)) as sink:
            write(sink, 20, first)
    bundle, other = only(tmp_path / "one"), only(tmp_path / "two")
    with tarfile.open(bundle) as archive, tarfile.open(other) as foreign:
        members = {name: (archive if name != replaced else foreign).extractfile(name) for name in archive.getnames()}
        contents = {name: file.read() for name, file in members.items() if file}
    with tarfile.open(bundle, "w") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with pytest.raises(DamagedBundle):
        list(parts_of(bundle))


@pytest.mark.parametrize("kept", [0.1, 0.4, 0.6, 0.9])
def test_a_file_that_was_not_copied_whole_is_found(tmp_path: Path, kept: float) -> None:
    with closing(sink_in(tmp_path)) as sink:
        write(sink, 400, 10, parts=4)
    bundle = only(tmp_path)
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DamagedBundle):
        list(parts_of(bundle))


def test_a_killed_run_keeps_what_was_delivered_and_the_next_one_finishes_its_file(tmp_path: Path) -> None:
    killed = sink_in(tmp_path)
    assert len(write(killed, 200, 10, parts=2)) == 2
    partial = only(tmp_path, "*.partial")
    with partial.open("ab") as file:
        file.write(b"\x07" * 700)  # what was under way
    assert [part.runs for part in parts_of(partial)] == [((10, 109),), ((110, 209),)]
    with closing(sink_in(tmp_path, entries_from=210)) as sink:
        write(sink, 10, 210)
    assert not list(tmp_path.glob("*.partial"))
    first, second = sorted(tmp_path.glob("*.tar"))
    assert [part.runs for part in parts_of(first)] == [((10, 109),), ((110, 209),)]
    assert [part.runs for part in parts_of(second)] == [((210, 219),)]
    killed.close()


def test_another_logs_leftover_and_foreign_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.tar.partial").write_bytes(b"mine")
    other = FileSink(
        FileDestination("stick", str(tmp_path)), origin="verifield/log/other", entries=entries, entries_from=0
    )
    write(other, 10, 10)
    with closing(sink_in(tmp_path)) as sink:
        write(sink, 10, 10)
    assert len(list(tmp_path.glob("*.partial"))) == 2
    other.close()


def test_a_stick_that_is_not_there(tmp_path: Path) -> None:
    with closing(sink_in(tmp_path / "stick")) as sink:
        (outcome,) = write(sink, 10, 10)
        assert isinstance(outcome, Stopped)
        assert "Plug in the stick" in outcome.remedy
        assert [line.verdict for line in sink.check(WAITING)] == ["failed"]
        (tmp_path / "stick").mkdir()
        assert isinstance(write(sink, 10, 10)[0], Delivered)
        assert [line.verdict for line in sink.check(WAITING)] == ["passed", "passed"]


def test_a_leftover_that_cannot_be_read_is_named_and_keeps_nothing_back(tmp_path: Path) -> None:
    (tmp_path / "verifield-0-1.tar.partial").mkdir()
    with closing(sink_in(tmp_path)) as sink:
        assert all(isinstance(outcome, Delivered) for outcome in write(sink, 300, 10))
    assert len(list(tmp_path.glob("*.tar"))) == 1
    [trouble] = unreadable_leftovers(tmp_path)
    assert "verifield-0-1.tar.partial cannot be read" in trouble


@pytest.mark.parametrize(("lies", "verdicts"), [("apart", ["passed"]), ("beside", ["passed", "warning"])])
def test_a_folder_beside_the_record_is_told_as_one(
    tmp_path: Path, lies: Literal["apart", "beside"], verdicts: list[str]
) -> None:
    sink = FileSink(FileDestination("stick", str(tmp_path)), origin=ORIGIN, entries=entries, entries_from=0,
                    lies=lambda _: lies)  # fmt: skip
    told = list(sink.check(WAITING))
    assert [line.verdict for line in told if line.title in {"Folder", "Disk"}] == verdicts
    with closing(sink):
        assert all(isinstance(outcome, Delivered) for outcome in write(sink, 30, 10))


def test_a_mount_point_whose_stick_is_out_gets_nothing(tmp_path: Path) -> None:
    sink = FileSink(FileDestination("stick", str(tmp_path)), origin=ORIGIN, entries=entries, entries_from=0,
                    lies=lambda _: "gone")  # fmt: skip
    (line,) = sink.check(WAITING)
    assert (line.verdict, "stick is not in" in line.words) == ("failed", True)
    (outcome,) = write(sink, 30, 10)
    assert isinstance(outcome, Stopped)
    assert "stick is not in" in outcome.words
    assert list(tmp_path.iterdir()) == []


def test_cancelling_stops_between_parts(tmp_path: Path) -> None:
    cancelled = threading.Event()
    with closing(sink_in(tmp_path)) as sink:
        chunks = [sink.chunks(readings(10, 1, first))[0] for first in (0, 10, 20)]
        outcomes = sink.deliver(chunks, cancelled)
        assert next(outcomes) == Delivered(chunks[0])
        cancelled.set()
        assert list(outcomes) == []
    assert [part.runs for part in parts_of(only(tmp_path))] == [((0, 9),)]


def test_a_receipt_names_the_readings_and_the_place_they_went_to(tmp_path: Path) -> None:
    with closing(sink_in(tmp_path)) as sink:
        write(sink, 20, 10, parts=2)
    bundle = only(tmp_path)
    there = InfluxDestination("office", "https://influx.example", "coast", "readings")
    delivered = runs_of(index for part in parts_of(bundle) for index in covered(part.runs) if index != 17)
    write_receipt(bundle, manifest_of(bundle).sum, ORIGIN, there, delivered, [(17, "422: no")], T0)
    (receipt,), troubles = receipts_in(tmp_path)
    assert not troubles
    assert receipt.origin == ORIGIN
    assert receipt.delivered == ((10, 16), (18, 29))
    assert receipt.refused == ((17, "422: no"),)
    assert receipt.concerns(InfluxDestination("field name", "https://influx.example", "coast", "readings"))
    assert not receipt.concerns(InfluxDestination("office", "https://influx.example", "coast", "other"))
    assert receipt.concerns(InfluxDestination("x", "https://influx.example:443/", "coast", "readings"))


def test_a_damaged_receipt_is_named_and_keeps_no_other_back(tmp_path: Path) -> None:
    (tmp_path / "a.tar.office.receipt.json").write_text("{}")
    (tmp_path / "c.tar.office.receipt.json").mkdir()  # as unreadable as a bad spot of a stick
    there = InfluxDestination("office", "https://influx.example", "coast", "readings")
    write_receipt(tmp_path / "b.tar", "0" * 64, ORIGIN, there, ((1, 2),), [], T0)
    (receipt,), (damaged, unreadable) = receipts_in(tmp_path)
    assert receipt.delivered == ((1, 2),)
    assert damaged.startswith("a.tar.office.receipt.json cannot be read")
    assert unreadable.startswith("c.tar.office.receipt.json cannot be read")
    assert all("counts for nothing" in words and "Copy it once more" in words for words in (damaged, unreadable))


def test_a_bundle_is_noted_before_it_can_be_carried_whole_or_cut_off(tmp_path: Path) -> None:
    noted: list[tuple[str, int, int]] = []
    sink = FileSink(
        FileDestination("stick", str(tmp_path)),
        origin=ORIGIN,
        entries=lambda _first, _end: (),
        entries_from=0,
        noted=lambda *told: noted.append(told),
    )
    with closing(sink):
        write(sink, 20, 10, parts=2)
        (partial,) = tmp_path.glob("*.partial")
        assert noted[-1] == (manifest_of(partial).sum, 10, 29)
    assert noted[-1] == (manifest_of(only(tmp_path)).sum, 10, 29)
    assert len(noted) == 3


DEVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEY = VerifierKey(ORIGIN, DEVICE.public_key().public_bytes_raw())


def sealer(key: Ed25519PrivateKey = DEVICE, origin: str = ORIGIN) -> Sealer:
    note = str(sign_checkpoint(Checkpoint(origin, 310, bytes(32)), DEVICE))
    return Sealer(note, str(KEY), lambda digest: str(sign_note(manifest_statement(digest), ORIGIN, key)))


def sealed_bundle(folder: Path, seal: SealSource) -> Path:
    destination = FileDestination("stick", str(folder))
    with closing(FileSink(destination, origin=ORIGIN, entries=entries, entries_from=0, seal=seal)) as sink:
        write(sink, 100, 10)
    return only(folder)


def test_a_bundle_is_signed_and_holds_the_checkpoint(tmp_path: Path) -> None:
    seal = manifest_of(sealed_bundle(tmp_path, sealer)).seal
    assert seal is not None
    assert (seal.key, seal.checkpoint.size) == (KEY, 310)


@pytest.mark.parametrize("seal", [lambda: None, lambda: replace(sealer(), sign=lambda _: "")])
def test_a_bundle_that_nobody_could_sign_is_good_and_says_so(tmp_path: Path, seal: SealSource) -> None:
    bundle = sealed_bundle(tmp_path, seal)
    assert manifest_of(bundle).seal is None
    assert len(list(parts_of(bundle))) == 1


def test_a_signature_of_another_key_is_refused(tmp_path: Path) -> None:
    bundle = sealed_bundle(tmp_path, lambda: sealer(STRANGER))
    for read in (manifest_of, lambda path: list(parts_of(path))):
        with pytest.raises(DamagedBundle, match="signature does not fit"):
            read(bundle)


def test_a_checkpoint_of_another_log_is_refused(tmp_path: Path) -> None:
    other = "verifield/log/" + "ef" * 16
    note = str(sign_checkpoint(Checkpoint(other, 310, bytes(32)), DEVICE))
    key = VerifierKey(other, DEVICE.public_key().public_bytes_raw())
    told = Sealer(note, str(key), lambda digest: str(sign_note(manifest_statement(digest), other, DEVICE)))
    with pytest.raises(DamagedBundle, match="of another log"):
        manifest_of(sealed_bundle(tmp_path, lambda: told))


def test_a_changed_manifest_does_not_keep_its_signature(tmp_path: Path) -> None:
    bundle = sealed_bundle(tmp_path, sealer)
    data = bundle.read_bytes()
    with tarfile.open(bundle) as archive:
        member = archive.getmember("manifest.json")
    place = data.index(b'"format"', member.offset_data)
    bundle.write_bytes(data[: place - 1] + b"\t" + data[place:])  # white space that changes no meaning
    with pytest.raises(DamagedBundle, match="changed after it was signed"):
        manifest_of(bundle)


def test_what_a_broken_run_left_is_signed_when_the_next_one_finishes_it(tmp_path: Path) -> None:
    killed = sink_in(tmp_path)
    write(killed, 100, 10)
    (finished,) = finish_leftovers(tmp_path, ORIGIN, sealer)
    assert manifest_of(finished).seal is not None
    killed.close()


def test_a_file_that_cannot_be_finished_is_told_and_finished_though_nothing_more_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    sink = sink_in(tmp_path)
    write(sink, 20, 10)
    with monkeypatch.context() as patched:
        patched.setattr("sync.sinks.file.writer._end", full)
        told = sink.close()
        assert isinstance(told, Stopped)
        assert "No space left on device" in told.words
        assert "sync again" in told.remedy
        # As long as there is no room the next one says so, too.
        assert isinstance(sink_in(tmp_path, 30).close(), Stopped)
    assert list(tmp_path.glob("*.tar")) == []
    assert sink_in(tmp_path, 30).close() is None
    assert len([reading for part in parts_of(only(tmp_path)) for reading in part.readings]) == 20
