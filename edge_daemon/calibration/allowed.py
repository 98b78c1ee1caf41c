# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How far a channel may be off where nothing but a reference tells: what a laboratory's points are judged by. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.procedure import Procedure, Tolerance


@dataclass(frozen=True, slots=True)
class Allowed:
    """`usual` holds but where the reference is 0 and a zero test has its own limit, `at_zero`. `top` is as high as the
    channel usually reads, in its unit."""

    usual: Tolerance
    at_zero: Tolerance | None = None
    top: float | None = None

    @property
    def relative(self) -> float:
        """The share of the reading that is allowed; a meter's class."""
        return self.usual.relative

    def at(self, reference: float) -> float:
        """The limit at this reference value."""
        return (self.at_zero if reference == 0 and self.at_zero else self.usual).at(reference)


def allowed_of(procedures: Sequence[Procedure], spec: ChannelSpec | None) -> Allowed | None:
    """By the channel's first procedure that is more than a check of its zero, else by the maker's accuracy, else by
    what there is; None where nothing is known."""
    zero = next((one.tolerance for one in procedures if _is_zero_test(one)), None)
    calibrating = [one.tolerance for one in procedures if not _is_zero_test(one)]
    accuracy = spec.accuracy if spec else None
    maker = [Tolerance(accuracy.absolute, accuracy.relative, "sum")] if accuracy else []
    usual = next(iter([*calibrating, *maker, *([zero] if zero else [])]), None)
    return None if usual is None else Allowed(usual, zero, _top(spec))


def _is_zero_test(procedure: Procedure) -> bool:
    """Whether all that it looks at is nothing, such as still air: its limit means nothing anywhere else."""
    return procedure.check_only and all(one.lowest == one.highest == 0 for one in procedure.points)


def _top(spec: ChannelSpec | None) -> float | None:
    if spec is None:
        return None
    plausible = spec.limits.plausible
    return plausible[1] if plausible else spec.maximum
