# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run does not hold: entries of the period, landmarks of the rest of the log, sensors that say nothing more."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.entry import decode_entry
from sync.bundle import Period, write_bundle
from sync.evidence.form import CONTEXT
from sync.evidence.verdict import Verdict
from tests.support.verify_page import Altered
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SENSOR, SignedLog, an_hour_of_readings, checked, failed, outcomes, signed_index


def words_of(verdict: Verdict, name: str) -> str:
    return next(check.words for check in verdict.checks if check.name == name)


def test_a_sensor_that_says_nothing_more_is_not_accounted_for(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    log.recorded.pass_(7.5 * 3600)
    log.note("still here")
    log.sign()
    found = checked(log.bundle(tmp_path).path, log.register())
    assert outcomes(found)["completeness"] == "not_checked"
    assert f"{SENSOR} was silent since" in words_of(found, "completeness")


def test_a_sensor_that_never_spoke_is_not_accounted_for(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.recorded.sensor("quiet")
    log.readings(60)
    log.sign()
    found = checked(log.bundle(tmp_path).path, log.register())
    assert outcomes(found)["completeness"] == "not_checked"
    assert "quiet said nothing since" in words_of(found, "completeness")


def test_a_silence_up_to_a_pause_is_not_accounted_for_and_a_pause_itself_is_no_silence(tmp_path: Path) -> None:
    for silent_s, outcome in ((3600, "not_checked"), (1, "passed")):
        log = an_hour_of_readings()
        log.recorded.pass_(silent_s)
        paused(log)
        log.recorded.pass_(7200)
        log.note("paused")
        log.sign()
        place = tmp_path / str(silent_s)
        place.mkdir()
        assert outcomes(checked(log.bundle(place).path))["completeness"] == outcome


def paused(log: SignedLog) -> None:
    body = from_json(ConfigurationBody, decode_entry(log.recorded.entries[log.configuration]).body)
    log.recorded.add(replace(body, state="paused"))


def test_a_sensor_that_speaks_late_in_a_part_of_the_log_is_not_accounted_for(tmp_path: Path) -> None:
    log = SignedLog().begin()
    other = log.recorded.sensor("other")
    for _ in range(5):
        log.recorded.reading(SENSOR, log.configuration)
        log.recorded.reading("other", other, after_s=0.0)
    start = log.recorded.t_ns
    log.readings(60)
    log.recorded.reading("other", other)
    log.sign()
    found = checked(log.bundle(tmp_path, period=Period(start + 5 * S, None)).path)
    assert outcomes(found)["completeness"] == "not_checked"
    assert "other said nothing in the first" in words_of(found, "completeness")


def test_context_of_a_part_of_a_log_is_complete_only_by_a_signed_list(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    log.recorded.amendment("maintenance", 10, 12)
    log.sign()
    source = log.write(tmp_path / "home")
    period = Period(None, T0 + 40 * S)
    path = write_bundle(source, period, (), tmp_path / "b", sign=signed_index).path
    sound = checked(path, log.register())
    assert (sound.standing, outcomes(sound)["context_complete"]) == ("sound", "passed")
    assert not any("outside the run" in words for words in sound.not_proven)

    left_out = Altered(path, tmp_path / "left-out")
    lines = gzip.decompress((path / CONTEXT).read_bytes()).splitlines(keepends=True)
    kept = b"".join(line for line in lines if b"amendment" not in line)
    left_out.put(CONTEXT, gzip.compress(kept, mtime=0))
    found = checked(left_out.folder, log.register())
    assert outcomes(found)["context_complete"] == "not_checked"
    assert any("outside the run" in words for words in found.not_proven)
    (left_out.folder / "index.note").write_text(signed_index((left_out.folder / "index.json").read_bytes()))
    assert "context_complete" in failed(checked(left_out.folder)), "the signed list names one that is not there"


def two_boots(state: str = "untrusted", *, fixed: bool = False) -> tuple[SignedLog, int, int]:
    """A log whose power was cut; the second boot began with a dead clock in 1970. The ends of what the first recorded
    and where the true time was known again."""
    log = an_hour_of_readings()
    cut_ns = log.recorded.t_ns
    log.recorded.t_ns, log.recorded.mono_us = 3600 * S, 1_000_000
    dead = len(log.recorded.entries)
    log.recorded.boot("boot-2", "untrusted")
    log.readings(5)
    if fixed:
        log.recorded.fix("boot-2", cut_ns + 3600 * S - log.recorded.t_ns)
        log.recorded.t_ns = cut_ns + 3600 * S
        log.recorded.clock("trusted")
        log.readings(5)
    log.sign()
    return log, cut_ns, dead


@pytest.mark.parametrize("fixed", [True, False])
def test_a_dead_clock_after_a_power_cut_does_not_fail_an_honest_bundle(tmp_path: Path, *, fixed: bool) -> None:
    log, cut_ns, _ = two_boots(fixed=fixed)
    period = Period(cut_ns - 30 * S, cut_ns + S)
    found = checked(log.bundle(tmp_path, period=period).path)
    assert outcomes(found)["edges"] == ("passed" if fixed else "not_checked"), words_of(found, "edges")
    assert "edges" not in failed(found)


def test_a_run_that_begins_at_a_boot_that_is_dated_back_does_not_reach_beyond_the_period(tmp_path: Path) -> None:
    log, cut_ns, dead = two_boots(fixed=True)
    cut = log.bundle(tmp_path, period=Period(cut_ns + 3596 * S + S // 2, cut_ns + 3601 * S)).path
    altered = Altered(cut, tmp_path / "altered")
    assert altered.index.first == dead + 1
    claimed = rfc3339_from_ns(cut_ns - 30 * S), rfc3339_from_ns(cut_ns + 1800 * S)
    altered.put_index(replace(altered.index, start=claimed[0], until=claimed[1]))
    found = checked(altered.folder)
    assert outcomes(found)["edges"] == "failed", "the entries before the power cut are missing"
    later = rfc3339_from_ns(cut_ns + 3597 * S), rfc3339_from_ns(cut_ns + 3598 * S)
    altered.put_index(replace(altered.index, start=later[0], until=later[1]))
    assert outcomes(checked(altered.folder))["edges"] != "failed", "nothing of a period after the power cut is missing"
