# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a broker's reason codes mean for a delivery. Pure.

Source: MQTT 5.0 (OASIS), section 2.4 and tables 3-1 (CONNACK), 3-4 (PUBACK) and 3-13 (DISCONNECT). The codes of 3.1.1
arrive translated into these.
"""

from sync.sinks.sink import Chunk, Delivered, Later, Outcome, Refused, Stopped

SUCCESS, NO_SUBSCRIBER, TAKEN_OVER, TOO_LARGE = 0x00, 0x10, 0x8E, 0x95

_REMEDIES = {
    0x84: "Choose the other version of MQTT for this destination.",
    0x85: "The broker wants client names of another form; ask whoever runs it to admit names like this one.",
    0x86: "Check the user name and enter the password again.",
    0x87: (
        "Check the user name and enter the password again; if both are right, ask whoever runs the broker to allow "
        "this user to connect and to publish to the project's topics."
    ),
    0x8A: "Ask whoever runs the broker why this station is banned.",
    0x8C: "Check user name, password and client certificate with whoever runs the broker.",
    TAKEN_OVER: (
        "Two stations share one device id, as after copying a laptop's disk: give one of them a new station, "
        "and look whether the packets of both have been mixed up."
    ),
    0x90: "The broker does not allow the project's topic; compare the project's name with the marketplace.",
    0x9B: "The broker does not take QoS 1; without acknowledgements nothing can be delivered to it.",
    0x9D: "The broker has moved; ask whoever runs it for the new address.",
}
_NOBODY = (
    "nobody at the broker takes packets of this project at the moment: it throws them away (no matching subscribers)"
)
_SWITCH = "if nobody there wants them, turn off “Hourly summaries go out too” for this destination"
_NOBODY_FOR_HOURS = (
    f"nobody at the broker takes this project's hourly summaries at the moment (no matching subscribers); {_SWITCH}"
)
_REFUSALS = {0x99}  # the payload format
_NOT_THIS_TOPIC = {0x87, 0x90}


def outcome_of_ack(code: int, name: str, chunk: Chunk) -> Outcome:
    """What a PUBACK with this code means."""
    if code == SUCCESS:
        return Delivered(chunk)
    if code == NO_SUBSCRIBER:
        return Later(_NOBODY, answered=True)
    if code in _REFUSALS:
        return Refused(chunk, f"{name} (0x{code:02X})")
    return outcome_of_end(code, name)


def outcome_of_hours_ack(code: int, name: str, chunk: Chunk, *, wanted: bool) -> Outcome:
    """The same for hourly summaries. That nobody takes them, or that they are not allowed, keeps no reading back.

    `wanted`: somebody took some just now, and may come back.
    """
    if code == NO_SUBSCRIBER:
        return Later(_NOBODY_FOR_HOURS) if wanted else Refused(chunk, _NOBODY_FOR_HOURS)
    if code in _NOT_THIS_TOPIC:
        return Refused(
            chunk, f"the broker takes no hourly summaries from this station: {name} (0x{code:02X}); {_SWITCH}"
        )
    return outcome_of_ack(code, name, chunk)


def outcome_of_end(code: int, name: str) -> Later | Stopped:
    """What a refused or ended connection with this code means."""
    words = f"the broker said: {name} (0x{code:02X})"
    return Stopped(words, _REMEDIES[code]) if code in _REMEDIES else Later(words, answered=True)
