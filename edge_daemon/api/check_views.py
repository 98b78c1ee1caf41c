# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The check of a log in words: what its verdict rests on and what it says nothing of. Pure."""

from edge_daemon.api.messages_logs import CheckMessage
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.station.checking import CheckStatus

_ENDED = ("sound", "damaged")
_HASHES = "the bytes of all {size} entries against their hashes, and the tree over them up to its root"
_COLUMNS = "the tables behind the plots against the bytes"
_BEYOND = (
    "whether the whole log was replaced by another that is sound in itself: only a checkpoint that left this computer "
    "can show that",
    "whether the instruments measured rightly, and whether the clock was right",
    "logs that were closed before this one",
)


def check_message(status: CheckStatus) -> CheckMessage:
    """The status as the API tells it."""
    ended = status.state in _ENDED
    hashes = _HASHES.format(size=status.size)
    checked = [hashes] if ended else []
    not_checked = [] if ended else ["the entries and the tree: no check has come to its end"]
    (checked if ended and status.columns_checked else not_checked).append(_COLUMNS)
    if status.not_compared:
        not_checked.append(f"what {status.not_compared} entries of a form that this program does not know say")
    if ended:
        not_checked.append(f"entries recorded after number {status.size - 1}")
    return CheckMessage(
        state=status.state,
        phase=status.phase,
        done=status.done,
        of=status.of,
        started=rfc3339_from_ns(status.started_ns) if status.started_ns else None,
        ended=rfc3339_from_ns(status.ended_ns) if status.ended_ns else None,
        origin=status.origin,
        size=status.size,
        root=status.root,
        problem_count=status.problem_count,
        problems=status.found,
        checked=tuple(checked),
        not_checked=(*not_checked, *_BEYOND),
        message=status.message,
    )
