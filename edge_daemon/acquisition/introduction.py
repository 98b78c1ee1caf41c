# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a device is asked about itself after it was connected. Pure: a dialogue made of the driver's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_daemon.domain.faults import Fault, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Dialogue, Driver, Identity, Options


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who the device is, None where its driver cannot ask, and its settings that bear on the evidence.

    `faults` are what could not be read: by the setting's name, `identity` for the identity.
    """

    identity: Identity | None
    settings: Mapping[str, OptionValue] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)


def has_introduction(driver: Driver) -> bool:
    """Whether there is anything to ask."""
    return driver.identify is not None or any(one.read and one.evidence_risk is not None for one in driver.settings)


def introduce(driver: Driver, options: Options) -> Dialogue[Introduction]:
    """Ask the device for its identity and for each setting that can cast doubt on the evidence.

    Nothing that fails here ends it: a device that tells nothing of itself is recorded all the same.
    """
    identity: Identity | None = None
    settings: dict[str, OptionValue] = {}
    faults: dict[str, Fault] = {}
    if driver.identify is not None:
        try:
            identity = yield from driver.identify(options)
        except Fault as fault:
            faults["identity"] = fault
    silent = faults.get("identity")
    for setting in driver.settings:
        if setting.read is None or setting.evidence_risk is None:
            continue
        if isinstance(silent, NoReply):
            faults[setting.name] = silent
            continue
        try:
            settings[setting.name] = yield from setting.read(options)
        except Fault as fault:
            faults[setting.name] = silent = fault
    return Introduction(identity, settings, faults)


def forgotten(driver: Driver, options: Options) -> dict[str, OptionValue]:
    """The settings that the device forgets at power-off and `start` writes again."""
    if driver.start is None:
        return {}
    return {
        setting.name: options[setting.name]
        for setting in driver.settings
        if setting.kept == "until_power_off" and setting.write is not None and setting.name in options
    }
