# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The log's Merkle tree as it grows and is stored, and its proofs (RFC 9162 section 2.1; the tree of RFC 6962). Pure.

Hashes are kept in one append-only sequence: each leaf's hash, followed by every complete parent that this leaf finishes
(post-order). A hash, once written, never moves or changes, so storing is appending and any proof is a few look-ups.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

ReadHashes: TypeAlias = Callable[[Sequence[int]], Sequence[bytes]]
"""Returns the stored hashes at the given positions, in the order asked for."""

_Range: TypeAlias = tuple[int, int]


class ProofInvalid(ValueError):
    """A proof does not show what it claims; the message says why."""


def hash_leaf(data: bytes) -> bytes:
    """SHA-256 of `00` followed by the entry's bytes."""
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """SHA-256 of `01` followed by both children."""
    return sha256(b"\x01" + left + right).digest()


def stored_position(level: int, index: int) -> int:
    """Where the hash of the `index`-th complete subtree of 2**`level` leaves is stored. Raises ValueError below 0."""
    if level < 0 or index < 0:
        raise ValueError(f"no hash is stored for level {level}, index {index}: both count from 0")
    last_leaf = ((index + 1) << level) - 1
    return stored_count(last_leaf) + level


def stored_count(size: int) -> int:
    """How many hashes a tree of `size` leaves stores. Raises ValueError below 0."""
    if size < 0:
        raise ValueError(f"a tree cannot have {size} leaves")
    return 2 * size - size.bit_count()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first.

    Holds O(log n) hashes, so a log of any length can be appended to without reading or rehashing it. Mutable: take a
    `copy` before a transaction that may be rolled back.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []

    @classmethod
    def load(cls, size: int, read: ReadHashes) -> "Frontier":
        """The frontier of a stored tree of `size` leaves. Raises ValueError when `read` does not deliver its hashes."""
        frontier = cls()
        frontier._peaks = _read_exactly(_peak_positions(0, size), read)
        frontier._size = size
        return frontier

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._size

    def copy(self) -> "Frontier":
        """An independent frontier in the same state."""
        twin = Frontier()
        twin._size = self._size
        twin._peaks = self._peaks.copy()
        return twin

    def append(self, leaf_hash: bytes) -> list[bytes]:
        """Add one leaf; returns the hashes to store, in order, from position `stored_count(size before)` on."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> list[bytes]:
        """Add leaves in order; returns the hashes to store, in order, from position `stored_count(size before)` on.

        Raises ValueError, leaving the frontier as it was, when a leaf hash is not 32 bytes.
        """
        peaks = self._peaks.copy()
        size = self._size
        stored: list[bytes] = []
        for leaf_hash in leaf_hashes:
            if len(leaf_hash) != HASH_BYTES:
                raise ValueError(f"the hash of leaf {size} has {len(leaf_hash)} bytes instead of {HASH_BYTES}")
            stored.append(leaf_hash)
            subtree = leaf_hash
            finished = size
            while finished & 1:
                subtree = sha256(b"\x01" + peaks.pop() + subtree).digest()
                stored.append(subtree)
                finished >>= 1
            peaks.append(subtree)
            size += 1
        self._peaks = peaks
        self._size = size
        return stored

    def root(self) -> bytes:
        """The root of the tree so far, from at most log2(size) hashes."""
        return _fold(self._peaks) if self._peaks else EMPTY_ROOT


def root_of(size: int, read: ReadHashes) -> bytes:
    """The root of the first `size` leaves of a stored tree. Raises ValueError when `read` lacks the hashes."""
    return Frontier.load(size, read).root()


def inclusion_proof(index: int, size: int, read: ReadHashes) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves: sibling hashes from leaf to root (RFC 9162 2.1.3.1).

    Raises ValueError when there is no such leaf, or when `read` lacks the hashes.
    """
    if not 0 <= index < size:
        raise ValueError(f"a log of {size} entries has no entry {index}")
    return _roots_of_ranges(_inclusion_ranges(index, size), read)


def consistency_proof(old: int, new: int, read: ReadHashes) -> list[bytes]:
    """The proof that the tree of `new` leaves only adds to that of `old` leaves (RFC 9162 2.1.4.1).

    Raises ValueError unless 0 < `old` <= `new`, or when `read` lacks the hashes.
    """
    if not 0 < old <= new:
        raise ValueError(f"consistency is shown from 1 entry on and forwards, not from {old} to {new}")
    return _roots_of_ranges(_consistency_ranges(old, new), read)


