# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A user's own instrument models beside those that are shipped. Reads files.

A file with a mistake is reported and left out: it never keeps the recorder from starting, and never replaces a shipped
model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments.catalogue import load_model
from edge_daemon.instruments.register_map import register_map
from edge_daemon.instruments.registry import driver_names

FOLDER = "catalogue"
REGISTER_MAP_DRIVERS = frozenset({"modbus_profile", "dendrometer_modbus"})


@dataclass(frozen=True, slots=True)
class Models:
    """All models there are, and what is wrong with the files that were left out."""

    models: Mapping[str, InstrumentModel]
    faults: tuple[Fault, ...]

    def fault(self) -> Fault | None:
        """The first of what is wrong, for the recorder's health."""
        return self.faults[0] if self.faults else None


def with_own_models(shipped: Mapping[str, InstrumentModel], folder: Path) -> Models:
    """The shipped models and those in `folder` (*.toml), which need not exist. Raises nothing."""
    models = dict(shipped)
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            model = _own_model(path)
            if model.model in shipped:
                raise BadInput(path.name, model.model, "a name that no model of Verifield has is needed")
        except BadInput as fault:
            faults.append(fault)
        else:
            models[model.model] = model
    return Models(models, tuple(faults))


def _own_model(path: Path) -> InstrumentModel:
    try:
        model = load_model(path, driver_names())
    except OSError as error:
        raise BadInput(path.name, str(error), "a file that can be read is needed") from error
    if model.driver in REGISTER_MAP_DRIVERS:
        check_register_map(model)
    return model


def check_register_map(model: InstrumentModel) -> None:
    """See that the model's register map gives channels of the model, in their units. Raises BadInput."""
    units = {channel.name: channel.unit for channel in model.channels}
    try:
        points = register_map(str(model.options.get("profile", ""))).points
    except BadInput as fault:
        raise BadInput(f"{model.model}.toml: {fault.field}", fault.value, fault.allowed) from fault
    for point in points:
        if point.channel not in units:
            place = f"{model.model}.toml: profile: channel"
            raise BadInput(place, point.channel, f"one of the channels {', '.join(units)} is needed")
        if point.unit != units[point.channel]:
            place = f"{model.model}.toml: profile: unit of {point.channel}"
            raise BadInput(place, point.unit, f"the channel's unit, {units[point.channel]}, is needed")
