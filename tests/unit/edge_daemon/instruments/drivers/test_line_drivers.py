# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The drivers of text lines: which field becomes which channel, in which unit, and what is refused by name."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, Fault, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import BadFrame, Sample, StreamDriver
from edge_daemon.instruments.drivers import air_quality_station, alphasense_no2_b43f, line_stream
from edge_daemon.instruments.simulators.instrument import SimulatedInstrument
from edge_daemon.instruments.simulators.models import air_quality_station as station_simulator
from edge_daemon.instruments.simulators.models import alphasense_no2_b43f as cell_simulator
from edge_daemon.instruments.simulators.models import line_stream as line_simulator
from edge_daemon.instruments.text_lines import LineFramer, sealed_line

Options = dict[str, OptionValue]

T0 = 1_800_000_000.0
DRIVERS = [line_stream.DRIVER, alphasense_no2_b43f.DRIVER, air_quality_station.DRIVER]
CERTIFICATE: Options = {
    "we_electronic_zero_mv": 230,
    "ae_electronic_zero_mv": 233,
    "we_sensor_zero_mv": -4,
    "ae_sensor_zero_mv": 3,
    "sensitivity_mv_per_ppb": 0.288,
}
VOLTAGES = b"we_mv:250.000,ae_mv:238.000,temp_c:25.00"


def no2(line: bytes = VOLTAGES, **options: OptionValue) -> Sample:
    return alphasense_no2_b43f.decode(line, {**CERTIFICATE, **options})


def station(line: bytes, **options: OptionValue) -> dict[str, float | None]:
    return dict(air_quality_station.decode(line, options).channels)


def lines(line: bytes, fields: str, **options: OptionValue) -> dict[str, float | None]:
    return dict(line_stream.decode(line, {"fields": fields, **options}).channels)


def printed(instrument: SimulatedInstrument, driver: StreamDriver, options: Options, count: int) -> list[Sample]:
    """What the driver makes of the next lines of a simulated controller; boot text is refused by name."""
    framer = driver.framer()
    samples: list[Sample] = []
    while len(samples) < count:
        for item in framer.feed(instrument.due(instrument.next_due())):
            assert isinstance(item, bytes)
            with contextlib.suppress(MalformedFrame):
                sample = driver.decode(item, options)
                assert sample is not None
                samples.append(sample)
    return samples


# ---- any controller ------------------------------------------------------------------------------------------------


def test_fields_become_channels_with_factor_and_offset() -> None:
    assert lines(b"co2:415.2,temp_f:70.0", "co2=co2, temperature=temp_f * 0.5 - 10.5") == {
        "co2": 415.2,
        "temperature": 24.5,
    }
    assert lines(b'{"pms":{"pm2-5":8},"t":3}', "pm2_5=pms.pm2-5 + 1") == {"pm2_5": 9}
    assert lines(b"1 2 3", "a=value 3,b=value 1 * -2e1") == {"a": 3, "b": -20}
    assert lines(b"Temperature,Pressure\n23.5,1013.2", "pressure=Pressure") == {"pressure": 1013.2}
    assert lines(b"23.5,1013.2", "pressure=p", columns="t, p") == {"pressure": 1013.2}


def test_what_a_line_lacks_is_missing_and_a_line_without_any_is_refused() -> None:
    assert lines(b"a:1,c:x", "x=a, y=b, z=c") == {"x": 1, "y": None, "z": None}
    with pytest.raises(MalformedFrame, match="temp, rh, and none of the fields a, b"):
        lines(b"temp:1,rh:2", "x=a, y=b")
    with pytest.raises(MalformedFrame, match="no named value"):
        lines(b"a: 1", "x=a")


def test_boot_text_is_refused_and_a_failed_measurement_is_missing() -> None:
    with pytest.raises(MalformedFrame, match="words"):
        lines(b"sensor interface ready", "x=value 1, y=value 9")
    assert lines(b"a:nan,b:NULL", "x=a, y=b, z=c") == {"x": None, "y": None, "z": None}


