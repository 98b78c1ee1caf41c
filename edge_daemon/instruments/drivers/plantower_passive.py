# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plantower PMS7003 and its relatives of the same frame in passive mode: asked for each frame. Pure: yields requests.

Source: Plantower, PMS7003 data manual v2.5, 2016. The laser lasts about 8000 hours: between readings minutes apart the
sensor can sleep.
"""

from edge_daemon.instruments import plantower
from edge_daemon.instruments.driver import Dialogue, Exchange, Options, Pause, PolledDriver, Setting, Steps

REPLY_S = 1.0


def start(_options: Options) -> Steps:
    """Wake the sensor and set passive mode, which it forgets when it loses power."""
    yield from plantower.unacknowledged(plantower.SET_SLEEP, plantower.AWAKE)
    yield from plantower.acknowledged(plantower.SET_MODE, plantower.PASSIVE)
    return None


def measure(options: Options) -> Steps:
    """One frame as masses and counts.

    With the option `sleep_between` the sensor is woken, given 30 s for its fan, read and put to sleep again. Raises as
    `plantower.decode`.
    """
    if not options.get("sleep_between", False):
        return plantower.decode((yield from _frame()), options)
    yield from plantower.unacknowledged(plantower.SET_SLEEP, plantower.AWAKE)
    yield Pause(plantower.FAN_S)
    frame = yield from _frame()
    yield from plantower.acknowledged(plantower.SET_SLEEP, plantower.ASLEEP)
    return plantower.decode(frame, options)


def _frame() -> Dialogue[bytes]:
    request = plantower.command(plantower.READ_ONCE)
    reply = yield Exchange(request, plantower.data_length, timeout_s=REPLY_S, tries=2, silence_s=0)
    return reply[-plantower.FRAME_LENGTH :]


DRIVER = PolledDriver(
    name="plantower_passive",
    version="1",
    source="Plantower, PMS7003 data manual v2.5, 2016",
    start=start,
    measure=measure,
    settings=(
        Setting(
            "sleep_between",
            "Sleep between readings",
            "switch",
            False,
            help="For intervals of two minutes or more: it saves the laser. Each reading then takes half a minute.",
            alters_values=False,
        ),
    ),
    actions=plantower.SLEEP_AND_WAKE,
)
