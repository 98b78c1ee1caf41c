# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What each sensor's device last said of itself: told by acquisition, read by the API. In memory only."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Identity


@dataclass(frozen=True, slots=True)
class Known:
    """The newest identity, when it was read (UTC ns), and why a later one could not be read."""

    identity: Identity | None
    read_ns: int | None
    fault: Fault | None


class DeviceBoard:
    """Newest word of every device. Safe to use from several threads."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._identities: dict[str, tuple[Identity, int]] = {}
        self._settings: dict[str, dict[str, OptionValue]] = {}
        self._unread: dict[str, dict[str, Fault]] = {}

    def identified(self, sensor: str, identity: Identity) -> None:
        """The device has said who it is."""
        with self._lock:
            self._identities[sensor] = (identity, self._now_ns())
            self._unread.get(sensor, {}).pop("identity", None)

    def settings_seen(self, sensor: str, values: Mapping[str, OptionValue]) -> None:
        """The device has said how it is set."""
        with self._lock:
            self._settings.setdefault(sensor, {}).update(values)
            for name in values:
                self._unread.get(sensor, {}).pop(name, None)

    def unread(self, sensor: str, what: str, fault: Fault) -> None:
        """The device was asked (`identity`, or a setting's name) and did not say."""
        with self._lock:
            self._unread.setdefault(sensor, {})[what] = fault

    def of(self, sensor: str) -> Known:
        """Who the device is, as far as it has said."""
        with self._lock:
            identity, read_ns = self._identities.get(sensor, (None, None))
            return Known(identity, read_ns, self._unread.get(sensor, {}).get("identity"))

    def settings(self, sensor: str) -> dict[str, OptionValue]:
        """Its settings, as far as it has said them."""
        with self._lock:
            return dict(self._settings.get(sensor, {}))
