# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which installation entry says what a device or a person says of an instrument. Pure."""

from dataclasses import replace
from typing import Literal

from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.instruments import Standing, same_serial

Answer = Literal["replaced", "wrong_plug", "confirmed"]


def standing_after(before: Standing, body: InstallationBody) -> Standing:
    """What holds once this entry is in the log."""
    if body.event in {"installed", "confirmed"}:
        return "confirmed"
    if body.event in {"stopped", "wrong_plug"}:
        return "stopped"
    if body.event == "unconfirmed":
        return "stopped" if before == "stopped" else "unconfirmed"
    return "confirmed" if before == "unknown" else before


def told_more(body: InstallationBody, *, firmware: str) -> InstallationBody:
    """The same instrument, with its firmware if that is known."""
    return replace(body, event="described", firmware=firmware or body.firmware, person="", cause="", found="")


def read_from(
    body: InstallationBody,
    event: Literal["described", "installed", "confirmed"],
    serial: str,
    source: SerialSource,
    firmware: str,
) -> InstallationBody:
    """What the device or its adapter said."""
    told = firmware or ("" if event == "installed" else body.firmware)
    return InstallationBody(body.sensor, body.model, serial, source, event=event, firmware=told)


def answered(
    body: InstallationBody, standing: Standing, answer: Answer, serial: str, person: str
) -> InstallationBody | None:
    """The entry that a person's answer makes; None where it says nothing new.

    `body` is the last one, `serial` empty where none is given. Raises Conflict for an answer that does not fit what
    the device says, BadInput for such a serial number.
    """
    found = body.found if standing == "stopped" else ""
    if answer == "replaced":
        return _replaced(body, found, serial, person)
    if answer == "wrong_plug":
        if standing not in {"stopped", "unconfirmed"}:
            raise Conflict(f"nothing speaks against the instrument at {body.sensor}; pause the sensor to move it")
        return replace(body, event="wrong_plug", person=person, cause="wrong_plug")
    if found:
        if body.serial_source is not SerialSource.LABEL or not same_serial(serial, found):
            raise Conflict(
                f"the device itself says serial number {found}, where {body.serial} is recorded: say whether it was "
                "replaced or is the wrong plug"
            )
        # The label was misread: it is the same instrument, under the number that it tells.
        return _by_person(body, "confirmed", found, SerialSource.DEVICE, person)
    if serial and body.serial and not same_serial(serial, body.serial):
        raise BadInput("serial", serial, f"recorded is {body.serial}; for another instrument answer `replaced`")
    named = serial if serial and not body.serial else body.serial
    source = SerialSource.LABEL if named != body.serial else body.serial_source
    if standing == "confirmed":
        return _by_person(body, "described", named, source, person) if named != body.serial else None
    return _by_person(body, "confirmed", named, source, person)


def _replaced(body: InstallationBody, found: str, serial: str, person: str) -> InstallationBody:
    if found and serial and not same_serial(serial, found):
        raise BadInput("serial", serial, f"the device itself says {found}")
    if serial and body.serial and same_serial(serial, body.serial):
        raise BadInput("serial", serial, "that is the instrument recorded already; answer `confirmed`")
    source = SerialSource.DEVICE if found else SerialSource.LABEL if serial else SerialSource.UNKNOWN
    return InstallationBody(body.sensor, body.model, found or serial, source, person)


def _by_person(
    body: InstallationBody,
    event: Literal["described", "confirmed"],
    serial: str,
    source: SerialSource,
    person: str,
) -> InstallationBody:
    return InstallationBody(body.sensor, body.model, serial, source, person, event, body.firmware)
