# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Instrument models (the catalogue), instruments (physical devices) and sensors (measuring points). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.connection import LineSettings

OptionValue = bool | int | float | str


class SerialSource(StrEnum):
    """How an instrument's serial number became known."""

    DEVICE = "device"
    ADAPTER = "adapter"
    LABEL = "label"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Interval:
    """Sampling interval in nanoseconds: the model's default and the shortest it can do.

    A stream comes at the instrument's own rate.
    """

    default_ns: int
    minimum_ns: int


@dataclass(frozen=True, slots=True)
class InstrumentModel:
    """One catalogue entry. `model` is its stable key; `kind` is the `sensor_type` on the wire (system interface).

    `primary` names the channel that stands for the sensor where only one value fits. Until `warm_up_s` seconds after
    connecting, values are flagged suspect. `source` names the maker's document the figures come from. With
    `own_adapter` the USB adapter is part of the instrument, and its serial number the instrument's.
    """

    model: str
    maker: str
    title: str
    kind: str
    driver: str
    channels: tuple[ChannelSpec, ...]
    primary: str
    interval: Interval
    line: LineSettings
    warm_up_s: float
    procedures: tuple[str, ...]
    source: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    own_adapter: bool = False

    def channel(self, name: str) -> ChannelSpec:
        """The channel of this name. Raises KeyError."""
        for spec in self.channels:
            if spec.name == name:
                return spec
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One physical device: model and serial number, and how the serial number became known."""

    model: str
    serial: str = ""
    serial_source: SerialSource = SerialSource.UNKNOWN
