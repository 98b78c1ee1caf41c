# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Flags and quality scores computed again: what whoever has the stolen key can write, and what of it is named."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.limits import Limits
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.metrology.qartod import gross_range, narrower
from edge_daemon.metrology.score import reading_quality, source_score
from sync.evidence.given import Given
from sync.evidence.verdict import Verdict
from sync.home_verdict import verify_log
from tests.unit.sync.evidence.anchored import named
from tests.unit.sync.recorded import TEMPERATURE
from tests.unit.sync.signed_logs import SENSOR, SignedLog, failed, outcomes

WIND = ChannelBody("wind", "m/s", 0, 60, limits=Limits(plausible=(0.5, 40.0), possible=(0.0, 55.0)))
UNCALIBRATED = source_score(None)


def log_with(*channels: ChannelBody, **more: object) -> SignedLog:
    log = SignedLog()
    log.recorded.begin()
    log.name_key("made", log.key)
    log.configuration = log.recorded.sensor(SENSOR, channels or (TEMPERATURE, WIND), primary="wind", **more)
    return log


def add(log: SignedLog, wind: float, flag: Flag, quality: int | None = None) -> int:
    index = log.recorded.reading(SENSOR, log.configuration, {"wind": wind}, flags={"wind": flag})
    due = reading_quality(UNCALIBRATED, [flag]) if quality is None else quality
    log.recorded.entries[index] = log.recorded.entries[index].replace(b'"q":90', f'"q":{due}'.encode())
    return index


def verdict_of(log: SignedLog, folder: Path) -> Verdict:
    log.sign()
    source = log.write(folder / "home")
    return verify_log(source.buffer, source.checkpoints, Given(log.register()))


@given(wind=st.sampled_from([-1.0, 0.0, 0.4, 0.5, 7.0, 40.0, 41.0, 55.0, 56.0, 60.0, 61.0]), flag=st.sampled_from(Flag))
def test_a_flag_better_than_the_ranges_allow_is_named(
    tmp_path_factory: pytest.TempPathFactory, wind: float, flag: Flag
) -> None:
    if flag is Flag.MISSING:
        return
    log = log_with()
    add(log, 7.0, Flag.GOOD)
    index = add(log, wind, flag)
    due = gross_range(wind, narrower((0, 60), WIND.limits.possible), WIND.limits.plausible)
    verdict = verdict_of(log, tmp_path_factory.mktemp("log"))
    lacks = due is Flag.FAIL and flag is not Flag.FAIL
    lacks = lacks or (due is Flag.SUSPECT and flag not in {Flag.SUSPECT, Flag.FAIL})
    assert list(failed(verdict)) == (["flags"] if lacks else [])
    if lacks:
        assert named(verdict, "flags").entry == index


def test_a_range_that_the_project_states_and_a_rating_count_as_in_the_recorder(tmp_path: Path) -> None:
    log = log_with(value_ranges={"wind": (2.0, 9.0)})
    add(log, 9.0, Flag.GOOD)
    bad = add(log, 9.5, Flag.GOOD)
    assert named(verdict_of(log, tmp_path), "flags").entry == bad
    power = ChannelBody("wind", "W", 0, 20_000, "active_power", "kW", 0.001)
    (tmp_path / "rated").mkdir()
    rated = log_with(replace(power))
    body = rated.recorded.entries[rated.configuration]
    rated.recorded.entries[rated.configuration] = body.replace(b'"settings":{}', b'"settings":{"rated_power_kw":10}')
    add(rated, 10_400.0, Flag.GOOD)
    add(rated, 10_600.0, Flag.SUSPECT)
    bad = add(rated, 12_100.0, Flag.SUSPECT)
    verdict = verdict_of(rated, tmp_path / "rated")
    assert list(failed(verdict)) == ["flags"]
    assert named(verdict, "flags").entry == bad
    assert "possible" in named(verdict, "flags").words


@pytest.mark.parametrize("quality", [UNCALIBRATED - 1, UNCALIBRATED + 1, 100, 0])
def test_a_score_that_does_not_follow_is_named(tmp_path: Path, quality: int) -> None:
    log = log_with()
    add(log, 7.0, Flag.GOOD)
    index = add(log, 7.0, Flag.GOOD, quality)
    verdict = verdict_of(log, tmp_path)
    assert list(failed(verdict)) == ["quality"]
    assert named(verdict, "quality").entry == index


def test_a_suspect_reading_is_capped_and_a_failed_one_has_none(tmp_path: Path) -> None:
    log = log_with()
    for flag in (Flag.GOOD, Flag.NOT_EVALUATED, Flag.SUSPECT, Flag.FAIL):
        add(log, 7.0, flag)
    verdict = verdict_of(log, tmp_path)
    assert outcomes(verdict)["quality"] == "passed"
    assert "4 are what" in named(verdict, "quality").words


def test_without_a_primary_channel_scores_are_not_called_passed(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(3)
    verdict = verdict_of(log, tmp_path)
    assert outcomes(verdict)["quality_open"] == "not_checked"
    assert "quality" not in outcomes(verdict)


def test_what_is_not_computed_again_is_said(tmp_path: Path) -> None:
    log = log_with()
    add(log, 7.0, Flag.GOOD)
    assert named(verdict_of(log, tmp_path), "tests").outcome == "not_checked"
