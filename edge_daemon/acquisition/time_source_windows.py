# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether Windows keeps its clock right, in its time service's own words. **Untested on a real machine.**

Runs `w32tm /query /status /verbose` in a thread of its own, at most once a minute; it asks the local service alone and
nothing on the network. The words are in the language of the user, so only what every language writes alike is read:
the order of the lines, the numbers before a bracket, and the seconds of the last line. Fields and their meaning:
Microsoft, "Windows Time service tools and settings"; leap indicator and stratum: RFC 5905, section 7.3.
"""

import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

US_PER_S = 1_000_000
ASK_EVERY_US = 60 * US_PER_S
BELIEVED_FOR_US = 10 * 3600 * US_PER_S
"""A sync vouches for ten hours: a little longer than the service's own interval for a lone laptop, 32768 s."""

STEP_NS = 500_000_000
ANSWER_TIMEOUT_S = 20
_LATE_US = 5 * US_PER_S
_FREE_RUNNING = 0x4C4F434C  # "LOCL": the service follows the computer's own clock

_NUMBER = re.compile(r"(?<![0-9.,x-])([0-9]{1,2})\s*\(")
_REFERENCE = re.compile(r"0x([0-9A-Fa-f]{8})")
_SECONDS = re.compile(r"(?<![0-9.,-])([0-9]+)[.,]([0-9]+)\s*s\s*$")


@dataclass(frozen=True, slots=True)
class Status:
    """What the service says. `leap`: 0 to 3, 3 when not synchronised. `stratum`: 0 when there is no source.

    `reference`: the source, 32 bits. `since_us`: microseconds since the last good sync.
    """

    leap: int
    stratum: int
    reference: int
    since_us: int

    def follows(self) -> bool:
        """Whether there is a time source, and not the computer's own clock."""
        return self.leap in {0, 1, 2} and 1 <= self.stratum <= 15 and self.reference not in {0, _FREE_RUNNING}


def status_of(said: str) -> Status | None:
    """Reads what `w32tm /query /status /verbose` wrote, in any language; None where it is not such a status."""
    lines = [line for line in said.splitlines() if line.strip()]
    if len(lines) < 10:
        return None
    leap, stratum, since = _NUMBER.search(lines[0]), _NUMBER.search(lines[1]), _SECONDS.search(lines[-1])
    reference = _REFERENCE.search(lines[5])
    if not (leap and stratum and reference and since):
        return None
    fraction_us = int(since[2][:6].ljust(6, "0"))
    return Status(int(leap[1]), int(stratum[1]), int(reference[1], 16), int(since[1]) * US_PER_S + fraction_us)


def ask_service() -> str:
    """What the time service says of itself; letters outside ASCII are lost, for nothing is read from them.

    Raises OSError where there is no w32tm, subprocess.SubprocessError where it fails or takes too long: it fails while
    the service is stopped.
    """
    if sys.platform == "win32":
        program = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "w32tm.exe"
        told = subprocess.run(
            [str(program), "/query", "/status", "/verbose"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=ANSWER_TIMEOUT_S,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
        return told.stdout.decode("ascii", errors="replace")
    raise OSError("there is no w32tm here")


class WindowsTimeSource:
    """Remembers the service's last answer, and asks again in the background.

    The service does not notice when someone else sets the clock. Hence a clock that was set is believed again only
    after a sync that came later.
    """

    __slots__ = ("_ask", "_asked_us", "_asking", "_distrusted_us", "_look", "_synced_us", "_trouble")

    def __init__(self, ask: Callable[[], str] = ask_service) -> None:
        """`ask` returns the service's words; it may take long, and raises OSError or subprocess.SubprocessError."""
        self._ask = ask
        self._asking: threading.Thread | None = None
        self._asked_us: int | None = None
        self._synced_us: int | None = None
        self._look: tuple[int, int] | None = None
        self._distrusted_us = 0
        self._trouble = ""

    def synchronised(self, wall_ns: int, boot_us: int) -> bool:
        """Whether the wall clock follows a time source, as far as is known by now. Never waits.

        Args:
            wall_ns: what the wall clock shows, nanoseconds since 1970.
            boot_us: microseconds since boot at the same moment, counting suspend.
        """
        self._notice_set(wall_ns, boot_us)
        if self._due(boot_us):
            self._asked_us = boot_us
            self._asking = threading.Thread(target=self._learn, args=(boot_us,), name="time-source", daemon=True)
            self._asking.start()
        synced_us = self._synced_us
        return synced_us is not None and synced_us >= self._distrusted_us and boot_us - synced_us < BELIEVED_FOR_US

    def _due(self, boot_us: int) -> bool:
        if self._asking is not None and self._asking.is_alive():
            return False
        return self._asked_us is None or boot_us - self._asked_us >= ASK_EVERY_US

    def _notice_set(self, wall_ns: int, boot_us: int) -> None:
        offset_ns = wall_ns - boot_us * 1000
        if self._look is not None and abs(offset_ns - self._look[0]) > STEP_NS:
            # A sync that set the clock is no older than the last look at the clock as it was.
            self._distrusted_us = max(0, self._look[1] - _LATE_US)
            self._synced_us, self._asked_us = None, None
        self._look = offset_ns, boot_us

    def _learn(self, asked_us: int) -> None:
        status, trouble = None, ""
        try:
            status = status_of(self._ask())
        except (OSError, subprocess.SubprocessError) as error:
            trouble = f"the Windows time service gave no answer: {error}"
        else:
            trouble = "" if status else "the Windows time service answered in an unknown form"
        if trouble and trouble != self._trouble:
            log.warning("%s; the clock counts as not synchronised", trouble)
        self._trouble = trouble
        self._synced_us = asked_us - status.since_us if status and status.follows() else None
