# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes into the daemon's own log file when a part reports trouble. Writes log lines only."""

import logging
from collections.abc import Callable, Iterable

from edge_daemon.buffer.writer import WriterState, Writing
from edge_daemon.domain.faults import BufferUnavailable, Fault, Overloaded

log = logging.getLogger(__name__)


def report_bug(sensor: str, bug: Exception) -> None:
    """A driver, or a port's worker, raised what no driver should."""
    log.error("bug in the driver of %s", sensor or "a port", exc_info=bug)


def report_writer(state: WriterState) -> None:
    """The log's writer can write again, or cannot write any more."""
    level = logging.INFO if state.writing in {Writing.RECORDING, Writing.CLOSED} else logging.ERROR
    log.log(level, "log writer: %s %s", state.writing.value, state.reason)


def report_faults(words: str, faults: Iterable[Fault]) -> None:
    """Parts that are left out, each with its reason."""
    for fault in faults:
        log.error("%s: %s", words, fault)


def reported(record: Callable[[], object], what: str) -> None:
    """Put something on record; where the log cannot take it now, say so and go on."""
    try:
        record()
    except (BufferUnavailable, Overloaded) as fault:
        log.error("%s could not be recorded: %s", what, fault)
