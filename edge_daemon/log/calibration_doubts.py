# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which channels of an instrument are in doubt by the marks that failed calibrations left. Pure.

What is doubtful of a channel is doubtful of those that are computed from it, until one of either passes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from edge_daemon.log.computed_channels import Relations, computed_from
from edge_daemon.log.in_force import ByChannel, InForce, Mark, RunRange


def doubted_channels(
    marks: Iterable[Mark], made: ByChannel, relations: Relations, index: int | None = None
) -> frozenset[str]:
    """The channels in doubt for a reading at `index` (None: for those to come). `marks` are those of its instrument,
    `made` is what the reading has to name."""
    found: set[str] = set()
    for mark in marks:
        if mark.casts_doubt(made.get(mark.channel), index):
            found.add(mark.channel)
            computed = computed_from(mark.channel, relations)
            found.update(name for name in computed if mark.casts_doubt(made.get(name), index))
    return frozenset(found)


def doubt_on(
    channel: str,
    made: InForce | None,
    marks: Sequence[Mark],
    relations: Relations,
    in_force: Callable[[str], InForce | None],
) -> Mark | None:
    """The last of an instrument's `marks` that casts doubt on the channel in spite of the calibration `made`."""
    told = relations.get(channel)
    for mark in reversed(marks):
        if not mark.casts_doubt(made):
            continue
        if mark.channel == channel:
            return mark
        if told is not None and mark.channel == told.of and mark.casts_doubt(in_force(told.of)):
            return mark
    return None


def ended_by_check(doubts: Iterable[Mark], run: RunRange, index: int) -> tuple[Mark, ...]:
    """These marks once the check of `run` has passed at entry `index`: what the same check found before is over."""
    same = (run.key, run.channel, run.check)
    return tuple(
        replace(one, ended=index) if one.ended is None and (one.key, one.channel, one.check) == same else one
        for one in doubts
    )
