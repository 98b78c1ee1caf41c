# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gathers what a visit report says: from the log's bytes, its hourly summaries, checkpoints and anchors. Reads the log.

A visit's period begins where the one before it ended, so that reports join without a hole.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from edge_daemon.buffer.reader import LogReader
from edge_daemon.documents.visit_record import (
    AnchorLine,
    CheckpointLine,
    EventLine,
    GapLine,
    SensorLine,
    VisitRecord,
)
from edge_daemon.domain.causes import causes_text
from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.amendment_words import amendment_words
from edge_daemon.log.bodies import GapBody, LogBody, NoteBody, VisitBody, from_json
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.setup import Setup
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_fold import Summaries
from edge_daemon.station.visit_calibrations import Calibrated, calibration_lines

MOST_GAPS = 60
OPENS_NS = 10 * 10**9
OPENS_AFTER_INTERVALS = 3
NOT_ENDED = "not ended yet: the sensor is silent"
MOST_EVENTS = 100
MOST_ANCHORS = 12
DONE = "done"
PAGE = 500
_CALIBRATIONS = {
    "verdict": "Calibration signed",
    "abort": "Calibration given up",
    "review": "Certificate reviewed",
    "returned": "Sensor back in its place after a calibration",
}
_REVIEWED = {True: "accepted", False: "refused"}
_FLAGS = {"1": "good", "2": "not evaluated", "3": "suspect", "4": "fail", "9": "missing"}
_EVENTS = (EntryType.VISIT, EntryType.NOTE, EntryType.AMENDMENT, EntryType.CALIBRATION)


@dataclass(frozen=True, slots=True)
class Around:
    """What the daemon knows besides the log's file: who is set up where, summaries, the newest checkpoint, anchors.

    `anchors` may wait for another program, and raises a Fault where it cannot tell. `signed`: the checkpoint was signed
    for this report, so that it is what the report shows of the log.
    """

    setup: Setup
    instruments: Instruments
    catalogue: Mapping[str, InstrumentModel]
    summaries: Summaries
    checkpoint: CheckpointLine | None
    anchors: Callable[[], Sequence[AnchorLine]]
    program: str
    calibrated: Calibrated = field(default_factory=Calibrated)
    signed: bool = False


def visit_record(reader: LogReader, around: Around, since_ns: int | None, until_ns: int, person: str) -> VisitRecord:
    """The record of a period; without a begin it is the time since the visit before. Raises BadInput, DamagedLog."""
    visits = [(entry.t_ns, from_json(VisitBody, entry.body)) for _, entry in _entries(reader, (EntryType.VISIT,))]
    opened = decode_entry(reader.entries(0, 1)[0][1])
    start_ns = _start(visits, opened.t_ns, until_ns) if since_ns is None else since_ns
    if start_ns >= until_ns:
        raise BadInput("until", until_ns, "the period must end after it begins")
    head, log = reader.head(), from_json(LogBody, opened.body)
    signed = around.checkpoint if around.signed else None
    told = [*_gaps(reader, start_ns, until_ns)]
    gaps = sorted(
        [*told, *_open_gaps(reader, around.setup, told, start_ns, until_ns)], key=lambda gap: gap.start_ns - gap.end_ns
    )
    events = list(_events(reader, start_ns, until_ns))
    every, unknown = _anchors(around)
    anchors = _of_period(every, start_ns, until_ns)
    return VisitRecord(
        station=around.setup.station,
        demo=log.demo,
        program=around.program,
        origin=head.origin,
        size=head.size if signed is None else signed.size,
        root=head.root.hex() if signed is None else signed.root,
        start_ns=start_ns,
        end_ns=until_ns,
        person=person or _visitor(visits, until_ns),
        sensors=tuple(_sensors(reader, around, start_ns, until_ns)),
        gaps=tuple(sorted(gaps[:MOST_GAPS], key=lambda gap: gap.start_ns)),
        events=tuple(events[-MOST_EVENTS:]),
        checkpoint=around.checkpoint,
        anchors=anchors,
        summarised_until_ns=_summarised(around.summaries),
        gaps_left_out=max(0, len(gaps) - MOST_GAPS),
        events_left_out=max(0, len(events) - MOST_EVENTS),
        anchors_unknown=unknown,
        anchors_left_out=len(every) - len(anchors),
        witnessed=max((one.size for one in every if one.state == DONE and one.counts), default=0),
        signed=signed is not None,
        calibrations=tuple(
            calibration_lines(around.calibrated, around.setup, lambda index: _t_ns(reader, index), start_ns, until_ns)
        ),
    )


