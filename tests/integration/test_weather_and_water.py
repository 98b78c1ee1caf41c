# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Weather station and sondes on real ports: the drivers' whole conversations in real time. Starts a process."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TypeVar

import pytest

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.conversation import Conversation, Failed, Terms
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Dialogue, PolledDriver
from edge_daemon.instruments.ports import SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.instruments.transport import OpenPort, open_port
from tests.support.waiting import wait_until

T = TypeVar("T")

CLOCK = SystemClock()
MODELS = load_catalogue()
WATER = {"temperature", "specific_conductance", "ph", "dissolved_oxygen", "turbidity"}
WEATHER = {"temperature", "humidity", "pressure", "wind_speed", "wind_direction", "solar_irradiance", "precipitation"}
CASES: list[tuple[str, str, dict[str, OptionValue], set[str]]] = [
    ("davis_vantage_pro2", "vantage_pro2", {}, WEATHER | {"pressure_station", "wind_gust"}),
    ("ysi_exo2_modbus", "exo2_modbus", {}, WATER),
    ("ysi_exo2_sdi12", "exo2_sdi12", {}, WATER),
    ("ysi_exo2_sdi12", "exo2_sdi12", {"command": "measure"}, WATER),
    ("ysi_exo2_rs232", "exo2_rs232", {}, WATER),
]

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="this system has no pseudo-terminals"),
    pytest.mark.xdist_group("weather_and_water"),
]


@pytest.fixture(scope="module")
def ports() -> Iterator[SimulatedPorts]:
    with SimulatedPorts(instruments=sorted({case[1] for case in CASES}), transport="pty") as simulated:
        yield simulated


def held(port: OpenPort, begin: Callable[[], Dialogue[T]], what: str) -> T:
    """The dialogue's result. It is begun anew after a fault, as the daemon does: a machine that stands still for
    seconds can make any single one fail."""

    def once() -> list[T]:
        talk = Conversation(begin(), Terms(what, CLOCK, lambda: False))
        while True:
            if talk.ready_us > CLOCK.now().boot_us:
                port.read()
                continue
            outcome = talk.turn(port)
            if isinstance(outcome, Failed):
                return []
            if outcome is not None:
                return [outcome.value]

    return wait_until(once, seconds=90.0, what=what)[0]


@pytest.mark.parametrize(("name", "place", "changes", "expected"), CASES)
def test_an_instrument_on_a_real_port_is_set_up_says_who_it_is_and_measures(
    ports: SimulatedPorts, name: str, place: str, changes: dict[str, OptionValue], expected: set[str]
) -> None:
    model = MODELS[name]
    options = {**model.options, **changes}
    found = driver(model.driver)
    assert isinstance(found, PolledDriver)
    assert found.identify is not None
    identify = found.identify
    device = next(port.device for port in ports.ports() if port.identity.location == place)
    with closing(open_port(device, model.line)) as port:
        held(port, lambda: found.start(options), f"{name} to be set up")
        identity = held(port, lambda: identify(options), f"{name} to say who it is")
        sample = held(port, lambda: found.measure(options), f"a sample of {name}")
    assert identity.details
    assert sample is not None
    present = {channel: value for channel, value in sample.channels.items() if value is not None}
    assert expected <= set(present)
    assert all(model.channel(one).minimum <= value <= model.channel(one).maximum for one, value in present.items())
