# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Looks at each new hour of a meter of record, and says where its counter and its power do not fit together. No I/O."""

import math
from collections import deque
from typing import Protocol

from edge_daemon.log.counter_bound import BEYOND_POWER, RESOLUTION_KILOWATT_HOURS
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import EnergySummary, SummaryBody
from edge_daemon.log.summary_counts import energy_counts
from edge_daemon.log.summary_energy import AGREE
from edge_daemon.log.summary_fold import key_of
from edge_daemon.station.ratio_watch import Say

RULE = "counter_and_power"
TITLE = "Counter and power do not fit together"
LATEST_HOURS = 24
"""What counter and power say of the last hours is added up: a step of the counter weighs less and less in it."""

_LATEST = 2**63


class Known(Protocol):
    """What the log says of plans."""

    def plan_at(self, index: int) -> Plan: ...


class MeterWatch:
    """Judges an hour once, when its first summary is written. Belongs to the thread that writes summaries."""

    def __init__(self, known: Known, say: Say) -> None:
        self._known = known
        self._say = say
        self._judged: dict[str, int] = {}
        self._apart: dict[str, deque[tuple[float, float]]] = {}

    def written(self, body: SummaryBody) -> None:
        """This summary is in the log."""
        _, hour = key_of(body)
        if body.replaces is not None or body.energy is None or self._judged.get(body.sensor, -1) >= hour:
            return
        if energy_counts(body, self._known.plan_at(_LATEST).recorded()) == "none":
            return
        self._judged[body.sensor] = hour
        differ = self._differ(body.sensor, body.energy)
        if differ is not None:
            self._say(RULE, TITLE, (body.sensor,), words(body, body.energy), differ)

    def _differ(self, sensor: str, energy: EnergySummary) -> bool | None:
        """Whether counter and power contradict one another; None where one of them says nothing.

        They differ by more than 2 % (calibration reference, 6.1) and, in this hour or in the last ones together, by
        more than one step of a coarse counter.
        """
        if "jump" in energy.counter_events:
            return True
        if energy.agree is None or energy.from_counter is None or energy.from_power is None:
            return None
        latest = self._apart.setdefault(sensor, deque(maxlen=LATEST_HOURS))
        latest.append((energy.from_counter, energy.from_power))
        counted, measured = (math.fsum(many) for many in zip(*latest, strict=True))
        if energy.agree:
            return False
        return _apart(energy.from_counter, energy.from_power) or _apart(counted, measured)


def _apart(counted: float, measured: float) -> bool:
    return abs(counted - measured) > max(AGREE * abs(counted), RESOLUTION_KILOWATT_HOURS)


def words(body: SummaryBody, energy: EnergySummary) -> str:
    """Both numbers, which of them counts, and what may be wrong."""
    counted, measured = (
        "nothing" if one is None else f"{one:,.2f} kWh" for one in (energy.from_counter, energy.from_power)
    )
    told = energy.rated_kilowatts is not None
    more = ""
    if "jump" in energy.counter_events:
        what = "the plant can give" if told else "the power that was read explains"
        more = f" The counter gained more than {what}, which is not counted."
    elif BEYOND_POWER in energy.counter_events:
        more = " The counter gained more than the power that was read explains, and nothing bounds it."
    if more and not told:
        more += " Set the rated power of the plant: it tells which of them can be right."
    basis = f"{energy.kilowatt_hours:,.2f} kWh by its {energy.basis} enter the totals"
    return (
        f"In the hour from {body.hour[:10]} {body.hour[11:16]} UTC the counter of {body.sensor} says {counted} and its "
        f"power {measured}; {basis}.{more} A register may be read wrongly, a current transformer's ratio be set for "
        "one of them only, or the power change faster than it is read."
    )
