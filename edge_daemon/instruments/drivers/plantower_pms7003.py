# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plantower PMS7003 and its relatives of the same frame in active mode. Pure: turns bytes into samples.

Source: Plantower, PMS7003 data manual v2.5, 2016. In active mode, the mode after power-up, frames come unasked.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, Fault, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import plantower
from edge_daemon.instruments.driver import (
    Dialogue,
    Identity,
    Listening,
    Match,
    Options,
    Setting,
    StreamDriver,
)

MODES = {"active": plantower.ACTIVE, "passive": plantower.PASSIVE}
STEADY_FRAME_S = 3.0


def start(options: Options) -> Dialogue[None]:
    """Wake the sensor and set its mode, `active` by default: it may have been left asleep or waiting to be asked."""
    yield from plantower.unacknowledged(plantower.SET_SLEEP, plantower.AWAKE)
    yield from _write_mode(options, options.get("mode", "active"))


def recognise(data: bytes) -> Match | None:
    """A whole data frame of the family. Which of its members sent it, no frame tells."""
    for item in plantower.new_framer().feed(data):
        if not isinstance(item, bytes) or len(item) != plantower.FRAME_LENGTH:
            continue
        try:
            plantower.decode(item, {})
        except NotReady:
            pass  # a starting fan is as good a sign
        except Fault:
            continue
        version = Identity(details={"version byte": f"{item[28]:02X}"})
        note = "PMS7003, PMS5003, PMS1003 and PMSA003 send the same frame: compare the label."
        return Match("plantower_pms7003", certain=False, identity=version, note=note)
    return None


def _write_mode(_options: Options, value: OptionValue) -> Dialogue[None]:
    # Some units acknowledge the active mode and some send data at once, so that nothing is waited for.
    mode = MODES.get(str(value))
    if mode is None:
        raise BadInput("mode", value, "active or passive is allowed")
    yield from plantower.unacknowledged(plantower.SET_MODE, mode)


MODE = Setting(
    "mode",
    "Mode",
    "choice",
    "active",
    "until_power_off",
    choices=tuple(MODES),
    help="Active after every loss of power; the mode chosen is sent at each connection. It cannot be read back.",
    risk="In passive mode nothing is sent unasked: choose the passive model to ask for readings.",
    write=_write_mode,
    alters_values=False,
)

DRIVER = StreamDriver(
    name="plantower_pms7003",
    version="2",
    source="Plantower, PMS7003 data manual v2.5, 2016",
    framer=plantower.new_framer,
    decode=plantower.decode,
    idle_s=0.5,
    silent_after_s=5.0,
    start=start,
    listening=(Listening("Plantower: wait for a frame", LineSettings(9600), STEADY_FRAME_S, recognise),),
    settings=(MODE,),
    actions=plantower.SLEEP_AND_WAKE,
)
