# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Signed notes, checkpoints and proof texts against published examples, and against everything that is none."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.log.checkpoint import Checkpoint, parse_checkpoint, read_checkpoint, sign_checkpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, from_base64, parse_note, sign_note, signer_of
from edge_daemon.log.tlog_proof import TlogProof, parse_proof
from edge_daemon.log.tree import EMPTY_ROOT, Frontier, ProofInvalid, hash_leaf, inclusion_proof

# The example of Go's golang.org/x/mod/sumdb/note.
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
SIGNED = f"""{TEXT}
\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
# The example of C2SP tlog-checkpoint.
SOFA_SIGNATURE = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
SOFA = f"""example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa {SOFA_SIGNATURE}
"""
ORIGIN = "verifield/log/" + "ab" * 16
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
VERIFIER = VerifierKey(ORIGIN, KEY.public_key().public_bytes_raw())


def test_the_published_note_is_read_and_signed_byte_for_byte() -> None:
    key = VerifierKey.parse(PUBLIC)
    assert str(key) == PUBLIC
    note = parse_note(SIGNED)
    assert (note.text, str(note)) == (TEXT, SIGNED)
    assert signer_of(note, [VERIFIER, key]) == key
    seed = from_base64(PRIVATE)[1:]
    assert str(sign_note(TEXT, "PeterNeumann", Ed25519PrivateKey.from_private_bytes(seed))) == SIGNED


def test_the_published_checkpoint_is_read_and_written_byte_for_byte() -> None:
    signed = read_checkpoint(SOFA)
    assert (signed.checkpoint.origin, signed.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert str(signed) == SOFA
    assert signed.checkpoint.text + "\n" == SOFA[: SOFA.index("\u2014")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT,
        SIGNED[:-1],
        SIGNED.replace("\u2014 ", "-- "),
        SIGNED.replace("x08go", "x08g"),
        SIGNED.replace("PeterNeumann ", "Peter+Neumann "),
        SIGNED.replace("then", "\tthen"),
        SIGNED.replace("JnAM=", "JnAN="),
        "\n\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_note(text)


@pytest.mark.parametrize("text", ["o\n1\n", "o\n01\nAA==\n", "o\n-1\n" + "A" * 43 + "=\n", "o\n1\nAA==\n", "o\n1\n\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_checkpoint(text)


def test_a_checkpoint_must_be_signed_in_the_name_of_its_log() -> None:
    text = Checkpoint(ORIGIN, 0, EMPTY_ROOT).text
    with pytest.raises(NoteInvalid, match="own log"):
        read_checkpoint(str(sign_note(text, "someone.else", KEY)))


@given(
    size=st.integers(0, 10**18),
    root=st.binary(min_size=32, max_size=32),
    extensions=st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1), max_size=3),
)
def test_a_checkpoint_says_again_what_was_signed(size: int, root: bytes, extensions: list[str]) -> None:
    lines = tuple(line for line in extensions if "\x7f" not in line)
    checkpoint = Checkpoint(ORIGIN, size, root, lines)
    signed = sign_checkpoint(checkpoint, KEY)
    again = read_checkpoint(str(signed))
    assert again.checkpoint == checkpoint
    assert signer_of(again.note, [VERIFIER]) == VERIFIER


@given(at=st.integers(0, 10_000), change=st.integers(1, 0x7F))
def test_a_changed_character_is_never_believed(at: int, change: int) -> None:
    text = str(sign_checkpoint(Checkpoint(ORIGIN, 5, bytes(32)), KEY))
    at %= len(text)
    changed = text[:at] + chr(ord(text[at]) ^ change) + text[at + 1 :]
    with pytest.raises(NoteInvalid):
        signer_of(read_checkpoint(changed).note, [VERIFIER])


def test_signatures_of_others_are_passed_over_and_a_false_one_is_not() -> None:
    ours = sign_note("hello\n", ORIGIN, KEY)
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    theirs = sign_note("hello\n", "other", other)
    both = parse_note(f"{theirs}{str(ours).removeprefix('hello' + chr(10) * 2)}")
    assert signer_of(both, [VERIFIER]) == VERIFIER
    with pytest.raises(NoteInvalid, match="none of the known keys"):
        signer_of(theirs, [VERIFIER])
    forged = str(ours).replace("hello", "hallo")
    with pytest.raises(NoteInvalid, match="does not belong"):
        signer_of(parse_note(forged), [VERIFIER])


@given(size=st.integers(1, 70), index=st.integers(0, 69), extra=st.binary(max_size=5))
def test_a_proof_text_shows_its_entry_and_no_other(size: int, index: int, extra: bytes) -> None:
    index %= size
    leaves = [b"entry %d" % number for number in range(size)]
    frontier = Frontier()
    stored = frontier.extend(map(hash_leaf, leaves))
    hashes = inclusion_proof(index, size, lambda positions: [stored[position] for position in positions])
    signed = sign_checkpoint(Checkpoint(ORIGIN, size, frontier.root()), KEY)
    text = str(TlogProof(index, tuple(hashes), signed, extra))
    proof = parse_proof(text)
    assert str(proof) == text
    assert text.startswith("c2sp.org/tlog-proof@v1\n")
    assert proof.verify(leaves[index], [VERIFIER]) == VERIFIER
    with pytest.raises(ProofInvalid):
        proof.verify(b"another entry", [VERIFIER])
    stranger = VerifierKey(ORIGIN, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(NoteInvalid):
        proof.verify(leaves[index], [stranger])


@pytest.mark.parametrize(
    "text",
    [
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + SOFA,
        "c2sp.org/tlog-proof@v1\n\n" + SOFA,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" + SOFA,
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" + SOFA,
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n" + SOFA,
        "c2sp.org/tlog-proof@v1\nindex 0\n",
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_proof(text)
