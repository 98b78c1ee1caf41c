# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long an instrument may be silent by itself, as its configuration entry tells it, so that whoever counts what is
missing need not know the driver. Pure."""

from dataclasses import replace

from edge_daemon.domain.faults import Unknown
from edge_daemon.instruments.driver import StreamDriver
from edge_daemon.instruments.registry import DriverUnusable, driver
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.station.flux_model import FLUX

UNSCHEDULED_S = 1e9
"""A chamber that a person closes is due whenever that is, and never missing."""


def with_own_pace(body: ConfigurationBody) -> ConfigurationBody:
    """The configuration with the driver's word on silence; of one that only answers nothing is to be said."""
    return replace(body, silent_after_s=_silent_after_s(body))


def _silent_after_s(body: ConfigurationBody) -> float:
    if body.driver == FLUX:
        return 0.0 if body.settings.get("every_s") else UNSCHEDULED_S
    try:
        found = driver(body.driver)
    except (Unknown, DriverUnusable):
        return body.silent_after_s  # acquisition says that the driver is missing
    return found.silent_after_s if isinstance(found, StreamDriver) else 0.0
