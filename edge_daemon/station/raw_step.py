# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""By how much an instrument's raw numbers go up at least, as it is set: nobody sees what lies between. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.procedure import Procedure
from edge_daemon.instruments.registry import DriverUnusable, driver
from edge_daemon.log.bodies import ConfigurationBody


def with_step(procedure: Procedure, configuration: ConfigurationBody) -> Procedure:
    """The procedure with the resolution of its channel as the sensor is configured, where that is coarser."""
    step = _steps(configuration.driver, configuration.settings).get(procedure.channel, 0.0)
    return replace(procedure, resolution=max(procedure.resolution, step))


def with_steps(body: ConfigurationBody) -> ConfigurationBody:
    """The configuration with the step of each channel, as far as the driver tells it with these settings."""
    steps = _steps(body.driver, body.settings)
    channels = tuple(replace(one, step=float(steps.get(one.name, 0.0))) for one in body.channels)
    return replace(body, channels=channels)


def _steps(name: str, settings: Mapping[str, OptionValue]) -> Mapping[str, float]:
    try:
        steps = driver(name).steps
        return {} if steps is None else steps(settings)
    except (BadInput, Unknown, DriverUnusable):
        # With such settings, or without the driver, there are no readings either: acquisition says so.
        return {}
