# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The thresholds of a sensor's quality tests: which are in force, and what a change of them is. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.limits import NO_LIMITS, Limits, at_site, check_limits
from edge_daemon.domain.rating import at_rating, rated_power
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, LimitsChange
from edge_daemon.log.summary_energy import POWER, WIRE_UNITS


def limits_in_force(configuration: ConfigurationBody) -> dict[str, Limits]:
    """The limits by channel that flag readings of this configuration.

    A range that the project states is the site's. Where neither it nor the channel's own limits say anything, a rated
    power among the settings does.
    """
    ranges = configuration.value_ranges
    return {
        channel.name: at_rating(at_site(channel.limits, ranges.get(channel.name)), _rated(configuration, channel))
        for channel in configuration.channels
    }


def _rated(configuration: ConfigurationBody, channel: ChannelBody) -> float | None:
    """The rated power in the channel's unit, where it measures power."""
    rated = rated_power(configuration.settings)
    if rated is None or channel.wire_field != POWER or channel.wire_unit != WIRE_UNITS[POWER]:
        return None
    return rated / channel.wire_factor


def with_limits(
    now: ConfigurationBody, model: InstrumentModel, limits: Mapping[str, Limits | None]
) -> ConfigurationBody | None:
    """The configuration with these channels' limits, naming each change; None when nothing changes.

    None for a channel means the model's own. Raises BadInput naming the field.
    """
    names = [channel.name for channel in now.channels]
    for name in limits:
        if name not in names:
            raise BadInput(f"channels.{name}", name, f"channels of this sensor are {', '.join(names)}")
    own = {channel.name: channel.limits for channel in model.channels}
    wanted = {
        name: own.get(name, NO_LIMITS) if given is None else check_limits(given, f"channels.{name}.")
        for name, given in limits.items()
    }
    changes = tuple(
        change
        for channel in now.channels
        if channel.name in wanted
        for change in _changes(channel.name, channel.limits, wanted[channel.name])
    )
    if not changes:
        return None
    channels = tuple(replace(one, limits=wanted.get(one.name, one.limits)) for one in now.channels)
    return replace(now, channels=channels, changes=(), limit_changes=changes)


def _changes(channel: str, old: Limits, new: Limits) -> Iterator[LimitsChange]:
    for one in fields(Limits):
        before, after = getattr(old, one.name), getattr(new, one.name)
        if before != after:
            yield LimitsChange(channel, one.name, before, after)
