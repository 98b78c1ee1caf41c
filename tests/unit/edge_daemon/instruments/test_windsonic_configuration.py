# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A WindSonic's identity and settings, against a simulated unit that goes on sending and must measure again."""

from collections.abc import Mapping

import pytest

from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import windsonic_configuration as configuration
from edge_daemon.instruments.driver import Setting
from edge_daemon.instruments.drivers import gill_windsonic, gill_windsonic_polled
from edge_daemon.instruments.simulators.models.gill_windsonic import WindSonic, _defaults
from edge_daemon.instruments.simulators.physics import Wind
from tests.support.conversing import Talk

T0 = 1_800_000_000.0
POLAR = b"\x02Q,229,002.74,M,00,\x0316\r\n"


class Unit:
    """A simulated WindSonic that speaks whenever its line is due, before and after it answers."""

    def __init__(self, **settings: str) -> None:
        self.windsonic = WindSonic(lambda _now: Wind(2.74, 229), T0, {**_defaults(), **settings})
        self.now = T0
        self.talk = Talk(self._answer, self._pause)

    def _answer(self, request: bytes) -> bytes:
        self.now += 0.3
        before = self.windsonic.due(self.now)
        answer = before + self.windsonic.receive(request, self.now)
        for _ in range(6):
            self.now += 1.0
            answer += self.windsonic.due(self.now)
        return answer

    def _pause(self, seconds: float) -> None:
        self.now += seconds

    @property
    def measures(self) -> bool:
        """Whether it sends lines, or answers its node letter."""
        self.now += 5.0
        heard = self.windsonic.due(self.now) + self.windsonic.receive(b"Q", self.now)
        return b"\x02" in heard or b"$" in heard


def setting(name: str, *, polled: bool = False) -> Setting:
    found = gill_windsonic_polled.DRIVER.settings if polled else gill_windsonic.DRIVER.settings
    return next(each for each in found if each.name == name)


def read(unit: Unit, name: str, *, polled: bool = False) -> OptionValue:
    reader = setting(name, polled=polled).read
    assert reader is not None
    return unit.talk.hold(reader({}))


def write(unit: Unit, name: str, value: OptionValue, *, polled: bool = False) -> None:
    writer = setting(name, polled=polled).write
    assert writer is not None
    unit.talk.hold(writer({}, value))


@pytest.mark.parametrize("settings", [{}, {"L": "2"}, {"H": "2"}, {"M": "5"}, {"P": "20", "H": "2"}])
def test_a_unit_that_speaks_by_itself_tells_who_it_is_and_speaks_on(settings: Mapping[str, str]) -> None:
    unit = Unit(**settings)
    identify = gill_windsonic.DRIVER.identify
    assert identify is not None
    identity = unit.talk.hold(identify({}))
    assert (identity.serial, identity.firmware) == ("Y16120001", "2368-110-01")
    assert identity.details["settings"].startswith("M")
    assert unit.measures


def test_a_polled_unit_tells_who_it_is_and_answers_on() -> None:
    unit = Unit(M="4", H="2")
    identify = gill_windsonic_polled.DRIVER.identify
    assert identify is not None
    assert unit.talk.hold(identify({})).serial == "Y16120001"
    assert unit.measures


@pytest.mark.parametrize(
    ("name", "default", "value", "code"),
    [
        ("message_format", "M2", "M14", ("M", "14")),
        ("output_rate", 1, 0.25, ("P", "20")),
        ("output_rate", 1, 4, ("P", "3")),
        ("speed_unit", "m/s", "km/h", ("U", "4")),
        ("fields", "empty", "repeated", ("O", "2")),
        ("direction_threshold", 50, 300, ("K", "300")),
    ],
)
def test_a_setting_is_read_written_and_read_back(
    name: str, default: OptionValue, value: OptionValue, code: tuple[str, str]
) -> None:
    unit = Unit()
    assert read(unit, name) == default
    write(unit, name, value)
    assert unit.windsonic.settings[code[0]] == code[1]
    assert read(unit, name) == value
    assert unit.measures


