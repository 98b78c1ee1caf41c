# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which channels of a sensor have other raw numbers of the same thing once settings were changed. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from edge_daemon.domain.faults import Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Setting
from edge_daemon.instruments.registry import DriverUnusable, driver
from edge_daemon.log.bodies import ConfigurationBody


def changed_settings(before: ConfigurationBody, settings: Mapping[str, OptionValue]) -> frozenset[str]:
    """The names of those that are others than before."""
    known = _settings_of(before.driver) or {}
    return frozenset(name for name, value in settings.items() if held_before(known.get(name), name, before) != value)


def held_before(setting: Setting | None, name: str, configuration: ConfigurationBody) -> OptionValue | None:
    """What held until now: where nobody set what only the decoder knows, its default; None where nobody knows."""
    default = setting.default if setting is not None and setting.write is None else None
    return configuration.settings.get(name, default)


def altered_channels(configuration: ConfigurationBody, changed: Collection[str]) -> tuple[str, ...]:
    """The channels whose raw numbers the change of these settings makes others. A driver that is not there is not
    asked: then it is all of them."""
    if not changed:
        return ()
    names = tuple(one.name for one in configuration.channels)
    known = _settings_of(configuration.driver)
    if known is None:
        return names
    found: set[str] = set()
    for name in changed:
        found.update(_altered(known.get(name), names))
    return tuple(name for name in names if name in found)


def told_altered(body: ConfigurationBody, altered: Collection[str]) -> ConfigurationBody:
    """The configuration, saying that these channels were altered."""
    every = all(one.name in altered for one in body.channels)
    return replace(body, values_altered=bool(altered), altered=() if every else tuple(altered))


def _settings_of(name: str) -> Mapping[str, Setting] | None:
    try:
        return {one.name: one for one in driver(name).settings}
    except (Unknown, DriverUnusable):
        return None


def _altered(setting: Setting | None, names: Collection[str]) -> Collection[str]:
    if setting is None:
        return names
    return (setting.alters or names) if setting.alters_values else ()
