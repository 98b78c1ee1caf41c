# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Logs of computers whose clocks went wrong, as the recorder writes them, and what a check of their order must find."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import GapBody
from tests.unit.edge_daemon.station.summary_world import METER
from tests.unit.sync.evidence.signed_world import SignedWorld, world_at

S = 10**9
DAY_S = 86_400


def sampled(world: SignedWorld, count: int) -> list[int]:
    found = []
    for _ in range(count):
        found.append(len(world.data))
        world.sample(METER, power=1_000.0)
        world.run(300)
        world.tick()
    return found


def started_again(world: SignedWorld, wall_error_s: float) -> None:
    last_ns = world.wall_ns
    world.reboot(300, wall_error_s=wall_error_s)
    world.start()
    silent_ns = max(0, world.wall_ns - last_ns)
    if silent_ns:
        start, end = rfc3339_from_ns(last_ns), rfc3339_from_ns(world.wall_ns)
        world.write(GapBody(METER, start, end, silent_ns // (300 * S), ("power_loss",)))


def ahead() -> tuple[SignedWorld, list[int]]:
    """Started with a clock five days ahead, set right while it ran: the later readings seem to be older."""
    world = world_at()
    sampled(world, 3)
    started_again(world, 5 * DAY_S)
    sampled(world, 6)
    world.synchronise()
    world.tick()
    return world, sampled(world, 3)


def behind() -> tuple[SignedWorld, list[int]]:
    """Started with a clock five days behind, which nobody set right: the times of what follows are not known."""
    world = world_at()
    sampled(world, 3)
    started_again(world, -5 * DAY_S)
    return world, sampled(world, 4)


def released() -> tuple[SignedWorld, list[int]]:
    """The same, and a person said later what time it was."""
    world, found = behind()
    offset_us = 5 * DAY_S * 10**6
    world.amend("release_untrusted_time", found[0], found[-1], sensors=(METER,), offset_us=offset_us, uncertainty_us=1)
    return world, found


def released_wrongly() -> tuple[SignedWorld, list[int]]:
    """The same, with a word that would put them an hour before what was read before them."""
    world, found = behind()
    offset_us = (5 * DAY_S - 3 * 3600) * 10**6
    world.amend("release_untrusted_time", found[0], found[-1], sensors=(METER,), offset_us=offset_us, uncertainty_us=1)
    return world, found


def withdrawn() -> tuple[SignedWorld, list[int]]:
    """The release was taken back."""
    world, found = released()
    at = len(world.data) - 1
    world.amend("withdrawal", found[0], found[-1], replaces=at)
    return world, found


def fixed_later() -> tuple[SignedWorld, list[int]]:
    """A person's word, and the true time found after it: that goes before."""
    world, found = released()
    world.synchronise()
    world.tick()
    return world, found


def released_wrongly_and_fixed() -> tuple[SignedWorld, list[int]]:
    """A wrong word on the later readings, and the true time found after it, which fits what was read before."""
    world, found = behind()
    offset_us = (5 * DAY_S - 3 * 3600) * 10**6
    world.amend("release_untrusted_time", found[2], found[-1], sensors=(METER,), offset_us=offset_us, uncertainty_us=1)
    world.synchronise()
    world.tick()
    return world, found


WORLDS: Mapping[str, tuple[Callable[[], tuple[SignedWorld, list[int]]], str, str]] = MappingProxyType(
    {
        "ahead": (ahead, "not_checked", ""),
        "behind": (behind, "passed", "not_checked"),
        "released": (released, "passed", ""),
        "released wrongly": (released_wrongly, "passed", "not_checked"),
        "withdrawn": (withdrawn, "passed", "not_checked"),
        "fixed later": (fixed_later, "passed", ""),
        "released wrongly and fixed": (released_wrongly_and_fixed, "passed", "not_checked"),
    }
)
"""By name: the log with the readings concerned, and the outcome of the checks `order` and `held` (empty: not told)."""