def test_the_controllers_own_words_are_the_status() -> None:
    said = line_stream.decode(b'{"co2":null,"err":"warmup"}', {"fields": "co2=co2"})
    assert (dict(said.channels), said.status) == ({"co2": None}, "warmup")
    for fine in (b'{"co2":1,"err":0}', b'{"co2":1,"err":"OK"}', b'{"co2":1,"err":null}', b'{"co2":1}'):
        assert line_stream.decode(fine, {"fields": "co2=co2"}).status == "ok"
    assert line_stream.decode(b"co2:1,state:low", {"fields": "co2=co2", "status_field": "state"}).status == "low"


@pytest.mark.parametrize("fields", [",", "co2", "co2=", "=co2", "a=b,a=c", "A=b", "a=b*x", "a=b*2*3"])
def test_a_mapping_that_cannot_be_meant_is_refused(fields: str) -> None:
    with pytest.raises(BadInput, match="fields"):
        lines(b"co2:1", fields)


def test_a_required_checksum() -> None:
    sealed = sealed_line("co2:415.2").strip()
    assert lines(sealed, "co2=co2", checksum="required") == {"co2": 415.2}
    with pytest.raises(MalformedFrame, match="checksum"):
        lines(b"co2:415.2", "co2=co2", checksum="required")
    with pytest.raises(ChecksumMismatch):
        lines(sealed.replace(b"415", b"515"), "co2=co2")


def test_a_chosen_grammar_and_one_there_is_not() -> None:
    assert lines(b"co2:1", "co2=co2", grammar="labelled") == {"co2": 1}
    with pytest.raises(MalformedFrame):
        lines(b"co2:1", "co2=co2", grammar="json")
    with pytest.raises(BadInput, match="grammar"):
        lines(b"co2:1", "co2=co2", grammar="xml")


@pytest.mark.parametrize("driver", DRIVERS, ids=[driver.name for driver in DRIVERS])
@given(noise=st.lists(st.one_of(st.binary(max_size=80), st.text(max_size=40).map(str.encode)), max_size=5))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_line_is_read(
    driver: StreamDriver, noise: list[bytes]
) -> None:
    framer = driver.framer()
    good = sealed_line("we_mv:1,ae_mv:2,temp_c:3,pm2_5:4,x:5")
    options: Options = {"fields": "value_1=x"} if driver is line_stream.DRIVER else {}
    found = [item for data in noise for item in framer.feed(data)]
    found += framer.feed(b"\n" + good)
    for item in found:
        with contextlib.suppress(Fault):
            if isinstance(item, bytes):
                driver.decode(item, options)
    assert isinstance(found[-1], bytes)
    assert driver.decode(found[-1], options) is not None


@pytest.mark.parametrize("driver", DRIVERS, ids=[driver.name for driver in DRIVERS])
def test_two_controllers_on_one_line_are_refused_by_name(driver: StreamDriver) -> None:
    one, other = VOLTAGES + b"\n", b'{"pm2_5":8.1,"no2":18.25,"value 1":3}\n'
    mixed = bytes(byte for pair in zip(one, other, strict=False) for byte in pair)
    framer = LineFramer()
    refused = 0
    for item in framer.feed(b"\n" + mixed + b"\n"):
        if isinstance(item, BadFrame):
            refused += 1
            continue
        with pytest.raises(Fault):
            driver.decode(item, {})
        refused += 1
    assert refused


def test_the_simulated_controller_is_read_by_position() -> None:
    instrument = line_simulator.SIMULATED["line_stream"](1, T0, 0.0)
    for sample in printed(instrument, line_stream.DRIVER, dict(load_catalogue()["line_stream"].options), 3):
        co2, temperature, humidity, *rest = sample.channels.values()
        assert co2 is not None
        assert 380 < co2 < 520
        assert temperature is not None
        assert humidity is not None
        assert rest == [None] * 5


