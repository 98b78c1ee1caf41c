# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where the daemon is: the home folder, its endpoint.json, and whether the daemon there answers.

Reads files and asks the network, and waits for both: call it from any thread but Qt's.
"""

import http.client
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

HOME_VARIABLE = "VERIFIELD_HOME"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address of a daemon, its process, and the token that opens it (never shown)."""

    url: str
    pid: int
    token: str = field(repr=False)

    @property
    def websocket_url(self) -> str:
        """The same address for WebSockets."""
        return "ws" + self.url.removeprefix("http")


def home_folder(chosen: str, *, demo: bool) -> Path:
    """The home that was chosen, else the one of VERIFIELD_HOME, else the platform's. Touches no file.

    A demo has a folder of its own beside it, by the same rule as the daemon's.
    """
    named = chosen or os.environ.get(HOME_VARIABLE, "")
    path = Path(named) if named else platformdirs.user_data_path("verifield", appauthor=False)
    path = path.expanduser().absolute()
    return path.with_name(f"{path.name}-demo") if demo else path


def read_endpoint(home: Path) -> Endpoint | None:
    """What endpoint.json says, or None where there is none that can be used.

    Half a file counts as none (the daemon is just writing it), and so does an address beyond this computer, since the
    token must not leave it. Raises PermissionError where the file belongs to another account.
    """
    try:
        found = json.loads((home / "endpoint.json").read_text(encoding="utf-8"))
        endpoint = Endpoint(str(found["url"]).rstrip("/"), int(found["pid"]), str(found["token"]))
        split = urlsplit(endpoint.url)
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
    return endpoint if split.scheme == "http" and split.hostname in _LOOPBACK else None


def answers(endpoint: Endpoint) -> bool:
    """Whether the daemon at this address takes our token, asked for at most about two seconds."""
    split = urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port or 80, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/api/health", headers={"Authorization": f"Bearer {endpoint.token}"})
        reply = connection.getresponse()
        reply.read()
        return reply.status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def log_origin(endpoint: Endpoint) -> str:
    """Origin of the log that the daemon at this address writes.

    A daemon keeps one log for as long as it runs, and its token is as old as it is: whoever connects with this
    endpoint's token afterwards follows this log. Raises OSError or HTTPException where it does not say.
    """
    split = urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port or 80, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/api/log/head", headers={"Authorization": f"Bearer {endpoint.token}"})
        reply = connection.getresponse()
        content = reply.read()
        if reply.status != http.client.OK:
            raise http.client.HTTPException(f"The recorder does not tell its log (status {reply.status}).")
        return str(json.loads(content)["origin"])
    except (ValueError, KeyError, TypeError) as error:
        raise http.client.HTTPException("The recorder's answer about its log cannot be read.") from error
    finally:
        connection.close()
