# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a procedure makes sense as a whole. Pure."""

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Method, Procedure, ProcedurePoint, ReferenceSource

LEAST_LEVELS_OF_A_CURVE = 5
_LEAST_POINTS = {
    Method.VERIFICATION: 1,
    Method.OFFSET: 1,
    Method.GAIN: 1,
    Method.TWO_POINTS: 2,
    Method.SEGMENTS: 2,
}


def least_points(procedure: Procedure) -> int:
    """How many adjusting points the method needs (calibration reference, section 1.2: F3 needs degree + 2)."""
    return _LEAST_POINTS.get(procedure.method, procedure.degree + 2)


def check_procedure(procedure: Procedure, place: str) -> None:
    """Raises BadInput, naming the field at `place`, where parts of the procedure contradict each other."""
    names = [point.name for point in procedure.points]
    if len(set(names)) != len(names):
        raise BadInput(f"{place}points", ", ".join(names), "each name may occur once")
    adjusting = [point for point in procedure.points if point.adjusts]
    if len(adjusting) < least_points(procedure):
        raise BadInput(f"{place}points", len(adjusting), f"{procedure.method} needs {least_points(procedure)} at least")
    if procedure.degree > 3 or (procedure.degree > 1 and len(adjusting) < LEAST_LEVELS_OF_A_CURVE):
        raise BadInput(f"{place}degree", procedure.degree, "1, or 2 to 3 with five levels at least, is allowed")
    for point in procedure.points:
        _check_point(procedure, point, names, place)
    if procedure.zero_point and procedure.zero_point not in names:
        raise BadInput(f"{place}zero_point", procedure.zero_point, f"one of {', '.join(names)} is allowed")
    for command in procedure.commands:
        if command.point not in names:
            raise BadInput(f"{place}commands: point", command.point, f"one of {', '.join(names)} is allowed")
    _check_adjustment(procedure, place)
    if procedure.keeps_slope and procedure.method is not Method.OFFSET:
        raise BadInput(f"{place}keeps_slope", procedure.method, "only an offset from one point keeps the slope")
    if procedure.check_only and procedure.method is not Method.VERIFICATION:
        raise BadInput(f"{place}check_only", procedure.method, "only a verification can be a mere check")
    if procedure.sensitivity and not (procedure.tolerance.relative and all(one.lowest > 0 for one in procedure.points)):
        raise BadInput(f"{place}sensitivity", True, "references above 0 and a relative tolerance are needed")
    limits = (procedure.electrode_slope25_mv, procedure.electrode_zero_mv)
    if (procedure.check == "nernst") != all(limits):
        raise BadInput(f"{place}check", procedure.check, "Nernst's slope and both limits of an electrode go together")


def _check_adjustment(procedure: Procedure, place: str) -> None:
    if (procedure.method is Method.VERIFICATION) != (procedure.adjustment == "none"):
        raise BadInput(f"{place}adjustment", procedure.adjustment, "a verification has none, any other method has one")
    if (procedure.adjustment == "device") != bool(procedure.commands):
        raise BadInput(f"{place}commands", len(procedure.commands), "commands belong to an adjustment on the device")


def _check_point(procedure: Procedure, point: ProcedurePoint, names: list[str], place: str) -> None:
    where = f"{place}points {point.name}: "
    if point.lowest > point.highest:
        raise BadInput(f"{where}highest", point.highest, f"at least the lowest, {point.lowest:g}, is needed")
    if point.nominal is not None and not point.lowest <= point.nominal <= point.highest:
        raise BadInput(f"{where}nominal", point.nominal, f"{point.lowest:g} to {point.highest:g} is allowed")
    if (point.source is ReferenceSource.STANDARD) != bool(point.standard_kind):
        raise BadInput(
            f"{where}standard_kind", point.standard_kind, "a kind belongs to each standard, and to nothing else"
        )
    if (point.source is ReferenceSource.SATURATED_AIR) != bool(point.saturation):
        raise BadInput(f"{where}saturation", point.saturation, "it belongs to saturated air, and to nothing else")
    fixed = point.source is ReferenceSource.FIXED
    if fixed and (point.nominal is None or point.expanded_uncertainty is None):
        raise BadInput(f"{where}nominal", point.nominal, "a fixed reference has a nominal value and an uncertainty")
    tolerances = [procedure.tolerance if point.tolerance is None else point.tolerance, point.tolerance_left]
    if any(one and one.absolute == 0 for one in tolerances) and point.lowest <= 0 <= point.highest:
        raise BadInput(f"{where}lowest", point.lowest, "near 0 the tolerance needs an absolute part")
    if point.tolerance_left and procedure.method is Method.VERIFICATION:
        raise BadInput(f"{where}tolerance_left", procedure.method, "nothing is left otherwise than it was found")
    if point.percentile95 is not None and point.percentile95 <= 0:
        raise BadInput(f"{where}percentile95", point.percentile95, "a limit above 0 is needed")
    if point.share and (point.name == names[0] or not 0 <= point.share[0] < point.share[1]):
        raise BadInput(f"{where}share", point.share, "two shares of the first point's reference, rising, are needed")
    if point.repeats and point.repeats not in names[: names.index(point.name)]:
        raise BadInput(f"{where}repeats", point.repeats, "the name of a point before this one is needed")
