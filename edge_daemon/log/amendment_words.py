# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an amendment changes, in one sentence for a person. Pure."""

from edge_daemon.domain.channel import Flag
from edge_daemon.log.amendment_body import AmendmentBody

_US_PER_S = 1_000_000


def amendment_words(one: AmendmentBody) -> str:
    """Kind, what it does, and which entries and times it concerns: without who made it and why."""
    concerned = ", ".join(one.sensors) or "all sensors"
    if one.channels:
        concerned += f" ({', '.join(one.channels)})"
    times = f", {one.start or 'the begin'} to {one.end or 'the end'}" if one.start or one.end else ""
    return f"{one.kind.replace('_', ' ')} of {concerned}: {_effect(one)}; entries {one.first} to {one.last}{times}"


def _effect(one: AmendmentBody) -> str:
    match one.kind:
        case "clock_offset" | "release_untrusted_time":
            return f"times {(one.offset_us or 0) / _US_PER_S:+g} s ± {(one.uncertainty_us or 0) / _US_PER_S:g} s"
        case "value_correction":
            gain = 1.0 if one.gain is None else one.gain
            return f"values × {gain:g}, then {one.offset or 0:g} added"
        case "wrong_plug":
            return f"they are {one.reads_as}'s" if one.reads_as else "they fail, whose they are is not known"
        case "withdrawal":
            return f"the amendment of entry {one.replaces} counts no longer"
    default = Flag.FAIL if one.kind == "maintenance" else Flag.SUSPECT
    flag = default if one.flag is None or one.flag not in set(Flag) else Flag(one.flag)
    return f"flagged {flag.name.lower().replace('_', ' ')}"
