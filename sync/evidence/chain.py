# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a log says of how its readings are to be read, gathered from its landmark entries. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge_daemon.log import calibrations
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import ConfigurationBody, LogBody, from_json
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.clock_history import ClockHistory, clock_history
from edge_daemon.log.device_keys import DeviceKeys, KeyRefused, device_keys
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.metrology.qartod import US_PER_S
from sync.evidence.form import PredecessorNote
from sync.evidence.form_words import is_known, why
from sync.evidence.ports import unreal


class Contradiction(ValueError):
    """Landmarks that cannot be those of one log; `index` is the first entry concerned."""

    def __init__(self, index: int | None, words: str) -> None:
        super().__init__(words)
        self.index = index


@dataclass(frozen=True, slots=True)
class SensorForm:
    """What a configuration entry says: whose readings, how often, each channel's span in its unit, and how long the
    instrument warms up after it was connected. `unreal` is what it was connected through if a program can stand behind
    that, in words."""

    sensor: str
    interval_ns: int
    spans: Mapping[str, tuple[float, float]]
    unreal: str
    demo: bool
    warm_up_us: int = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """The landmarks of one log by index, and what follows from them.

    `unread` are its plans and amendments of a form that this program does not know: they stand in the log, and what
    they say of others is not taken into account. `strange` are others of such a form.
    """

    entries: Mapping[int, Entry]
    opened: LogBody
    keys: DeviceKeys
    history: ClockHistory
    calibrations: Calibrations
    forms: Mapping[int, SensorForm]
    unread: frozenset[int] = frozenset()
    strange: frozenset[int] = frozenset()

    @property
    def not_physical(self) -> dict[str, str]:
        """Sensors behind which a program could stand at some time, and what they were connected through."""
        told = {form.sensor: form.unreal or "simulated" for form in self.forms.values() if form.demo or form.unreal}
        return {sensor: what if what == "simulated" else f"connected through {what}" for sensor, what in told.items()}


def chain_of(origin: str, entries: Iterable[tuple[int, Entry]]) -> Chain:
    """The chain of these landmarks, in log order, from the first entry on. Raises Contradiction."""
    ordered = dict(sorted(entries))
    first = ordered.get(0)
    if first is None or first.type != EntryType.LOG:
        raise Contradiction(0, "the log does not begin with the entry that names it")
    second = next((index for index, entry in ordered.items() if index and entry.type == EntryType.LOG), None)
    if second is not None:
        raise Contradiction(second, "another log begins within this one")
    unread = frozenset(index for index, entry in ordered.items() if not _known(entry))
    ordered = {index: entry for index, entry in ordered.items() if index not in unread}
    try:
        opened = from_json(LogBody, first.body)
        if opened.origin != origin:
            raise Contradiction(0, f"its first entry names the log {opened.origin}, the checkpoint {origin}")
        return Chain(
            ordered,
            opened,
            device_keys(origin, ordered.items()),
            clock_history(ordered.items()),
            calibrations.fold(ordered.items()),
            _forms(ordered),
            unread,
            frozenset(index for index, entry in ordered.items() if not is_known(entry)),
        )
    except KeyRefused as error:
        raise Contradiction(None, str(error)) from error
    except Contradiction:
        raise
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise Contradiction(
            None, f"an entry on the log, its clock, its sensors or calibrations has no known form: {why(error)}"
        ) from error


def _known(entry: Entry) -> bool:
    body = {EntryType.PLAN.value: PlanBody, EntryType.AMENDMENT.value: AmendmentBody}.get(entry.type)
    try:
        return body is None or bool(from_json(body, entry.body))
    except (ValueError, TypeError, OverflowError):
        return False


def _forms(entries: Mapping[int, Entry]) -> dict[int, SensorForm]:
    found = {}
    for index, entry in entries.items():
        if entry.type == EntryType.CONFIGURATION and entry.body.get("subject") != "station":
            body = from_json(ConfigurationBody, entry.body)
            spans = {channel.name: (channel.minimum, channel.maximum) for channel in body.channels}
            warm_up_us = round(body.warm_up_s * US_PER_S)
            through = unreal(body.connection.kind, body.connection.port)
            found[index] = SensorForm(body.sensor, body.interval_ns, spans, through, body.demo, warm_up_us)
    return found


def predecessors(opened: LogBody) -> tuple[PredecessorNote, ...]:
    """The log that the first entry names as the one before, if it does."""
    closed = opened.predecessor
    return () if closed is None else (PredecessorNote(closed.origin, closed.size, closed.root, closed.cause),)


def in_force(first: int, told: Mapping[int, Entry]) -> dict[str, dict[str, int]]:
    """By sensor and type, the newest configuration, installation and calibration entries before index `first`."""
    found: dict[str, dict[str, int]] = {}
    for index, entry in sorted(told.items()):
        sensor = entry.body.get("sensor")
        if index >= first or not isinstance(sensor, str):
            continue
        if entry.type == EntryType.CONFIGURATION and from_json(ConfigurationBody, entry.body).state == "removed":
            found.pop(sensor, None)
        elif entry.type in {EntryType.CONFIGURATION, EntryType.INSTALLATION, EntryType.CALIBRATION}:
            found.setdefault(sensor, {})[entry.type] = index
    return found
