# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the chain about the anchors of a data folder or a bundle, for `verifield-sync verify --online`. Uses a network.

Which node is asked: the one that the person names; else the public node of the anchor's network; for a network that has
none, the one that the data folder anchors through. So a folder from elsewhere cannot choose who is believed about a
public chain. A demonstration's own ledger is opened and asked on loopback.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from edge_daemon.home import Home
from sync.anchor.asking import answers_of, default_node
from sync.anchor.demo import NETWORK
from sync.anchor.ledger.server import FILE_NAME, opened, serving
from sync.anchor.settings import check_url, settings_of
from sync.anchor.wiring import node_of
from sync.evidence.anchor_online import ChainAnswer
from sync.evidence.anchors import AnchorNote

Tell = Callable[[int, int], None]


def chain_answers(notes: Sequence[AnchorNote], place: Home | None, node: str, tell: Tell) -> dict[str, ChainAnswer]:
    """What the chain says of these anchors, by data hash. `place` is the data folder that they are from, if any.

    Raises BadInput for a `node` that is no node's URL, AlreadyRunning while a demonstration's ledger is in use.
    """
    if node:
        check_url(node)
    with _home_node(place) as (network, url):

        def url_of(note: AnchorNote) -> str:
            return node or default_node(note) or (url if note.network == network else "")

        return answers_of(notes, url_of, lambda at: node_of(at, None), time.sleep, tell)


@contextmanager
def _home_node(place: Home | None) -> Iterator[tuple[str, str]]:
    """The network that this data folder anchors on, and the node that it asks; both empty where there is none."""
    settings = None if place is None else settings_of(place.path)
    if settings is not None:
        yield settings.network, settings.url
    elif place is not None and (place.path / FILE_NAME).exists():
        with opened(place.path / FILE_NAME) as rest, serving(rest) as url:
            yield NETWORK, url
    else:
        yield "", ""
