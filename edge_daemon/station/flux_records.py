# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a closing leaves in the log: a reading of the flux sensor, or a gap, and a note in words. Pure."""

from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import GapBody, NoteBody
from edge_daemon.log.entry import EntryType, Stamp
from edge_daemon.log.reading_encoder import encode_reading
from edge_daemon.metrology.score import reading_quality, source_score
from edge_daemon.metrology.soil_flux_verdict import Flux, Outcome
from edge_daemon.station.flux_chamber import Closing
from edge_daemon.station.flux_model import MODEL
from edge_daemon.station.journal import record_of

_FLAGS = {Outcome.ACCEPT: Flag.GOOD, Outcome.REVIEW: Flag.SUSPECT, Outcome.REJECT: Flag.FAIL}


def values_of(closing: Closing) -> dict[str, float | None]:
    """The channels of an evaluated closing."""
    flux, air = closing.flux, closing.air
    assert flux is not None, "only an evaluated closing has values"
    assert air is not None, "it was evaluated with its air"
    curve = flux.exponential
    return {
        "soil_flux": flux.flux,
        "flux_uncertainty": flux.uncertainty,
        "flux_linear": flux.linear.slope * flux.term,
        "flux_exponential": None if curve is None else curve.slope * flux.term,
        "fit": float(flux.chosen is curve),
        "slope": flux.chosen.slope,
        "slope_uncertainty": flux.chosen.u_slope,
        "determination": flux.chosen.determination,
        "scatter": flux.chosen.rmse,
        "samples": float(flux.chosen.points),
        "co2_at_closing": flux.chosen.co2_at_closing,
        "detection_limit": flux.detection_limit,
        "temperature": air.temperature_degc,
        "pressure": air.pressure_kpa,
        "water_vapour": air.water_mmol_mol,
    }


def flag_of(closing: Closing) -> Flag:
    """No better than the CO2 it was made of, and than its checks say."""
    assert closing.flux is not None, "only an evaluated closing has a flag"
    return worse(closing.flag, _FLAGS[closing.flux.outcome])


def reading_record(closing: Closing, sensor: str, configuration: int, stamp: Stamp) -> Record:
    """The reading of an evaluated closing. A value outside its channel's span is kept and marked as failed."""
    flag = flag_of(closing)
    channels: dict[str, ChannelValue] = {}
    for name, value in values_of(closing).items():
        spec = MODEL.channel(name)
        if value is None:
            channels[name] = ChannelValue(None, None, Flag.MISSING)
        else:
            inside = spec.minimum <= value <= spec.maximum
            channels[name] = ChannelValue(value, value, flag if inside else Flag.FAIL)
    quality = reading_quality(source_score(None), (channel.flag for channel in channels.values()))
    data = encode_reading(stamp, sensor, channels, quality, configuration, {})
    columns = tuple((name, channel.value, channel.flag) for name, channel in channels.items())
    return Record(data, EntryType.READING.value, stamp.t_ns, sensor, columns)


def note_record(text: str, sensor: str, at_ns: int, person: str, stamp: Stamp) -> Record:
    """A note on the flux sensor."""
    return record_of(NoteBody(text, rfc3339_from_ns(at_ns), person, sensor), stamp)


def gap_record(sensor: str, closed_ns: int, end_ns: int, expected: int, cause: str, stamp: Stamp) -> Record:
    """The readings that scheduled closings from `closed_ns` on did not give, and why."""
    gap = GapBody(sensor, rfc3339_from_ns(closed_ns), rfc3339_from_ns(end_ns), expected, (cause,))
    return record_of(gap, stamp)


def words_of(closing: Closing) -> str:
    """What a person reads of a closing that is over."""
    flux = closing.flux
    if flux is None:
        return f"Closing aborted after {closing.seconds:.0f} s: {closing.reason}."
    first, last = closing.indices or (0, 0)
    doubts = [f"{check.name}: {check.detail}" for check in flux.checks if check.outcome is not Outcome.ACCEPT]
    parts = [
        f"Soil flux {flux.flux:.3f} ± {flux.uncertainty:.3f} µmol m⁻² s⁻¹ (standard uncertainty)",
        f"{flux.outcome.value}{' (below the detection limit)' if flux.below_detection else ''}",
        flux.reason.rstrip("."),
        f"Line {_told(flux, line=True)}, curve {_told(flux, line=False)}",
        f"CO2 of {closing.plan.co2_sensor} in entries {first} to {last}, {closing.left_out} values left out",
        *doubts,
    ]
    return ". ".join(parts) + "."


def _told(flux: Flux, *, line: bool) -> str:
    fit = flux.linear if line else flux.exponential
    if fit is None:
        return "not to be fitted"
    return f"{fit.slope * flux.term:.3f} (R² {fit.determination:.4f}, RMSE {fit.rmse:.2f} ppm)"
