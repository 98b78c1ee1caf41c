# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the machine that delivered a bundle leaves beside it, for the laptop that wrote it. Reads and writes files.

`NAME.DESTINATION.receipt.json`: {"format": "verifield-receipt/1", "bundle": name, "manifest": SHA-256 of its manifest,
"log": origin, "destination": the settings as they are stored (never a secret), "delivered": [[first, last], …] (log
indices of readings, both included), "refused": [[index, words], …], "time": …}. It moves the cursor of the destination
with the same settings, whatever its name, over exactly the readings that it lists. Not signed: it stands for the
person who carried it.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.destination import Destination, from_plain, to_plain
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from sync.sinks.file.bundle import DamagedBundle, Runs

FORMAT = "verifield-receipt/1"
SUFFIX = ".receipt.json"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`delivered` were taken by `destination`; `refused` were not, each with the destination's words."""

    bundle: str
    manifest: str
    origin: str
    destination: Destination
    delivered: Runs
    refused: tuple[tuple[int, str], ...]
    time: str

    def concerns(self, destination: Destination) -> bool:
        """Whether the receipt is about this destination: the same place, whatever the two machines call it."""
        return to_plain(self.destination) == to_plain(destination)


def write_receipt(
    bundle: Path,
    manifest: str,
    origin: str,
    destination: Destination,
    delivered: Runs,
    refused: Sequence[tuple[int, str]],
    now_ns: int,
) -> Path:
    """Write the receipt beside the bundle, whole or not at all. Raises OSError."""
    told = {
        "format": FORMAT,
        "bundle": bundle.name,
        "manifest": manifest,
        "log": origin,
        "destination": {"name": destination.name, **to_plain(destination)},
        "delivered": [list(run) for run in delivered],
        "refused": [list(one) for one in refused],
        "time": rfc3339_from_ns(now_ns),
    }
    path = bundle.with_name(f"{bundle.name}.{destination.name}{SUFFIX}")
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("wb") as file:
        file.write(json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path


def receipts_in(folder: Path, origin: str) -> list[Receipt]:
    """The receipts for this log in the folder. Raises OSError, and DamagedBundle naming one that cannot be read."""
    receipts = [_receipt(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return [receipt for receipt in receipts if receipt.origin == origin]


def _receipt(path: Path) -> Receipt:
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
        )
    except (ValueError, KeyError, TypeError, BadInput) as error:
        raise DamagedBundle(f"{path.name} cannot be read as a receipt") from error
