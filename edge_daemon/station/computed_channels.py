# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a sensor's channels are computed from each other with its settings, as its configuration entry tells it. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from edge_daemon.domain.channel import Computed
from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.instrument import InstrumentModel, OptionValue
from edge_daemon.instruments.registry import DriverUnusable, driver
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody


def with_computed_channels(body: ConfigurationBody, model: InstrumentModel) -> ConfigurationBody:
    """The configuration with what the catalogue and the driver say of computed channels.

    A channel whose factor the driver does not tell, or cannot with these settings, is said to be worked out in the
    instrument: no calibration of another channel makes its values then.
    """
    declared = {one.name: one.computed for one in model.channels if one.computed is not None}
    if not declared:
        return body
    factors = _factors(body.driver, body.settings)
    return replace(body, channels=tuple(_resolved(one, declared.get(one.name), factors) for one in body.channels))


def _resolved(channel: ChannelBody, told: Computed | None, factors: Mapping[str, float]) -> ChannelBody:
    if told is None or told.how != "proportional":
        return replace(channel, computed=told)
    factor = factors.get(channel.name)
    return replace(
        channel,
        computed=Computed(told.of, "instrument") if not factor else replace(told, factor=factor),
    )


def _factors(name: str, settings: Mapping[str, OptionValue]) -> Mapping[str, float]:
    try:
        factors = driver(name).factors
        return {} if factors is None else factors(settings)
    except (BadInput, Unknown, DriverUnusable):
        # With such settings, or without the driver, there is nothing to compute: acquisition says so.
        return {}
