# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One sensor's way out of its port worker: samples and troubles in, records and status out. Calls the outputs only."""

import secrets
from collections.abc import Mapping

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.custody import CAPTURE, LONGEST_WAIT_US, UNWATCHED_US
from edge_daemon.acquisition.gaps import Accounted, Gap, GapTracker, gap_while_off
from edge_daemon.acquisition.introduction import Introduction
from edge_daemon.acquisition.pipeline import Pipeline, gap_record
from edge_daemon.acquisition.setup import DeviceSetup, Outputs, SensorStatus
from edge_daemon.buffer.record import Record
from edge_daemon.domain.faults import DiskFull, Fault, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Sample, StreamDriver
from edge_daemon.log.bodies import NoteBody, to_json
from edge_daemon.log.entry import EntryType, Stamp, encode_entry
from edge_daemon.log.stamp import SALT_BYTES

UNANSWERED = 2
"""So many conversations in a row that get no reply, the second after a pause, are no mishap on the line."""

SUSPEND = "suspend"
NOTHING_NEW = "nothing_new"


class SensorFeed:
    """Turns what happens to one sensor into records and status. Used by one thread."""

    def __init__(self, setup: DeviceSetup, outputs: Outputs, now: Instant) -> None:
        interval_us = setup.interval_ns // 1000
        silent_s = setup.driver.silent_after_s if isinstance(setup.driver, StreamDriver) else 0.0
        self.sensor = setup.sensor
        self._setup = setup
        self._outputs = outputs
        self._pipeline = Pipeline(setup, outputs.locate)
        self._tracker = GapTracker(setup.sensor, interval_us, now, round(silent_s * 1_000_000))
        self._off: Gap | None = None
        if setup.accounted is not None:
            self._off = gap_while_off(setup.sensor, interval_us, setup.accounted, now, setup.off_cause)
        self._device = ""
        self._connected_us: int | None = None
        self._warm_from_us = 0
        self._last_ns: int | None = None
        self._fault: Fault | None = None
        self._heard_us = now.boot_us
        self._spoke = False
        self._unanswered = 0
        self._was_silent = False
        self._asked_us: int | None = None

    def begin(self, now: Instant) -> None:
        """Record the time before this start, if the log does not account for it, and tell the first status."""
        before = self._setup.accounted
        if before is not None and self._setup.off_cause != CAPTURE and _unwatched(before, now, self._setup.interval_ns):
            self._outputs.custody.doubted(self.sensor, self._setup.off_cause)
        self._record_off(now)
        self._tell()

    def connected(self, device: str, now: Instant) -> None:
        """The port is open. The instrument's warm-up counts from here."""
        self._device = device
        self._connected_us = self._heard_us = self._warm_from_us = now.boot_us
        self._unanswered, self._was_silent = 0, False
        self._fault = None
        self._outputs.custody.connected(self.sensor)
        self._tell()

    def asked_for_identity(self, now: Instant) -> None:
        """The device is asked who it is, and will have said so, or not, when `introduced` is called."""
        self._asked_us = now.boot_us

    def disconnected(self, fault: Fault, cause: str) -> None:
        """The port is closed or cannot be opened; `cause` goes into the gap."""
        self._connected_us = None
        self._outputs.custody.doubted(self.sensor, cause)
        self._tracker.trouble(cause)
        self._raise(fault)

    def applied(self, settings: Mapping[str, OptionValue], at: Instant) -> None:
        """What the device forgets at power-off was written to it again.

        A note, not a configuration entry: what holds for the readings has not changed.
        """
        if not settings:
            return
        written = ", ".join(f"{name} = {value}" for name, value in settings.items())
        text = f"Written to the device again after it was connected: {written}"
        body = to_json(NoteBody(text, rfc3339_from_ns(at.wall_ns), "", self.sensor))
        stamp = _stamp(at)
        data = encode_entry(EntryType.NOTE, stamp, body)
        if not self._outputs.record(Record(data, EntryType.NOTE.value, stamp.t_ns, self.sensor)):
            self._refused()

    def introduced(self, introduction: Introduction) -> None:
        """The device has said who it is and how it is set."""
        self._asked_us = None
        if introduction.identity is not None:
            self._outputs.identity(self.sensor, introduction.identity)
        if introduction.settings:
            self._outputs.settings(self.sensor, introduction.settings)
        for what, fault in introduction.faults.items():
            self._outputs.unread(self.sensor, what, fault)

    def cause(self, code: str) -> None:
        """Note why samples may be missing, without a fault of the sensor (suspend, a sample with nothing new)."""
        if code == SUSPEND:
            self._outputs.custody.doubted(self.sensor, code)
        self._spoke = self._spoke or code == NOTHING_NEW
        self._tracker.trouble(code)

    def trouble(self, fault: Fault, frame: bytes = b"", *, shown: bool = True) -> None:
        """A sample was lost or bytes were refused. `shown` False while another attempt at the same sample follows."""
        self._spoke = self._spoke or not isinstance(fault, NoReply)
        self._unanswered = 0 if self._spoke else self._unanswered + 1
        self._tracker.trouble(fault.code, frame)
        if shown:
            self._raise(fault)

    def check_silence(self, now: Instant) -> bool:
        """Whether the sensor's gap is open now; a silence that nothing explained becomes a fault."""
        if self._spoke:
            self._heard_us, self._spoke = now.boot_us, False
        if self._connected_us is None:
            return False
        self._doubt_after_silence(now.boot_us - self._heard_us)
        if not self._tracker.is_open(now):
            return False
        if now.boot_us - self._connected_us < self._tracker.limit_us:
            return False  # only just connected: it has had no time to speak
        if self._fault is None:
            self.trouble(NoReply(f"{self.sensor}: nothing usable has arrived for some time"))
        return True

    def _doubt_after_silence(self, silent_us: int) -> None:
        """With its port open all the time, the instrument may have lost power, or been exchanged behind its adapter."""
        unanswered = self._unanswered >= UNANSWERED
        if silent_us >= UNWATCHED_US and (unanswered or silent_us >= self._tracker.limit_us):
            self._was_silent = True
            self._outputs.custody.doubted(self.sensor, NoReply.code)

    def sample(self, sample: Sample, at: Instant) -> None:
        """Record a sample that arrived at `at`, after the gap it ends.

        Raises ValueError for a channel that the catalogue does not list.
        """
        self._spoke, self._unanswered = True, 0
        if self._was_silent:  # it warms up again after a loss of power
            self._was_silent, self._warm_from_us = False, at.boot_us
        if self._is_refused(at):
            return
        gap = self._tracker.before_reading(at)
        if gap is not None or self._off is not None:
            self._pipeline.gap()
        reading = self._pipeline.reading(sample, _stamp(at), warming_up=self._warming_up(at))
        if not self._record_off(at) or not self._record_gap(gap, at):
            self._pipeline.refused(reading)
            return
        recorded = self._outputs.record(reading)
        self._tracker.settle(at, recorded=recorded)
        if not recorded:
            self._pipeline.refused(reading)
            self._refused()
            return
        self._pipeline.recorded(reading)
        self._last_ns = at.wall_ns
        self._fault = None
        self._tell()

    def end(self, at: Instant) -> None:
        """Recording stops here: what is missing up to now is recorded with its causes."""
        gap = self._tracker.before_end(at)
        if self._record_off(at) and gap is not None and self._record_gap(gap, at):
            self._tracker.settle(at, recorded=True)

    def _is_refused(self, at: Instant) -> bool:
        """Whether readings must not be recorded, since another instrument may be or is plugged in."""
        asking = self._asked_us is not None and at.boot_us - self._asked_us < LONGEST_WAIT_US
        refusal = self._outputs.custody.refusal(self.sensor, asking=asking)
        if isinstance(refusal, Fault):
            self.trouble(refusal)
        elif refusal is not None:
            self.cause(refusal)
        return refusal is not None

    def _warming_up(self, at: Instant) -> bool:
        warm_at_us = self._warm_at_us()
        return warm_at_us is not None and at.boot_us < warm_at_us

    def _warm_at_us(self) -> int | None:
        if self._connected_us is None:
            return None
        return self._warm_from_us + round(self._setup.model.warm_up_s * 1_000_000)

    def _record_off(self, at: Instant) -> bool:
        if self._record_gap(self._off, at):
            self._off = None
            return True
        return False

    def _record_gap(self, gap: Gap | None, at: Instant) -> bool:
        if gap is None:
            return True
        record: Record = gap_record(gap, _stamp(at))
        if self._outputs.record(record):
            return True
        self._refused()
        return False

    def _refused(self) -> None:
        self.trouble(DiskFull(f"{self.sensor}: a reading could not be recorded"))

    def _raise(self, fault: Fault) -> None:
        # The same trouble every second is one piece of news.
        news = self._fault is None or self._fault.code != fault.code
        self._fault = fault
        if news:
            self._tell()

    def _tell(self) -> None:
        connected = self._connected_us is not None
        failing, warm_at_us = self._pipeline.failing, self._warm_at_us()
        self._outputs.status(
            SensorStatus(self.sensor, connected, self._device, self._last_ns, self._fault, failing, warm_at_us)
        )


def _unwatched(before: Accounted, now: Instant, interval_ns: int) -> bool:
    """Whether an instrument could have been exchanged unseen between what the log accounts for and a start now."""
    if before.boot_us is None:
        return True
    # Up to an interval after its last reading nothing is missing of a sensor, and its port was open.
    return now.boot_us - before.boot_us >= max(UNWATCHED_US, 2 * (before.interval_us or interval_ns // 1000))


def _stamp(at: Instant) -> Stamp:
    return Stamp(at.wall_ns, at.boot_us, secrets.token_bytes(SALT_BYTES))
