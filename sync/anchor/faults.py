# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in anchoring, named by cause, each with what a person can do. Pure."""

from edge_daemon.domain.faults import Fault


class InsufficientBalance(Fault):
    code = "insufficient_balance"
    title = "The paying account has too little money"
    advice = "Send coins (APT) to the paying account, then sync again. Nothing recorded is lost by waiting."


class SpendingLimitReached(Fault):
    code = "spending_limit"
    title = "The spending limit stops this anchor"
    advice = "Raise the limit in the anchor's settings, or wait: the next anchor covers everything since the last."


class WrongPayingKey(Fault):
    code = "wrong_paying_key"
    title = "The paying key does not open the paying account"
    advice = "Enter the key of this account, or choose the account that the key opens, in the anchor's settings."


class CallAborted(Fault):
    """The contract refused the call; `str(fault)` says which of its rules, and what remedies that."""

    code = "call_aborted"
    title = "The contract refused the anchor"
    advice = "Do what the message says, then anchor again by hand. It is not repeated by itself: each try costs a fee."


class NotAnchorable(Fault):
    """What the contract would refuse for ever, or what makes no anchor record; the words say which."""

    code = "not_anchorable"
    title = "This log cannot be anchored as it is"
    advice = "Look at the message and tell the project. Other logs are anchored all the same, and nothing is lost."


class AnchorMismatch(Fault):
    """The chain has this digest with other fields than ours."""

    code = "anchor_mismatch"
    title = "ALARM: the chain holds another anchor under this digest"
    advice = "Keep the data folder as it is and tell the project: somebody else anchored this digest with other values."


class WrongChain(Fault):
    code = "wrong_chain"
    title = "The node belongs to another chain"
    advice = (
        "Check the node's address. If the network was wiped and started anew (devnet is, about weekly), its anchors "
        "are gone: set anchoring up again, on mainnet for evidence."
    )


class ContractMissing(Fault):
    code = "contract_missing"
    title = "The contract is not at this address"
    advice = "Check the contract's address and the network in the anchor's settings; publish the contract if it is new."


class AccountShared(Fault):
    code = "paying_account_shared"
    title = "Another program uses the same paying account"
    advice = "Give every station a paying account of its own: two that share one take each other's place in the queue."


class ChainRateLimited(Fault):
    """The node's gateway counts requests; `after_s` is what it asked to wait, None where it named nothing."""

    code = "chain_rate_limited"
    title = "The node answers no more requests for now"
    advice = "Wait some minutes, or enter an API key for the node in the anchor's settings. It goes on by itself."

    def __init__(self, words: str, after_s: float | None = None) -> None:
        super().__init__(words)
        self.after_s = after_s


class ChainCongested(Fault):
    code = "chain_congested"
    title = "The chain is crowded"
    advice = "Wait: it goes on by itself. If it stays so, raise the highest gas price in the anchor's settings."


class NodeTrouble(Fault):
    """An answer that the node's API does not describe, or an error of the node's own."""

    code = "node_trouble"
    title = "The node has a fault of its own"
    advice = "Wait, or choose another node of the same network in the anchor's settings. It goes on by itself."


class TransactionRefused(Fault):
    """The node will not take the transaction; the words are its own."""

    code = "transaction_refused"
    title = "The node refused the transaction"
    advice = "Look at the message; try another node of the same network. The anchor is made anew when this one expires."


class ClockAhead(Fault):
    """A period ends `ahead_s` seconds after `ledger_s`, the chain's present time (seconds since 1970)."""

    code = "clock_ahead"
    title = "The computer's clock is ahead of the chain's"
    advice = (
        "Set the computer's clock. The period to be anchored ends in the future, and the contract refuses that. Until "
        "it is anchored, have a second person photograph the code of the root on the page Evidence."
    )

    def __init__(self, words: str, ahead_s: int = 0, ledger_s: int = 0) -> None:
        super().__init__(words)
        self.ahead_s, self.ledger_s = ahead_s, ledger_s


class NoPayingKey(Fault):
    code = "no_paying_key"
    title = "The paying key is not stored"
    advice = "Enter it with `verifield-sync anchor-setup`, or in the anchor's settings."
