# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the machine that delivered a bundle leaves beside it, for the laptop that wrote it. Reads and writes files.

`NAME.DESTINATION.receipt.json`: {"format": "verifield-receipt/1", "bundle": name, "manifest": SHA-256 of its manifest,
"log": origin, "destination": the settings as they are stored (never a secret), "delivered": [[first, last], …] (log
indices of readings, both included), "refused": [[index, words], …], "time": …}. It moves the cursor of the destination
at the same place, whatever its name, over exactly the readings that it lists. Where the bundle was signed,
`"size"` and `"root"` (hexadecimal) are those of the checkpoint that came with it: a receipt is a witness to what the
log was then. Not signed: it stands for the person who carried it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_daemon.domain.destination import Destination, account_identity, from_plain, identity, to_plain
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.canonical import LARGEST_EXACT_INT
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.log.tree import HASH_BYTES
from sync.sinks.file.bundle import DamagedBundle, Runs

FORMAT = "verifield-receipt/1"
SUFFIX = ".receipt.json"

_DAMAGED = (
    "this receipt counts for nothing, the others count. Copy it once more from the machine that wrote it, or import "
    "the file that it is for there again: that writes a new one, and what goes out twice does no harm."
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`delivered` were taken by `destination`; `refused` were not, each with the destination's words.

    `head` is the log as the checkpoint of the bundle told it.
    """

    bundle: str
    manifest: str
    origin: str
    destination: Destination
    delivered: Runs
    refused: tuple[tuple[int, str], ...]
    time: str
    head: Checkpoint | None = None

    def concerns(self, destination: Destination) -> bool:
        """Whether the receipt is about this destination: the same place, whatever the two machines call it."""
        return identity(self.destination) in {identity(destination), account_identity(destination)}


def write_receipt(
    bundle: Path,
    manifest: str,
    origin: str,
    destination: Destination,
    delivered: Runs,
    refused: Sequence[tuple[int, str]],
    now_ns: int,
    head: Checkpoint | None = None,
) -> Path:
    """Write the receipt beside the bundle, whole or not at all. Raises OSError."""
    told: dict[str, object] = {
        "format": FORMAT,
        "bundle": bundle.name,
        "manifest": manifest,
        "log": origin,
        "destination": {"name": destination.name, **to_plain(destination)},
        "delivered": [list(run) for run in delivered],
        "refused": [list(one) for one in refused],
        "time": rfc3339_from_ns(now_ns),
    }
    if head is not None:
        told |= {"size": head.size, "root": head.root.hex()}
    path = bundle.with_name(f"{bundle.name}.{destination.name}{SUFFIX}")
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("wb") as file:
        file.write(json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path


def receipts_in(folder: Path) -> tuple[list[Receipt], list[str]]:
    """The receipts in the folder, and in words which of them cannot be read, and what to do. Raises OSError."""
    receipts: list[Receipt] = []
    troubles: list[str] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            receipts.append(read_receipt(path))
        except DamagedBundle as error:
            troubles.append(f"{error}: {_DAMAGED}")
        except OSError as error:  # of this file alone: a stick with one bad spot still brings the others
            troubles.append(f"{path.name} cannot be read ({error.strerror or error}): {_DAMAGED}")
    return receipts, troubles


def read_receipt(path: Path) -> Receipt:
    """One receipt. Raises OSError, and DamagedBundle for one that cannot be read."""
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != FORMAT:
            raise DamagedBundle(f"{path.name} is of a form that this program does not know: {told['format']!r}")
        plain = dict(told["destination"])
        return Receipt(
            bundle=str(told["bundle"]),
            manifest=str(told["manifest"]),
            origin=str(told["log"]),
            destination=from_plain(str(plain.pop("name")), plain),
            delivered=tuple((int(first), int(last)) for first, last in told["delivered"]),
            refused=tuple((int(index), str(words)) for index, words in told["refused"]),
            time=str(told["time"]),
            head=_head(told),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, BadInput) as error:
        raise DamagedBundle(f"{path.name} cannot be read as a receipt") from error


def _head(told: Mapping[str, Any]) -> Checkpoint | None:
    if "root" not in told:
        return None
    size, root = told["size"], bytes.fromhex(told["root"])
    since = ns_from_rfc3339(str(told["time"]))  # a witness says since when
    if type(size) is not int or not 1 <= size <= LARGEST_EXACT_INT or len(root) != HASH_BYTES:
        raise ValueError("a head has a size and a root")
    if not 0 <= since < 2**63:
        raise ValueError("no receipt was written then")
    return Checkpoint(str(told["log"]), size, root)
