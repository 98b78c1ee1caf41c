# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in the user's world, named by cause, with advice for a person. Anything else is a bug. Pure."""

from typing import ClassVar


class Fault(Exception):
    """A named trouble with a stable `code`, a short `title` and `advice` that says what a person can do.

    `str(fault)` says what happened in this case. Codes are stable: other programs may match them.
    """

    code: ClassVar[str] = "fault"
    title: ClassVar[str] = "Something is wrong"
    advice: ClassVar[str] = ""


# ---- on the wire ---------------------------------------------------------------------------------------------------


class NotConnected(Fault):
    code = "not_connected"
    title = "Not connected"
    advice = "Check the cable and the adapter. Recording goes on by itself when the instrument is back."


class PortBusy(Fault):
    code = "port_busy"
    title = "Another program holds the port"
    advice = "Close the other program (a terminal, a vendor tool, ModemManager), or choose another port."


class PermissionRefused(Fault):
    code = "permission_refused"
    title = "No permission for the port"
    advice = "Add your account to the port's group (dialout on Debian) and log in again."


class NoReply(Fault):
    code = "no_reply"
    title = "The instrument does not answer"
    advice = "Check its power, the wiring and the line settings (baud rate, address)."


class ChecksumMismatch(Fault):
    code = "checksum_mismatch"
    title = "Damaged data on the line"
    advice = "Check plugs, cable length and shielding; check that only one device has this address."


class MalformedFrame(Fault):
    code = "malformed_frame"
    title = "Data in a form this instrument does not send"
    advice = "Check that the right model and line settings are chosen."


class DeviceRefused(Fault):
    """The instrument answered with an error of its own, e.g. a Modbus exception."""

    code = "device_refused"
    title = "The instrument refused the request"
    advice = "Check that the right model is chosen; then restart the instrument."


class ReadsOtherwise(DeviceRefused):
    """What was written reads otherwise, or was not told: the instrument may hold neither what it held before nor what
    it was told."""

    code = "reads_otherwise"
    title = "The instrument holds something else than it was told"
    advice = "Read what it holds, and tell it again."


class DeviceFault(Fault):
    """The instrument reports that it cannot measure."""

    code = "device_fault"
    title = "The instrument reports a fault of its own"
    advice = "Look for a blocked path, dirt or damage; see the instrument's manual for its status code."


class NotReady(Fault):
    code = "not_ready"
    title = "The instrument is not ready yet"
    advice = "Wait for its warm-up to end."


# ---- on this machine -----------------------------------------------------------------------------------------------


class DiskFull(Fault):
    code = "disk_full"
    title = "The disk is full: nothing can be recorded"
    advice = "Free space on the disk now. Recording goes on by itself as soon as there is room."


class DiskLow(Fault):
    """There is room still, but not for long."""

    code = "disk_low"
    title = "The disk is running low"
    advice = (
        "Make room before it is full, for recording stops then: empty the bin, move pictures, downloads and other "
        "programs' files elsewhere. Leave the data folder as it is: it is the record."
    )


class BufferUnavailable(Fault):
    """The buffer cannot be written for a cause other than a full disk (I/O error, file taken away)."""

    code = "buffer_unavailable"
    title = "The record on disk cannot be written"
    advice = "Check the disk. Do not switch the computer off before a copy of the data folder has been made."


class Overloaded(Fault):
    code = "overloaded"
    title = "Readings arrive faster than the disk takes them"
    advice = "Choose a longer interval, or find what else keeps the disk busy."


class DamagedLog(Fault):
    code = "damaged_log"
    title = "The record on disk is damaged"
    advice = (
        "The damaged file is kept. Recording goes on in a new log that names it. Copy the data folder before repairs."
    )


class ClockUntrusted(Fault):
    code = "clock_untrusted"
    title = "The computer's clock cannot be trusted"
    advice = (
        "Connect to a network and wait for the clock to be set: the readings then get their time by themselves. "
        "Where that cannot be, release them with the time they have."
    )


class AlreadyRunning(Fault):
    code = "already_running"
    title = "Verifield is already recording into this folder"
    advice = "Use the running one, or stop it first."


class SecretUnavailable(Fault):
    code = "secret_unavailable"
    title = "The safe place for secrets cannot be reached"
    advice = "Unlock the system's keyring (log in to the desktop), or choose another place for secrets in the settings."


class Unreachable(Fault):
    code = "unreachable"
    title = "No answer over the network"
    advice = "Check the connection and the address."


# ---- asked for something that cannot be done -----------------------------------------------------------------------


class SyncFailed(Fault):
    """The delivery program did not do what it was asked."""

    code = "sync_failed"
    title = "The delivery could not be carried out"
    advice = "Nothing is lost: what waits is sent by the next sync. Try again."


class BadInput(Fault):
    """Refused input. Names the field, the value (never a secret) and what is allowed."""

    code = "bad_input"
    title = "This cannot be accepted"
    advice = "Correct the value and try again."

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(f"{field}: {value!r} cannot be used; {allowed}")
        self.field = field
        self.value = value
        self.allowed = allowed


class Unknown(Fault):
    """Nothing of this name."""

    code = "unknown"
    title = "Not found"
    advice = "Check the name."


class Conflict(Fault):
    """The request does not fit the present state."""

    code = "conflict"
    title = "Not possible at the moment"
    advice = "Look at how it stands now, then try again."


class Unauthorised(Fault):
    code = "unauthorised"
    title = "Not allowed"
    advice = "Use the token in the data folder's endpoint.json."
