# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a person should know of a sensor that records all the same, in plain words. Pure."""

from collections.abc import Iterator
from typing import ClassVar

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import Fault
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.log.entry import LoggedReading
from edge_daemon.log.instruments import Stretch


class IdentityUnconfirmed(Fault):
    """Another instrument may be plugged in than the one recorded."""

    code: ClassVar[str] = "identity_unconfirmed"
    title: ClassVar[str] = "Is it still the same instrument?"
    advice: ClassVar[str] = "Look at the instrument, and confirm that it is the same one, or say that it was replaced."


class FieldMissing(Fault):
    """A reading lacks what the project requires of this sensor."""

    code: ClassVar[str] = "required_field_missing"
    title: ClassVar[str] = "A required value is missing"
    advice: ClassVar[str] = (
        "Check that the instrument measures it and is set up to send it, or take the field off the sensor's list."
    )


_WORDS = {
    "unplugged": "it was unplugged",
    "moved": "it was connected to another port",
    "no_reply": "it was silent for a while",
    "suspend": "the computer slept",
    "power_loss": "the power was lost",
    "paused": "it was paused",
    "daemon_off": "the recorder was off",
    "daemon_killed": "the recorder was off",
}


def cause_words(cause: str) -> str:
    """Why it is not sure any more which instrument is there, as a clause; a cause not known here in its own words."""
    return _WORDS.get(cause, cause)


def identity_warning(present: Stretch | None) -> IdentityUnconfirmed | None:
    """What to tell of a sensor whose instrument is not sure; None where there is nothing to tell."""
    if present is None or present.standing != "unconfirmed":
        return None
    cause = cause_words(present.cause)
    serial = f" ({present.key.serial})" if present.key.serial else ""
    return IdentityUnconfirmed(
        f"{present.sensor}: since {cause}, nobody has seen whether it is still the same instrument{serial}. "
        "Its readings are recorded and marked so."
    )


def missing_fields(configuration: ConfigurationBody, newest: LoggedReading | None) -> tuple[str, ...]:
    """The required fields of the wire that the newest reading does not fill, in the configured order."""
    return tuple(_missing(configuration, newest)) if newest else ()


def field_warning(configuration: ConfigurationBody, newest: LoggedReading | None) -> FieldMissing | None:
    """What to tell of a reading that lacks required fields; None where it lacks none."""
    missing = missing_fields(configuration, newest)
    if not missing:
        return None
    return FieldMissing(f"{configuration.sensor}: the newest reading has no {', '.join(missing)}")


def _missing(configuration: ConfigurationBody, newest: LoggedReading) -> Iterator[str]:
    channels = {channel.name: channel.name for channel in configuration.channels}
    channels |= {channel.wire_field: channel.name for channel in configuration.channels if channel.wire_field}
    for field in configuration.required_fields:
        if field not in channels:
            continue  # a field that every packet has, whatever is measured
        value = newest.channels.get(channels[field])
        if value is None or value.flag is Flag.MISSING:
            yield field