def test_a_polled_units_format_stays_a_polled_one() -> None:
    unit = Unit(M="4")
    write(unit, "message_format", "M3", polled=True)
    assert read(unit, "message_format", polled=True) == "M3"
    assert unit.measures
    with pytest.raises(BadInput, match="message_format"):
        write(unit, "message_format", "M2", polled=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("message_format", "M3"),
        ("output_rate", 3),
        ("speed_unit", "m"),
        ("direction_threshold", 5001),
        ("direction_threshold", 1.5),
        ("direction_threshold", True),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_is_sent(name: str, value: OptionValue) -> None:
    unit = Unit()
    with pytest.raises(BadInput, match=name):
        write(unit, name, value)
    assert unit.talk.sent == []


def test_a_command_that_is_not_taken_leaves_the_unit_measuring() -> None:
    unit = Unit()
    answer = unit.talk.answer
    unit.talk.answer = lambda request: b"" if request == b"U4\r" else answer(request)
    with pytest.raises(DeviceRefused, match="does not take U4"):
        write(unit, "speed_unit", "km/h")
    assert unit.measures


def test_a_lost_answer_on_entering_is_no_obstacle() -> None:
    unit = Unit()
    answer = unit.talk.answer

    def lossy(request: bytes) -> bytes:
        came = answer(request)
        return b"" if request == b"*" else came

    unit.talk.answer = lossy
    held = unit.talk.hold(configuration.read_settings(""))
    assert held["M"] == "2"
    assert unit.measures


def test_a_unit_left_in_its_configuration_mode_is_brought_back() -> None:
    unit = Unit(H="2")
    unit.windsonic.receive(b"*", T0)
    assert not unit.measures
    start = gill_windsonic.DRIVER.start
    assert start is not None
    unit.talk.hold(start({}))
    assert unit.measures


def test_a_unit_that_speaks_is_not_spoken_to() -> None:
    unit = Unit()
    start = gill_windsonic.DRIVER.start
    assert start is not None
    unit.talk.hold(start({}))
    assert unit.talk.sent == [b""]


def test_silence_and_nonsense_have_their_names() -> None:
    with pytest.raises(NoReply):
        Talk(lambda _: b"").hold(configuration.read_settings(""))
    replies = {b"*": b"CONFIGURATION MODE\r\n", b"D3\r": b"what?\r\n", b"\rQ\r": POLAR}
    with pytest.raises(MalformedFrame, match="settings"):
        Talk(lambda request: replies[request]).hold(configuration.read_settings(""))


def test_a_polled_unit_measures() -> None:
    unit = Unit(M="4")
    unit.talk.hold(gill_windsonic_polled.start({}))
    sample = unit.talk.hold(gill_windsonic_polled.measure({}))
    assert sample is not None
    assert sample.channels == {"wind_speed": 2.74, "wind_direction": 229}
    assert unit.talk.sent[-3:] == [b"?", b"Q", b"!"]
    match = unit.talk.hold(gill_windsonic_polled.ask())
    assert match is not None
    assert match.model == "gill_windsonic_polled"


def test_another_node_is_not_taken_for_this_one() -> None:
    with pytest.raises(MalformedFrame, match="node"):
        Talk(lambda _: POLAR).hold(gill_windsonic_polled.measure({"node": "R"}))


@pytest.mark.parametrize("node", ["A", "q", "", 1])
def test_letters_that_occur_in_data_are_no_node(node: OptionValue) -> None:
    with pytest.raises(BadInput, match="node"):
        Talk(lambda _: POLAR).hold(gill_windsonic_polled.start({"node": node}))


@pytest.mark.parametrize(
    ("heard", "model", "certain"),
    [
        (b"\xff\x00" + POLAR, "gill_windsonic", True),
        (b"$WIMWV,225,R,006.34,N,A*09\r\n", "gill_windsonic", False),
        (b"\x02Q,+003.21,1,00,M,\x0334\r\n", "gill_windsonic_tunnel", True),
    ],
)
def test_its_lines_are_recognised_by_listening(heard: bytes, model: str, certain: bool) -> None:
    match = gill_windsonic.recognise(heard)
    assert match is not None
    assert (match.model, match.certain) == (model, certain)
    assert bool(match.note) != certain


@pytest.mark.parametrize("heard", [b"", POLAR[:-2], POLAR.replace(b"16\r", b"17\r"), b"BM\x00\x1c", b"25.1,410\r\n"])
def test_what_is_no_line_of_it_is_not_recognised(heard: bytes) -> None:
    assert gill_windsonic.recognise(heard) is None
