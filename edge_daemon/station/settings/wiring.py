# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the settings desk of a home: for the daemon, and for a command while no daemon runs. Opens nothing yet."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edge_daemon.domain.connection import Port
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments.driver import Setting, StreamDriver
from edge_daemon.instruments.registry import driver
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.settings.desk import SettingsDesk
from edge_daemon.station.unproven import UnprovenModels


def make_desk(
    home: Path,
    book: SensorBook,
    catalogue: Mapping[str, InstrumentModel],
    ports: Callable[[], Sequence[Port]],
    secrets: Callable[[], SecretStore],
    *,
    fresh: bool = False,
) -> SettingsDesk:
    """The desk over the home's log, its list of destinations and its place for secrets."""
    unproven = UnprovenModels(home)
    return SettingsDesk(
        book, DestinationBook(home), secrets, ports, catalogue, speaks_alone, declared, unproven, fresh=fresh
    )


def speaks_alone(model: InstrumentModel) -> bool:
    """Whether instruments of this model send by themselves. Raises what `registry.driver` raises."""
    return isinstance(driver(model.driver), StreamDriver)


def declared(model: InstrumentModel, name: str) -> Setting | None:
    """What the model's driver says of its setting `name`. Raises what `registry.driver` raises."""
    return next((setting for setting in driver(model.driver).settings if setting.name == name), None)
