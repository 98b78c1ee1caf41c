# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever value stands where in a bundle, its check ends with a verdict: also when all hashes and signatures fit."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.log.bodies import ClockFixBody
from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical
from edge_daemon.log.strict_json import parse_json
from edge_daemon.log.tree import EMPTY_ROOT
from sync.evidence.anchors import anchor_line, anchor_of_line
from sync.evidence.form import ANCHORS, CHECKPOINTS, CONTEXT, NotEvidence
from sync.evidence.heads import Witness
from sync.evidence.verdict import Verdict
from tests.support.verify_page import Altered
from tests.unit.sync.evidence.anchored import anchored, notes_in
from tests.unit.sync.evidence.forged import STRANGE_VALUES, packed, places, put_log, sign_again, with_value
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, checked, failed

READING_ENDS = b',"type":"reading","v":1}'
DEEP = b"[" * 50_000 + b"]" * 50_000


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A whole log with an anchor, a gap, a clock fix and an amendment."""
    log = SignedLog().begin()
    with anchored(tmp_path_factory.mktemp("station"), log) as made:
        readings = log.readings(20)
        log.sign()
        log.gap(30)
        log.recorded.fix("boot-1")
        log.recorded.amendment("value_correction", readings[0], readings[3], channel="wind", gain=2.0, offset=0.0)
        log.readings(3)
        log.sign()
        made.anchor()
        yield made.bundle(tmp_path_factory.mktemp("bundle") / "b")


def told(verdict: Verdict) -> str:
    """All that is shown of it."""
    return "\n".join([*verdict.lines(), json.dumps(verdict.to_json())])


def judged(folder: Path) -> str:
    log = SignedLog()
    witness = Witness(44, EMPTY_ROOT, "Ana", time_ns=log.recorded.t_ns)
    return told(checked(folder, log.register(), witnesses=[witness]))


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_ends_with_a_verdict(bundle: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        altered = Altered(bundle, Path(place) / "altered")
        name = data.draw(st.sampled_from(["entries-0001.jsonl.gz", CONTEXT, CHECKPOINTS, ANCHORS, "index.json"]))
        if name == "index.json":
            lines = [(altered.folder / name).read_bytes()]
        else:
            lines = gzip.decompress((altered.folder / name).read_bytes()).split(b"\n")[:-1]
        number = data.draw(st.integers(0, len(lines) - 1))
        document = parse_json(lines[number])
        at = data.draw(st.sampled_from(sorted(places(document), key=str)))
        new: JsonValue = data.draw(st.sampled_from(STRANGE_VALUES))
        try:
            lines[number] = canonical(with_value(document, at, new))
        except NotCanonical:
            return
        if name == "index.json":
            (altered.folder / name).write_bytes(lines[0])
        elif name == "entries-0001.jsonl.gz":
            put_log(altered, lines)
        else:
            altered.put(name, packed(lines))
            sign_again(altered.folder)
        assert "Verdict:" in judged(altered.folder)


@pytest.mark.parametrize("name", ["entries-0001.jsonl.gz", CONTEXT, CHECKPOINTS, ANCHORS])
def test_a_line_that_is_nested_deeply_ends_with_a_verdict(bundle: Path, tmp_path: Path, name: str) -> None:
    altered = Altered(bundle, tmp_path / "altered")
    lines = gzip.decompress((altered.folder / name).read_bytes()).split(b"\n")[:-1]
    at = next((at for at, line in enumerate(lines) if line.endswith(READING_ENDS)), 0)
    lines[at] = lines[at][:-1].replace(READING_ENDS[:-1], b"") + b',"x":' + DEEP + READING_ENDS
    altered.put(name, packed(lines))
    found = checked(altered.folder)
    assert found.standing == "failed"
    if name.startswith("entries"):
        assert found.first_entry == at


@pytest.mark.parametrize(("name", "check"), [(CONTEXT, "context"), (ANCHORS, "anchor_records")])
def test_lines_that_repeat_are_refused_at_once(bundle: Path, tmp_path: Path, name: str, check: str) -> None:
    altered = Altered(bundle, tmp_path / "altered")
    lines = gzip.decompress((altered.folder / name).read_bytes()).split(b"\n")[:-1]
    altered.put(name, packed([*lines, *lines[-1:] * 20_000]))
    found = next(one for one in checked(altered.folder).checks if one.name == check)
    assert found.outcome == "failed"
    assert "does not come after" in found.words or "twice" in found.words


def test_a_time_of_the_chain_that_no_calendar_has_does_not_hide_what_was_anchored(tmp_path: Path) -> None:
    log = SignedLog().begin()
    with anchored(tmp_path, log) as made:
        log.readings(40)
        log.sign()
        made.anchor()
        path = made.bundle(tmp_path / "b")
    altered = Altered(path, tmp_path / "altered")
    far = replace(notes_in(path)[0], ledger_ns=10**30, consistency=(b"x" * 32,))
    altered.put(ANCHORS, packed([anchor_line(far)]))
    assert "anchor_records" in failed(checked(altered.folder))
    with pytest.raises(NotEvidence):
        anchor_of_line(anchor_line(far))


def test_a_clock_that_was_set_beyond_all_calendars_is_named_beside_a_dated_witness(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    log.recorded.boot("boot-2", "untrusted")
    log.readings(3)
    log.sign()
    head = log.head()
    log.recorded.add(ClockFixBody("boot-2", 1, "9999-12-31T23:59:59.000000000Z", 5_000, "synchronised"))
    log.sign()
    witness = Witness(head.size, head.root, "Ana", time_ns=log.recorded.t_ns)
    found = checked(log.bundle(tmp_path).path, witnesses=[witness])
    assert "witness_dates" in failed(found)
    assert "a time that no calendar has" in told(found)
