# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When in a calibration it was not certain which instrument was connected, and who settled it, in words. Pure."""

from collections.abc import Iterator

from edge_daemon.documents.calibration_record import CalibrationRecord, Installation
from edge_daemon.domain.causes import causes_text
from edge_daemon.domain.time import rfc3339_from_ns

_DOUBTFUL = {"unconfirmed", "stopped", "wrong_plug"}
_WHY = {
    "unconfirmed": "it was not certain that the same instrument was connected",
    "stopped": "another instrument was connected",
    "wrong_plug": "another instrument was connected",
}


def identity_words(record: CalibrationRecord) -> Iterator[str]:
    """A sentence for each time; nothing where it was the same instrument without a doubt."""
    since: Installation | None = None
    for one in record.installations:
        event = one[2].event
        if event in _DOUBTFUL and since is None:
            since = one
        elif event in {"confirmed", "installed"} and since is not None:
            yield f"{_begun(since)} until {_when(one)}: {_by(one)}."
            since = None
    if since is not None:
        yield f"{_begun(since)} on; {_unsettled(record)}."


def _begun(one: Installation) -> str:
    body = one[2]
    cause = f" ({causes_text([body.cause])})" if body.cause and body.event == "unconfirmed" else ""
    return f"{_WHY[body.event].capitalize()} from {_when(one)}{cause}"


def _when(one: Installation) -> str:
    return f"{rfc3339_from_ns(one[1])[:19]}Z (log entry {one[0]})"


def _by(one: Installation) -> str:
    who = one[2].person or "the instrument's own serial number"
    return f"{who} confirmed that it was the same"


def _unsettled(record: CalibrationRecord) -> str:
    verdict = record.verdict
    if verdict.same_instrument:
        return f"{verdict.person} said when signing that it was the same throughout"
    return "nobody confirmed that it was the same, so as found and as left may be of different instruments"
