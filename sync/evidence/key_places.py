# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the statements on device keys were signed for this log, and for no other past of it. Pure.

Each names the log's size and root when it was signed. Whoever has only a later key can copy the statement on it, and
cannot make the log that he writes before it have that root.
"""

from collections.abc import Callable

from edge_daemon.log.device_keys import NamedKey
from sync.evidence.chain import Chain
from sync.evidence.verdict import Sheet

_TITLE = "Place of the device keys"


def check_key_places(sheet: Sheet, chain: Chain, agrees: Callable[[int, bytes], bool]) -> None:
    """Put it on the sheet. `agrees` says whether the log's first so many entries have this root."""
    agreed, unbound = 0, []
    for key in chain.keys.named:
        if key.signed is None:
            unbound.append(key)
        elif agrees(*key.signed):
            agreed = key.signed[0]
        else:
            sheet.failed("key_places", _TITLE, _elsewhere(key, agreed), agreed)
            return
    if unbound:
        words = (
            f"Not bound, older form: what was signed about the device key that entry {unbound[0].index} names fits "
            f"any past of this log ({len(unbound)} of {len(chain.keys.named)} keys). A thief of a later key could "
            "have written anew what stands before it."
        )
        sheet.not_checked("key_places", _TITLE, words)
    elif chain.keys.named:
        words = (
            f"{len(chain.keys.named)} were put in force; each time the log was signed as it stands here up to there."
        )
        sheet.passed("key_places", _TITLE, words)


def _elsewhere(key: NamedKey, agreed: int) -> str:
    size = key.signed[0] if key.signed else 0
    return (
        f"When the device key that entry {key.index} names was put in force, the first {size} entries of the log were "
        f"others than these, or nothing shows that they were the same: from entry {agreed} on they may have been "
        "written anew."
    )
