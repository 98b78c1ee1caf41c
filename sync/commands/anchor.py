# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync anchor`: brings checkpoints' digests onto the chain, or tells how that stands.

Opens files, uses the network, handles signals.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.home import Home, find_home
from edge_daemon.secrets.choose import Choice
from edge_daemon.secrets.store import SecretStore
from sync.anchor.books import Anchor, AnchorBooks
from sync.anchor.demo import NETWORK as LOCAL_LEDGER
from sync.anchor.fees import Forecast
from sync.anchor.heads import heads_of
from sync.anchor.networks import network_of
from sync.anchor.settings import apt, settings_of
from sync.anchor.step import GIVE_UP_S, AnchorOutcome
from sync.anchor.wiring import anchor_step, projects_of
from sync.commands.passphrase import typed_passphrase
from sync.commands.run import DemoOption, HomeOption, JsonOption, StoreOption, given_secrets
from sync.commands.telling import Output
from sync.compose import Station, secret_place, station
from sync.delivery.books import Books
from sync.engine.logs import shelf_of

NOT_ANCHORED = 1


def anchor(
    home: HomeOption = None,
    demo: DemoOption = False,
    network: Annotated[str | None, typer.Option(help="Refuse unless anchoring is set up for this network.")] = None,
    status: Annotated[bool, typer.Option("--status", help="Tell how anchoring stands; use no network.")] = False,
    forecast: Annotated[bool, typer.Option("--forecast", help="Ask the node what the next anchors will cost.")] = False,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Do nothing within an hour of the last anchor.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Repeat an anchor that the contract refused.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to wait for the network and the chain.")] = GIVE_UP_S,
    as_json_lines: JsonOption = False,
    secret_store: StoreOption = None,
    secrets_stdin: Annotated[
        bool, typer.Option("--secrets-stdin", help="Take the secrets as a JSON object from standard input.")
    ] = False,
) -> None:
    """Anchor what is signed and not anchored yet. Ends with status 0 when nothing is left to do, 1 otherwise."""
    place = Home(find_home(home, os.environ, demo=demo))
    output = Output()
    given = given_secrets() if secrets_stdin else None
    passphrase = typed_passphrase() if secret_store is Choice.FILE and given is None else None
    _check_network(place, network, demo=demo)
    if status:
        _tell_status(place, output, as_json=as_json_lines)
        return
    with station(place) as here, _cancelling() as cancelled:
        secrets = secret_place(place.path, secret_store, passphrase, given)
        if forecast:
            _tell_forecast(here, secrets, output, as_json=as_json_lines)
            return

        def progress(words: str) -> None:
            output.json({"event": "anchoring", "words": words}) if as_json_lines else output.line(words)

        outcome = _anchored(here, secrets, progress, cancelled, automatic=automatic, again=again, patience=patience)
    if outcome is None:
        words = "No anchoring is set up here: see `verifield-sync anchor-setup --help`."
        output.json({"event": "not_set_up", "words": words}) if as_json_lines else output.line(words)
        raise typer.Exit(NOT_ANCHORED)
    _tell(outcome, output, as_json=as_json_lines)
    if not outcome.fine:
        raise typer.Exit(NOT_ANCHORED)


def plain_outcome(outcome: AnchorOutcome) -> dict[str, object]:
    """The outcome for another program."""
    return {
        "event": "anchor",
        "state": outcome.state,
        "network": outcome.network,
        "warning": outcome.warning,
        "words": outcome.words,
        "remedy": outcome.remedy,
        "code": outcome.code,
        "fee_octas": outcome.fee_octas,
        "anchors": [plain_anchor(each) for each in outcome.anchors],
    }


def plain_anchor(each: Anchor) -> dict[str, object]:
    """An anchor for another program. Times are ISO 8601; sizes in entries; fees in octas (10⁻⁸ APT)."""
    return {
        "origin": each.origin,
        "size": each.size,
        "root": each.root,
        "data_hash": each.data_hash,
        "project_id": each.project,
        "network": each.network,
        "chain_id": each.chain_id,
        "contract": each.contract,
        "state": each.state,
        "words": each.words,
        "period_end": rfc3339_from_ns(each.end_ns),
        "transaction_hash": each.transaction_hash,
        "version": each.version,
        "ledger_time": None if each.ledger_us is None else rfc3339_from_ns(each.ledger_us * 1000),
        "fee_octas": each.fee_octas,
    }


def _anchored(
    here: Station,
    secrets: Callable[[], SecretStore],
    progress: Callable[[str], None],
    cancelled: threading.Event,
    *,
    automatic: bool,
    again: bool,
    patience: float,
) -> AnchorOutcome | None:
    with anchor_step(
        here.home.path, here.shelf, here.books, secrets, automatic=automatic, again=again, give_up_s=patience
    ) as step:
        return None if step is None else step.run(progress, cancelled)


