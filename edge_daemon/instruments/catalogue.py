# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the catalogue: one TOML file per instrument model, checked field by field. Reads files.

A file's name is its model's key. Unknown fields are refused: a misspelt one would otherwise leave a default in force
unseen.
"""

import math
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from edge_daemon.domain.channel import Accuracy, ChannelSpec, Computed
from edge_daemon.domain.connection import LineSettings, Parity
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import InstrumentModel, Interval, OptionValue
from edge_daemon.domain.limits import NO_LIMITS, Limits, Span, check_limits
from edge_daemon.instruments.registry import driver_names

_NS_PER_S = 1_000_000_000
_S_PER_MIN = 60.0


def catalogue_folder() -> Path:
    """Where the catalogue lies: inside the package when installed, beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_resources" / "catalogue"
    return installed if installed.is_dir() else package.parent / "resources" / "catalogue"


def load_catalogue(
    folder: Path | None = None, known_drivers: Collection[str] | None = None
) -> Mapping[str, InstrumentModel]:
    """All models by their key, from `folder` (default: ours), checked against the drivers there are.

    Raises BadInput naming file, field, value and what is allowed; OSError where a file cannot be read.
    """
    folder = catalogue_folder() if folder is None else folder
    known = driver_names() if known_drivers is None else known_drivers
    models = [load_model(path, known) for path in sorted(folder.glob("*.toml"))]
    if not models:
        raise BadInput("catalogue", str(folder), "a folder with at least one model (*.toml) is needed")
    return {model.model: model for model in models}


