# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a settings file of either form, and the secrets that are given apart from it. Pure."""

from collections.abc import Mapping

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.strict_json import NotJson, parse_json
from edge_daemon.secrets.secret import Secret
from edge_daemon.station.settings.document import Draft, StatedSecret
from edge_daemon.station.settings.own_toml import read_own_toml
from edge_daemon.station.settings.system_json import read_system_json

LARGEST_BYTES = 1 << 20
GIVEN = "(given)"


def read_settings(data: bytes) -> Draft:
    """What the file says: our TOML, or the system's JSON, which begins with a brace.

    Raises BadInput where it is neither, or is larger than a mebibyte.
    """
    if len(data) > LARGEST_BYTES:
        raise BadInput("file", f"{len(data)} bytes", f"at most {LARGEST_BYTES} bytes are read")
    return read_system_json(data) if data.lstrip().startswith(b"{") else read_own_toml(data)


def read_own_settings(data: bytes) -> Draft:
    """What a file of ours says. Raises BadInput for any other."""
    if data.lstrip().startswith(b"{"):
        raise BadInput("file", "(JSON)", "our own settings (TOML) are needed; use `import` for the system's JSON")
    return read_settings(data)


def read_secrets(data: bytes) -> dict[str, str]:
    """Secrets by name, from a JSON object or from `name=value` lines. Nothing at all is no secret.

    Raises BadInput, which shows no part of what was given.
    """
    if len(data) > LARGEST_BYTES:
        raise BadInput("secrets", GIVEN, f"at most {LARGEST_BYTES} bytes are read")
    return _of_json(data) if data.lstrip().startswith(b"{") else _of_lines(data)


def stated_secrets(secrets: Mapping[str, str]) -> tuple[StatedSecret, ...]:
    """Each by its name. Raises BadInput for one that is empty or no text."""
    return tuple(StatedSecret(name, name, Secret(text)) for name, text in secrets.items())


def _of_json(data: bytes) -> dict[str, str]:
    try:
        content = parse_json(data)
    except NotJson:  # from None: the error shows the text
        raise BadInput("secrets", GIVEN, "a JSON object or lines of name=value are needed") from None
    if not isinstance(content, dict):
        raise BadInput("secrets", GIVEN, "a JSON object or lines of name=value are needed")
    found: dict[str, str] = {}
    for name, value in content.items():
        if not isinstance(value, str) or not value:
            raise BadInput("secrets", GIVEN, f"the secret number {len(found) + 1} must be a text that is not empty")
        found[name] = value
    return found


def _of_lines(data: bytes) -> dict[str, str]:
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:  # from None: it carries the bytes
        raise BadInput("secrets", GIVEN, "text in UTF-8 is needed") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip() or not value:
            raise BadInput("secrets", GIVEN, f"line {number} must be name=value")
        found[name.strip()] = value
    return found
