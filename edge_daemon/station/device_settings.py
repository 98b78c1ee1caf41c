# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings and actions of the devices themselves: read, confirmed, written, read back, logged.

Talks to devices through the port workers and to the log through the sensor book and the journal. Waits for both.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from edge_daemon.acquisition.job import TIDY_SECONDS
from edge_daemon.domain.faults import BadInput, Conflict, Fault, NoReply, Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Action, Dialogue, Driver, Options, PolledDriver, Setting
from edge_daemon.log.bodies import NoteBody, SettingChange
from edge_daemon.station.altered_values import altered_channels, held_before
from edge_daemon.station.device_board import DeviceBoard
from edge_daemon.station.journal import Journal
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.setting_risks import ConfirmationNeeded, Risk, confirm, risks_of
from edge_daemon.station.setting_values import accepted, same

T = TypeVar("T")

READ_SECONDS = 20.0
WRITE_SECONDS = 20.0
ACTION_SECONDS = 60.0
SPARE_SECONDS = 5.0


class Run(Protocol):
    """Has a dialogue with a sensor's device (`Crew.run`)."""

    def __call__(self, sensor: str, dialogue: Dialogue[T], *, seconds: float, renew: bool = False) -> Future[T]: ...


class EvidenceAtRisk(Fault):
    """A device is set so that its readings can be doubted."""

    code: ClassVar[str] = "evidence_at_risk"
    title: ClassVar[str] = "A setting of an instrument puts the evidence at risk"
    advice: ClassVar[str] = "Open the sensor's settings on the device and decide about it; the choice is recorded."