def _inclusion_ranges(index: int, size: int) -> list[_Range]:
    start, end = 0, size
    siblings: list[_Range] = []
    while end - start > 1:
        middle = start + _left_width(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return siblings[::-1]


def _consistency_ranges(old: int, new: int) -> list[_Range]:
    start, end = 0, new
    ranges: list[_Range] = []
    while end != old:
        middle = start + _left_width(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:
        # Otherwise this subtree is the whole old tree, whose root the verifier already has.
        ranges.append((start, end))
    return ranges[::-1]


def _left_width(leaves: int) -> int:
    """The largest power of two below `leaves`: where RFC 9162 splits a tree."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _peak_positions(start: int, end: int) -> list[int]:
    """Positions of the complete subtrees that cover leaves [start, end), `start` aligned as RFC splits are."""
    positions = []
    while start < end:
        level = (end - start).bit_length() - 1
        positions.append(stored_position(level, start >> level))
        start += 1 << level
    return positions


def _roots_of_ranges(ranges: Sequence[_Range], read: ReadHashes) -> list[bytes]:
    # All hashes are asked for at once, so that storage can answer with a single query.
    wanted = [_peak_positions(start, end) for start, end in ranges]
    hashes = iter(_read_exactly([position for positions in wanted for position in positions], read))
    return [_fold([next(hashes) for _ in positions]) for positions in wanted]


def _read_exactly(positions: Sequence[int], read: ReadHashes) -> list[bytes]:
    hashes = list(read(positions)) if positions else []
    if len(hashes) != len(positions):
        raise ValueError(f"{len(positions)} stored hashes were asked for and {len(hashes)} came")
    for position, value in zip(positions, hashes, strict=True):
        if len(value) != HASH_BYTES:
            raise ValueError(f"the stored hash at position {position} has {len(value)} bytes instead of {HASH_BYTES}")
    return hashes


def _fold(peaks: Sequence[bytes]) -> bytes:
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = hash_node(peak, root)
    return root


# Checking, with nothing but hashes and sizes: what a stranger runs. A proof's length follows from the sizes alone, so
# a proof of the wrong shape is refused before anything is hashed. The path from a leaf to the root has two parts: below
# the point where it joins the tree's right edge a sibling stands left or right of it (the bit of the index says which);
# along the edge every sibling stands to the left.


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf is entry `index` of the log with this `size` and `root` (RFC 9162 section 2.1.3.2).

    Raises ProofInvalid with the reason.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"a log of {size} entries has no entry {index}")
    inner, edge = _path_shape(index, size)
    _check_shape(proof, inner + edge, leaf_hash, root)
    computed = _climb(leaf_hash, proof[:inner], index)
    computed = _climb_edge(computed, proof[inner:])
    if computed != root:
        raise ProofInvalid(f"the proof of entry {index} leads to another root than that of the {size} entries")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the log of `new` entries begins with the log of `old` entries, unaltered (RFC 9162 section 2.1.4.2).

    Raises ProofInvalid with the reason.
    """
    if not 0 < old <= new:
        raise ProofInvalid(f"consistency is shown from 1 entry on and forwards, not from {old} to {new}")
    if old == new:
        _check_shape(proof, 0, old_root, new_root)
        if old_root != new_root:
            raise ProofInvalid(f"two different roots are claimed for the same {old} entries")
        return
    inner, edge = _path_shape(old - 1, new)
    # The climb starts at the largest complete subtree that ends with the old log's last entry.
    level = (old & -old).bit_length() - 1
    inner -= level
    whole = old == 1 << level
    _check_shape(proof, inner + edge + (0 if whole else 1), old_root, new_root)
    seed, siblings = (old_root, proof) if whole else (proof[0], proof[1:])
    position = (old - 1) >> level
    lefts = [sibling for bit, sibling in enumerate(siblings[:inner]) if position >> bit & 1]
    if _climb_edge(_climb_edge(seed, lefts), siblings[inner:]) != old_root:
        raise ProofInvalid(f"the proof leads to another root than that of the old {old} entries")
    if _climb_edge(_climb(seed, siblings[:inner], position), siblings[inner:]) != new_root:
        raise ProofInvalid(f"the proof leads to another root than that of the new {new} entries")


def _path_shape(index: int, size: int) -> tuple[int, int]:
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _check_shape(proof: Sequence[bytes], length: int, *ends: bytes) -> None:
    if len(proof) != length:
        raise ProofInvalid(f"the proof has {len(proof)} hashes where these sizes need {length}")
    for value in (*ends, *proof):
        if len(value) != HASH_BYTES:
            raise ProofInvalid(f"a hash of the proof has {len(value)} bytes instead of {HASH_BYTES}")


def _climb(start: bytes, siblings: Sequence[bytes], index: int) -> bytes:
    current = start
    for bit, sibling in enumerate(siblings):
        current = hash_node(sibling, current) if index >> bit & 1 else hash_node(current, sibling)
    return current


def _climb_edge(start: bytes, siblings: Sequence[bytes]) -> bytes:
    current = start
    for sibling in siblings:
        current = hash_node(sibling, current)
    return current
