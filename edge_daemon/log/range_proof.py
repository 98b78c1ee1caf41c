# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The proof that a run of entries stands in a log at its place, all of it and nothing else. Pure.

It is made of two published pieces (RFC 9162 section 2.1): the roots of the complete subtrees that cover the entries
before the run, largest first, and the consistency proof from the log that ends with the run to the whole. With these
and the run's leaf hashes a reader computes the root of the log up to the run's end, and is shown that the whole goes on
from it. Both have at most about log2(size) hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge_daemon.log.tree import (
    Frontier,
    ProofInvalid,
    ReadHashes,
    consistency_proof,
    stored_position,
    verify_consistency,
)


@dataclass(frozen=True, slots=True)
class RangeProof:
    """Hashes of 32 bytes: `before` covers the entries ahead of the run, `after` leads from its end to the root."""

    before: tuple[bytes, ...]
    after: tuple[bytes, ...]


def range_proof(first: int, end: int, size: int, read: ReadHashes) -> RangeProof:
    """The proof for the entries from `first` to before `end` in the log of `size` entries.

    Raises ValueError unless 0 <= `first` < `end` <= `size`, or when `read` lacks the hashes.
    """
    if not 0 <= first < end <= size:
        raise ValueError(f"a log of {size} entries has no run from {first} to before {end}")
    return RangeProof(tuple(read(_peaks(first)) if first else ()), tuple(consistency_proof(end, size, read)))


def start_of_run(first: int, before: Sequence[bytes]) -> Frontier:
    """The tree up to `first`: extend it with the run's leaf hashes. Raises ProofInvalid for too few or too many."""
    if first < 0:
        raise ProofInvalid("no entry stands before the first")
    try:
        return Frontier.load(first, lambda _: before)
    except ValueError as error:
        raise ProofInvalid(f"the hashes of what lies before entry {first} are not as many as they must be") from error


def check_end_of_run(run: Frontier, size: int, after: Sequence[bytes], root: bytes) -> None:
    """Check that the log of `size` entries with this `root` goes on from the run. Raises ProofInvalid."""
    verify_consistency(run.size, size, after, run.root(), root)


def _peaks(size: int) -> list[int]:
    positions, start = [], 0
    while start < size:
        level = (size - start).bit_length() - 1
        positions.append(stored_position(level, start >> level))
        start += 1 << level
    return positions
