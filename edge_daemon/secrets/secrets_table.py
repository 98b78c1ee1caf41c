# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Names and secrets as bytes and back: what the file stores put into their files. Pure."""

import json

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets.secret import Secret


def encode(secrets: dict[str, Secret]) -> bytes:
    """JSON, names in order: `{"broker":"…"}`. The bytes hold the secrets in clear: seal them or guard them."""
    return json.dumps({name: secret.reveal() for name, secret in sorted(secrets.items())}).encode()


def decode(content: bytes, *, where: str) -> dict[str, Secret]:
    """The table in `content`.

    Raises:
        SecretUnavailable: it is no such table. Names `where`, shows nothing of the content.
    """
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):  # from None: these errors carry the text
        raise SecretUnavailable(_damaged(where)) from None
    if not isinstance(table, dict) or not all(isinstance(text, str) and text for text in table.values()):
        raise SecretUnavailable(_damaged(where))
    return {name: Secret(text) for name, text in table.items()}


def _damaged(where: str) -> str:
    return f"{where} is damaged. Nothing was changed. Put a copy back, or move it away and enter the secrets again."
