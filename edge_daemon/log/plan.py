# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The project's monitoring plan as a fold over the log, and what is wrong with a new one. Pure."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.bodies import from_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan_body import Parameter, PlanBody, PlannedFactor, Role
from edge_daemon.log.setup import Setup


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan in force and the index of its entry, -1 before the first: then nothing is planned."""

    index: int = -1
    body: PlanBody | None = None

    def after(self, index: int, entry: Entry) -> "Plan":
        """The plan once this entry is in the log; entries of other types change nothing."""
        return Plan(index, from_json(PlanBody, entry.body)) if entry.type == EntryType.PLAN else self

    def of(self, sensor: str, channel: str) -> Parameter | None:
        """What the plan says of this channel, if anything."""
        planned = self.body.parameters if self.body else ()
        return next((one for one in planned if (one.sensor, one.channel) == (sensor, channel)), None)

    def channels(self, role: Role) -> frozenset[tuple[str, str]]:
        """(sensor, channel) of this role. Only sensors of record enter a project's totals."""
        planned = self.body.parameters if self.body else ()
        return frozenset((one.sensor, one.channel) for one in planned if one.role == role)


def plan_of(entries: Iterable[tuple[int, Entry]]) -> Plan:
    """The plan after these entries, in log order."""
    plan = Plan()
    for index, entry in entries:
        plan = plan.after(index, entry)
    return plan


def check_plan(body: PlanBody, setup: Setup) -> PlanBody:
    """The plan, unless it cannot be meant. Raises BadInput naming the field and what is allowed.

    A sensor that is not set up yet may be planned; a channel that a known sensor does not have may not.
    """
    if not body.parameters:
        raise BadInput("parameters", 0, "at least one monitored parameter is needed")
    seen: set[tuple[str, str]] = set()
    for place, one in enumerate(body.parameters):
        for name, value, allowed in (*_mistakes(one), *_misfits(one, setup), *_factor_mistakes(one.factor)):
            raise BadInput(f"parameters.{place}.{name}", value, allowed)
        if (one.sensor, one.channel) in seen:
            raise BadInput(f"parameters.{place}.channel", one.channel, f"{one.sensor} has it in this plan already")
        seen.add((one.sensor, one.channel))
    recorded = {one.parameter for one in body.parameters if one.role == "record"}
    for place, one in enumerate(body.parameters):
        if one.parameter not in recorded:
            raise BadInput(f"parameters.{place}.role", one.role, f"{one.parameter!r} needs a sensor of record as well")
    return body


def _mistakes(one: Parameter) -> Iterator[tuple[str, object, str]]:
    for name in ("parameter", "unit", "sensor", "channel", "accuracy", "responsible"):
        if not getattr(one, name).strip():
            yield name, "", "a text that is not empty is needed"
    for name in ("frequency_s", "longest_gap_s", "calibration_interval_days"):
        value = getattr(one, name)
        if not (math.isfinite(value) and value > 0):
            yield name, value, "a number above 0 is needed"
    if one.longest_gap_s < one.frequency_s:
        yield "longest_gap_s", one.longest_gap_s, "it cannot be shorter than the time between two readings"
    if one.gap_rule == "conservative_default" and not one.gap_default.strip():
        yield "gap_default", "", "say which conservative default stands in place of a gap"


def _misfits(one: Parameter, setup: Setup) -> Iterator[tuple[str, object, str]]:
    sensor = setup.sensors.get(one.sensor)
    channels = {channel.name: channel for channel in sensor.configuration.channels} if sensor else {}
    if channels and one.channel not in channels:
        yield "channel", one.channel, f"channels of {one.sensor} are {', '.join(channels)}"


def _factor_mistakes(factor: PlannedFactor | None) -> Iterator[tuple[str, object, str]]:
    if factor is None:
        return
    for name in ("name", "source"):
        if not getattr(factor, name).strip():
            yield f"factor.{name}", "", "a grid factor must be named and say where it comes from"
    if not (math.isfinite(factor.kilograms_per_kilowatt_hour) and factor.kilograms_per_kilowatt_hour >= 0):
        yield "factor.kilograms_per_kilowatt_hour", factor.kilograms_per_kilowatt_hour, "0 or more kg/kWh are needed"
    if not 0 <= factor.loss < 1:
        yield "factor.loss", factor.loss, "a fraction from 0 to below 1 is needed"
    try:
        date.fromisoformat(factor.date)
    except ValueError:
        yield "factor.date", factor.date, "a date like 2025-06-12 is needed"
