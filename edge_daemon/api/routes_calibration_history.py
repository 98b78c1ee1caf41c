# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on what is known of instruments' calibrations: history, laboratories' certificates, what is due, which part of
a period is covered, how sure a value is, and a period's values under another calibration."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from edge_daemon.api import messages_calibration as mc
from edge_daemon.api import messages_coverage as cover
from edge_daemon.api.calibration_views import calibration_message, channel_history
from edge_daemon.api.messages_instruments import CertificateImpact
from edge_daemon.api.paging import time_of
from edge_daemon.api.routes_standards import attached
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.buffer.reader import LATEST_NS
from edge_daemon.domain import rounding
from edge_daemon.domain.channel import ChannelValue
from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import LaboratoryPoint
from edge_daemon.log.calibration_coverage import Covered, Uncovered
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import LoggedReading, decode_reading
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key
from edge_daemon.station.laboratory import Stated
from edge_daemon.station.recomputing import View, check_view, csv_lines, reading_at, sureness
from edge_daemon.station.stretch_uncertainty import sure_values

MOST_SURE = 5_000
"""Readings of which a table is told at once how sure they are."""

router = APIRouter(prefix="/api", tags=["calibration history"])
From = Annotated[str, Query(alias="from")]
To = Annotated[str, Query(alias="to")]


@router.get("/instruments/{model}/{name:path}/calibrations")
def history(model: str, name: str, wired: Wired) -> mc.InstrumentHistory:
    """An instrument's calibrations by channel, and what they foretell."""
    past, told = wired.calibration_history, wired.calibration_history.told()
    amendments = wired.amendments.amendments
    channels = tuple(channel_history(one, told, amendments, past.today()) for one in past.of(Key(model, name)))
    return mc.InstrumentHistory(model=model, id=told.name_of(Key(model, name)).name, channels=channels)


@router.post("/instruments/{model}/{name:path}/certificates", status_code=201)
def enter(model: str, name: str, new: mc.NewCertificate, wired: Wired) -> mc.CalibrationMessage:
    """Enter a laboratory's certificate. Nothing of it counts before a second person has reviewed it."""
    files = attached(wired, new.files)
    points = tuple(LaboratoryPoint(**one.model_dump()) for one in new.points)
    stated = Stated(**new.model_dump(exclude={"files", "points", "pin"}), points=points)
    return _calibration(wired, wired.laboratory.enter(Key(model, name), stated, files, new.pin))


@router.get("/certificates/{index}/impact")
def impact(index: int, wired: Wired) -> CertificateImpact:
    """What accepting a certificate that waits for its review would mean for readings already taken; writes nothing."""
    found = wired.laboratory.impact(index)
    return CertificateImpact(opens_amendment=bool(found.amendments), outcome=found.outcome, words=found.words)


@router.post("/certificates/{index}/review")
def review(index: int, new: mc.NewReview, wired: Wired) -> mc.CalibrationMessage:
    """Accept or refuse a certificate, as another person than who entered it. Accepted, it holds from here on."""
    return _calibration(
        wired,
        wired.laboratory.review(index, accepted=new.accepted, person=new.person, pin=new.pin, remarks=new.remarks),
    )


@router.get("/calibrations/due")
def due(wired: Wired) -> tuple[cover.DueMessage, ...]:
    """What is due within 30 days or overdue, and what was never calibrated or is only stated to be; and checks."""
    today = wired.calibration_history.today()
    checks = tuple(
        cover.DueMessage(
            sensor_id=one.sensor,
            channel=one.channel,
            standing=one.standing,
            due=one.due.isoformat(),
            words=one.words(today),
            check=one.title,
        )
        for one in wired.calibration_history.checks()
        if one.standing != "ok"
    )
    calibrations = tuple(
        cover.DueMessage(
            sensor_id=one.sensor,
            channel=one.channel,
            standing=one.standing,
            due=one.due.isoformat() if one.due else None,
            words=one.words(today),
        )
        for one in wired.calibration_history.dues()
        if one.standing != "ok"
    )
    return calibrations + checks


