# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the fields of one stated sensor against its model, each by itself: one that is wrong stops no other. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import InstrumentModel, OptionValue
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.instruments.driver import Setting
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station.setting_values import accepted, same
from edge_daemon.station.settings.document import SensorSettings, Span
from edge_daemon.station.settings.plan import Present, SensorChange
from edge_daemon.station.settings.report import FieldReport, Verdict

EVERY_FIELD = ("value", "unit", "timestamp", "status", "sensor_type")
LONGEST_SHOWN = 60
PAUSED = "set up paused, so that nothing is recorded under a wrong setting: put its settings right, then let it record"
ADDRESS_OPTIONS = ("modbus_address", "address")
NOT_EVIDENCED = "stated, not evidenced: a certificate or a calibration of your own is needed for a verdict"


@dataclass(slots=True)
class Taken:
    """What was found usable of one sensor, and what is said of each field."""

    change: SensorChange
    reports: list[FieldReport] = field(default_factory=list)

    def say(self, path: str, verdict: Verdict, words: str) -> None:
        """What becomes of a field."""
        self.reports.append(FieldReport(path, verdict, words))


def usable_fields(
    sensor: SensorSettings, model: InstrumentModel, now: ConfiguredSensor | None, present: Present
) -> Taken:
    """All fields but the port, the serial number and the station's default interval."""
    taken = Taken(SensorChange(sensor.sensor_id))
    if "model" in sensor.where:
        taken.say(sensor.where["model"], Verdict.TAKEN, model.title)
    for check in (_name, _kind, _line, _interval, _calibration, _ranges, _required):
        check(sensor, model, taken)
    sure = _settings(sensor, model, now, present, taken)
    if now is None and (sensor.doubtful or not sure):
        taken.change = replace(taken.change, paused=True)
        taken.say(sensor.place, Verdict.NEEDS_PERSON, PAUSED)
    return taken


def default_interval(sensor: SensorSettings, interval_ns: int, path: str, model: InstrumentModel, taken: Taken) -> None:
    """The station's interval for a sensor that states none, unless the instrument cannot be that fast."""
    if sensor.interval_ns is not None:
        return
    if interval_ns < model.interval.minimum_ns:
        taken.say(path, Verdict.NOT_TAKEN, f"{sensor.sensor_id}: {_fastest(model)}")
        return
    taken.change = replace(taken.change, interval_ns=interval_ns)
    taken.say(path, Verdict.TAKEN, f"{sensor.sensor_id}: every {interval_ns / NS_PER_S:g} s")


def _fastest(model: InstrumentModel) -> str:
    return f"{model.title} can do {model.interval.minimum_ns / NS_PER_S:g} s at the fastest"


def _name(sensor: SensorSettings, _model: InstrumentModel, taken: Taken) -> None:
    if "name" in sensor.where:
        taken.change = replace(taken.change, name=sensor.name)
        taken.say(sensor.where["name"], Verdict.TAKEN, sensor.name)
    if "paused" in sensor.where:
        taken.change = replace(taken.change, paused=sensor.paused)
        taken.say(sensor.where["paused"], Verdict.TAKEN, "paused" if sensor.paused else "recording")


def _kind(sensor: SensorSettings, model: InstrumentModel, taken: Taken) -> None:
    if "kind" not in sensor.where:
        return
    if sensor.kind == model.kind:
        taken.say(sensor.where["kind"], Verdict.UNCHANGED, "it comes with the model")
    else:
        words = f"{model.title} is of the kind {model.kind!r}, which goes on the wire; check the model"
        taken.say(sensor.where["kind"], Verdict.NEEDS_PERSON, words)


def _line(sensor: SensorSettings, model: InstrumentModel, taken: Taken) -> None:
    if sensor.line is not None:
        taken.change = replace(taken.change, line=sensor.line)
        taken.say(sensor.where["line"], Verdict.TAKEN, str(sensor.line))
    elif sensor.baud is not None:
        line = replace(model.line, baud=sensor.baud)
        words = str(line) if line == model.line else f"{line}, which is not what {model.title} has at delivery"
        taken.change = replace(taken.change, line=line)
        taken.say(sensor.where["baud"], Verdict.TAKEN, words)


def _interval(sensor: SensorSettings, model: InstrumentModel, taken: Taken) -> None:
    if sensor.interval_ns is None:
        return
    if sensor.interval_ns < model.interval.minimum_ns:
        taken.say(sensor.where["interval"], Verdict.NOT_TAKEN, _fastest(model))
        return
    taken.change = replace(taken.change, interval_ns=sensor.interval_ns)
    taken.say(sensor.where["interval"], Verdict.TAKEN, f"every {sensor.interval_ns / NS_PER_S:g} s")