@dataclass(frozen=True, slots=True)
class Held:
    """A setting with what is configured and what the device says, or why it could not be asked."""

    setting: Setting
    configured: OptionValue | None
    device: OptionValue | None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a request to write: one change for each value in turn; `fault` is what ended it early."""

    changes: tuple[SettingChange, ...]
    fault: Fault | None = None


class DeviceDesk:
    """The commands on the sensors' devices. Safe to use from several threads."""

    def __init__(
        self,
        book: SensorBook,
        journal: Journal,
        board: DeviceBoard,
        run: Run,
        driver: Callable[[str], Driver],
        now_ns: Callable[[], int],
    ) -> None:
        self._book = book
        self._journal = journal
        self._board = board
        self._run = run
        self._driver = driver
        self._now_ns = now_ns
        self._calibrated: Callable[[str], Collection[str]] = lambda _: ()
        self._lock = threading.Lock()
        self._writing: dict[str, threading.Lock] = {}

    def heed(self, calibrated: Callable[[str], Collection[str]]) -> None:
        """From now on ask which channels of a sensor have a calibration in force, and say what becomes of them."""
        self._calibrated = calibrated

    # ---- settings --------------------------------------------------------------------------------------------------

    def declared(self, sensor: str) -> tuple[tuple[Setting, ...], tuple[Action, ...]]:
        """What the sensor's driver declares. Raises Unknown, DriverUnusable."""
        found = self._driver(self._book.sensor(sensor).configuration.driver)
        return found.settings, found.actions

    def is_asked(self, sensor: str) -> bool:
        """Whether the sensor's instrument answers requests, and does not speak by itself. Raises Unknown,
        DriverUnusable."""
        return isinstance(self._driver(self._book.sensor(sensor).configuration.driver), PolledDriver)

    def said(self, sensor: str) -> Mapping[str, str]:
        """What the device said of itself last, by `Identity`'s names; nothing while it said nothing."""
        identity = self._board.of(sensor).identity
        return dict(identity.details) if identity is not None else {}

    def read(self, sensor: str) -> tuple[Held, ...]:
        """Every setting as configured and as the device has it just now. Raises Unknown, DriverUnusable."""
        settings, _ = self.declared(sensor)
        options = self._book.sensor(sensor).configuration.settings
        answers: dict[str, OptionValue | Fault] = {}
        if any(setting.read for setting in settings):
            try:
                answers = self._wait(sensor, _read_all(settings, options), READ_SECONDS)
            except Fault as fault:
                answers = {setting.name: fault for setting in settings if setting.read}
        known = {name: value for name, value in answers.items() if not isinstance(value, Fault)}
        self._board.settings_seen(sensor, known)
        return tuple(_held(setting, options, answers.get(setting.name)) for setting in settings)

    def after(self, sensor: str, written: Written) -> tuple[Held, ...]:
        """Every setting as it stands after a write: its port is just being opened anew, so nothing is asked again."""
        answers = {change.name: change.answer for change in written.changes}
        options = self._book.sensor(sensor).configuration.settings
        return tuple(_held(setting, options, answers.get(setting.name)) for setting in self.declared(sensor)[0])

    def write(self, sensor: str, values: Mapping[str, OptionValue], confirmed: Sequence[str], person: str) -> Written:
        """Write these settings and log what the device answered, which is what is configured from then on.

        Before the first byte goes out, a note in the log says what is to be written, so that not even a power cut in
        between leaves an unrecorded change. Raises Unknown, BadInput, ConfirmationNeeded, what the log raises, and
        nothing of the device's: that is in the result.
        """
        settings = {setting.name: setting for setting in self.declared(sensor)[0]}
        wanted = [(_setting(settings, name), value) for name, value in values.items()]
        wanted = [(setting, accepted(setting, value)) for setting, value in wanted]
        confirm(risks_of(wanted, self._book.sensor(sensor).configuration, self._calibrated(sensor)), confirmed)
        if not wanted:
            return Written(())
        if any(one.write for one, _ in wanted) and self._book.sensor(sensor).configuration.state != "recording":
            raise Conflict(f"{sensor} is not being recorded, so its device cannot be reached; let it go on first")
        if any(setting.alters_values for setting, _ in wanted):
            self._book.check_values_may_change(sensor)
        with self._writing_to(sensor):
            if any(setting.write for setting, _ in wanted):
                told = ", ".join(f"{setting.name} = {value}" for setting, value in wanted if setting.write)
                self._note(sensor, f"About to be written to the device: {told}", person)
            changes, fault = self._write_each(sensor, wanted)
            settled = {change.name: _settled(change) for change in changes if change.result != "failed"}
            others = [change.name for change in changes if _other_now(change)]
            altered = altered_channels(self._book.sensor(sensor).configuration, others)
            self._book.record_changes(sensor, settled, changes, person, altered=altered)
        self._board.settings_seen(sensor, settled)
        return Written(changes, fault)

    def _write_each(
        self, sensor: str, wanted: Sequence[tuple[Setting, OptionValue]]
    ) -> tuple[tuple[SettingChange, ...], Fault | None]:
        changes: list[SettingChange] = []
        configuration = self._book.sensor(sensor).configuration
        options: dict[str, OptionValue] = dict(configuration.settings)
        for setting, value in wanted:
            seen: list[OptionValue | None] = [held_before(setting, setting.name, configuration)]
            try:
                answer = None
                if setting.write is not None:
                    answer = self._wait(sensor, _write_one(setting, options, value, seen), WRITE_SECONDS)
            except Fault as fault:
                detail = f"{fault.title}: {fault}"
                changes.append(SettingChange(setting.name, seen[0], value, None, "failed", detail))
                return tuple(changes), fault
            changes.append(_change(setting, seen[0], value, answer))
            options[setting.name] = _settled(changes[-1])
        return tuple(changes), None

    # ---- actions ---------------------------------------------------------------------------------------------------

    def act(self, sensor: str, name: str, argument: OptionValue | None, *, confirmed: bool, person: str) -> str:
        """Have the device do something; its answer in words.

        Logged as a note, whether it worked or not: a configuration entry would say that other settings hold from here
        on, and they do not. Raises Unknown, BadInput, Conflict for what calibrates, ConfirmationNeeded, and the
        device's fault.
        """
        actions = {action.name: action for action in self.declared(sensor)[1]}
        action = actions.get(name)
        if action is None:
            raise Unknown(f"{sensor} has no action {name!r}; it has {', '.join(actions) or 'none'}")
        if action.calibrates:
            raise Conflict(f"{action.label} alters the calibration: it belongs to the calibration procedures")
        if action.argument is not None:
            argument = accepted(action.argument, argument)
        elif argument is not None:
            raise BadInput("argument", argument, f"{action.label} takes none")
        if not confirmed:
            raise ConfirmationNeeded([Risk(name, action.label, action.risk, action.documented)])
        options = self._book.sensor(sensor).configuration.settings
        asked = f"{action.label}{'' if argument is None else f' ({argument})'}"
        with self._writing_to(sensor):
            try:
                answer = self._wait(sensor, action.run(options, argument), ACTION_SECONDS, renew=True)
            except Fault as fault:
                self._note(sensor, f"{asked}: failed. {fault.title}: {fault}", person)
                raise
            self._note(sensor, f"{asked}: {answer}", person)
        return answer

    def calibrating(self, sensor: str, name: str) -> Action:
        """The action of this name, by which the sensor's device calibrates itself. Raises Unknown, DriverUnusable."""
        for action in self.declared(sensor)[1]:
            if action.name == name and action.calibrates:
                return action
        raise Unknown(f"the driver of {sensor} knows no command {name!r} that calibrates")

    def calibrate(self, sensor: str, action: Action, argument: OptionValue | None) -> str:
        """Have the device calibrate itself; its answer in words.

        For calibration procedures, which have it confirmed and put it on record themselves, before and after. The
        device is not set up anew: a restart may lose what it has just taken. Raises BadInput, Conflict for a sensor
        that is not recorded, and the device's fault.
        """
        options = self._book.sensor(sensor).configuration.settings
        with self._writing_to(sensor):
            return self._wait(sensor, action.run(options, argument), ACTION_SECONDS)

    # ---- risks to evidence -----------------------------------------------------------------------------------------

    def risks(self, sensor: str) -> tuple[EvidenceAtRisk, ...]:
        """Settings of this sensor's device whose present value casts doubt on its readings.

        The present value is what the device last said, else what is configured, else what it is delivered with.
        """
        try:
            settings, _ = self.declared(sensor)
            options = self._book.sensor(sensor).configuration.settings
        except Fault:  # without its driver nothing is known of its settings, and the board shows that fault
            return ()
        return tuple(self._risks(sensor, settings, options))

    def risk(self) -> EvidenceAtRisk | None:
        """The risks of all sensors in one, for the station's health; None while there is none."""
        found = [str(risk) for sensor in self._book.setup.sensors for risk in self.risks(sensor)]
        return EvidenceAtRisk(" ".join(found)) if found else None

    def _risks(self, sensor: str, settings: Sequence[Setting], options: Options) -> Iterator[EvidenceAtRisk]:
        seen = self._board.settings(sensor)
        for setting in settings:
            if setting.evidence_risk is None:
                continue
            present = seen.get(setting.name, options.get(setting.name, setting.default))
            if same(present, setting.evidence_risk):
                source = "" if setting.name in seen else " (not read from the device)"
                yield EvidenceAtRisk(f"{sensor}: {setting.label} is {_words(present)}{source}. {setting.risk}")

    # ----------------------------------------------------------------------------------------------------------------

    def _wait(self, sensor: str, dialogue: Dialogue[T], seconds: float, *, renew: bool = False) -> T:
        promise = self._run(sensor, dialogue, seconds=seconds, renew=renew)
        try:
            return promise.result(seconds + TIDY_SECONDS + SPARE_SECONDS)
        except TimeoutError:
            raise NoReply(f"{sensor}: its port did not come to this within {seconds:g} s") from None

    def _note(self, sensor: str, text: str, person: str) -> None:
        self._journal.write(NoteBody(text, rfc3339_from_ns(self._now_ns()), person, sensor))

    def _writing_to(self, sensor: str) -> threading.Lock:
        with self._lock:
            return self._writing.setdefault(sensor, threading.Lock())


