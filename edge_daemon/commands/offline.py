# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Takes settings in and gives them out while no daemon runs for the home. Locks the home, opens and writes its log."""

import re
from collections.abc import Callable, Sequence
from importlib.metadata import version

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.station import UNASSIGNED, Station
from edge_daemon.home import Home
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.own_models import FOLDER, with_own_models
from edge_daemon.instruments.ports import SerialPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.log.run_ranges import open_run
from edge_daemon.log.stamp import Stamp
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.home_log import home_log, new_station, stamp_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.opening import setup_of
from edge_daemon.station.past import calibrations_of
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.settings.desk import Exported, exported
from edge_daemon.station.settings.document import Draft, StatedSecret
from edge_daemon.station.settings.report import Report
from edge_daemon.station.settings.wiring import make_desk

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


def take_offline(
    home: Home,
    draft: Draft,
    given: Sequence[StatedSecret],
    secrets: Callable[[], SecretStore],
    *,
    demo: bool,
    provision: bool,
    person: str,
) -> Report:
    """Apply the draft. A home without a log becomes the project that the file names and, with `provision`, the device.

    Raises AlreadyRunning, BadInput for an id that can be none, and what opening the log raises.
    """
    clock = SystemClock()
    catalogue = with_own_models(load_catalogue(), home.path / FOLDER).models

    def stamp() -> Stamp:
        return stamp_of(clock.now())

    with home.acquire_lock():
        wanted = _station(home, draft, demo=demo, provision=provision)
        with home_log(home, wanted, program=version("verifield"), demo=demo, stamp=stamp) as here:
            book = SensorBook(
                here.opened.setup,
                Journal(here.opened.writer, stamp),
                catalogue,
                lambda name: driver(name).version,
                demo=demo,
                on_change=lambda _: None,
            )
            with LogReader(home.buffer) as reader:
                told = calibrations_of(reader)
            book.guard(lambda sensor: open_run(told.runs, sensor) is not None)
            desk = make_desk(home.path, book, catalogue, SerialPorts().ports, secrets, fresh=here.begun)
            return desk.take(draft, given, person)


def export_offline(home: Home) -> Exported:
    """The home's settings, read only. Raises Unknown where it has no log yet, DamagedLog where it cannot be read."""
    if not home.buffer.exists():
        raise Unknown(f"{home.path} has no log yet, so there is nothing to export")
    return exported(setup_of(home.buffer), DestinationBook(home.path).all())


def _station(home: Home, draft: Draft, *, demo: bool, provision: bool) -> Station:
    """Who the home becomes if it has no log yet: what is wrong is refused, for it could never be mended."""
    stated = draft.settings
    if not home.buffer.exists():
        for name, text in (("project_id", stated.project_id), ("device_id", stated.device_id if provision else "")):
            if text and not _ID.fullmatch(text):
                raise BadInput(
                    name, text, "use 1 to 128 letters, digits, '.', '_', ':' or '-', a letter or digit first"
                )
    project = stated.project_id or ("demo" if demo else UNASSIGNED)
    return new_station(project, stated.device_id if provision else "")
