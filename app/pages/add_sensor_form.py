# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is allowed in the fields of a new sensor, in words. Pure."""

import re

from app.widgets.form_values import BadValue, number_of
from edge_daemon.api.messages import ModelMessage
from edge_daemon.domain.connection import PortIdentity
from edge_daemon.domain.faults import BadInput

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST_INTERVAL_S = 86_400
_NETWORK = "tcp:"


def sensor_id_from(name: str, taken: set[str]) -> str:
    """A free sensor id made of a name: lower case, digits and underscores."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:56] or "sensor"
    number, wanted = 2, stem
    while wanted in taken:
        wanted, number = f"{stem}_{number}", number + 1
    return wanted


def checked_id(text: str, taken: set[str]) -> str:
    """The id that was typed. Raises BadValue."""
    wanted = text.strip()
    if not wanted:
        raise BadValue("An id is needed: it names the sensor in every record.")
    if _ID.fullmatch(wanted) is None:
        raise BadValue("At most 64 letters, digits, dots, dashes and underscores, a letter or digit first.")
    if wanted in taken:
        raise BadValue(f"There is a sensor “{wanted}” already. Choose another id.")
    return wanted


def checked_interval(text: str, model: ModelMessage) -> float:
    """Seconds between readings. Raises BadValue."""
    seconds = number_of(text)
    if seconds < model.minimum_interval_s:
        raise BadValue(f"{model.title} can do {model.minimum_interval_s:g} s at the fastest.")
    if seconds > _LONGEST_INTERVAL_S:
        raise BadValue(f"At most {_LONGEST_INTERVAL_S} s, which is a day.")
    return float(seconds)


def network_key(text: str) -> str:
    """The key of a network port of what was typed: `HOST:PORT`, with or without `tcp:`. Raises BadValue."""
    plain = text.strip().removeprefix(_NETWORK)
    if not plain:
        raise BadValue("The device's address and port are needed, e.g. 192.168.1.20:502")
    try:
        return PortIdentity.from_key(f"{_NETWORK}{plain}").key
    except BadInput:
        raise BadValue("HOST:PORT is needed, e.g. 192.168.1.20:502") from None
