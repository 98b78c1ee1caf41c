# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the calibration procedures: one TOML file each, checked field by field; fits them to models. Reads files.

A file's name is its procedure's key. A file names the channels that it fits and has no channel of its own; fitted to a
model it gives one procedure for each of these channels that the model has.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

from edge_daemon.calibration.procedure_check import check_procedure
from edge_daemon.calibration.toml_table import TomlTable
from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.procedure import (
    PERCENTILE95,
    Condition,
    DeviceCommand,
    Method,
    Procedure,
    ProcedurePoint,
    ReferenceSource,
    StableSignal,
    Tolerance,
)

BEGIN_IN_PLACE = (
    "Begin here before you take the sensor out of its place or put anything before it: its readings are marked from "
    "now on, until you say that it is back."
)


def procedures_folder() -> Path:
    """Where the procedures lie: inside the package when installed, beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_resources" / "procedures"
    return installed if installed.is_dir() else package.parent / "resources" / "procedures"


def load_procedures(folder: Path | None = None) -> Mapping[str, Procedure]:
    """All procedures by their key, from `folder` (default: ours), not yet fitted to a model.

    Raises BadInput naming file, field, value and what is allowed; OSError where a file cannot be read.
    """
    folder = procedures_folder() if folder is None else folder
    procedures = [load_procedure(path) for path in sorted(folder.glob("*.toml"))]
    if not procedures:
        raise BadInput("procedures", str(folder), "a folder with at least one procedure (*.toml) is needed")
    return {procedure.key: procedure for procedure in procedures}


def load_procedure(path: Path) -> Procedure:
    """One procedure from its file. Raises as `load_procedures`."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(path.name, str(error), "a TOML file in UTF-8 is needed") from error
    table = TomlTable(f"{path.name}: ", content)
    procedure = _procedure(table)
    table.nothing_left()
    if procedure.key != path.stem:
        raise table.bad("key", procedure.key, f"the file's own name, {path.stem!r}, is needed")
    check_procedure(procedure, table.place)
    first = (BEGIN_IN_PLACE,) if procedure.leaves_place else ()
    return replace(procedure, preparation=(*first, *procedure.preparation))


def procedures_for(model: InstrumentModel, known: Mapping[str, Procedure]) -> tuple[Procedure, ...]:
    """The procedures that a model names, fitted to its channels; usual first.

    A procedure that fits several of the model's channels is given for each, with the key `key:channel`. Raises Unknown
    for a procedure or channel that is not there.
    """
    return tuple(fitted for key in model.procedures for fitted in _fitted(model, key, known))


def _fitted(model: InstrumentModel, key: str, known: Mapping[str, Procedure]) -> list[Procedure]:
    if key not in known:
        raise Unknown(f"model {model.model}: there is no procedure {key!r}; there are {', '.join(sorted(known))}")
    procedure = known[key]
    names = {channel.name for channel in model.channels}
    wanted = procedure.channels or (model.primary,)
    fitting = [name for name in wanted if name in names and procedure.unit in {"", model.channel(name).unit}]
    if not fitting:
        raise Unknown(f"model {model.model} has no channel in {procedure.unit} for {key!r}: {', '.join(wanted)}")
    several = len(fitting) > 1
    return [
        _for_channel(procedure, model.channel(name), f"{key}:{name}" if several else key, names) for name in fitting
    ]


def _for_channel(procedure: Procedure, spec: ChannelSpec, key: str, names: set[str]) -> Procedure:
    maker = Tolerance(spec.accuracy.absolute, spec.accuracy.relative, "sum") if spec.accuracy is not None else None
    tolerance = maker if procedure.maker_tolerance and maker is not None else procedure.tolerance
    return replace(
        procedure,
        key=key,
        title=procedure.title if key == procedure.key else f"{procedure.title}: {spec.label}",
        channel=spec.name,
        channels=(),
        tolerance=tolerance,
        resolution=procedure.resolution or 10.0**-spec.decimals,
        span=(spec.minimum, spec.maximum),
        usual=procedure.usual or spec.limits.plausible,
        auxiliary=(*(name for name in procedure.auxiliary if name in names), *_statistics(procedure)),
        maker_accuracy=maker,
    )


def _statistics(procedure: Procedure) -> tuple[str, ...]:
    return (PERCENTILE95,) if any(point.percentile95 is not None for point in procedure.points) else ()


