# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Route on what can be chosen for a catalogue model before it is recorded. Reads declarations only; asks no device."""

from typing import Any

from fastapi import APIRouter

from edge_daemon.api import messages_devices as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Setting
from edge_daemon.instruments.registry import driver
from edge_daemon.station.setting_values import needs_confirmation

router = APIRouter(prefix="/api/catalogue", tags=["catalogue"])


@router.get("/{model}/settings")
def settings(model: str, wired: Wired) -> list[m.SettingDeclaration]:
    """The model's settings that a new sensor may be given, with the catalogue's defaults for this model."""
    found = wired.book.model(model)
    return [
        _declaration(one, found.options[one.name]) for one in driver(found.driver).settings if one.name in found.options
    ]


def _declaration(setting: Setting, default: OptionValue) -> m.SettingDeclaration:
    same: dict[str, Any] = {name: getattr(setting, name) for name in _SAME}
    return m.SettingDeclaration(**same, default=default, needs_confirmation=needs_confirmation(setting))


_SAME = frozenset(m.SettingDeclaration.model_fields) - {"default", "needs_confirmation"}
