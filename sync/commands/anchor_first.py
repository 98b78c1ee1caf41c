# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The first step of a sync: the anchor, where one is set up. Opens files; uses the network."""

import threading
from collections.abc import Callable

from edge_daemon.domain.faults import Fault
from edge_daemon.secrets.store import SecretStore
from sync.anchor.settings import FILE_NAME as ANCHOR_FILE
from sync.commands.telling import Output
from sync.compose import Station

CHECKPOINT_S = 5.0


def anchor_first(
    here: Station,
    secrets: Callable[[], SecretStore],
    output: Output,
    cancelled: threading.Event,
    checkpoint: threading.Thread,
    *,
    automatic: bool,
    as_json_lines: bool,
) -> None:
    """Anchor where that is set up. A demonstration anchors only when asked to; no failure here keeps data back.

    `checkpoint` has the recorder sign the newest head, which is worth a short wait. `automatic`: nobody asked for the
    sync, so at most one anchor an hour.
    """
    if here.shelf.demo or not (here.home.path / ANCHOR_FILE).exists():
        return
    checkpoint.join(CHECKPOINT_S)
    from sync.anchor.wiring import anchor_step  # the chain's library is slow to load, and most syncs need none
    from sync.commands.anchor import plain_outcome

    def tell(words: str) -> None:
        output.json({"event": "anchoring", "words": words}) if as_json_lines else output.line(words)

    try:
        with anchor_step(here.home.path, here.shelf, here.books, secrets, automatic=automatic) as step:
            outcome = step.run(tell, cancelled) if step else None
    except Fault as fault:
        tell(f"No anchor: {fault.title}: {fault}")
        return
    if outcome is not None and as_json_lines:
        output.json(plain_outcome(outcome))
    elif outcome is not None:
        output.line(f"{outcome.words} {outcome.remedy}".strip())