def load_model(path: Path, known_drivers: Collection[str]) -> InstrumentModel:
    """One model from its file. Raises as `load_catalogue`."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(path.name, str(error), "a TOML file in UTF-8 is needed") from error
    table = _Table(f"{path.name}: ", content)
    model = _model(table)
    table.nothing_left()
    if model.model != path.stem:
        raise BadInput(f"{path.name}: model", model.model, f"the file's own name, {path.stem!r}, is needed")
    if model.driver not in known_drivers:
        raise BadInput(f"{path.name}: driver", model.driver, f"one of {', '.join(sorted(known_drivers))} is allowed")
    names = [channel.name for channel in model.channels]
    if model.primary not in names:
        raise BadInput(f"{path.name}: primary", model.primary, f"one of the channels {', '.join(names)} is allowed")
    if len(set(names)) != len(names):
        raise BadInput(f"{path.name}: channels", ", ".join(names), "each name may occur once")
    measured = [channel.name for channel in model.channels if channel.computed is None]
    for channel in model.channels:
        if channel.computed is not None and channel.computed.of not in measured:
            allowed = f"one of the channels that are not computed themselves, {', '.join(measured)}, is allowed"
            raise BadInput(f"{path.name}: {channel.name}.computed.of", channel.computed.of, allowed)
    return model


class _Table:
    """A TOML table whose fields are taken one by one, each checked, each refusal naming where it stands."""

    def __init__(self, place: str, content: Mapping[str, object]) -> None:
        self.place = place
        self._left = dict(content)

    def text(self, name: str) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            raise self._bad(name, value, "a text that is not empty is needed")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._bad(name, value, "a finite number is needed")
        return float(value)

    def whole(self, name: str, allowed: Collection[int]) -> int:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            span = allowed if isinstance(allowed, range) else sorted(allowed)
            raise self._bad(name, value, f"a whole number in {span} is needed")
        return value

    def positive(self, name: str) -> float:
        value = self.number(name)
        if value <= 0:
            raise self._bad(name, value, "a number above 0 is needed")
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name, default=False)
        if not isinstance(value, bool):
            raise self._bad(name, value, "true or false is needed")
        return value

    def span(self, name: str) -> Span | None:
        if not self.has(name):
            return None
        value = self._take(name)
        if not isinstance(value, list) or len(value) != 2 or not all(_is_number(item) for item in value):
            raise self._bad(name, value, "two numbers are needed")
        return float(value[0]), float(value[1])

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self._bad(name, value, "a list of texts is needed")
        return tuple(value)

    def has(self, name: str) -> bool:
        return name in self._left

    def table(self, name: str) -> "_Table":
        value = self._take(name)
        if not isinstance(value, dict):
            raise self._bad(name, value, "a table is needed")
        return _Table(f"{self.place}{name}.", value)

    def tables(self, name: str) -> list["_Table"]:
        value = self._take(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self._bad(name, value, "at least one table is needed")
        return [_Table(f"{self.place}{name}[{place}].", item) for place, item in enumerate(value)]

    def options(self, name: str) -> dict[str, OptionValue]:
        content = self.table(name)._left if self.has(name) else {}
        options: dict[str, OptionValue] = {}
        for key, value in content.items():
            if not isinstance(value, bool | int | float | str):
                raise self._bad(f"{name}.{key}", value, "true, false, a number or a text is needed")
            options[key] = value
        return options

    def nothing_left(self) -> None:
        for name, value in self._left.items():
            raise self._bad(name, value, "the catalogue has no such field")

    def _take(self, name: str, default: object = None) -> object:
        value = self._left.pop(name, default)
        if value is None:
            raise self._bad(name, None, "the field is missing")
        return value

    def _bad(self, name: str, value: object, allowed: str) -> BadInput:
        return BadInput(f"{self.place}{name}", value, allowed)


def _model(table: _Table) -> InstrumentModel:
    return InstrumentModel(
        model=table.text("model"),
        maker=table.text("maker"),
        title=table.text("title"),
        kind=table.text("kind"),
        driver=table.text("driver"),
        channels=tuple(_channel(channel) for channel in table.tables("channels")),
        primary=table.text("primary"),
        interval=_interval(table.table("interval")),
        line=_line(table.table("line")),
        warm_up_s=_not_negative(table, "warm_up_s"),
        procedures=table.texts("procedures"),
        source=table.text("source"),
        options=table.options("options"),
        own_adapter=table.flag("own_adapter"),
    )


def _interval(table: _Table) -> Interval:
    default_s, minimum_s = table.positive("default_s"), table.positive("minimum_s")
    if minimum_s > default_s:
        raise BadInput(f"{table.place}minimum_s", minimum_s, f"at most the default, {default_s:g} s, is allowed")
    table.nothing_left()
    return Interval(round(default_s * _NS_PER_S), round(minimum_s * _NS_PER_S))


def _line(table: _Table) -> LineSettings:
    baud = table.whole("baud", range(50, 4_000_001))
    data_bits = table.whole("data_bits", {7, 8})
    parity = table.text("parity")
    if parity not in set(Parity):
        raise BadInput(f"{table.place}parity", parity, f"one of {', '.join(Parity)} is allowed")
    stop_bits = table.whole("stop_bits", {1, 2})
    table.nothing_left()
    return LineSettings(baud, data_bits, Parity(parity), stop_bits)


def _channel(table: _Table) -> ChannelSpec:
    wire = table.table("wire")
    minimum, maximum = table.number("minimum"), table.number("maximum")
    if minimum >= maximum:
        raise BadInput(f"{table.place}maximum", maximum, f"a number above the minimum, {minimum:g}, is needed")
    channel = ChannelSpec(
        name=table.text("name"),
        label=table.text("label"),
        unit=table.text("unit"),
        minimum=minimum,
        maximum=maximum,
        decimals=table.whole("decimals", range(10)),
        accuracy=_accuracy(table.table("accuracy")) if table.has("accuracy") else None,
        wire_field=wire.text("field"),
        wire_unit=wire.text("unit"),
        wire_factor=wire.positive("factor"),
        secondary=table.flag("secondary"),
        limits=_limits(table.table("limits"), (minimum, maximum)) if table.has("limits") else NO_LIMITS,
        computed=_computed(table.table("computed")) if table.has("computed") else None,
    )
    wire.nothing_left()
    table.nothing_left()
    return channel


def _computed(table: _Table) -> Computed:
    of, how = table.text("of"), table.text("how")
    table.nothing_left()
    match how:
        case "proportional" | "counter" | "instrument":
            return Computed(of, how)
        case _:
            raise BadInput(f"{table.place}how", how, "one of proportional, counter, instrument is allowed")


def _limits(table: _Table, output: Span) -> Limits:
    """Thresholds to start with. A rate is given per minute and only makes suspect: no change within `output` fails."""
    rate = table.number("rate_per_min") / _S_PER_MIN if table.has("rate_per_min") else None
    limits = Limits(
        possible=table.span("possible"),
        plausible=table.span("plausible"),
        spike=table.span("spike"),
        rate_per_s=None if rate is None else (rate, max(rate, (output[1] - output[0]) / _S_PER_MIN)),
        rate_over_s=0.0 if rate is None else _S_PER_MIN,
        flat_s=table.span("flat_s"),
        flat_tolerance=table.number("flat_tolerance", 0.0),
        flat_above=table.number("flat_above") if table.has("flat_above") else None,
        least_deviation=table.span("least_deviation"),
        deviation_s=table.number("deviation_s", 0.0),
    )
    table.nothing_left()
    return check_limits(limits, table.place)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _accuracy(table: _Table) -> Accuracy:
    note = table.text("note") if table.has("note") else ""
    accuracy = Accuracy(_not_negative(table, "absolute"), _not_negative(table, "relative"), note)
    table.nothing_left()
    return accuracy


def _not_negative(table: _Table, name: str) -> float:
    value = table.number(name)
    if value < 0:
        raise BadInput(f"{table.place}{name}", value, "a number of at least 0 is needed")
    return value
