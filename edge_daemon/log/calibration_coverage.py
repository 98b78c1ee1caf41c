# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""In which parts of a period a sensor's channel was measured with a valid calibration, and in which not. Pure.

A calibration covers from the entry with which it took effect to the end of the day it was due, until one fails or the
instrument is taken away. A laboratory's certificate that leaves the values as they were covers from its own date on:
the readings before its review are the same with it and without.
Source: calibration reference, section 7, rows 2 and 3.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from edge_daemon.log.calibration_due import until
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.in_force import DAY_NS, InForce, date_ns
from edge_daemon.log.instruments import Key, Stretch

Cause = Literal["not_calibrated", "overdue", "failed", "no_instrument"]
EVER_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Covered:
    """UTC ns from `start_ns` to before `end_ns`, by the calibration that took effect at entry `calibration`."""

    start_ns: int
    end_ns: int
    calibration: int
    key: Key


@dataclass(frozen=True, slots=True)
class Uncovered:
    """UTC ns without a valid calibration. `before` is the calibration that held until then, `after` the next one of the
    same instrument, where there are such."""

    start_ns: int
    end_ns: int
    cause: Cause
    key: Key | None = None
    before: InForce | None = None
    after: InForce | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The parts of the period, in order of time; what is not covered is a gap. `share` is that of the time covered."""

    covered: tuple[Covered, ...]
    gaps: tuple[Uncovered, ...]
    share: float


def coverage(
    told: Calibrations,
    sensor: str,
    channel: str,
    span_ns: tuple[int, int],
    when: Callable[[int], int],
    plan_days: int | None = None,
) -> Coverage:
    """The coverage of the period from `span_ns[0]` to before `span_ns[1]`. `when` tells an entry's time, UTC ns."""
    start_ns, end_ns = span_ns
    covered: list[Covered] = []
    gaps: list[Uncovered] = []
    at_ns = start_ns
    for stretch in told.instruments.stretches.get(sensor, ()):
        first_ns = max(at_ns, when(stretch.first))
        last_ns = min(end_ns, EVER_NS if stretch.until is None else when(stretch.until))
        if first_ns >= last_ns:
            continue
        if first_ns > at_ns:
            gaps.append(Uncovered(at_ns, first_ns, "no_instrument"))
        made = [one for one in told.history(stretch.key) if one.channel == channel]
        held = list(_held(told, stretch, made, when, plan_days))
        parts = _parts(held, first_ns, last_ns)
        covered.extend(Covered(from_ns, to_ns, one.index, stretch.key) for from_ns, to_ns, one in parts)
        gaps.extend(_gaps(told, stretch.key, channel, made, parts, (first_ns, last_ns), when))
        at_ns = last_ns
    if at_ns < end_ns:
        gaps.append(Uncovered(at_ns, end_ns, "no_instrument"))
    total_ns = sum(one.end_ns - one.start_ns for one in covered)
    return Coverage(tuple(covered), tuple(_joined(gaps)), total_ns / (end_ns - start_ns))


def _held(
    told: Calibrations, stretch: Stretch, made: Sequence[InForce], when: Callable[[int], int], plan_days: int | None
) -> Iterator[tuple[int, int, InForce]]:
    for place, one in enumerate(made):
        if not one.evidenced:
            continue
        before = made[place - 1].function if place else None
        start_ns = min(one.calibrated_ns, when(one.index)) if one.function == before else when(one.index)
        due = until(one, plan_days)
        due_ns = date_ns(due.isoformat()) if due else None
        ends = [EVER_NS if due_ns is None else due_ns + DAY_NS]
        ends += [when(later.index) for later in made[place + 1 :] if not later.evidenced]
        for from_ns, to_ns in _without_doubts(told, stretch.key, one, (start_ns, min(ends)), when):
            yield from_ns, to_ns, one


def _without_doubts(
    told: Calibrations, key: Key, one: InForce, span_ns: tuple[int, int], when: Callable[[int], int]
) -> Iterator[tuple[int, int]]:
    """The parts of what a calibration covers in which nothing that failed casts doubt on it. A check that failed and
    passed later interrupts it, anything else ends it."""
    at_ns, end_ns = span_ns
    for mark in told.doubts:
        if mark.key != key or mark.channel not in {one.channel, one.of} or mark.cured_by(one):
            continue
        yield at_ns, min(end_ns, when(mark.index))
        if mark.ended is None:
            return
        at_ns = max(at_ns, when(mark.ended))
    yield at_ns, end_ns


def _parts(held: Sequence[tuple[int, int, InForce]], first_ns: int, last_ns: int) -> list[tuple[int, int, InForce]]:
    """What is held within the stretch, without overlaps: a later calibration takes over from an earlier one."""
    parts: list[tuple[int, int, InForce]] = []
    for place, (start_ns, end_ns, one) in enumerate(held):
        next_ns = min((later[0] for later in held[place + 1 :]), default=EVER_NS)
        from_ns = max(start_ns, first_ns, parts[-1][1] if parts else first_ns)
        to_ns = min(end_ns, last_ns, next_ns)
        if from_ns < to_ns:
            parts.append((from_ns, to_ns, one))
    return parts


def _gaps(
    told: Calibrations,
    key: Key,
    channel: str,
    made: Sequence[InForce],
    parts: Sequence[tuple[int, int, InForce]],
    span_ns: tuple[int, int],
    when: Callable[[int], int],
) -> Iterator[Uncovered]:
    edges = [span_ns[0], *(edge for from_ns, to_ns, _ in parts for edge in (from_ns, to_ns)), span_ns[1]]
    good, sources = [one for one in made if one.evidenced], {channel, *(one.of for one in made)}
    for start_ns, end_ns in zip(edges[::2], edges[1::2], strict=True):
        if start_ns >= end_ns:
            continue
        before = next((one for one in reversed(good) if when(one.index) <= start_ns), None)
        after = next((one for one in good if when(one.index) >= end_ns), None)
        failed = any(
            mark.key == key
            and mark.channel in sources
            and not mark.cured_by(before)
            and when(mark.index) <= start_ns
            and (mark.ended is None or when(mark.ended) > start_ns)
            for mark in told.doubts
        )
        cause: Cause = "failed" if failed else "not_calibrated" if before is None else "overdue"
        yield Uncovered(start_ns, end_ns, cause, key, before, after)


def _joined(gaps: Sequence[Uncovered]) -> Iterator[Uncovered]:
    """Gaps of one cause and instrument that follow each other, as one."""
    held: Uncovered | None = None
    for one in gaps:
        if held and held.end_ns == one.start_ns and _alike(held, one):
            held = Uncovered(held.start_ns, one.end_ns, held.cause, held.key, held.before, one.after)
            continue
        if held:
            yield held
        held = one
    if held:
        yield held


def _alike(one: Uncovered, other: Uncovered) -> bool:
    return (one.cause, one.key, one.before) == (other.cause, other.key, other.before)