@router.get("/sensors/{sensor_id}/calibration-coverage")
def coverage(
    sensor_id: str, wired: Wired, start: From, end: To, channel: str = ""
) -> tuple[cover.CoverageMessage, ...]:
    """Which parts of a period were measured with a valid calibration: of one channel, or of all that matter."""
    span = _span(start, end)
    wanted = (channel,) if channel else _channels_that_matter(wired, sensor_id)
    return tuple(_coverage(wired, sensor_id, one, span) for one in wanted)


@router.get("/sensors/{sensor_id}/recomputed")
def recomputed(
    sensor_id: str, wired: Wired, calibration: Annotated[int, Query(ge=0)], start: From, end: To
) -> StreamingResponse:
    """The period's values by another calibration of the same instrument beside the recorded ones, as CSV: a view. The
    channels that are computed from the calibrated one stand beside it."""
    span = _span(start, end)
    told, under = wired.calibration_history.told(), _took_effect(wired, calibration)
    unit = _unit(wired, under.key, under.channel)
    names = told.computed.ever_with(sensor_id, under.channel)
    computed = tuple((name, _unit(wired, under.key, name)) for name in names)
    with wired.reader() as reader:
        view = check_view(reader, told, View(sensor_id, under.channel, unit, under, *span, computed))
    lines = csv_lines(wired.reader, told, wired.clock_history(), view, wired.head().origin)
    name = f"view-of-{under.index}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/sensors/{sensor_id}/readings/{index}/uncertainty")
def uncertainty(sensor_id: str, index: int, wired: Wired) -> cover.ReadingUncertainty:
    """The expanded uncertainty of every channel of a reading, by the calibration that made its value."""
    told = wired.calibration_history.told()
    with wired.reader() as reader:
        reading = reading_at(reader, sensor_id, index)
    stretch = told.instruments.at(sensor_id, index)
    channels = {
        name: _sureness(told, _unit(wired, stretch.key, name) if stretch else "", reading, name)
        for name in reading.channels
    }
    return cover.ReadingUncertainty(
        sensor_id=sensor_id, index=index, time=rfc3339_from_ns(reading.t_ns), channels=channels
    )


@router.get("/sensors/{sensor_id}/uncertainty")
def newest_uncertainty(sensor_id: str, wired: Wired, start: From, end: To) -> cover.ReadingUncertainty:
    """As `uncertainty`, of the sensor's newest reading in a stretch."""
    span = _span(start, end)
    with wired.reader() as reader:
        found = reader.readings(sensor_id, span[0], 1, span[1])
    if not found:
        raise Unknown(f"there is no reading of {sensor_id!r} in this stretch")
    return uncertainty(sensor_id, found[0][0], wired)


@router.get("/sensors/{sensor_id}/uncertainties")
def uncertainties(sensor_id: str, channel: str, wired: Wired, start: From, end: To) -> cover.StretchUncertainty:
    """The expanded uncertainty of every value of a channel in a stretch: of its newest readings, if there are many."""
    span, told = _span(start, end), wired.calibration_history.told()
    with wired.reader() as reader:
        rows = reader.readings(sensor_id, span[0], MOST_SURE + 1, span[1])
    found = sure_values(told, (decode_reading(data) for _, data in rows[-MOST_SURE:]), channel)
    return cover.StretchUncertainty(
        sensor_id=sensor_id,
        channel=channel,
        times=tuple(rfc3339_from_ns(one.t_ns) for one in found),
        values=tuple(one.value for one in found),
        expanded_uncertainties=tuple(one.expanded for one in found),
        factors=tuple(one.factor for one in found),
        why=tuple(one.why for one in found),
        more=len(rows) > MOST_SURE,
    )


