# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which calibration made each channel's values during a visit's period, what it came to, until when it holds, and who
answers for it. Reads the log."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from edge_daemon.documents.visit_record import CalibrationLine
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibration_body import CalibrationVerdict, CarriedCalibration, ExternalCertificate
from edge_daemon.log.calibration_due import until
from edge_daemon.log.calibration_story import Story, Told
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.in_force import ByChannel, InForce
from edge_daemon.log.plan import Plan
from edge_daemon.log.setup import Setup


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What the log says of calibrations and of the plan, by now."""

    told: Calibrations = field(default_factory=Calibrations)
    story: Story = field(default_factory=Story)
    plan: Plan = field(default_factory=Plan)


def calibration_lines(
    known: Calibrated, setup: Setup, t_ns_of: Callable[[int], int], start_ns: int, until_ns: int
) -> Iterator[CalibrationLine]:
    """A line for each calibration of each channel that recorded, from what held at `start_ns` on (UTC, laptop's clock).

    `t_ns_of` gives an entry's time. A channel without any has a line that says so.
    """
    for sensor, configured in setup.sensors.items():
        stretches = list(_stretches(known.told.changes(sensor), t_ns_of, start_ns, until_ns))
        every = {one.name for one in configured.configuration.channels}
        for channel in sorted(every.union(*(found for _, found in stretches))):
            yield from _channel(known, sensor, channel, stretches, until_ns)


Stretches = Sequence[tuple[int | None, ByChannel]]


def _stretches(
    changes: Sequence[tuple[int, ByChannel]], t_ns_of: Callable[[int], int], start_ns: int, until_ns: int
) -> Iterator[tuple[int | None, ByChannel]]:
    """What held at the begin (its time is None), and what came into force within the period, with when."""
    before: ByChannel = {}
    within: list[tuple[int, ByChannel]] = []
    for index, found in changes:
        at_ns = t_ns_of(index)
        if at_ns < start_ns and not within:
            before = found
        elif at_ns < until_ns:
            within.append((at_ns, found))
    yield None, before
    yield from within


def _channel(
    known: Calibrated, sensor: str, channel: str, stretches: Stretches, until_ns: int
) -> Iterator[CalibrationLine]:
    last: InForce | None = None
    for number, (at_ns, found) in enumerate(stretches):
        one = found.get(channel)
        if number and (one.index if one else None) == (last.index if last else None):
            continue
        last = one
        if one is None:
            yield CalibrationLine(sensor, channel, at_ns)
        else:
            yield _line(known, sensor, channel, at_ns, one, until_ns)


def _line(
    known: Calibrated, sensor: str, channel: str, at_ns: int | None, one: InForce, until_ns: int
) -> CalibrationLine:
    planned = known.plan.of(sensor, channel)
    due = until(one, planned.calibration_interval_days if planned else None)
    story = known.story.by_index(one.index)
    doubted = known.told.in_doubt(one.key, channel, one) is not None
    return CalibrationLine(
        sensor=sensor,
        channel=channel,
        since_ns=at_ns,
        index=one.index,
        calibrated_ns=one.calibrated_ns,
        result=_result(one, doubted=doubted),
        due="" if due is None else due.isoformat(),
        overdue=due is not None and _day(until_ns) > due,
        certificate=_certificate(one, story),
        person=_person(story),
        calibrated_channel=one.of,
    )


def _result(one: InForce, *, doubted: bool) -> str:
    found = "laboratory's certificate" if one.outcome is None else one.outcome.replace("_", " ")
    return f"{found}; IN DOUBT: one failed since, was broken off, or a setting was changed" if doubted else found


def _certificate(one: InForce, story: Told | None) -> str:
    body = None if story is None else story.body
    if isinstance(body, ExternalCertificate):
        return " ".join(filter(None, (body.laboratory, body.number)))
    if isinstance(body, CarriedCalibration):
        return f"carried over from entry {body.index} of {body.origin}"
    return f"calibration report, entry {one.index}"


def _person(story: Told | None) -> str:
    if story is None:
        return ""
    if isinstance(story.end, CalibrationVerdict):
        return " and ".join(filter(None, (story.end.person, story.end.second_person)))
    if isinstance(story.body, ExternalCertificate):
        entered = f"entered by {story.body.person}"
        return f"{entered}, reviewed by {story.reviewed.person}" if story.reviewed else entered
    return ""


def _day(t_ns: int) -> date:
    return datetime.fromtimestamp(t_ns // NS_PER_S, UTC).date()
