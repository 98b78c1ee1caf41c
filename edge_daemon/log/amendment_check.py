# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an amendment of each kind must say and may say. Pure; what only the log can tell is not looked at here."""

import math
import re
from collections.abc import Iterator

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.amendment_body import AmendmentBody

_NEEDS = {
    "clock_offset": ("offset_us", "uncertainty_us"),
    "release_untrusted_time": ("offset_us", "uncertainty_us"),
    "value_correction": ("gain", "offset", "channels", "sensors"),
    "wrong_plug": ("sensors",),
    "withdrawal": ("replaces",),
    "maintenance": (),
    "as_found_failure": (),
}
_MAY = {
    "wrong_plug": {"reads_as"},
    "maintenance": {"channels", "flag", "sensors"},
    "as_found_failure": {"channels", "flag", "sensors"},
    "clock_offset": {"sensors"},
}
_SPECIAL = ("sensors", "channels", "flag", "offset_us", "uncertainty_us", "reads_as", "gain", "offset")
_SAID_NOTHING = (None, (), "")


def check_amendment(body: AmendmentBody) -> AmendmentBody:
    """The amendment, unless it cannot be meant. Raises BadInput naming the field and what is allowed."""
    for name, value, allowed in (*_form(body), *_numbers(body)):
        raise BadInput(name, value, allowed)
    return body


def _form(body: AmendmentBody) -> Iterator[tuple[str, object, str]]:
    kind = body.kind.replace("_", " ")
    for name in ("evidence", "person"):
        if not getattr(body, name).strip():
            yield name, "", "a text that is not empty is needed"
    for name in _NEEDS[body.kind]:
        if getattr(body, name) in _SAID_NOTHING:
            yield name, getattr(body, name), f"a {kind} must say it"
    allowed = {*_NEEDS[body.kind], *_MAY.get(body.kind, set())}
    for name in _SPECIAL:
        if name not in allowed and getattr(body, name) not in _SAID_NOTHING:
            yield name, getattr(body, name), f"it says nothing in a {kind}"
    for place, one in enumerate(body.attachments):
        if not re.fullmatch("[0-9a-f]{64}", one.sha256):
            yield f"attachments.{place}.sha256", one.sha256, "64 hexadecimal digits are needed"


def _numbers(body: AmendmentBody) -> Iterator[tuple[str, object, str]]:
    if body.flag is not None and body.flag not in (Flag.SUSPECT, Flag.FAIL):
        yield "flag", body.flag, "3 (suspect) or 4 (fail) is needed"
    if body.uncertainty_us is not None and body.uncertainty_us < 0:
        yield "uncertainty_us", body.uncertainty_us, "0 or more microseconds are needed"
    for name in ("gain", "offset"):
        value = getattr(body, name)
        if value is not None and not math.isfinite(value):
            yield name, value, "a finite number is needed"
    if body.gain == 0:
        yield "gain", 0, "a gain of 0 would wipe out what was measured"
