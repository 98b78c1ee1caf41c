# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What every mains meter must read, by which a wrong register map or word order is told before it is recorded. Pure."""

from collections.abc import Mapping

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, Fault, MalformedFrame, NotReady
from edge_daemon.domain.rating import RATED_POWER
from edge_daemon.instruments.driver import Sample, Setting

LOWEST_HZ = 45.0
HIGHEST_HZ = 66.0

Options = tuple[tuple[str, object], ...]

RATED_POWER_SETTING = Setting(
    RATED_POWER,
    "Rated power of the plant",
    "number",
    0,
    unit="kW",
    minimum=0,
    maximum=10_000_000,
    help="0: not told. What is above 1.05 times it, or below 0, is flagged; a counter that runs faster than 1.2 times "
    "it is not believed; while it is not told, than 1.2 times the power that was measured in its hour. For a meter of "
    "both directions set its limits by hand under Quality.",
    alters_values=False,
)


def is_mains(frequency_hz: float | None) -> bool:
    """Whether this is the frequency of a mains that is on."""
    return frequency_hz is not None and LOWEST_HZ <= frequency_hz <= HIGHEST_HZ


def check(chosen: Options, frequencies_hz: Mapping[Options, float | None]) -> None:
    """Accept the chosen options only where the frequency read with them is one of a mains.

    `frequencies_hz` holds what each possible choice reads, None where the meter gives no value. Raises BadInput naming
    the choice that fits, NotReady while the mains is off, MalformedFrame where no choice fits.
    """
    if is_mains(frequencies_hz[chosen]):
        return
    raise _refusal(chosen, frequencies_hz)


def judged(channels: Mapping[str, float | None], saturated: frozenset[str] = frozenset(), doubt: str = "") -> Sample:
    """The sample, in doubt as a whole where its frequency is not one of a mains or for the `doubt` given in words, and
    where a register is at its end.
    """
    frequency = channels["frequency"]
    words = [f"{name} is at the end of its register" for name in sorted(saturated)]
    flags = dict.fromkeys(saturated, Flag.SUSPECT)
    if frequency and not is_mains(frequency):
        doubt = f"the frequency reads {frequency:g} Hz: the map, its scaling or the word order may have changed"
    if doubt:
        flags = {name: Flag.SUSPECT for name, value in channels.items() if value is not None}
        words.append(doubt)
    return Sample(dict(channels), flags, "; ".join(words) or "ok")


def _refusal(chosen: Options, frequencies_hz: Mapping[Options, float | None]) -> Fault:
    names = " and ".join(name for name, _ in chosen)
    for other, frequency in frequencies_hz.items():
        if is_mains(frequency):
            better = ", ".join(f"{name} {value}" for name, value in other)
            return BadInput(
                names, ", ".join(str(value) for _, value in chosen), f"with {better} the mains reads {frequency:g} Hz"
            )
    if not frequencies_hz[chosen]:
        return NotReady("the meter sees no mains, so its register map and word order cannot be checked yet")
    read = ", ".join(f"{value:.3g}" for value in frequencies_hz.values() if value is not None)
    return MalformedFrame(
        f"the mains frequency reads {read} Hz, in no way {LOWEST_HZ:g} to {HIGHEST_HZ:g}: another meter or another map"
    )