def _span(start: str, end: str) -> tuple[int, int]:
    """The period in UTC ns, within what a log can hold. Raises BadInput."""
    span = max(time_of("from", start), 0), min(time_of("to", end), LATEST_NS)
    if span[1] <= span[0]:
        raise BadInput("to", end, "it must be later than `from`")
    return span


def _calibration(wired: Services, index: int) -> mc.CalibrationMessage:
    past, told = wired.calibration_history, wired.calibration_history.told()
    one = past.story().by_index(index)
    if one is None:
        raise Unknown(f"entry {index} is no calibration")
    found = next(
        (channel, result)
        for channel in past.of(one.instrument(told))
        for result in channel.results
        if result.told.first == one.first
    )
    return calibration_message(*found, told, wired.amendments.amendments)


def _channels_that_matter(wired: Services, sensor_id: str) -> tuple[str, ...]:
    found = tuple(one.channel for one in wired.calibration_history.dues() if one.sensor == sensor_id)
    return found or (wired.book.sensor(sensor_id).configuration.primary,)


def _took_effect(wired: Services, index: int) -> InForce:
    told = wired.calibration_history.told()
    one = wired.calibration_history.story().by_index(index)
    at = index if one is None else one.took_effect_at
    made = told.by_index.get(at) or told.history_only.get(at)
    if made is None:
        raise Unknown(f"no calibration took effect with entry {index}")
    return made


def _unit(wired: Services, key: Key, channel: str) -> str:
    model = wired.catalogue.get(key.model)
    return next((one.unit for one in model.channels if one.name == channel), "") if model else ""


def _sureness(told: Calibrations, unit: str, reading: LoggedReading, channel: str) -> cover.ValueUncertaintyMessage:
    value, named = reading.channels[channel], reading.calibrations.get(channel)
    made = told.made_with(named, channel, reading.configuration) if named is not None else None
    found = sureness(made, value.raw, value.value)
    return cover.ValueUncertaintyMessage(
        unit=unit,
        raw=value.raw,
        value=value.value,
        calibration=named,
        expanded_uncertainty=found.expanded,
        factor=found.factor,
        extrapolated=found.extrapolated,
        words=_sureness_words(unit, value, named, found.expanded, extrapolated=found.extrapolated),
    )


def _sureness_words(
    unit: str, value: ChannelValue, named: int | None, expanded: float | None, *, extrapolated: bool
) -> str:
    if value.value is None:
        return "The instrument gave no value."
    if named is None:
        return "No calibration made this value, so its uncertainty is not known."
    beyond = " Raw lies outside the points of that calibration, so it is less sure than that." if extrapolated else ""
    if expanded is None:
        return f"The calibration of entry {named} states no uncertainty.{beyond}"
    shown, unsure = rounding.told(value.value, expanded)
    return f"{shown} ± {unsure} {unit} (95.45 %), by the calibration of entry {named}.{beyond}"


def _coverage(wired: Services, sensor_id: str, channel: str, span: tuple[int, int]) -> cover.CoverageMessage:
    past = wired.calibration_history
    found = past.coverage(sensor_id, channel, span)
    return cover.CoverageMessage(
        sensor_id=sensor_id,
        channel=channel,
        start=rfc3339_from_ns(span[0]),
        end=rfc3339_from_ns(span[1]),
        share=found.share,
        covered=tuple(_covered(one) for one in found.covered),
        gaps=tuple(_gap(wired, channel, one) for one in found.gaps),
    )


def _covered(one: Covered) -> cover.CoveredPart:
    return cover.CoveredPart(
        start=rfc3339_from_ns(one.start_ns),
        end=rfc3339_from_ns(one.end_ns),
        calibration=one.calibration,
        instrument=one.key.name,
    )


def _gap(wired: Services, channel: str, one: Uncovered) -> cover.CoverageGap:
    return cover.CoverageGap(
        start=rfc3339_from_ns(one.start_ns),
        end=rfc3339_from_ns(one.end_ns),
        cause=one.cause,
        instrument=one.key.name if one.key else "",
        words=wired.calibration_history.gap_words(channel, one),
    )
