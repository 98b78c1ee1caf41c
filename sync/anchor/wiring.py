# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts the anchoring step of a home together: settings, key, node, ledger. Opens files; the network when it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BadInput, DamagedLog
from edge_daemon.log.bodies import LogBody, from_json
from edge_daemon.log.entry import decode_entry
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.store import SecretStore
from sync.anchor.aptos_node import AptosNode
from sync.anchor.books import AnchorBooks
from sync.anchor.chain import Fullnode
from sync.anchor.demo import NETWORK, demo_key, demo_ledger
from sync.anchor.faults import NoPayingKey
from sync.anchor.heads import heads_of
from sync.anchor.node_http import NodeHttp
from sync.anchor.settings import AnchorSettings, settings_of
from sync.anchor.signing import SECRET_NAME, PayingKey
from sync.anchor.step import GIVE_UP_S, AnchorStep
from sync.delivery.books import Books
from sync.engine.logs import Shelf

API_KEY_NAME = "anchor.api-key"


@contextmanager
def anchor_step(
    home: Path,
    shelf: Shelf,
    books: Books,
    place: Callable[[], SecretStore],
    *,
    automatic: bool = False,
    again: bool = False,
    give_up_s: float = GIVE_UP_S,
) -> Iterator[AnchorStep | None]:
    """The step, ready to run within the block; None where no anchoring is set up.

    A demonstration anchors on its own local ledger and nowhere else. Raises BadInput, BufferUnavailable, DamagedLog,
    AlreadyRunning.
    """
    settings = settings_of(home)
    if shelf.demo:
        if settings is not None and settings.network != NETWORK:
            raise BadInput("network", settings.network, "a demonstration anchors on the local ledger only")
        key = demo_key(home)
        with demo_ledger(home, key, projects_of(shelf)) as ledger:
            yield _step(home, shelf, books, ledger, lambda: key, lambda: None, automatic, again, give_up_s)
        return
    if settings is None:
        yield None
        return
    yield _step(
        home,
        shelf,
        books,
        settings,
        lambda: _paying_key(place, settings),
        lambda: place().get(API_KEY_NAME) if not settings.where.local else None,
        automatic,
        again,
        give_up_s,
    )


def node_of(url: str, api_key: Secret | None) -> Fullnode:
    """The node whose API begins at `url`."""
    return AptosNode(NodeHttp(url, api_key))


def projects_of(shelf: Shelf) -> set[str]:
    """The projects of the home's logs. Raises DamagedLog."""
    found = set()
    for log in shelf.logs:
        with LogReader(log.path) as reader:
            rows = reader.entries(0, 1)
        try:
            found.add(from_json(LogBody, decode_entry(rows[0][1]).body).project_id)
        except (ValueError, IndexError) as error:
            raise DamagedLog(f"{log.path}: its first entry cannot be read: {error}") from error
    return found


def _step(
    home: Path,
    shelf: Shelf,
    books: Books,
    settings: AnchorSettings,
    key: Callable[[], PayingKey],
    api_key: Callable[[], Secret | None],
    automatic: bool,
    again: bool,
    give_up_s: float,
) -> AnchorStep:
    return AnchorStep(
        settings,
        AnchorBooks(books),
        lambda size_of, until_s: heads_of(home, shelf.logs, size_of, until_s),
        key,
        lambda: node_of(settings.url, api_key()),
        automatic,
        again,
        give_up_s,
    )


def _paying_key(place: Callable[[], SecretStore], settings: AnchorSettings) -> PayingKey:
    secret = place().get(SECRET_NAME)
    if secret is None:
        raise NoPayingKey(f"there is no key for the account {settings.account} in the place for secrets")
    return PayingKey(secret)
