# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Text in InfluxDB line protocol. Pure. Source: InfluxDB, Line protocol reference (v2), special characters."""

from functools import lru_cache


def tag_text(text: str) -> str:
    """A tag's value. A backslash before a separator would escape it, and a line break would end the line: neither can
    be written."""
    clean = text.replace("\\", "/").replace("\n", " ").replace("\r", " ")
    return clean.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


@lru_cache(maxsize=256)
def string_field(text: str) -> str:
    """A text as a field. It may hold a line break, but whoever splits a file into lines would break it there."""
    clean = text.replace("\n", " ").replace("\r", " ")
    escaped = clean.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
