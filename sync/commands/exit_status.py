# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The exit statuses of `verifield-sync verify`: what a script may take for a word on evidence, and what not. Writes to
standard error.

0 sound; 1 failed; 3 neither (incomplete, other rules, not vouched for, simulated, salvaged, shortened); 4 unreadable.
Nothing was said of the evidence: 2 the command line was not understood, 64 what was asked cannot be used, 70 the
program is at fault, 74 something could not be read or loaded. From 64 on they are those of sysexits.h.
"""

import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

import typer

from sync.evidence.verdict import Standing

NOT_USABLE, OUR_FAULT, NOT_READ = 64, 70, 74
STATUS: dict[Standing, int] = {
    "sound": 0,
    "failed": 1,
    "unreadable": 4,
    "incomplete": 3,
    "not_vouched_for": 3,
    "simulated": 3,
    "salvaged": 3,
    "shortened": 3,
    "other_rules": 3,
}
_GRAVITY = (0, 3, 4, 1)


def status_of(standings: Iterator[Standing]) -> int:
    """That of the worst; without any, that of evidence which cannot be read."""
    return max((STATUS[one] for one in standings), key=_GRAVITY.index, default=STATUS["unreadable"])


class _FaultsApart(AbstractContextManager[None]):
    """Ends the process with OUR_FAULT, after the traceback, where anything but an intended end comes out of the block.

    Python itself would end with 1, which says that evidence failed.
    """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or error is None or issubclass(kind, SystemExit | KeyboardInterrupt | typer.Exit | typer.Abort):
            return
        traceback.print_exception(kind, error, trace)
        raise SystemExit(OUR_FAULT) from error


@contextmanager
def faults_apart() -> Iterator[None]:
    """Tell a fault of this program apart from evidence that fails."""
    with _FaultsApart():
        yield