def _start(visits: Sequence[tuple[int, VisitBody]], opened_ns: int, until_ns: int) -> int:
    """The end of the visit before the present one, else the log's beginning."""
    ends = [t_ns for t_ns, visit in visits if visit.event == "end" and t_ns < until_ns]
    begun = [t_ns for t_ns, visit in visits if visit.event == "start" and t_ns < until_ns]
    present = max(begun, default=until_ns)
    return max((t_ns for t_ns in ends if t_ns < present), default=opened_ns)


def _visitor(visits: Sequence[tuple[int, VisitBody]], until_ns: int) -> str:
    return next((visit.person for t_ns, visit in reversed(visits) if t_ns < until_ns), "")


def belongs(hour: int, start_ns: int, until_ns: int) -> bool:
    """Whether an hour (since 1970) counts in the period's numbers: the one in which it ends, and in no other."""
    return start_ns < (hour + 1) * HOUR_NS <= until_ns


def _sensors(reader: LogReader, around: Around, start_ns: int, until_ns: int) -> Iterator[SensorLine]:
    told: dict[str, list[SummaryBody]] = {}
    for key in around.summaries.hours():
        sensor, hour = key
        current = around.summaries.current(key)
        if current and not current.body.withdrawn and belongs(hour, start_ns, until_ns):
            told.setdefault(sensor, []).append(current.body)
    for sensor in dict.fromkeys((*around.setup.sensors, *told)):
        newest = max((hour for one, hour in around.summaries.hours() if one == sensor), default=None)
        since_ns = start_ns if newest is None else max(start_ns, (newest + 1) * HOUR_NS)
        yield _sensor(around, sensor, told.get(sensor, []), _read_since(reader, sensor, since_ns, until_ns))


def _read_since(reader: LogReader, sensor: str, since_ns: int, until_ns: int) -> int:
    """How many readings the sensor made from `since_ns` to before `until_ns`, by the laptop's clock."""
    first = reader.first_reading(sensor, since_ns)
    if first is None or since_ns >= until_ns:
        return 0
    after = reader.first_reading(sensor, until_ns, first)
    return reader.count([sensor], first, (reader.head().size if after is None else after) - 1)


def _sensor(around: Around, sensor: str, hours: Sequence[SummaryBody], unsummarised: int) -> SensorLine:
    configured = around.setup.sensors.get(sensor)
    present = around.instruments.present(sensor)
    model = configured.configuration.model if configured else present.key.model if present else ""
    expected, accepted = sum(one.expected for one in hours), sum(one.accepted for one in hours)
    energies = [one.energy.kilowatt_hours for one in hours if one.energy is not None]
    flags: dict[str, int] = {}
    for one in hours:
        for flag, count in one.flags.items():
            flags[flag] = flags.get(flag, 0) + count
    return SensorLine(
        sensor=sensor,
        name=configured.configuration.name if configured else "",
        model=around.catalogue[model].title if model in around.catalogue else model,
        serial=present.key.serial if present else "",
        readings=sum(one.readings for one in hours),
        expected=expected,
        accepted=accepted,
        flags=", ".join(f"{_FLAGS.get(flag, flag)} {count:,}" for flag, count in sorted(flags.items())),
        coverage_percent=100 * accepted / expected if expected else None,
        kilowatt_hours=sum(energies) if energies else None,
        hours=len(hours),
        unsummarised=unsummarised,
    )


def _summarised(summaries: Summaries) -> int | None:
    newest = max((hour for _, hour in summaries.hours()), default=None)
    return None if newest is None else (newest + 1) * HOUR_NS


def _gaps(reader: LogReader, start_ns: int, until_ns: int) -> Iterator[GapLine]:
    for index, entry in _entries(reader, (EntryType.GAP,)):
        gap = from_json(GapBody, entry.body)
        begin, end = ns_from_rfc3339(gap.start), ns_from_rfc3339(gap.end)
        if begin < until_ns and end > start_ns:
            yield GapLine(index, gap.sensor, begin, end, gap.expected, causes_text(gap.causes))


