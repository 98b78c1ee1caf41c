# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Real servers for tests: Debian's influxdb 1.6, victoria-metrics and mosquitto, on loopback. Starts processes.

A test that needs a server which is not installed is skipped and says so.
"""

import contextlib
import os
import shutil
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.processes import Child, running
from tests.support.waiting import wait_until

START_SECONDS = 60.0
_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def program(name: str) -> str:
    """The server's program; skips the test where it is not installed."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def influxdb_1(folder: Path, port: int) -> Iterator[Child]:
    """InfluxDB 1.6 with its files in `folder`; the same folder and port again is the same server restarted."""
    configuration = folder / "influxdb.conf"
    lines = [
        f'bind-address = "127.0.0.1:{free_port()}"',
        "reporting-disabled = true",
        f'[meta]\n  dir = "{folder / "meta"}"',
        f'[data]\n  dir = "{folder / "data"}"\n  wal-dir = "{folder / "wal"}"',
        "[monitor]\n  store-enabled = false",
        f'[http]\n  bind-address = "127.0.0.1:{port}"',
    ]
    configuration.write_text("\n".join(lines))
    command = [program("influxd"), "-config", str(configuration)]
    with running(command, output=folder / "influxd.log") as child:
        _wait(child, lambda: _answers(f"http://127.0.0.1:{port}/ping"))
        yield child


def influxql(port: int, statement: str, database: str = "") -> str:
    """The answer of InfluxDB 1 to a statement, as text."""
    form = urllib.parse.urlencode({"q": statement, "db": database}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/query", data=form, timeout=30) as reply:
        return str(reply.read().decode())


@contextlib.contextmanager
def victoria_metrics(folder: Path, port: int) -> Iterator[Child]:
    """VictoriaMetrics with its files in `folder`."""
    command = [
        program("victoria-metrics"),
        f"-httpListenAddr=127.0.0.1:{port}",
        f"-storageDataPath={folder / 'victoria'}",
        "-retentionPeriod=100y",
    ]
    with running(command, output=folder / "victoria.log") as child:
        _wait(child, lambda: _answers(f"http://127.0.0.1:{port}/health"))
        yield child


@contextlib.contextmanager
def mosquitto(folder: Path, port: int, *settings: str) -> Iterator[Child]:
    """A broker with these further lines in its configuration."""
    configuration = folder / "mosquitto.conf"
    lines = [f"listener {port} 127.0.0.1", *settings]
    if not any(line.startswith("allow_anonymous") for line in lines):
        lines.append("allow_anonymous true")
    if not any(line.startswith("max_queued_messages") for line in lines):
        # By default the broker throws away what a receiver that is slow for a moment has not taken yet.
        lines.append("max_queued_messages 0")
    if os.geteuid() == 0:
        lines.append("user root")
    configuration.write_text("\n".join(lines) + "\n")
    with running([program("mosquitto"), "-c", str(configuration)], output=folder / "mosquitto.log") as child:
        _wait(child, lambda: listens(port))
        yield child


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as reply:
        return bool(reply.status < 300)
    return False


def _wait(child: Child, ready: Callable[[], bool]) -> None:
    wait_until(lambda: ready() or not child.running, seconds=START_SECONDS, what="a server to answer")
    assert child.running, f"the server ended at once:\n{child.said()[-2000:]}"