def _check_network(place: Home, network: str | None, *, demo: bool) -> None:
    if network is None:
        return
    settings = settings_of(place.path)
    chosen = LOCAL_LEDGER if demo else settings.network if settings else "none"
    if network != chosen:
        raise BadInput("network", network, f"anchoring is set up for {chosen}; change that with anchor-setup")


def _tell(outcome: AnchorOutcome, output: Output, *, as_json: bool) -> None:
    if as_json:
        output.json(plain_outcome(outcome))
        return
    output.line(outcome.words)
    for each in outcome.anchors:
        output.line(f"  {each.origin}, {each.size} entries: transaction {each.transaction_hash or 'not known here'}")
    for words in (outcome.remedy, outcome.warning):
        if words:
            output.line(words)


def _tell_status(place: Home, output: Output, *, as_json: bool) -> None:
    settings, shelf = settings_of(place.path), shelf_of(place)
    network = settings.network if settings else LOCAL_LEDGER if shelf.demo else None
    history, anchored = _history(place, network)
    signed = heads_of(place.path, shelf.logs, lambda origin: anchored.get(origin, 0), claims=False)
    if as_json:
        output.json(
            {
                "event": "status",
                "network": network,
                "warning": network_of(network).warning if network else "",
                "account": settings.account if settings else None,
                "waiting": [
                    {"origin": head.origin, "size": head.size, "since": rfc3339_from_ns(head.start_ns)}
                    for head in signed.heads
                ],
                "troubles": signed.troubles,
                "anchors": [plain_anchor(each) for each in history],
            }
        )
        return
    output.line(f"Anchoring: {network or 'not set up'}. {network_of(network).warning if network else ''}".rstrip())
    for trouble in signed.troubles:
        output.line(f"  {trouble}")
    for head in signed.heads:
        since = rfc3339_from_ns(head.start_ns)
        output.line(f"  not anchored since {since}: {head.origin}, {head.size} entries are signed")
    for each in history:
        fee = "" if each.fee_octas is None else f", fee {apt(each.fee_octas)}"
        output.line(f"  {each.origin}, {each.size} entries: {each.state}{fee} {each.words}".rstrip())


def _history(place: Home, network: str | None) -> tuple[list[Anchor], dict[str, int]]:
    """The last anchors, and how many entries of each log are anchored on the network."""
    if not place.delivery.exists():
        return [], {}
    with Books(place.delivery, reading=True) as books:
        kept = AnchorBooks(books, reading=True)
        return (kept.history(), kept.sizes(network or "")) if kept.begun() else ([], {})


def _tell_forecast(here: Station, secrets: Callable[[], SecretStore], output: Output, *, as_json: bool) -> None:
    with anchor_step(here.home.path, here.shelf, here.books, secrets) as step:
        if step is None:
            raise BadInput("anchoring", "not set up", "set it up with anchor-setup first")
        told: Forecast = step.forecast(min(projects_of(here.shelf), default=""))
    if as_json:
        output.json(
            {"event": "forecast", "fee_octas": told.fee_octas, "day_octas": told.day_octas}
            | {"balance_octas": told.balance_octas, "anchors_left": told.anchors_left}
            | {"spent_octas": told.spent_octas, "limit_octas": told.limit_octas, "limit_days": told.limit_days}
            | {"simulated": told.simulated, "trouble": told.trouble}
        )
        return
    if not told.fee_octas:
        output.line("Nothing has been anchored here yet, and what an anchor costs cannot be told beforehand.")
        output.line(f"The chain would refuse one now. {told.trouble}.")
    else:
        basis = " by a simulation, since nothing has been anchored here yet" if told.simulated else ""
        output.line(f"An anchor costs about {apt(told.fee_octas)}{basis}, a day of hourly ones {apt(told.day_octas)}.")
    enough = f": enough for {told.anchors_left} anchors" if told.fee_octas else ""
    output.line(f"The paying account holds {apt(told.balance_octas)}{enough}.")
    output.line(f"Spent in the last 30 days: {apt(told.spent_octas)} of {apt(told.limit_octas)} allowed.")
    if told.limit_days is not None:
        output.line(
            f"Anchored every hour, that limit stops it in about {told.limit_days} days; raise it with anchor-setup, or "
            "anchor less often."
        )


@contextmanager
def _cancelling() -> Iterator[threading.Event]:
    """An event that Ctrl+C and the signal TERM set."""
    cancelled = threading.Event()
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: cancelled.set()) for number in wanted}
    try:
        yield cancelled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
