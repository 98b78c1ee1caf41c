# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log knows of one instrument's calibrations that the instrument may know of too. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CalibrationCommand,
    CarriedCalibration,
    CutOffRun,
    ExternalCertificate,
    ValueFunction,
)
from edge_daemon.log.calibration_story import Story, Told
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.instruments import Key


@dataclass(frozen=True, slots=True)
class Commanded:
    """A command that changed an instrument in a run: the run's first entry, the command's own, and when it was done
    (UTC ns, by the laptop's clock; `mono_us` since boot).

    `known` is False where it was sent and no answer came, so that it may have been done or not.
    """

    run: int
    index: int
    t_ns: int
    key: Key
    action: str
    argument: float | None
    mono_us: int | None = None
    known: bool = True

    def dated(self, told: Calibrations) -> "Commanded":
        """The same, of the time at which it was done as far as that is known by now."""
        if self.mono_us is None:
            return self
        return replace(self, t_ns=told.dating.stamped_ns(self.index, self.t_ns, self.mono_us), mono_us=None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A channel's certificates that a second person accepted, and the commands to its instrument in log order.

    `follows`: the log goes on from another one, which may know of more.
    """

    certificates: tuple[ExternalCertificate, ...] = ()
    commands: tuple[Commanded, ...] = ()
    follows: bool = False

    @property
    def count(self) -> int:
        """How often the instrument was calibrated, as far as that reached it: by a laboratory or by a run's command."""
        return len({one.calibrated for one in self.certificates}) + len(self._runs(known=True))

    @property
    def perhaps(self) -> int:
        """How many runs more may have reached it: their commands were sent, and no answer came."""
        return len(self._runs(known=False) - self._runs(known=True))

    def _runs(self, *, known: bool) -> set[int]:
        return {one.run for one in self.commands if one.known is known}


def commanded(before: tuple[Commanded, ...], index: int, entry: Entry) -> tuple[Commanded, ...]:
    """The commands once this entry is in the log: a command is one from the first byte on, until the instrument says
    that it did not do it. Raises ValueError for an entry of a wrong form."""
    if entry.type != EntryType.CALIBRATION or entry.body.get("event") != "command":
        return before
    body = from_json(CalibrationCommand, entry.body)
    if body.phase == "unanswered":
        return before
    last = before[-1] if before else None
    open_one = last is not None and not last.known and (last.run, last.action) == (body.run, body.action)
    others = before[:-1] if open_one and body.phase != "sent" else before
    if body.phase == "failed":
        return others
    key, known = Key(body.model, body.serial), body.phase == "done"
    told = Commanded(body.run, index, entry.t_ns, key, body.action, body.argument, entry.mono_us, known)
    return (*others, told)


def recorded(
    many: Sequence[Told], commands: Iterable[Commanded], told: Calibrations, key: Key, until_ns: int | None = None
) -> Recorded:
    """What is known of a channel of the instrument `key`: `many` are its calibrations, `commands` those of every
    instrument, of which the ones after `until_ns` are left out."""
    accepted = (
        one.body
        for one in many
        if isinstance(one.body, ExternalCertificate) and one.reviewed is not None and one.reviewed.accepted
    )
    runs = {one.first for one in many}
    mine = (
        one
        for one in (one.dated(told) for one in commands)
        if one.run in runs and told.name_of(one.key) == key and (until_ns is None or one.t_ns <= until_ns)
    )
    follows = any(isinstance(one.body, CarriedCalibration | CutOffRun) for one in many)
    return Recorded(tuple(accepted), tuple(mine), follows)


@dataclass(frozen=True, slots=True)
class Past:
    """All that a log says of calibrations up to some entry."""

    story: Story = field(default_factory=Story)
    told: Calibrations = field(default_factory=Calibrations)
    commands: tuple[Commanded, ...] = ()

    def function(self, index: int | None) -> ValueFunction | None:
        """That of the calibration that took effect at this entry; None where raw is the value."""
        made = None if index is None else self.told.by_index.get(index)
        return made.function if made else None

    def recorded(self, key: Key, channel: str) -> Recorded:
        """What is known of this channel of the instrument."""
        key = self.told.name_of(key)
        many = [one for one in self.story.of(self.told, key) if one.body.channel == channel]
        return recorded(many, self.commands, self.told, key)


def past_of(entries: Iterable[tuple[int, Entry]]) -> Past:
    """From calibration and installation entries with their log indices, in log order. Raises ValueError for an entry of
    a wrong form."""
    story, told = Story(), Calibrations()
    commands: tuple[Commanded, ...] = ()
    for index, entry in entries:
        story, told = story.after(index, entry), told.after(index, entry)
        commands = commanded(commands, index, entry)
    return Past(story, told, commands)