# ---- NO2 cell ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("algorithm", "share"), [(1, 60.7639), (2, 89.1204), (3, 81.5972), (4, 82.4653)])
def test_no2_by_each_algorithm(algorithm: int, share: float) -> None:
    sample = no2(algorithm=algorithm)
    assert sample.channels["no2_ppb"] == pytest.approx(share, abs=1e-4)
    assert sample.channels["no2"] == pytest.approx(share * 1.9125, rel=1e-4)
    assert [sample.channels[name] for name in ("we_mv", "ae_mv", "temperature")] == [250, 238, 25]
    assert (sample.flags.get("no2") is Flag.SUSPECT) == (algorithm == 4)


@pytest.mark.parametrize(
    ("reference", "mass"), [("20 °C", 60.7639 * 1.9125), ("25 °C", 114.2623), ("measured", 114.2623)]
)
def test_no2_at_a_stated_temperature_and_pressure(reference: str, mass: float) -> None:
    assert no2(reference_temperature=reference).channels["no2"] == pytest.approx(mass, rel=1e-4)
    half = no2(reference_temperature=reference, pressure_kpa=101.325 / 2 + 25).channels["no2"]
    assert half == pytest.approx(mass * (0.5 + 25 / 101.325), rel=1e-4)


def test_values_below_zero_are_noise_and_stay() -> None:
    sample = no2(b"we_mv:231.0,ae_mv:235.0,temp_c:20")
    assert sample.channels["no2_ppb"] == pytest.approx(-0.6944, abs=1e-4)
    assert sample.flags == {}


@pytest.mark.parametrize("lacking", ["we_electronic_zero_mv", "ae_electronic_zero_mv", "sensitivity_mv_per_ppb"])
def test_without_the_certificate_the_voltages_are_kept_and_no2_is_missing(lacking: str) -> None:
    sample = alphasense_no2_b43f.decode(VOLTAGES, {**CERTIFICATE, lacking: 0})
    assert (sample.channels["no2"], sample.channels["no2_ppb"]) == (None, None)
    assert sample.channels["we_mv"] == 250
    assert "certificate" in sample.status


def test_a_line_without_temperature_gives_voltages_only() -> None:
    sample = no2(b"we_mv:250,ae_mv:238")
    assert sample.channels["no2"] is None
    assert "temperature" in sample.status
    assert no2(b"we_mv:250,ae_mv:238,temp_c:-300").channels["no2"] is None


@pytest.mark.parametrize("algorithm", [3, 4])
def test_an_algorithm_that_needs_the_cells_own_zeros_gives_nothing_without_them(algorithm: int) -> None:
    sample = no2(algorithm=algorithm, we_sensor_zero_mv=0, ae_sensor_zero_mv=0)
    assert sample.channels["no2"] is sample.channels["no2_ppb"] is None
    assert "certificate" in sample.status
    assert no2(algorithm=algorithm, we_sensor_zero_mv=-4, ae_sensor_zero_mv=0).channels["no2"] is not None


def test_heat_makes_no2_suspect() -> None:
    sample = no2(b"we_mv:262,ae_mv:240.5,temp_c:45")
    assert sample.flags == {"no2": Flag.SUSPECT, "no2_ppb": Flag.SUSPECT}
    assert "40 °C" in sample.status


@pytest.mark.parametrize(
    "options",
    [
        {"algorithm": 5},
        {"algorithm": "1"},
        {"algorithm": 2, "ae_sensor_zero_mv": 0},
        {"reference_temperature": "0 °C"},
        {"pressure_kpa": 10},
        {"sensitivity_mv_per_ppb": -0.288},
        {"we_electronic_zero_mv": float("nan")},
        {"fields": "co2=we_mv"},
    ],
)
def test_options_of_the_cell_that_cannot_be_right(options: Options) -> None:
    with pytest.raises(BadInput):
        alphasense_no2_b43f.decode(VOLTAGES, {**CERTIFICATE, **options})


