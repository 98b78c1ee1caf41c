# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether what is plugged in is still the instrument that readings are recorded for: what acquisition asks. Pure."""

from typing import ClassVar, Protocol

from edge_daemon.domain.faults import Fault

UNWATCHED_US = 10_000_000
"""A silence or a time off that is shorter gives no time to exchange an instrument unseen."""

LONGEST_WAIT_US = 30_000_000
"""A device that was asked who it is and has not said so by then will not say."""

CAPTURE = "capture"
"""The cause of samples that a capture of the bytes on the line cost: its port was open all the time."""

PENDING = "identity_pending"
"""The cause of samples that came while a device whose serial number is known was being asked for it."""


class IdentityMismatch(Fault):
    """Another serial number than the one that readings are recorded for."""

    code: ClassVar[str] = "identity_mismatch"
    title: ClassVar[str] = "Another instrument is plugged in"
    advice: ClassVar[str] = (
        "Nothing is recorded for this sensor meanwhile. Say whether the instrument was replaced, or whether it is the "
        "wrong plug: then put the right one back, and recording goes on by itself."
    )


class Custody(Protocol):
    """Keeps account of which instrument is where. Called in the workers' threads: nothing here may wait."""

    def connected(self, sensor: str) -> None:
        """The sensor's port was opened."""

    def doubted(self, sensor: str, cause: str) -> None:
        """For a while nobody saw what was plugged in: it may be another instrument."""

    def refusal(self, sensor: str, *, asking: bool) -> Fault | str | None:
        """Why a reading must not be recorded now: a fault, or with no fault of anybody a gap's cause. None: it may.

        `asking`: the device is just being asked who it is.
        """


class NoCustody:
    """Every reading may be recorded. For whoever keeps no account."""

    def connected(self, sensor: str) -> None:
        """Does nothing."""

    def doubted(self, sensor: str, cause: str) -> None:
        """Does nothing."""

    def refusal(self, sensor: str, *, asking: bool) -> Fault | str | None:  # noqa: ARG002  # the protocol's
        """Always None."""
        return None
