# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The first step of a sync: the anchor, where one is set up. Opens files; uses the network."""

import threading
from collections.abc import Callable

from edge_daemon.domain.faults import AlreadyRunning, BadInput, BufferUnavailable, DamagedLog, DiskFull
from edge_daemon.secrets.store import SecretStore
from sync.anchor.settings import FILE_NAME as ANCHOR_FILE
from sync.commands.telling import Output
from sync.compose import Station


def anchor_first(
    here: Station,
    secrets: Callable[[], SecretStore],
    output: Output,
    cancelled: threading.Event,
    *,
    as_json_lines: bool,
) -> None:
    """Anchor where that is set up. A demonstration anchors only when asked to; no failure here keeps data back."""
    if here.shelf.demo or not (here.home.path / ANCHOR_FILE).exists():
        return
    from sync.anchor.wiring import anchor_step  # the chain's library is slow to load, and most syncs need none
    from sync.commands.anchor import plain_outcome

    def tell(words: str) -> None:
        output.json({"event": "anchoring", "words": words}) if as_json_lines else output.line(words)

    try:
        with anchor_step(here.home.path, here.shelf, here.books, secrets, automatic=True) as step:
            outcome = step.run(tell, cancelled) if step else None
    except (BadInput, BufferUnavailable, DamagedLog, DiskFull, AlreadyRunning) as fault:
        tell(f"No anchor: {fault.title}: {fault}")
        return
    if outcome is not None and as_json_lines:
        output.json(plain_outcome(outcome))
    elif outcome is not None:
        output.line(f"{outcome.words} {outcome.remedy}".strip())