def _open_gaps(
    reader: LogReader, setup: Setup, told: Sequence[GapLine], start_ns: int, until_ns: int
) -> Iterator[GapLine]:
    """Sensors that record and say nothing up to the period's end: a gap is written when it ends."""
    for sensor, one in setup.sensors.items():
        interval_ns = one.configuration.interval_ns
        if one.configuration.state != "recording":
            continue
        last = reader.last_reading(sensor)
        ends = [gap.end_ns for gap in told if gap.sensor == sensor]
        configured_ns = decode_entry(reader.entries(one.index, 1)[0][1]).t_ns
        since_ns = max([start_ns, configured_ns, *([last.t_ns] if last else []), *ends])
        if until_ns - since_ns > max(OPENS_NS, OPENS_AFTER_INTERVALS * interval_ns):
            expected = (until_ns - since_ns) // interval_ns if interval_ns > 0 else 0
            index = last.index if last else one.index
            yield GapLine(index, sensor, since_ns, until_ns, expected, NOT_ENDED)


def _events(reader: LogReader, start_ns: int, until_ns: int) -> Iterator[EventLine]:
    for index, entry in _entries(reader, _EVENTS):
        if start_ns <= entry.t_ns < until_ns:
            yield from _event(index, entry)


def _event(index: int, entry: Entry) -> Iterable[EventLine]:
    match entry.type:
        case EntryType.VISIT:
            visit = from_json(VisitBody, entry.body)
            words = "arrived" if visit.event == "start" else "left"
            return [EventLine(index, entry.t_ns, "Visit", f"{words} {visit.place}".strip(), visit.person)]
        case EntryType.NOTE:
            note = from_json(NoteBody, entry.body)
            about = f"{note.sensor}: " if note.sensor else ""
            return [EventLine(index, entry.t_ns, "Remark", about + note.text, note.person)]
        case EntryType.AMENDMENT:
            amendment = from_json(AmendmentBody, entry.body)
            words = f"{amendment_words(amendment)}. Why: {amendment.evidence}"
            return [EventLine(index, entry.t_ns, "Amendment", words, amendment.person)]
    return _calibration(index, entry)


def _calibration(index: int, entry: Entry) -> Iterable[EventLine]:
    body = entry.body
    title = _CALIBRATIONS.get(str(body.get("event")))
    if title is None:  # the steps of a run stand in its report
        return []
    about = " ".join(str(body.get(name, "")) for name in ("sensor", "channel", "model", "serial") if body.get(name))
    reviewed = _REVIEWED.get(bool(body["accepted"])) if "accepted" in body else ""
    found = str(body.get("outcome") or reviewed).replace("_", " ")
    given_up = f"{body['reason']}{f' (found until then: {found})' if found else ''}" if body.get("reason") else ""
    outcome = given_up or found
    return [EventLine(index, entry.t_ns, title, f"{about}: {outcome}".rstrip(": "), str(body.get("person", "")))]


def _anchors(around: Around) -> tuple[tuple[AnchorLine, ...], str]:
    try:
        return tuple(around.anchors()), ""
    except Fault as fault:
        return (), f"{fault.title}: {fault}"


def _of_period(anchors: Sequence[AnchorLine], start_ns: int, until_ns: int) -> tuple[AnchorLine, ...]:
    """Those that the chain took within the period or not yet, the latest of them, and the one that covers most."""
    mine = [one for one in anchors if one.ledger_ns is None or start_ns <= one.ledger_ns < until_ns]
    shown = sorted(mine, key=lambda one: one.size)[-MOST_ANCHORS:]
    widest = max((one for one in anchors if one.state == DONE), key=lambda one: one.size, default=None)
    if widest is not None and widest not in shown:
        shown.append(widest)
    return tuple(shown)


def _t_ns(reader: LogReader, index: int) -> int:
    return decode_entry(reader.entries(index, 1)[0][1]).t_ns


def _entries(reader: LogReader, types: Sequence[EntryType]) -> Iterator[tuple[int, Entry]]:
    names, after = [one.value for one in types], -1
    while page := reader.events(names, after=after, limit=PAGE):
        for event in page:
            yield event.index, decode_entry(reader.entries(event.index, 1)[0][1])
        after = page[-1].index
