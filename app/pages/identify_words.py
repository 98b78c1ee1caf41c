# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an identification found out, in words, and everything that was tried as text. Pure."""

from math import ceil

from app.pages.words import duration_text
from edge_daemon.api.messages_devices import IdentifyMessage, MatchMessage

VERDICTS = {
    "certain": "✓ It is this, without doubt",
    "likely": "◔ Most likely it is this",
    "several": "? It may be any of these",
    "none": "✕ Nothing that Verifield knows answered",
    "cancelled": "Stopped. Nothing was changed in the device",
    "failed": "⚠ It could not be found out",
}


def progress_text(now: IdentifyMessage) -> str:
    """What is asked now, and the longest it can still take."""
    left = max(now.total_s - now.passed_s, 0.0)
    return f"{now.title}\nQuestion {now.step} of {now.steps}, at most {duration_text(ceil(left))} more"


def match_title(match: MatchMessage) -> str:
    """The model and how sure it is."""
    return f"{match.title} ({'certain' if match.certain else 'likely'})"


def match_detail(match: MatchMessage) -> str:
    """Everything else that is known of a match, a fact on each line."""
    facts = [("Serial number", match.serial), ("Firmware", match.firmware), *match.details.items()]
    lines = [f"{name}: {value}" for name, value in facts if value]
    return "\n".join([*([match.note] if match.note else []), *lines])


def tried_text(found: IdentifyMessage) -> str:
    """What was tried and what came back, in hexadecimal."""
    lines = []
    for one in found.tried:
        lines.append(f"{one.title} ({one.line}): {one.result}")
        lines += [f"  sent      {piece}" for piece in one.sent]
        lines += [f"  received  {piece}" for piece in one.received]
        shown = sum(len(bytes.fromhex(piece)) for piece in one.received)
        if one.received_bytes > shown:
            lines.append(f"  and {one.received_bytes - shown} bytes more")
    return "\n".join(lines)
