# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What acquisition is given of a configured sensor. Pure."""

from collections.abc import Callable

from edge_daemon.acquisition.gaps import Accounted
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments.registry import driver
from edge_daemon.log.calibrations import Applied
from edge_daemon.log.computed_channels import relations_of
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station.limits import limits_in_force


def device_setup(
    sensor: ConfiguredSensor,
    model: InstrumentModel,
    *,
    accounted: Accounted | None,
    off_cause: str,
    calibration: Callable[[], Applied],
) -> DeviceSetup:
    """The setup of this sensor, an instrument of this model. Raises as `registry.driver`."""
    configuration = sensor.configuration
    return DeviceSetup(
        sensor=configuration.sensor,
        model=model,
        driver=driver(configuration.driver),
        interval_ns=configuration.interval_ns,
        configuration=sensor.index,
        options=configuration.settings,
        accounted=accounted,
        off_cause=off_cause,
        calibration=calibration,
        value_ranges=configuration.value_ranges,
        limits=limits_in_force(configuration),
        computed=relations_of(configuration),
    )
