# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The passphrase of the file with the secrets, where a person sits at the terminal. Reads the terminal."""

import getpass
import sys

from edge_daemon.secrets.secret import Secret


def typed_passphrase() -> Secret | None:
    """Typed at the terminal; None where there is none, so that no program ever waits for it."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    typed = getpass.getpass("Passphrase of the file with the secrets: ")
    return Secret(typed) if typed else None