def _procedure(table: TomlTable) -> Procedure:
    return Procedure(
        key=table.text("key"),
        revision=table.whole("revision"),
        title=table.text("title"),
        method=Method(table.choice("method", list(Method))),
        points=tuple(_point(point) for point in table.tables("points")),
        stable=_stable(table.table("stable")),
        tolerance=_tolerance(table.table("tolerance")),
        interval_days=table.whole("interval_days"),
        source=table.text("source"),
        degree=table.whole("degree", 1),
        adjustment=cast(
            Literal["none", "software", "device"], table.choice("adjustment", ("none", "software", "device"), "none")
        ),
        gain=table.span("gain"),
        offset=table.span("offset"),
        conditions=tuple(_condition(condition) for condition in table.tables("conditions")),
        preparation=table.texts("preparation"),
        commands=tuple(_command(command) for command in table.tables("commands")),
        auxiliary=table.texts("auxiliary"),
        check=cast(Literal["", "nernst", "comparison"], table.choice("check", ("", "nernst", "comparison"), "")),
        resolution=table.not_negative("resolution", 0.0),
        channels=table.texts("channels"),
        usual=table.span("usual"),
        maker_tolerance=table.flag("maker_tolerance"),
        ascending=table.flag("ascending"),
        hysteresis=table.number_or_none("hysteresis"),
        full_circle=table.not_negative("full_circle", 0.0),
        unit=table.text("unit", ""),
        zero_point=table.text("zero_point", ""),
        comparison_intercept=table.not_negative("comparison_intercept", 5.0),
        comparison_rmse=table.not_negative("comparison_rmse", 7.0),
        electrode_slope25_mv=table.span("electrode_slope25_mv"),
        electrode_zero_mv=table.span("electrode_zero_mv"),
        keeps_slope=table.flag("keeps_slope"),
        sensitivity=table.flag("sensitivity"),
        check_only=table.flag("check_only"),
        status_ok=table.flag("status_ok"),
        leaves_place=table.flag("leaves_place"),
    )


def _point(table: TomlTable) -> ProcedurePoint:
    point = ProcedurePoint(
        name=table.text("name"),
        title=table.text("title"),
        help=table.text("help"),
        source=ReferenceSource(table.choice("source", list(ReferenceSource))),
        lowest=table.number("lowest"),
        highest=table.number("highest"),
        nominal=table.number_or_none("nominal"),
        standard_kind=table.text("standard_kind", ""),
        expanded_uncertainty=table.number_or_none("expanded_uncertainty"),
        adjusts=table.flag("adjusts", default=True),
        optional=table.flag("optional"),
        tolerance=_tolerance(table.table("tolerance")) if table.has("tolerance") else None,
        repeats=table.text("repeats", ""),
        saturation=cast(
            Literal["", "local", "air_referenced", "solubility"],
            table.choice("saturation", ("", "local", "air_referenced", "solubility"), ""),
        ),
        tolerance_left=_tolerance(table.table("tolerance_left")) if table.has("tolerance_left") else None,
        percentile95=table.number_or_none("percentile95"),
        share=table.span("share"),
    )
    table.nothing_left()
    return point


def _stable(table: TomlTable) -> StableSignal:
    stable = StableSignal(
        settle_s=table.not_negative("settle_s"),
        window_s=table.not_negative("window_s"),
        deviation=table.not_negative("deviation"),
        slope_per_minute=table.not_negative("slope_per_minute"),
        deviation_relative=table.not_negative("deviation_relative", 0.0),
        slope_relative=table.not_negative("slope_relative", 0.0),
    )
    table.nothing_left()
    return stable


def _tolerance(table: TomlTable) -> Tolerance:
    tolerance = Tolerance(
        absolute=table.not_negative("absolute"),
        relative=table.not_negative("relative", 0.0),
        combine=cast(Literal["greater", "sum"], table.choice("combine", ("greater", "sum"), "greater")),
    )
    table.nothing_left()
    return tolerance


def _condition(table: TomlTable) -> Condition:
    condition = Condition(
        name=table.text("name"),
        title=table.text("title"),
        unit=table.text("unit"),
        minimum=table.number("minimum"),
        maximum=table.number("maximum"),
        required=table.flag("required", default=True),
    )
    table.nothing_left()
    return condition


def _command(table: TomlTable) -> DeviceCommand:
    command = DeviceCommand(
        action=table.text("action"),
        point=table.text("point"),
        takes_reference=table.flag("takes_reference"),
        settle_s=table.not_negative("settle_s", 0.0),
    )
    table.nothing_left()
    return command