def test_the_simulated_cell_gives_the_no2_it_was_made_from() -> None:
    instrument = cell_simulator.SIMULATED["no2_b43f"](3, T0, 0.0)
    at = instrument.next_due() + cell_simulator.INTERVAL_S
    samples = printed(instrument, alphasense_no2_b43f.DRIVER, CERTIFICATE, 3)
    for place, sample in enumerate(samples):
        true = cell_simulator.no2_ppb(3, at + cell_simulator.INTERVAL_S * place)
        assert sample.channels["no2_ppb"] == pytest.approx(true, abs=0.25)
        assert sample.status == "ok"


# ---- air-quality station -------------------------------------------------------------------------------------------


def test_a_station_in_mass_units() -> None:
    line = b'{"seq":17,"pm2_5":8.1,"pm10":12.4,"no2":18.25,"so2":null,"o3":61}'
    assert station(line) == {"pm2_5": 8.1, "pm10": 12.4, "no2": 18.25, "so2": None, "o3": 61}


def test_shares_become_masses_at_the_stated_temperature() -> None:
    line = b"pm2_5:8,no2_ppb:10,so2_ppm:0.01,o3_ppb:10"
    options: Options = {
        "fields": "pm2_5=pm2_5, no2=no2_ppb, so2=so2_ppm, o3=o3_ppb",
        "no2_unit": "ppb",
        "so2_unit": "ppm",
        "o3_unit": "ppb",
    }
    at_20 = {"pm2_5": 8.0, "pm10": None, "no2": 19.125, "so2": 26.633, "o3": 19.953}
    at_25 = {"pm2_5": 8.0, "pm10": None, "no2": 18.804, "so2": 26.186, "o3": 19.619}
    for temperature, expected in (("20 °C", at_20), ("25 °C", at_25)):
        found = station(line, **options, reference_temperature=temperature)
        assert found == {name: value and pytest.approx(value, abs=1e-3) for name, value in expected.items()}


@pytest.mark.parametrize(
    "options", [{"no2_unit": "mg"}, {"reference_temperature": "0 °C"}, {"pressure_kpa": 0}, {"fields": "co=co"}]
)
def test_options_of_the_station_that_cannot_be_right(options: Options) -> None:
    with pytest.raises(BadInput):
        station(b"pm2_5:1,co:2", **options)


def test_the_simulated_station_warms_up_in_its_own_words_and_then_measures() -> None:
    instrument = station_simulator.SIMULATED["air_station"](1, T0, 6.0)
    samples = printed(instrument, air_quality_station.DRIVER, dict(load_catalogue()["air_quality_station"].options), 4)
    assert (samples[0].status, set(samples[0].channels.values())) == ("warmup", {None})
    assert samples[-1].status == "ok"
    assert all(value is not None and value >= 0 for value in samples[-1].channels.values())


# ---- recognised by listening ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "driver", "others"),
    [
        (cell_simulator.SIMULATED["no2_b43f"], alphasense_no2_b43f, [air_quality_station, line_stream]),
        (station_simulator.SIMULATED["air_station"], air_quality_station, [alphasense_no2_b43f, line_stream]),
        (line_simulator.SIMULATED["line_stream"], line_stream, [air_quality_station, alphasense_no2_b43f]),
    ],
)
def test_each_recognises_its_own_lines(
    make: Callable[[int, float, float | None], SimulatedInstrument], driver: object, others: list[object]
) -> None:
    instrument = make(1, T0, 0.0)
    instrument.due(instrument.next_due())
    data = b"sensor interface ready\r\n" + b"".join(instrument.due(instrument.next_due()) for _ in range(4))
    recognise = getattr(driver, "recognise")  # noqa: B009 - a module as a parameter has no type of its own
    match = recognise(data)
    assert match is not None
    assert (match.model, match.certain) == (instrument.model, False)
    assert match.note
    assert recognise(data[:40]) is None
    assert [getattr(other, "recognise")(data) for other in others] == [None] * len(others)  # noqa: B009 - as above
