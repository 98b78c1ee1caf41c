# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium for tests of pages, driven by the DevTools protocol. Starts and kills a browser; loopback only.

Source of the protocol: chromedevtools.github.io/devtools-protocol, domains DOM, Emulation, Page and Runtime.
"""

import json
import shutil
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.support.processes import Child, running
from tests.support.waiting import wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_S = 120.0
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-breakpad", "--disable-crash-reporter",
    "--disable-dev-shm-usage", "--disable-extensions", "--no-proxy-server", "--remote-debugging-port=0",
)  # fmt: skip


class Tab:
    """The one page of a browser."""

    def __init__(self, child: Child, connection: ClientConnection) -> None:
        self.child = child
        self._connection = connection
        self._asked = 0

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """The protocol's answer to this command."""
        self._asked += 1
        self._connection.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._connection.recv(timeout=PATIENCE_S))
            if told.get("id") == self._asked:
                assert "error" not in told, f"{method}: {told['error']}"
                result: dict[str, Any] = told["result"]
                return result

    def evaluate(self, expression: str) -> Any:
        """The value of this expression in the page; a promise is waited for."""
        told = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"].get("exception", {}).get("description")
        return told["result"].get("value")

    def open(self, page: Path, query: str = "") -> None:
        """Open this file and wait until it is there; another `query` tells it from the time before."""
        address = page.resolve().as_uri() + (f"?{query}" if query else "")
        self.ask("Page.navigate", url=address)
        loaded = f"document.readyState === 'complete' && location.href === {json.dumps(address)}"
        wait_until(lambda: self.evaluate(loaded), seconds=PATIENCE_S, what="the page")

    def choose(self, selector: str, files: Sequence[Path]) -> None:
        """Give these files to an input, as a person who chooses them does."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(file.resolve()) for file in files])

    def photograph(self, target: Path, width: int = 1024, height: int = 600, *, whole: bool = False) -> None:
        """The page as an image (PNG), as large as a screen, or all of it."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        told = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        target.write_bytes(b64decode(told["data"]))


@contextmanager
def browsing(folder: Path) -> Iterator[Tab]:
    """A browser whose profile and output lie in `folder`; nothing of it outlives the block."""
    assert CHROMIUM is not None
    profile = folder / "profile"
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    with running(command, output=folder / "chromium.out", environment=home) as child:
        port = wait_until(lambda: _port(child, profile), seconds=PATIENCE_S, what="the browser's port")
        address = wait_until(lambda: _page_of(port), seconds=PATIENCE_S, what="the browser's page")
        with connect(address, proxy=None, max_size=None, open_timeout=PATIENCE_S) as connection:
            yield Tab(child, connection)


def _port(child: Child, profile: Path) -> str:
    assert child.running, child.said()
    file = profile / "DevToolsActivePort"
    lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
    return lines[0] if len(lines) > 1 else ""


def _page_of(port: str) -> str:
    try:
        told = httpx.get(f"http://127.0.0.1:{port}/json/list", trust_env=False, verify=False, timeout=PATIENCE_S).json()
    except httpx.TransportError:
        return ""
    return next((str(one["webSocketDebuggerUrl"]) for one in told if one["type"] == "page"), "")
