# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Range proofs: every run of every small log, published roots, and pymerkle's opinion of the roots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it ships no types

from edge_daemon.log.range_proof import RangeProof, check_end_of_run, range_proof, start_of_run
from edge_daemon.log.tree import Frontier, ProofInvalid, hash_leaf

# Certificate Transparency's eight inputs.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOT_OF_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def stored(leaves: list[bytes]) -> tuple[list[bytes], bytes]:
    frontier = Frontier()
    return frontier.extend(map(hash_leaf, leaves)), frontier.root()


def check(first: int, run: list[bytes], size: int, proof: RangeProof, root: bytes) -> None:
    tree = start_of_run(first, proof.before)
    tree.extend(map(hash_leaf, run))
    check_end_of_run(tree, size, proof.after, root)


def test_every_run_of_the_published_tree_gives_its_root() -> None:
    leaves = [bytes.fromhex(text) for text in LEAVES]
    hashes, root = stored(leaves)
    assert root.hex() == ROOT_OF_EIGHT
    for first in range(8):
        for end in range(first + 1, 9):
            proof = range_proof(first, end, 8, lambda positions: [hashes[position] for position in positions])
            check(first, leaves[first:end], 8, proof, root)


@given(size=st.integers(1, 200), data=st.data())
def test_a_run_that_was_altered_moved_cut_or_lengthened_is_refused(size: int, data: st.DataObject) -> None:
    leaves = [b"%d" % number for number in range(size)]
    hashes, root = stored(leaves)
    first = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(first + 1, size))
    proof = range_proof(first, end, size, lambda positions: [hashes[position] for position in positions])
    run = leaves[first:end]
    check(first, run, size, proof, root)
    at = data.draw(st.integers(0, len(run) - 1))
    wrong = [[*run[:at], b"x", *run[at + 1 :]], run[:at] + run[at + 1 :], [*run[:at], b"x", *run[at:]], [*run, b"x"]]
    for altered in wrong:
        with pytest.raises(ProofInvalid):
            check(first, altered, size, proof, root)
    with pytest.raises(ProofInvalid):
        check(first + 1, run, size, proof, root)
    with pytest.raises(ProofInvalid):
        check(first, run, size, RangeProof(proof.before, (*proof.after, bytes(32))), root)
    assert len(proof.before) + len(proof.after) <= 2 * size.bit_length() + 1


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_pymerkle_finds_the_same_roots(leaves: list[bytes]) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    assert stored(leaves)[1] == tree.get_root()
