# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The visit report as PDF: what was recorded, what is missing and why, what was done, and the head to photograph.

Makes bytes from a record; reads only the fonts. Whoever photographs the QR code becomes a witness: a log that is
rewritten later cannot have the same root at the same size.
"""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from edge_daemon.documents.sheet import (
    SMALL,
    STRONG,
    TITLE,
    WIDTH,
    beside,
    facts,
    grid,
    make_pdf,
    qr,
    section,
    space,
    text,
)
from edge_daemon.documents.visit_record import AnchorLine, CalibrationLine, SensorLine, VisitRecord
from edge_daemon.domain.time import rfc3339_from_ns

QR_WIDTH = 46 * mm


def visit_report(record: VisitRecord) -> bytes:
    """The report as PDF. The same record gives the same bytes with the same version of the program."""
    title = f"Visit report {record.origin}#{record.size}"
    return make_pdf(lambda: _parts(record), title=title, identification=title)


def _parts(record: VisitRecord) -> list[Flowable]:
    return [
        *_head(record),
        *section("What was recorded", *_sensors(record)),
        *section("Calibrations in force", *_calibrations(record)),
        *section("Gaps", *_gaps(record)),
        *section("What was done and said", *_events(record)),
        *section("Witnesses", *_witnesses(record)),
        space(3),
        text(
            "Numbers of readings and energy come from hourly summaries, which are computed from the log's bytes; each "
            "hour counts as a whole in the period in which it ends. This page is a summary for people; the evidence is "
            "the log.",
            SMALL,
        ),
    ]


def _head(record: VisitRecord) -> list[Flowable]:
    station = record.station
    location = station.location
    place = "" if location is None else f"{location.latitude:.5f}, {location.longitude:.5f} {location.address}".strip()
    rows = [
        ("Station", " · ".join(filter(None, (station.name, station.device_id)))),
        ("Project", station.project_id),
        ("Place", place),
        ("Period", f"{_time(record.start_ns)} to {_time(record.end_ns)}"),
        ("Visited by", record.person),
        ("Log", record.origin),
        ("Entries", f"{record.size:,}"),
        ("Root", _grouped(record.root)),
        ("Signed", "by the device key, in the checkpoint below" if record.signed else "not yet: see Witnesses"),
        ("Made by", f"Verifield {record.program}"),
    ]
    parts: list[Flowable] = [text("Visit report", TITLE)]
    if record.demo:
        parts.append(text("DEMONSTRATION: simulated instruments, no evidence.", STRONG))
    told = facts(rows, WIDTH - QR_WIDTH - 6 * mm)
    return [*parts, space(2), beside(told, qr(root_text(record), 42 * mm), QR_WIDTH)]


def root_text(record: VisitRecord) -> str:
    """What the QR code says: the log, and its head as `verify --witness` takes it."""
    return f"{record.origin} {record.size}:{record.root}"


def _sensors(record: VisitRecord) -> list[Flowable]:
    if not record.sensors:
        return [text("No sensor recorded anything in this period.")]
    heads = ("Sensor", "Instrument", "Read", "Due", "Usable", "Share", "Flags", "Energy")
    rows = [
        (
            one.name or one.sensor,
            " ".join(filter(None, (one.model, one.serial))),
            *_counted(one),
            "" if one.coverage_percent is None else f"{one.coverage_percent:.1f} %",
            ", ".join(filter(None, (one.flags, _unsummarised(one)))),
            "" if one.kilowatt_hours is None else f"{one.kilowatt_hours:,.3f} kWh",
        )
        for one in record.sensors
    ]
    parts: list[Flowable] = [grid(heads, rows, (16, 21, 9, 9, 10, 9, 16, 14))]
    if record.summarised_until_ns is not None and record.summarised_until_ns < record.end_ns:
        parts.append(
            text(f"Hours after {_time(record.summarised_until_ns)} are recorded and not yet summarised.", SMALL)
        )
    return parts


def _counted(one: SensorLine) -> tuple[str, str, str]:
    """Read, due and usable. What no summary counts yet is told apart, and never as nothing."""
    if one.hours and one.unsummarised:
        return f"{one.readings:,} + {one.unsummarised:,}", f"{one.expected:,}", f"{one.accepted:,}"
    if one.unsummarised:
        return f"{one.unsummarised:,}", "–", "–"
    return f"{one.readings:,}", f"{one.expected:,}", f"{one.accepted:,}"


def _unsummarised(one: SensorLine) -> str:
    return f"{one.unsummarised:,} not summarised yet" if one.unsummarised else ""


def _calibrations(record: VisitRecord) -> list[Flowable]:
    if not record.calibrations:
        return [text("None: no sensor is set up to record.")]
    rows = [_calibrated(one) for one in record.calibrations]
    heads = ("Sensor", "Channel", "Made", "Result", "Due", "Certificate", "By", "Entry")
    parts: list[Flowable] = [grid(heads, rows, (13, 13, 13, 16, 14, 19, 15, 8))]
    bare = [f"{one.sensor} {one.channel}" for one in record.calibrations if one.index is None]
    if bare:
        parts.append(text(f"Recorded without a calibration, at least for a time: {', '.join(bare)}.", STRONG))
    return parts


def _calibrated(one: CalibrationLine) -> tuple[str, ...]:
    channel = f"{one.channel} (by {one.calibrated_channel})" if one.calibrated_channel else one.channel
    since = "" if one.since_ns is None else f", in force since {_short(one.since_ns)}"
    if one.index is None:
        return one.sensor, channel, "none", f"none{since}", "", "none", "", ""
    due = f"{one.due}: OVERDUE" if one.overdue else one.due or "no date"
    made = rfc3339_from_ns(one.calibrated_ns)[:10]
    return one.sensor, channel, made, f"{one.result}{since}", due, one.certificate, one.person, str(one.index)


def _gaps(record: VisitRecord) -> list[Flowable]:
    if not record.gaps:
        return [text("None in this period.")]
    rows = [
        (
            one.sensor,
            _short(one.start_ns),
            _short(one.end_ns),
            _length(one.end_ns - one.start_ns),
            str(one.expected),
            one.causes,
        )
        for one in record.gaps
    ]
    parts: list[Flowable] = [
        grid(("Sensor", "From (UTC)", "To (UTC)", "Length", "Lost", "Cause"), rows, (15, 21, 21, 13, 8, 26))
    ]
    if record.gaps_left_out:
        parts.append(text(f"{record.gaps_left_out} shorter gaps are in the log and not in this list.", SMALL))
    return parts


def _events(record: VisitRecord) -> list[Flowable]:
    if not record.events:
        return [text("Nothing in this period.")]
    rows = [(_short(one.time_ns), one.kind, one.words, one.person, str(one.index)) for one in record.events]
    parts: list[Flowable] = [grid(("Time (UTC)", "What", "Words", "Person", "Entry"), rows, (20, 15, 42, 14, 9))]
    if record.events_left_out:
        parts.append(text(f"{record.events_left_out} more are in the log and not in this list.", SMALL))
    return parts


def _witnesses(record: VisitRecord) -> list[Flowable]:
    parts: list[Flowable] = []
    if record.checkpoint is None:
        parts.append(text("No checkpoint was signed yet."))
    else:
        one = record.checkpoint
        told = f"{one.size:,} entries, root {_grouped(one.root)}, {_time(one.made_ns)}, key {one.key}"
        parts.append(text(f"Newest signed checkpoint: {told}."))
    if record.anchors_unknown:
        parts.append(text(f"What is anchored could not be told: {record.anchors_unknown}"))
    elif not record.anchors:
        parts.append(text("Nothing is anchored yet: no one outside this laptop has witnessed these entries."))
    parts.extend(text(_anchor(one)) for one in record.anchors)
    if record.anchors_left_out:
        parts.append(text(f"{record.anchors_left_out} more anchors are not in this list.", SMALL))
    open_entries = record.size - record.witnessed
    if open_entries and not record.anchors_unknown:
        parts.append(text(f"{open_entries:,} entries are unwitnessed: they rest on this laptop and this page.", STRONG))
    return parts


def _anchor(one: AnchorLine) -> str:
    if one.state != "done":
        return f"Anchor of {one.size:,} entries on {one.network}: {one.state}. {one.warning}".strip()
    when = "" if one.ledger_ns is None else f", {_time(one.ledger_ns)} by the chain's own clock"
    worth = "" if one.counts else "It witnesses nothing to others: no public chain, or not the one chosen now."
    told = f"Anchored: {one.size:,} entries on {one.network}{when}, transaction {one.transaction}."
    return " ".join(filter(None, (told, worth, one.warning)))


def _grouped(root: str) -> str:
    """In groups of eight, so that a person can read it aloud and a line can break between them."""
    return " ".join(root[place : place + 8] for place in range(0, len(root), 8))


def _length(ns: int) -> str:
    seconds = round(ns / 1e9)
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"


def _short(ns: int) -> str:
    """For a column whose head says that it is UTC."""
    return rfc3339_from_ns(ns)[:19].replace("T", " ")


def _time(ns: int) -> str:
    return f"{rfc3339_from_ns(ns)[:19]}Z"