def _read_all(settings: Sequence[Setting], options: Options) -> Dialogue[dict[str, OptionValue | Fault]]:
    """Each setting's value or the fault that kept it; after a silence the rest is not asked in vain."""
    answers: dict[str, OptionValue | Fault] = {}
    silent: NoReply | None = None
    for setting in settings:
        if setting.read is None:
            continue
        try:
            answers[setting.name] = silent or (yield from setting.read(options))
        except Fault as fault:
            answers[setting.name] = fault
            silent = fault if isinstance(fault, NoReply) else None
    return answers


def _write_one(
    setting: Setting, options: Options, value: OptionValue, seen: list[OptionValue | None]
) -> Dialogue[OptionValue | None]:
    """Read, write, read back. `seen` gets the old value as soon as it is known, even if the rest fails."""
    assert setting.write is not None, "only what is written to the device comes here"
    if setting.read is not None:
        seen[0] = yield from setting.read(options)
    yield from setting.write(options, value)
    if setting.read is None:
        return None
    return (yield from setting.read({**options, setting.name: value}))


def _change(setting: Setting, old: OptionValue | None, new: OptionValue, answer: OptionValue | None) -> SettingChange:
    if setting.write is None:
        return SettingChange(setting.name, old, new, None, "configured")
    if answer is None:
        return SettingChange(setting.name, old, new, None, "unconfirmed", "The device cannot be asked for it.")
    return SettingChange(setting.name, old, new, answer, "confirmed" if same(answer, new) else "differs")


def _other_now(change: SettingChange) -> bool:
    """Whether the device holds, or may hold, another value than before."""
    return change.result == "failed" or change.old is None or not same(_settled(change), change.old)


def _settled(change: SettingChange) -> OptionValue:
    return change.new if change.answer is None else change.answer


def _held(setting: Setting, options: Options, answer: OptionValue | Fault | None) -> Held:
    configured = options.get(setting.name)
    if isinstance(answer, Fault):
        return Held(setting, configured, None, answer)
    return Held(setting, configured, answer)


def _setting(settings: Mapping[str, Setting], name: str) -> Setting:
    try:
        return settings[name]
    except KeyError:
        raise BadInput(f"values.{name}", name, f"settings are {', '.join(settings) or 'none'}") from None


def _words(value: OptionValue) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
