# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Why a reading is flagged, told from the log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import Unknown
from edge_daemon.domain.limits import Limits
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import BootBody
from edge_daemon.log.calibration_body import Outcome, ValueFunction
from edge_daemon.log.effective import Amendments
from edge_daemon.station.reasons import Explained, explain
from tests.support.logged_station import CO2, SECOND_NS, LoggedStation
from tests.unit.edge_daemon.acquisition.fakes import MODEL, POLLED
from tests.unit.edge_daemon.log.calibration_world import installed, start, verdict


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as open_station:
        yield open_station


def asked(station: LoggedStation, index: int, amendments: Amendments = Amendments()) -> Explained:  # noqa: B008  # frozen
    return explain(station.reader, "co2-1", index, station.history, amendments)


def why(station: LoggedStation, index: int) -> dict[str, str]:
    return {reason.test: reason.text for reason in asked(station, index).reasons["co2"]}


def test_nothing_speaks_against_a_good_reading(station: LoggedStation) -> None:
    index = station.sample(412.0)
    found = asked(station, index)
    assert found.reasons == {"co2": (), "humidity": ()}
    assert found.units == {"co2": "ppm", "humidity": "%"}
    assert found.effective.quality == 70  # of an instrument that nobody calibrated


def test_a_value_out_of_its_ranges(station: LoggedStation) -> None:
    assert why(station, station.sample(950.0)) == {
        "plausible_range": "950 ppm lies outside what is expected at this site, 350 to 900 ppm."
    }
    assert set(why(station, station.sample(1200.0))) == {"gross_range", "plausible_range"}


def test_a_spike_is_explained_once_a_later_sample_has_told_it(station: LoggedStation) -> None:
    station.sample(412.0)
    spike = station.sample(700.0)
    assert why(station, spike) == {}
    station.sample(412.0)
    assert "more than 100 ppm" in why(station, spike)["spike"]
    now = asked(station, spike).effective
    assert (now.original.channels["co2"].flag, now.channels["co2"].flag) == (Flag.GOOD, Flag.SUSPECT)
    assert (now.original.quality, now.quality) == (70, 69)


def test_a_flat_line_and_its_end_at_a_gap_and_a_restart(station: LoggedStation) -> None:
    flat = [station.sample(412.0) for _ in range(25)]
    assert why(station, flat[5]) == {}
    assert "For 20 s or more" in why(station, flat[24])["flat_line"]
    station.gap()
    assert why(station, station.sample(412.0)) == {}
    station.write(BootBody("start", "boot-1", "1", "trusted"))
    station.pipeline.gap()
    assert why(station, station.sample(412.0)) == {}


def test_a_line_that_was_flat_for_longer_than_is_looked_at(station: LoggedStation) -> None:
    flat = [station.sample(412.0) for _ in range(30)]
    found = explain(station.reader, "co2-1", flat[-1], station.history, Amendments(), most=5)
    assert [reason.test for reason in found.reasons["co2"]] == ["flat_line"]
    moving = [station.sample(412.0 + number % 5) for number in range(30)]
    bad = station.sample(950.0)
    found = explain(station.reader, "co2-1", bad, station.history, Amendments(), most=5)
    assert [reason.test for reason in found.reasons["co2"]] == ["plausible_range"]
    assert moving[-1] < bad


def test_a_signal_that_varies_too_little_is_flagged_in_its_entry_and_explained(station: LoggedStation) -> None:
    limits = Limits(least_deviation=(0.5, 0.05), deviation_s=10)
    channels = (replace(CO2.channels[0], limits=limits), CO2.channels[1])
    configured = station.write(replace(CO2, channels=channels))
    station.pipeline = Pipeline(DeviceSetup("co2-1", MODEL, POLLED, SECOND_NS, configured, limits={"co2": limits}))
    moving = [station.sample(412.0 + second % 2) for second in range(10)]
    assert why(station, moving[-1]) == {}
    still = [station.sample(412.0 + 0.4 * (second % 2)) for second in range(12)][-1]
    found = asked(station, still).effective
    assert (found.original.configuration, found.original.channels["co2"].flag) == (configured, Flag.SUSPECT)
    assert why(station, still) == {"attenuated_signal": "Over 10 s it varied less than 0.5 ppm (standard deviation)."}
    assert found.quality == 69


def test_what_the_instrument_says_and_what_is_missing(station: LoggedStation) -> None:
    assert set(why(station, station.sample(412.0, warming_up=True))) == {"instrument"}
    assert set(why(station, station.sample(None))) == {"missing"}


def test_an_amendment_is_among_the_reasons(station: LoggedStation) -> None:
    index = station.sample(412.0)
    told = AmendmentBody("as_found_failure", 0, index, "as found 8 % low", "Ana", channels=("co2",))
    place, entry = station.journal.write(told)
    found = asked(station, index, Amendments().after(place, entry))
    assert [(reason.test, reason.text) for reason in found.reasons["co2"]] == [
        ("amendment", "As found failure, by Ana: as found 8 % low")
    ]
    assert found.reasons["humidity"] == ()
    assert (found.effective.channels["co2"].flag, found.effective.amended_by) == (Flag.SUSPECT, (place,))


def calibrate(station: LoggedStation, outcome: Outcome = "pass", due: str = "") -> tuple[int, int, int]:
    """A run with a reading in it; the indices of its start, that reading and its end."""
    run = station.write(start("S-1", "co2-1", "co2", "fake"))
    inside = station.sample(600.0)
    shift = ValueFunction("polynomial", (-100.0, 1.0))
    told = verdict(run, outcome, shift, None, serial="S-1", sensor="co2-1", model="fake", channel="co2", due=due)
    end = station.write(told)
    station.calibrations.follow(end)
    return run, inside, end


def test_a_reading_in_calibration_and_values_of_a_calibrated_instrument(station: LoggedStation) -> None:
    station.calibrations.follow(station.write(installed("S-1", "co2-1", "fake")))
    station.sample(412.0)
    run, inside, _ = calibrate(station)
    assert f"entry {run}" in why(station, inside)["calibration"]
    assert "instrument" not in why(station, inside)
    assert asked(station, inside).reasons["humidity"][0].test == "calibration"
    assert why(station, station.sample(512.0)) == {}  # 412 ppm: neither a jump from the gas nor from before
    assert "940 ppm lies outside what is expected" in why(station, station.sample(1040.0))["plausible_range"]
    beyond = why(station, station.sample(1001.0))
    assert "1001 ppm lies outside what can be measured" in beyond["gross_range"]


def test_a_failed_and_an_overdue_calibration_are_told(station: LoggedStation) -> None:
    station.calibrations.follow(station.write(installed("S-1", "co2-1", "fake")))
    calibrate(station, due="2020-01-01")
    assert "due on 2020-01-01" in why(station, station.sample(512.0))["calibration_overdue"]
    calibrate(station, "fail")
    found = asked(station, station.sample(512.0))
    assert [reason.test for reason in found.reasons["co2"]] == ["calibration_failed", "calibration_overdue"]
    assert found.effective.channels["co2"].flag is Flag.SUSPECT


def test_what_is_no_reading_of_the_sensor_is_unknown(station: LoggedStation) -> None:
    index = station.sample(412.0)
    for wrong in (0, index + 1):
        with pytest.raises(Unknown):
            asked(station, wrong)
    with pytest.raises(Unknown):
        explain(station.reader, "other", index, station.history, Amendments())
