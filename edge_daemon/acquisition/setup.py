# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a port worker is given and what it tells. Pure values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge_daemon.acquisition.custody import Custody, NoCustody
from edge_daemon.acquisition.gaps import Accounted
from edge_daemon.buffer.record import Record
from edge_daemon.domain.connection import LineSettings, Port, PortIdentity
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import InstrumentModel, OptionValue
from edge_daemon.domain.limits import Limits
from edge_daemon.instruments.driver import Driver, Identity
from edge_daemon.instruments.transport import OpenPort
from edge_daemon.log.calibrations import UNCALIBRATED, Applied
from edge_daemon.log.computed_channels import NO_RELATIONS, Relations


@dataclass(frozen=True, slots=True)
class DeviceSetup:
    """One sensor on a port.

    `configuration` is the log index of the configuration entry in force. `interval_ns` is the sampling interval, or
    how often a stream is expected to speak. `accounted` is until when the log accounts for this sensor (its last
    reading or its last gap's end; None for a new sensor), and `off_cause` why nothing was recorded since:
    `daemon_off`, `power_loss`, `paused`, … `calibration` is asked before each reading what it is to be made with: the
    same object as long as nothing changes, so that a new calibration takes effect without a pause or a lost sample.
    `computed` says which channels are computed from which others under this configuration.
    `limits` are those of the channels' quality tests; `value_ranges`, what the site expects of a channel (both ends
    included, in its unit), goes before their plausible range.
    """

    sensor: str
    model: InstrumentModel
    driver: Driver
    interval_ns: int
    configuration: int
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    accounted: Accounted | None = None
    off_cause: str = "daemon_off"
    calibration: Callable[[], Applied] = lambda: UNCALIBRATED
    value_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    computed: Relations = field(default_factory=lambda: NO_RELATIONS)


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """How a sensor stands now. `device` is the port's present name, `last_ns` the last recorded reading's time.

    `fault` carries code, title and advice; None while all is well. `failing` is what that reading's channels did not
    pass, as `Pipeline.failing` names it. `warm_at_us` is when (µs since boot) an instrument that is connected has
    warmed up.
    """

    sensor: str
    connected: bool
    device: str
    last_ns: int | None
    fault: Fault | None
    failing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    warm_at_us: int | None = None


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a worker's results go. Called in the worker's thread: none of them may wait.

    `record` returns False when it cannot take the record. `on_bug` gets the sensor ("" for the port itself) and the
    error. `identity` gets what the device said of itself after it was connected, `settings` those settings that bear
    on the evidence as the device has them, `unread` the sensor, which of these (`identity` or a setting's name) could
    not be read, and why. `custody` is asked before each reading whether it may be recorded. `locate` finds the
    log index of a sensor's reading that was accepted last.
    """

    record: Callable[[Record], bool]
    status: Callable[[SensorStatus], None]
    on_bug: Callable[[str, Exception], None]
    identity: Callable[[str, Identity], None] = lambda _sensor, _identity: None
    settings: Callable[[str, Mapping[str, OptionValue]], None] = lambda _sensor, _values: None
    unread: Callable[[str, str, Fault], None] = lambda _sensor, _what, _fault: None
    custody: Custody = field(default_factory=NoCustody)
    locate: Callable[[Record, Callable[[int], None]], None] = lambda _record, _told: None


FindPort = Callable[[PortIdentity], Port | None]
"""The port of this identity as it is present now, under whatever name, or None."""

Open = Callable[[str, LineSettings], OpenPort]
