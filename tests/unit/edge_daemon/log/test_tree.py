# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The log's tree: Certificate Transparency's vectors, another implementation's roots, and tampered proofs."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it ships no types

from edge_daemon.log.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofInvalid,
    ReadHashes,
    consistency_proof,
    hash_leaf,
    hash_node,
    inclusion_proof,
    root_of,
    stored_count,
    stored_position,
    verify_consistency,
    verify_inclusion,
)

MAX_SIZE = 130
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
INCLUSION_1_OF_8 = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
CONSISTENCY_3_TO_8 = [
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]


def leaves(count: int) -> list[bytes]:
    return [hash_leaf(f"entry {number}".encode()) for number in range(count)]


def reader(stored: Sequence[bytes]) -> ReadHashes:
    return lambda positions: [stored[position] for position in positions]


def definition(hashes: Sequence[bytes]) -> bytes:
    """The root straight from RFC 9162 section 2.1.1's recursive definition."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + definition(hashes[:split]) + definition(hashes[split:])).digest()


LEAVES = leaves(MAX_SIZE)
STORED = Frontier().extend(LEAVES)
READ = reader(STORED)
TREE_ROOTS = [definition(LEAVES[:size]) for size in range(MAX_SIZE + 1)]

sizes = st.integers(1, MAX_SIZE)


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_known_roots(size: int, root: str) -> None:
    frontier = Frontier()
    stored = frontier.extend(hash_leaf(bytes.fromhex(text)) for text in INPUTS[:size])
    assert frontier.root().hex() == root
    assert root_of(size, reader(stored)).hex() == root
    assert frontier.size == size


def test_known_proofs() -> None:
    hashes = [hash_leaf(bytes.fromhex(text)) for text in INPUTS]
    read = reader(Frontier().extend(hashes))
    inclusion = inclusion_proof(1, 8, read)
    assert [value.hex() for value in inclusion] == INCLUSION_1_OF_8
    verify_inclusion(1, 8, hashes[1], inclusion, bytes.fromhex(ROOTS[8]))
    consistency = consistency_proof(3, 8, read)
    assert [value.hex() for value in consistency] == CONSISTENCY_3_TO_8
    verify_consistency(3, 8, consistency, bytes.fromhex(ROOTS[3]), bytes.fromhex(ROOTS[8]))


def test_roots_equal_another_implementation() -> None:
    other = InmemoryTree(algorithm="sha256")
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == other.get_root()
    for number in range(MAX_SIZE):
        data = f"entry {number}".encode()
        other.append_entry(data)
        frontier.append(hash_leaf(data))
        assert frontier.root() == other.get_root()


@pytest.mark.parametrize("size", range(MAX_SIZE + 1))
def test_a_loaded_frontier_continues_as_if_it_had_never_stopped(size: int) -> None:
    frontier = Frontier.load(size, READ)
    assert frontier.root() == TREE_ROOTS[size]
    stored = STORED[: stored_count(size)]
    for leaf in LEAVES[size:]:
        assert stored_count(frontier.size) == len(stored)
        stored += frontier.append(leaf)
    assert stored == STORED
    assert frontier.root() == TREE_ROOTS[MAX_SIZE]


@given(sizes, st.integers(0, MAX_SIZE))
def test_bulk_and_single_appends_agree(size: int, split: int) -> None:
    split = min(split, size)
    frontier = Frontier()
    stored = frontier.extend(LEAVES[:split])
    stored += frontier.extend(LEAVES[split:size])
    assert stored == STORED[: stored_count(size)]
    assert frontier.root() == TREE_ROOTS[size]


def test_positions_number_the_tree_in_post_order() -> None:
    # The first rows of the numbering: leaves 0 and 1, their parent at 2, leaves at 3 and 4, parents at 5 and 6.
    assert [stored_position(0, leaf) for leaf in range(6)] == [0, 1, 3, 4, 7, 8]
    assert [stored_position(1, pair) for pair in range(3)] == [2, 5, 9]
    assert stored_position(2, 0) == 6
    assert [stored_count(size) for size in range(9)] == [0, 1, 3, 4, 7, 8, 10, 11, 15]


def test_every_complete_subtree_is_stored_at_its_position_and_nothing_else() -> None:
    seen = set()
    for level in range(MAX_SIZE.bit_length()):
        for index in range(MAX_SIZE >> level):
            position = stored_position(level, index)
            assert STORED[position] == definition(LEAVES[index << level : (index + 1) << level])
            seen.add(position)
    assert seen == set(range(stored_count(MAX_SIZE)))


def test_a_copy_is_independent() -> None:
    frontier = Frontier.load(7, READ)
    before = frontier.copy()
    frontier.append(LEAVES[7])
    assert (before.size, before.root()) == (7, TREE_ROOTS[7])
    assert (frontier.size, frontier.root()) == (8, TREE_ROOTS[8])


def test_a_refused_leaf_leaves_the_frontier_as_it_was() -> None:
    frontier = Frontier.load(5, READ)
    with pytest.raises(ValueError, match="leaf 6 has 31 bytes"):
        frontier.extend([LEAVES[5], LEAVES[6][:31]])
    assert (frontier.size, frontier.root()) == (5, TREE_ROOTS[5])


@pytest.mark.parametrize("size", range(1, MAX_SIZE + 1))
def test_every_entry_is_proven_to_be_in_the_log(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, READ)
        assert len(proof) <= (size - 1).bit_length()
        verify_inclusion(index, size, LEAVES[index], proof, TREE_ROOTS[size])


@pytest.mark.parametrize("new", range(1, MAX_SIZE + 1))
def test_every_older_log_is_proven_to_be_the_beginning(new: int) -> None:
    for old in range(1, new + 1):
        proof = consistency_proof(old, new, READ)
        verify_consistency(old, new, proof, TREE_ROOTS[old], TREE_ROOTS[new])
    assert consistency_proof(new, new, READ) == []


def test_the_proof_of_a_huge_log_reads_few_hashes() -> None:
    asked: list[int] = []

    def read(positions: Sequence[int]) -> list[bytes]:
        asked.extend(positions)
        return [hash_leaf(str(position).encode()) for position in positions]

    size = 1_000_000_007
    root = Frontier.load(size, read).root()
    proof = inclusion_proof(123_456_789, size, read)
    leaf = read([stored_position(0, 123_456_789)])[0]
    assert len(asked) < 100
    assert max(asked) < stored_count(size)
    # These made-up hashes form no tree, so that the proof has the right shape and nothing else.
    with pytest.raises(ProofInvalid, match="another root"):
        verify_inclusion(123_456_789, size, leaf, proof, root)


def altered(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


class TestTamperedInclusion:
    @given(st.data(), sizes)
    def test_an_altered_hash(self, data: st.DataObject, size: int) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, READ)
        spot = data.draw(st.integers(-2, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        leaf, root = LEAVES[index], TREE_ROOTS[size]
        if spot == -2:
            leaf = altered(leaf, bit)
        elif spot == -1:
            root = altered(root, bit)
        else:
            proof[spot] = altered(proof[spot], bit)
        with pytest.raises(ProofInvalid, match="another root"):
            verify_inclusion(index, size, leaf, proof, root)

    @given(st.data(), sizes)
    def test_a_lengthened_proof(self, data: st.DataObject, size: int) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, READ)
        proof.insert(data.draw(st.integers(0, len(proof))), data.draw(st.sampled_from(LEAVES)))
        with pytest.raises(ProofInvalid, match=f"has {len(proof)} hashes where these sizes need {len(proof) - 1}"):
            verify_inclusion(index, size, LEAVES[index], proof, TREE_ROOTS[size])

    @given(st.data(), st.integers(2, MAX_SIZE))
    def test_a_shortened_proof(self, data: st.DataObject, size: int) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, READ)
        del proof[data.draw(st.integers(0, len(proof) - 1))]
        with pytest.raises(ProofInvalid, match="hashes where these sizes need"):
            verify_inclusion(index, size, LEAVES[index], proof, TREE_ROOTS[size])

    @given(st.data(), st.integers(2, MAX_SIZE))
    def test_another_entrys_index(self, data: st.DataObject, size: int) -> None:
        index, claimed = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
        proof = inclusion_proof(index, size, READ)
        with pytest.raises(ProofInvalid):
            verify_inclusion(claimed, size, LEAVES[index], proof, TREE_ROOTS[size])

    def test_an_entry_beyond_the_end(self) -> None:
        proof = inclusion_proof(6, 7, READ)
        for index in (7, -1):
            with pytest.raises(ProofInvalid, match=f"no entry {index}"):
                verify_inclusion(index, 7, LEAVES[6], proof, TREE_ROOTS[7])

    def test_a_node_passed_off_as_an_entry(self) -> None:
        node = hash_node(LEAVES[0], LEAVES[1])
        with pytest.raises(ProofInvalid):
            verify_inclusion(0, 4, node, inclusion_proof(0, 4, READ)[1:], TREE_ROOTS[4])

    def test_a_hash_of_another_length(self) -> None:
        proof = inclusion_proof(2, 5, READ)
        for broken in ([proof[0][:31], *proof[1:]], [proof[0] + b"\0", *proof[1:]]):
            with pytest.raises(ProofInvalid, match="bytes instead of 32"):
                verify_inclusion(2, 5, LEAVES[2], broken, TREE_ROOTS[5])


class TestTamperedConsistency:
    @given(st.data(), st.integers(2, MAX_SIZE))
    def test_an_altered_hash(self, data: st.DataObject, new: int) -> None:
        old = data.draw(st.integers(1, new - 1))
        proof = consistency_proof(old, new, READ)
        spot = data.draw(st.integers(-2, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        old_root, new_root = TREE_ROOTS[old], TREE_ROOTS[new]
        if spot == -2:
            old_root = altered(old_root, bit)
        elif spot == -1:
            new_root = altered(new_root, bit)
        else:
            proof[spot] = altered(proof[spot], bit)
        with pytest.raises(ProofInvalid, match="another root"):
            verify_consistency(old, new, proof, old_root, new_root)

    @given(st.data(), st.integers(2, MAX_SIZE))
    def test_a_rewritten_past(self, data: st.DataObject, new: int) -> None:
        old = data.draw(st.integers(1, new - 1))
        rewritten = LEAVES[:new]
        rewritten[data.draw(st.integers(0, old - 1))] = hash_leaf(b"another reading")
        frontier = Frontier()
        proof = consistency_proof(old, new, reader(frontier.extend(rewritten)))
        with pytest.raises(ProofInvalid):
            verify_consistency(old, new, proof, TREE_ROOTS[old], frontier.root())

    @given(st.data(), st.integers(2, MAX_SIZE))
    def test_a_proof_of_another_length(self, data: st.DataObject, new: int) -> None:
        old = data.draw(st.integers(1, new - 1))
        proof = consistency_proof(old, new, READ)
        spot = data.draw(st.integers(0, len(proof) - 1))
        for broken in (proof[:spot] + proof[spot + 1 :], [*proof[:spot], LEAVES[0], *proof[spot:]], []):
            with pytest.raises(ProofInvalid, match="hashes where these sizes need"):
                verify_consistency(old, new, broken, TREE_ROOTS[old], TREE_ROOTS[new])

    def test_the_same_size_with_two_roots(self) -> None:
        with pytest.raises(ProofInvalid, match="two different roots"):
            verify_consistency(5, 5, [], TREE_ROOTS[5], TREE_ROOTS[6])
        with pytest.raises(ProofInvalid, match="hashes where these sizes need 0"):
            verify_consistency(5, 5, [LEAVES[0]], TREE_ROOTS[5], TREE_ROOTS[5])

    @pytest.mark.parametrize(("old", "new"), [(0, 5), (0, 0), (6, 5), (-1, 5)])
    def test_sizes_that_make_no_sense(self, old: int, new: int) -> None:
        with pytest.raises(ProofInvalid, match=f"not from {old} to {new}"):
            verify_consistency(old, new, [], TREE_ROOTS[0], TREE_ROOTS[5])
        with pytest.raises(ValueError, match=f"not from {old} to {new}"):
            consistency_proof(old, new, READ)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_proof_for_an_entry_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"no entry {index}"):
        inclusion_proof(index, size, READ)


@pytest.mark.parametrize("answer", [[], [b"short"], [LEAVES[0], LEAVES[1]]])
def test_storage_that_does_not_deliver_is_noticed(answer: list[bytes]) -> None:
    with pytest.raises(ValueError, match="stored hash"):
        Frontier.load(4, lambda _: answer)


def test_negative_sizes_and_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 leaves"):
        stored_count(-1)
    with pytest.raises(ValueError, match="level -1"):
        stored_position(-1, 0)
