# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Behind which ports of a log a program can stand instead of an instrument. Pure.

Only what is known to lead out of the computer counts as real: a physical port, and a network address that is not the
computer's own. Of a computed sensor its source is judged.
"""

import re

from edge_daemon.domain.connection import PortKind

_REAL = frozenset({PortKind.PHYSICAL.value, PortKind.NETWORK.value, PortKind.COMPUTED.value})
_OWN = re.compile(
    r"(?:[^:]*\.)?localhost\.?|ip6-(?:localhost|loopback)|127(?:\.[0-9]{1,3}){3}|0(?:\.0){3}|\[[0:]*1?\]"
    r"|\[[0:]*(?:ffff:)?(?:127\.[0-9.]*|0(?:\.0){3}|7f[0-9a-f]{2}:[0-9a-f]*|0*:0*)\]",
    re.ASCII | re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r"[1-9][0-9]{0,2}(?:\.(?:0|[1-9][0-9]{0,2})){3}", re.ASCII)
"""Whatever else is made of numbers alone is another way to write an address."""


def unreal(kind: str, port: str) -> str:
    """What a sensor was connected through that a program can stand behind; empty where nothing tells that.

    `kind` and `port` are those of its connection in the log.
    """
    if kind not in _REAL:
        known = kind in set(PortKind)
        return f"a {kind.replace('_', ' ')}" if known else f"a port of a kind that is not known here ({kind[:40]})"
    if kind != PortKind.NETWORK:
        return ""
    place = port.partition(":")[2]
    host = place.rpartition(":")[0] or place
    if _OWN.fullmatch(host) or (_NUMBERS.fullmatch(host) and not _ADDRESS.fullmatch(host)):
        return f"a network address of the computer itself ({place[:80]})"
    return ""
