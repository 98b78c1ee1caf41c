# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries whatever happens: restarts, late data, clock faults, amendments, calibrations and missing values."""

from collections import Counter
from collections.abc import Callable, Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import Outcome, ValueFunction, ValueUncertainty
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_fold import key_of
from edge_daemon.metrology.period import EXCLUDED
from tests.unit.edge_daemon.log.calibration_world import abort, start, verdict
from tests.unit.edge_daemon.station.certified import adjusted_before_any
from tests.unit.edge_daemon.station.summary_world import (
    AIR,
    COUNTER,
    METER,
    NO2,
    PM,
    POWER,
    SummaryWorld,
    as_read_now,
    configuration,
    exact_mean,
)
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, content, parameter

steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 20)),
        st.tuples(st.just("blank"), st.integers(1, 12)),
        st.tuples(st.just("gap"), st.integers(10, 200)),
        st.tuples(st.just("wait"), st.integers(60, 9000)),
        st.tuples(st.just("reboot"), st.integers(-20_000, 20_000)),
        st.tuples(st.just("set"), st.integers(-100_000, 100_000)),
        st.tuples(st.just("synchronise"), st.just(0)),
        st.tuples(st.just("summarise"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("amend"), st.integers(0, 10**9)),
        st.tuples(st.just("install"), st.integers(0, 3)),
        st.tuples(st.just("calibrate"), st.integers(0, 10**9)),
        st.tuples(st.just("certificate"), st.integers(0, 10**9)),
    ),
    max_size=25,
)
TOLD_LATE = [("install", 1), ("read", 20), ("wait", 9000), ("summarise", 0), ("certificate", 40)]
BRIDGED = [("read", 8), ("blank", 4), ("summarise", 0), ("read", 5), ("summarise", 0)]
LONGEST_GAPS = st.sampled_from([900.0, 3600.0])
KINDS = ("clock_offset", "wrong_plug", "maintenance", "release_untrusted_time", "value_correction", "withdrawal")


