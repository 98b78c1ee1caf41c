# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks nodes of the chain about anchors that evidence tells of. Uses the network; believes and changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from edge_daemon.domain.faults import BadInput, Fault
from sync.anchor.chain import PASSING, Absent, Fullnode
from sync.anchor.networks import network_of
from sync.evidence.anchor_online import ChainAnswer
from sync.evidence.anchors import AnchorNote, ReadAnchor, read_anchor
from sync.evidence.form import NotEvidence

TRIES = 4
PAUSE_S = 1.0

Pause = Callable[[float], object]
Tell = Callable[[int, int], None]


def answers_of(
    notes: Sequence[AnchorNote],
    url_of: Callable[[AnchorNote], str],
    open_node: Callable[[str], Fullnode],
    pause: Pause,
    tell: Tell,
) -> dict[str, ChainAnswer]:
    """What the chain says of each anchor, by data hash. `url_of` names the node to ask, empty where none is known.

    A node that gives no usable answer is asked again a few times, then that is the answer. `tell` gets how many of how
    many were asked about.
    """
    found: dict[str, ChainAnswer] = {}
    with _nodes(open_node) as node_at:
        for number, note in enumerate(notes, start=1):
            try:
                one = read_anchor(note)
            except NotEvidence:
                continue  # the check of the record says so
            url = url_of(note)
            if url:
                found[one.call.data_hash] = _asked(one, url, node_at, pause)
            else:
                words = f"no node of {note.network} is known here; name one with --node"
                found[one.call.data_hash] = ChainAnswer(note.network, trouble=words)
            tell(number, len(notes))
    return found


def default_node(note: AnchorNote) -> str:
    """The public node of the anchor's network; empty for networks that have none, or are not known."""
    try:
        return network_of(note.network).url
    except BadInput:
        return ""


@contextmanager
def _nodes(open_node: Callable[[str], Fullnode]) -> Iterator[Callable[[str], Fullnode]]:
    """Nodes by URL, each opened once and let go of at the end."""
    opened: dict[str, Fullnode] = {}

    def node_at(url: str) -> Fullnode:
        if url not in opened:
            opened[url] = open_node(url)
        return opened[url]

    try:
        yield node_at
    finally:
        for node in opened.values():
            node.close()


def _asked(one: ReadAnchor, url: str, node_at: Callable[[str], Fullnode], pause: Pause) -> ChainAnswer:
    for number in range(1, TRIES + 1):
        try:
            return _answer(one, url, node_at(url))
        except PASSING as fault:
            if number == TRIES:
                return ChainAnswer(url, trouble=f"{fault.title}: {fault}")
            pause(PAUSE_S * number)
        except Fault as fault:
            return ChainAnswer(url, trouble=f"{fault.title}: {fault}")
    raise AssertionError("unreachable")


def _answer(one: ReadAnchor, url: str, node: Fullnode) -> ChainAnswer:
    ledger = node.ledger()
    if ledger.chain_id != one.chain_id:
        return ChainAnswer(url, ledger)
    seen = node.by_hash(one.note.transaction_hash) if one.note.transaction else None
    if seen is not None and not isinstance(seen, Absent):
        return ChainAnswer(url, ledger, seen)
    # Nodes forget old transactions; what the contract keeps, it keeps.
    stored = node.anchored(one.call.contract, one.call.project_id, one.call.data_hash)
    return ChainAnswer(url, ledger, seen, stored)
