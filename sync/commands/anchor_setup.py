# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync anchor-setup`: chooses network, contract, account and limits, and keeps the paying key.

Asks the node for its chain id; reads the key from standard input or a prompt; writes the settings and the secret.
"""

import getpass
import os
import sys
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.home import Home, find_home
from edge_daemon.secrets.choose import Choice
from edge_daemon.secrets.secret import Secret
from sync.anchor.call import Address, NotCallable, address_of
from sync.anchor.chain import Fullnode
from sync.anchor.faults import WrongChain, WrongPayingKey
from sync.anchor.fees import Fee, Forecast, month_octas
from sync.anchor.networks import Network, network_of
from sync.anchor.settings import OCTAS, AnchorSettings, apt, check_url, keep_settings
from sync.anchor.signing import SECRET_NAME, PayingKey
from sync.anchor.trial import trial_fee
from sync.anchor.wiring import node_of, projects_of
from sync.commands.passphrase import typed_passphrase
from sync.commands.run import HomeOption, StoreOption
from sync.commands.telling import Output
from sync.compose import secret_place, station

LONGEST_KEY = 200


def anchor_setup(
    network: Annotated[str, typer.Option(help="mainnet, testnet, devnet, localnet, local-ledger or custom.")],
    contract: Annotated[str, typer.Option(help="Address under which the contract iot_verification is published.")],
    home: HomeOption = None,
    url: Annotated[str | None, typer.Option(help="Address of the node's API, ending in /v1.")] = None,
    account: Annotated[
        str | None, typer.Option(help="The paying account; default: the one that the key opens by itself.")
    ] = None,
    limit_apt: Annotated[
        float | None,
        typer.Option(help="The most to be spent in any 30 days, in APT; default: a month of hourly anchors."),
    ] = None,
    highest_gas_price: Annotated[int, typer.Option(help="Octas per gas unit above which anchoring waits.")] = 1000,
    secret_store: StoreOption = None,
) -> None:
    """Set anchoring up. The paying key (AIP-80: ed25519-priv-0x…) is read from standard input or asked for."""
    place = Home(find_home(home, os.environ, demo=False))
    output = Output()
    known = network_of(network)
    typed = _typed_key()
    passphrase = typed_passphrase() if secret_store is Choice.FILE else None
    key = PayingKey(typed)
    wanted = _Wanted(known, url or known.url, _address("contract", contract), account, limit_apt, highest_gas_price)
    check_url(wanted.url)
    node = node_of(wanted.url, None)
    try:
        settings = _settings(node, wanted, key)
        balance = node.balance(settings.account_address)
        with station(place) as here:
            if here.shelf.demo:
                raise BadInput(
                    "home", str(place.path), "a demonstration needs no setup: it anchors on the local ledger only"
                )
            trial = _tried(node, settings, key, min(projects_of(here.shelf), default=""))
            if limit_apt is None and trial.fee is not None:
                settings = replace(settings, limit_octas=month_octas(trial.fee))
            # The key first: settings without it would only fail later, when nobody sits there.
            secret_place(place.path, secret_store, passphrase, None)().put(SECRET_NAME, typed)
            keep_settings(place.path, settings)
    finally:
        node.close()
    output.line(f"Anchoring goes to {settings.network} (chain id {settings.chain_id}), paid by {settings.account},")
    output.line(f"which holds {apt(balance)}; at most {apt(settings.limit_octas)} are spent in any 30 days.")
    output.line(_costs(trial, settings, balance))
    if known.warning:
        output.line(known.warning)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was typed."""

    network: Network
    url: str
    contract: Address
    account: str | None
    limit_apt: float | None
    highest_gas_price: int


def _settings(node: Fullnode, wanted: _Wanted, key: PayingKey) -> AnchorSettings:
    known = wanted.network
    chain_id = node.ledger().chain_id
    if known.chain_id is not None and chain_id != known.chain_id:
        raise WrongChain(f"{wanted.url} names chain id {chain_id}; {known.name} has {known.chain_id}")
    account = _address("account", wanted.account) if wanted.account else key.address
    if node.account(account).authentication_key != key.address:
        raise WrongPayingKey(f"the key does not open {account}")
    limit = OCTAS if wanted.limit_apt is None else round(wanted.limit_apt * OCTAS)
    return AnchorSettings(known.name, wanted.url, chain_id, wanted.contract, account, limit, wanted.highest_gas_price)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What an anchor would cost now; `trouble` says why that cannot be told."""

    fee: Fee | None
    trouble: str = ""


def _tried(node: Fullnode, settings: AnchorSettings, key: PayingKey, project: str) -> _Trial:
    try:
        return _Trial(trial_fee(node, key, settings, project))
    except Fault as fault:
        return _Trial(None, f"{fault.title}: {fault}. {fault.advice}")


def _costs(trial: _Trial, settings: AnchorSettings, balance: int) -> str:
    if trial.fee is None:
        return (
            f"What an anchor costs cannot be told yet, so that nobody knows how long this limit lasts: {trial.trouble} "
            "Once that is settled ask with: verifield-sync anchor --forecast"
        )
    told = Forecast(trial.fee.forecast_octas, balance, 0, settings.limit_octas)
    lasts = "the limit lasts the whole month" if told.limit_days is None else f"the limit lasts {told.limit_days} days"
    days = told.anchors_left // 24
    return (
        f"By a simulation an anchor costs {apt(told.fee_octas)} at the present gas price. Anchored every hour, {lasts}"
        f", and the account's balance {days} days."
    )


def _address(field: str, text: str) -> Address:
    try:
        return address_of(text)
    except NotCallable as error:
        raise BadInput(field, text, str(error)) from error


def _typed_key() -> Secret:
    if sys.stdin.isatty():
        return Secret(getpass.getpass("Paying key (ed25519-priv-0x…): ").strip())
    return Secret(sys.stdin.readline(LONGEST_KEY).strip())