def amend(world: SummaryWorld, seed: int) -> None:
    size, kind = len(world.data), KINDS[seed % len(KINDS)]
    first = (seed // 7) % size
    last = min(size - 1, first + (seed // 11) % 60)
    told = [index for index, entry in enumerate(world.entries) if entry.type == "amendment"]
    told_more: dict[str, dict[str, object]] = {
        "clock_offset": {"offset_us": (seed % 20_001 - 10_000) * 10**6, "uncertainty_us": 5},
        "wrong_plug": {"sensors": (METER,), "reads_as": AIR if seed % 2 else ""},
        "release_untrusted_time": {"offset_us": (seed % 4001 - 2000) * 10**6, "uncertainty_us": 5},
        "value_correction": {"sensors": (METER,), "channels": ("power",), "gain": 1.1, "offset": 0.1},
        "withdrawal": {"replaces": told[seed % len(told)] if told else None},
    }
    more = told_more.get(kind, {})
    if kind != "withdrawal" or told:
        world.amend(kind, first, last, **more)


def calibrate(world: SummaryWorld, seed: int) -> None:
    """A run on the meter with readings in it and after it, one of which does not know of its end yet."""
    installed = world.calibrations.instruments.present(METER)
    serial = installed.key.name if installed else "1"
    run = world.write(start(serial, METER, "power", "m"))
    world.sample(METER, power=500.0, late=seed % 2 == 0)
    world.run(300)
    function = ValueFunction("polynomial", (seed % 13 / 7, 1 + seed % 5 / 100))
    uncertainty = ValueUncertainty(0.5, 0.01, repeatability=0.25) if seed % 3 else None
    outcome: Outcome = "fail" if seed % 4 == 0 else "pass"
    told = verdict(run, outcome, function, uncertainty, serial=serial, sensor=METER, model="m", channel="power")
    world.write(abort(run, serial, METER) if seed % 7 == 0 else told)
    for late in (True, False):
        world.sample(METER, power=100.0 + seed % 9, late=late)
        world.run(300)
    world.tick()


def metered(longest_gap_s: float) -> SummaryWorld:
    """A meter that counts, under a plan that bridges gaps of so long, and an air monitor."""
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER), configuration(AIR, "air_quality", PM, NO2))
    world.write(PlanBody((parameter(METER, "power", longest_gap_s=longest_gap_s),), "Ana"))
    return world


def blank(world: SummaryWorld, number: int) -> None:
    """Readings in which the counter, or everything of the meter, is missing or of no use."""
    for _ in range(number):
        power = None if number % 3 == 0 else 5.0
        world.sample(METER, power=power, energy=None, doubted={"power": Flag.FAIL} if number % 3 == 1 else {})
        world.run(300)
        world.tick()


def read(world: SummaryWorld, number: int) -> None:
    for place in range(number):
        counted = (world.true_ns - MIDNIGHT) // (300 * 10**9) / 1000
        world.sample(METER, power=0.1 * number + place, energy=counted)
        world.sample(AIR, pm2_5=number / 3 + place, no2=None if place % 5 == 0 else 7.7)
        world.run(300)
        world.tick()


def install(world: SummaryWorld, number: int) -> None:
    serial = ("", "1", "2", "3")[number]
    source = SerialSource.LABEL if serial else SerialSource.UNKNOWN
    world.write(InstallationBody(METER, "m", serial, source))


DOINGS: Mapping[str, Callable[[SummaryWorld, int], None]] = {
    "read": read,
    "blank": blank,
    "amend": amend,
    "install": install,
    "calibrate": calibrate,
    "certificate": adjusted_before_any,
}


def act(world: SummaryWorld, what: str, number: int) -> None:
    match what:
        case "gap":
            world.gap((METER, AIR)[number % 2], number)
        case "wait":
            world.run(number)
            world.tick()
        case "reboot":
            world.stop()
            world.reboot(abs(number) / 10, number)
            world.start()
        case "set":
            world.set_wall(number)
            world.tick()
        case "synchronise":
            world.synchronise()
            world.tick()
        case "summarise" | "restart":
            world.summarise(afresh=what == "restart")
        case _:
            DOINGS[what](world, number)


@settings(max_examples=60, deadline=None)
@given(steps, st.booleans(), st.integers(1, 60), LONGEST_GAPS)
def test_every_hour_has_one_current_summary_whatever_happened(
    actions: list[tuple[str, int]], believed: bool, block: int, longest_gap_s: float
) -> None:
    world = metered(longest_gap_s)
    world.block = block
    world.believed = believed
    for what, number in (("read", 15), *actions):
        act(world, what, number)
    world.run(40 * 3600)
    world.sample(METER, power=1.0)
    world.summarise()
    over = world.true_ns - 600 * 10**9
    newest = max((one.time.time_ns for hour in as_read_now(world).values() for one in hour), default=0)
    over = over if believed else newest - 600 * 10**9
    expected = {key: found for key, found in as_read_now(world).items() if key[1] < over // HOUR_NS}
    current = world.current
    assert {key for key, body in current.items() if body.readings and key[1] < over // HOUR_NS} == expected.keys()
    for key, found in expected.items():
        body = current[key]
        assert body.readings == len(found)
        name = "power" if key[0] == METER else "pm2_5"
        values = [
            value.value
            for one in found
            if (value := one.channels.get(name)) and value.flag not in EXCLUDED and value.value is not None
        ]
        if name in body.channels and values:
            assert body.channels[name].mean == exact_mean(values)
    latest: dict[tuple[str, int], int] = {}
    for index, body in sorted(world.told.items()):
        assert body.replaces == latest.get(key_of(body))
        latest[key_of(body)] = index
    assert max(Counter(key_of(body) for body in current.values()).values(), default=1) == 1


@settings(max_examples=40, deadline=None)
@given(steps, st.integers(1, 60), LONGEST_GAPS)
@example(TOLD_LATE, 20, 900.0)
@example(BRIDGED, 3, 3600.0)
def test_recomputing_from_the_bytes_gives_the_same_bytes(
    actions: list[tuple[str, int]], block: int, longest_gap_s: float
) -> None:
    world = metered(longest_gap_s)
    world.block = block
    for what, number in (("read", 15), *actions):
        act(world, what, number)
    world.run(40 * 3600)
    world.summarise()
    kept = world.current
    assert world.summarise(afresh=True) == []
    again = SummaryWorld(true_ns=world.true_ns, wall_ns=world.wall_ns, entries=world.entries[:], data=world.data[:])
    blank = {index for index, entry in enumerate(world.entries) if entry.type == "summary"}
    nothing = encode_entry(EntryType.NOTE, Stamp(MIDNIGHT, 5, bytes(16)), {})
    again.data = [nothing if index in blank else data for index, data in enumerate(world.data)]
    again.entries = [decode_entry(data) for data in again.data]
    again.summarise()
    afresh = again.current
    assert afresh.keys() == kept.keys()
    for key, body in kept.items():
        assert content(afresh[key]) == content(body)
