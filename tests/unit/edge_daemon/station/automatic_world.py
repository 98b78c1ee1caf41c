# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Two destinations, a clock, and syncs that end as they are told to, for tests of syncs that begin by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_daemon.domain.destination import Destination, FileDestination, MqttDestination
from edge_daemon.station.automatic_sync import Automatic, AutomaticSync
from edge_daemon.station.sync_desk import SyncRun

ON = Automatic(enabled=True, every_minutes=30)
STICK = FileDestination("stick", "/media/stick")
CLOUD = MqttDestination("cloud", "broker.example", 1883, tls=False)
MINUTE = 60.0


@dataclass
class World:
    """A sync ends at once, for each destination in the state that `endings` says, or else in `done`."""

    home: Path
    now_s: float = 0.0
    reached: set[str] = field(default_factory=lambda: {"cloud"})
    present: dict[str, Destination] = field(default_factory=lambda: {"cloud": CLOUD, "stick": STICK})
    begun: list[tuple[str, ...]] = field(default_factory=list)
    endings: dict[str, str] = field(default_factory=dict)
    run: SyncRun = field(default_factory=SyncRun)
    fault: Callable[[], Exception] | None = None

    def begin(self, names: tuple[str, ...]) -> SyncRun:
        if self.fault is not None:
            raise self.fault()
        self.begun.append(names)
        return self.by_hand(names)

    def by_hand(self, names: tuple[str, ...] = (), *, cancelled: bool = False) -> SyncRun:
        states = {name: self.endings.get(name, "done") for name in names or self.present}
        good = all(state == "done" for state in states.values()) and not cancelled
        self.run = SyncRun(
            progress={name: {"state": state} for name, state in states.items()},
            status=0 if good else 1,
            number=self.run.number + 1,
            names=names,
            cancelled=cancelled,
        )
        return self.run

    def cancel(self) -> None:
        """The person breaks off the newest one before anything was told of any destination."""
        self.run = replace(self.run, progress={}, status=1, cancelled=True)

    def desk(self, chosen: Automatic = ON) -> AutomaticSync:
        desk = AutomaticSync(
            self.home,
            lambda: self.present,
            self.begin,
            lambda: self.run,
            lambda one: one.name in self.reached,
            lambda: self.now_s,
        )
        desk.put(chosen)
        return desk

    def look_at(self, desk: AutomaticSync, minutes: float) -> int:
        """Have the desk look at that time since the beginning; how many syncs it has begun by then."""
        self.now_s = minutes * MINUTE
        desk.look()
        return len(self.begun)
