# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether one and the same instrument was there from a run's beginning to its signature, and what is asked where that
came into doubt. Pure."""

from collections.abc import Mapping

from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.instruments import Instruments
from edge_daemon.station.calibration_answers import Field, Given, text
from edge_daemon.station.sensor_warnings import cause_words

SAME_INSTRUMENT = "same_instrument"
_SAME, _UNSURE = "same", "unsure"
_CHOICES = ((_UNSURE, "I cannot tell"), (_SAME, "It is the same: it was not exchanged"))


def doubt(run: Run, instruments: Instruments) -> str:
    """Why it is not sure that the instrument is the one that the run began with; empty where it is."""
    found = [
        one
        for one in instruments.stretches.get(run.start.sensor, ())
        if one.standing == "unconfirmed" and (one.until is None or one.until > run.index)
    ]
    if not found:
        return ""
    causes = ", ".join(dict.fromkeys(cause_words(one.cause) for one in found if one.cause))
    why = f" ({causes})" if causes else ""
    return f"During this calibration it became uncertain which instrument is at {run.start.sensor}{why}."


def doubt_field(words: str) -> Field:
    """The question to whoever signs; `words` are those of the doubt."""
    return Field(
        SAME_INSTRUMENT,
        "Is it the instrument that it began with?",
        "choice",
        value=_UNSURE,
        choices=_CHOICES,
        help=f"{words} Look at its serial number and its plug.",
    )


def said_same(run: Run, instruments: Instruments, values: Mapping[str, Given]) -> bool:
    """Whether the signer says that it is the same instrument; False where nothing was in doubt. Raises BadInput where
    it was and the signer cannot tell."""
    words = doubt(run, instruments)
    if not words:
        return False
    if text(values, SAME_INSTRUMENT) == _SAME:
        return True
    allowed = f"{words} It can be signed only where it is known to be the same one; otherwise give this calibration up"
    raise BadInput(f"values.{SAME_INSTRUMENT}", text(values, SAME_INSTRUMENT), allowed)
