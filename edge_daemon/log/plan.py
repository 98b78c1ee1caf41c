# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The project's monitoring plan as a fold over the log, and what is wrong with a new one. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.bodies import ChannelBody, from_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan_body import Counts, Parameter, PlanBody, PlannedFactor, PlannedTree, Role
from edge_daemon.log.plan_tree import tree_mistakes
from edge_daemon.log.setup import Setup

Measured = tuple[str, str, float, float, str]
"""A tree's measurement: sensor, channel, diameter (cm), what the channel read then (mm), and the date."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan in force and the index of its entry, -1 before the first: then nothing is planned.

    `first_told` is, by tree's measurement, the index of the first plan that told it, of all plans this one was folded
    from: who saves a plan again, or mends a tree's equation in it, has not measured the tree anew.
    """

    index: int = -1
    body: PlanBody | None = None
    first_told: Mapping[Measured, int] = field(default_factory=dict, compare=False)

    def after(self, index: int, entry: Entry) -> "Plan":
        """The plan once this entry is in the log; entries of other types change nothing."""
        if entry.type != EntryType.PLAN:
            return self
        body = from_json(PlanBody, entry.body)
        told = {_measured(one.sensor, one.channel, one.tree): index for one in body.parameters if one.tree}
        return Plan(index, body, told | dict(self.first_told))

    def measured_at(self, sensor: str, channel: str, tree: PlannedTree) -> int:
        """The latest place in the log at which this tree can have been measured with this channel."""
        return self.first_told.get(_measured(sensor, channel, tree), self.index)

    def of(self, sensor: str, channel: str) -> Parameter | None:
        """What the plan says of this channel, if anything."""
        planned = self.body.parameters if self.body else ()
        return next((one for one in planned if (one.sensor, one.channel) == (sensor, channel)), None)

    def recorded(self) -> tuple[Parameter, ...]:
        """The parameters of record, which alone enter a project's totals."""
        return tuple(one for one in self.body.parameters if one.role == "record") if self.body else ()

    def channels(self, role: Role) -> frozenset[tuple[str, str]]:
        """(sensor, channel) of this role. Only sensors of record enter a project's totals."""
        planned = self.body.parameters if self.body else ()
        return frozenset((one.sensor, one.channel) for one in planned if one.role == role)


def _measured(sensor: str, channel: str, tree: PlannedTree) -> Measured:
    return sensor, channel, tree.diameter_cm, tree.reading_mm, tree.measured


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
    ways: dict[str, Counts] = {}
    for place, one in enumerate(body.parameters):
        known = _channels(one, setup)
        mistakes = (*_mistakes(one), *_misfits(one, known), *_factor_mistakes(one.factor))
        for name, value, allowed in (*mistakes, *tree_mistakes(one, known.get(one.channel))):
            raise BadInput(f"parameters.{place}.{name}", value, allowed)
        if (one.sensor, one.channel) in seen:
            raise BadInput(f"parameters.{place}.channel", one.channel, f"{one.sensor} has it in this plan already")
        seen.add((one.sensor, one.channel))
        if one.factor and ways.setdefault(one.sensor, one.counts) != one.counts:
            raise BadInput(f"parameters.{place}.counts", one.counts, f"the energy of {one.sensor} counts the other way")
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
    if one.counts == "subtracts" and one.factor is None:
        yield "factor", None, "energy that is taken off the total needs a grid factor as well"
    if one.gap_rule == "conservative_default" and not one.gap_default.strip():
        yield "gap_default", "", "say which conservative default stands in place of a gap"


def _channels(one: Parameter, setup: Setup) -> dict[str, ChannelBody]:
    sensor = setup.sensors.get(one.sensor)
    return {channel.name: channel for channel in sensor.configuration.channels} if sensor else {}


def _misfits(one: Parameter, channels: Mapping[str, ChannelBody]) -> Iterator[tuple[str, object, str]]:
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
