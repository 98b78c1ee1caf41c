# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The name under which a home's secrets are kept apart from those of other homes. Reads and writes one file."""

import re
import secrets
from pathlib import Path

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets.file_lock import FileLock
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private

FILE_NAME = "home-id"
_FORM = re.compile(rb"[0-9a-f]{32}\n")


def home_id(home: Path) -> str:
    """The home's id, 32 hexadecimal digits: random, made once, kept in the home. Not secret. The folder must exist.

    Raises:
        SecretUnavailable: the file cannot be read or made, or holds something else. It is never replaced by another id,
            since the secrets kept under the first would then be out of reach.
    """
    path = home / FILE_NAME
    try:
        with FileLock.wait_for(home / f"{FILE_NAME}.lock"):
            content = read_private(path)
            if content is None:
                content = secrets.token_hex(16).encode() + b"\n"
                write_private(path, content)
    except NotPrivate as error:
        raise SecretUnavailable(f"{error}.") from error
    except OSError as error:
        raise SecretUnavailable(f"{path} cannot be read or made: {error.strerror or error}.") from error
    if not _FORM.fullmatch(content):
        raise SecretUnavailable(
            f"{path} is damaged: it must hold 32 hexadecimal digits. Put a copy back, or remove it and enter the "
            "secrets anew."
        )
    return content.decode().strip()
