# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an anchor would cost, before one was ever made: a node tries a call that is never sent. Uses the node."""

from hashlib import sha256

from edge_daemon.domain.faults import BadInput
from sync.anchor.call import NotCallable, StoreCall
from sync.anchor.chain import Fullnode
from sync.anchor.exactly_once import LIFE_S, refusal_of
from sync.anchor.fees import Fee, fee_of, simulation_gas
from sync.anchor.record import NO_CLAIM
from sync.anchor.settings import AnchorSettings
from sync.anchor.signing import PayingKey, Terms

_US = 1_000_000


def trial_fee(node: Fullnode, key: PayingKey, settings: AnchorSettings, project: str) -> Fee:
    """The fee of one anchor of this project at the present gas price, by a simulation.

    Raises a Fault where the chain would refuse the call, or the node gives no answer; BadInput for a project that no
    contract takes.
    """
    ledger, sender = node.ledger(), settings.account_address
    price = node.gas_price()
    digest = sha256(f"a trial at {ledger.time_us}".encode()).hexdigest()
    try:
        call = StoreCall(settings.contract_address, project, digest, 0, NO_CLAIM, ledger.time_us // _US)
    except NotCallable as error:
        raise BadInput("project", project, str(error)) from error
    gas = simulation_gas(node.balance(sender), price, sender)
    number = node.account(sender).sequence_number
    terms = Terms(sender, number, gas, price, ledger.time_us // _US + LIFE_S, settings.chain_id)
    simulated = node.simulate(key.unsigned(call, terms))
    if not simulated.success:
        raise refusal_of(simulated.vm_status)
    return fee_of(simulated, price)