def _settings(
    sensor: SensorSettings, model: InstrumentModel, now: ConfiguredSensor | None, present: Present, taken: Taken
) -> bool:
    """Take the settings that can be; whether that is all of them."""
    sure = True
    usable: dict[str, OptionValue] = {}
    for name, value, path in _stated_options(sensor, model, taken):
        try:
            usable_value = _option(name, value, model, present.declared(model, name))
        except BadInput as wrong:
            taken.say(path, Verdict.NOT_TAKEN, wrong.allowed)
            sure = False
            continue
        if now is not None and _lies_in_device(name, usable_value, model, now, present):
            words = "this setting lies in the device's own memory: change it there, in the window, with the device on"
            taken.say(path, Verdict.NEEDS_PERSON, words)
            continue
        usable[name] = usable_value
        taken.say(path, Verdict.TAKEN, _shown(usable_value))
    if usable:
        taken.change = replace(taken.change, settings=usable)
    return sure


def _stated_options(
    sensor: SensorSettings, model: InstrumentModel, taken: Taken
) -> Iterator[tuple[str, OptionValue, str]]:
    """Each setting by its name with us, its value and where it stands in the file."""
    for name, value in sensor.settings.items():
        yield name, value, sensor.where[f"settings.{name}"]
    if sensor.address is None:
        return
    option = next((name for name in ADDRESS_OPTIONS if name in model.options), None)
    if option is None:
        words = f"{model.title} is not addressed by a setting: its driver knows how to speak to it"
        taken.say(sensor.where["address"], Verdict.NOT_NEEDED, words)
    else:
        yield option, sensor.address, sensor.where["address"]


def _option(name: str, value: OptionValue, model: InstrumentModel, setting: Setting | None) -> OptionValue:
    """The value as the sensor keeps it. Raises BadInput saying what is allowed."""
    if name not in model.options:
        known = ", ".join(sorted(model.options)) or "it has none"
        raise BadInput(name, value, f"settings of {model.title}: {known}")
    if setting is not None and setting.kind != "text":
        return accepted(setting, value)
    usual = model.options[name]
    if any(isinstance(usual, kind) != isinstance(value, kind) for kind in (bool, str)):
        raise BadInput(name, value, f"a value like {usual!r} is needed")
    return value


def _lies_in_device(
    name: str, value: OptionValue, model: InstrumentModel, now: ConfiguredSensor, present: Present
) -> bool:
    """Whether taking the value would claim of a device what nobody wrote into it."""
    setting = present.declared(model, name)
    kept = now.configuration.settings.get(name)
    return setting is not None and setting.kept == "permanent" and not same(kept, value)


def _shown(value: OptionValue) -> str:
    first, *rest = str(value).splitlines() or [""]
    return first[:LONGEST_SHOWN] + ("…" if rest or len(first) > LONGEST_SHOWN else "")


def _calibration(sensor: SensorSettings, _model: InstrumentModel, taken: Taken) -> None:
    if sensor.stated_calibration_date:
        taken.change = replace(taken.change, stated_calibration_date=sensor.stated_calibration_date)
        taken.say(sensor.where["stated_calibration_date"], Verdict.TAKEN, NOT_EVIDENCED)


def _ranges(sensor: SensorSettings, model: InstrumentModel, taken: Taken) -> None:
    usable: dict[str, Span] = {}
    for name, span in sensor.value_ranges.items():
        at = next(p for key, p in sensor.where.items() if key.startswith("value_range") and _tail(key) == name)
        channel = _channel(name, model, on_the_wire=sensor.on_the_wire)
        if channel is None:
            words = f"{model.title} does not measure {name!r}; it has {', '.join(_names(model, sensor.on_the_wire))}"
            taken.say(at, Verdict.NOT_TAKEN, words)
            continue
        factor = channel.wire_factor if sensor.on_the_wire else 1.0
        low, high = (end / factor for end in span)
        usable[channel.name] = (low, high)
        taken.say(at, Verdict.TAKEN, f"{channel.label}: {low:g} to {high:g} {channel.unit}")
    if usable:
        taken.change = replace(taken.change, value_ranges=usable)


def _required(sensor: SensorSettings, model: InstrumentModel, taken: Taken) -> None:
    if "required_fields" not in sensor.where:
        return
    known = {*_names(model, wire=True), *_names(model, wire=False), *EVERY_FIELD}
    usable = tuple(name for name in sensor.required_fields if name in known)
    at = sensor.where["required_fields"]
    taken.change = replace(taken.change, required_fields=usable)
    taken.say(at, Verdict.TAKEN, ", ".join(usable) or "none")
    for name in sensor.required_fields:
        if name not in known:
            words = f"{model.title} does not measure {name!r}: use another model, or do not require it"
            taken.say(f"{at}.{name}", Verdict.NEEDS_PERSON, words)


def _channel(name: str, model: InstrumentModel, *, on_the_wire: bool) -> ChannelSpec | None:
    if name in {"", "value"}:
        return model.channel(model.primary)
    return next((c for c in model.channels if name == (c.wire_field if on_the_wire else c.name)), None)


def _names(model: InstrumentModel, wire: bool) -> list[str]:
    return [channel.wire_field if wire else channel.name for channel in model.channels]


def _tail(key: str) -> str:
    return key.partition(".")[2]
