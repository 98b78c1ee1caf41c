# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tells one boot of this computer from another, by what does not move when the clock is set. Asks the system.

The ways of macOS and Windows are **untested on a real machine**.
"""

import ctypes
import sys
from pathlib import Path

import psutil

_LINUX_ID = Path("/proc/sys/kernel/random/boot_id")
_SYSTEM_TIME_OF_DAY = 3
_PREFETCH = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"


class TimeOfDay(ctypes.Structure):
    """SYSTEM_TIMEOFDAY_INFORMATION of NtQuerySystemInformation; times in 100 ns since 1601.

    Setting the clock moves `boot_time` and `boot_time_bias` by the same amount.
    """

    _fields_ = (
        ("boot_time", ctypes.c_int64),
        ("current_time", ctypes.c_int64),
        ("time_zone_bias", ctypes.c_int64),
        ("time_zone_id", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("boot_time_bias", ctypes.c_uint64),
        ("sleep_time_bias", ctypes.c_uint64),
    )


def boot_session() -> str:
    """A text that differs from boot to boot: the system's own id, or the boot time in seconds where there is none.

    The boot time moves when the clock is set; who needs one answer for a whole run asks once.
    """
    own = {"win32": _windows_id, "darwin": _macos_id}.get(sys.platform, _linux_id)()
    return own or f"boot-{int(psutil.boot_time())}"


def windows_session(count: int | None, when: TimeOfDay) -> str:
    """The boot's number, where Windows counts them, and the boot time as the clock showed it then.

    Neither is enough: the number stands still where prefetching is off, and a computer whose clock has no battery
    boots at the same time again and again.
    """
    booted = (when.boot_time - when.boot_time_bias) % 2**64
    return f"windows-{booted:x}" if count is None else f"windows-{count}-{booted:x}"


def _linux_id() -> str:
    try:
        return _LINUX_ID.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _macos_id() -> str:
    """kern.bootsessionuuid of sysctl(3): made by the kernel at boot."""
    if sys.platform == "darwin":
        text, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        call = ctypes.CDLL(None).sysctlbyname
        call.argtypes = (
            ctypes.c_char_p,
            ctypes.c_void_p,
            ctypes.POINTER(ctypes.c_size_t),
            ctypes.c_void_p,
            ctypes.c_size_t,
        )
        failed = call(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0)
        return "" if failed else text.value.decode("ascii", errors="replace").lower()
    return ""


def _windows_id() -> str:
    if sys.platform == "win32":
        when = TimeOfDay()
        call = ctypes.WinDLL("ntdll").NtQuerySystemInformation
        call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)
        call.restype = ctypes.c_long
        if call(_SYSTEM_TIME_OF_DAY, ctypes.byref(when), ctypes.sizeof(when), None) != 0:
            return ""
        return windows_session(_windows_count(), when)
    return ""


def _windows_count() -> int | None:
    """BootId of the prefetcher, which it raises by one at each boot; None where there is none."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _PREFETCH) as key:
                value, kind = winreg.QueryValueEx(key, "BootId")
        except OSError:
            return None
        return int(value) if kind == winreg.REG_DWORD else None
    return None
