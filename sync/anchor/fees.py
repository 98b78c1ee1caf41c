# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an anchor will cost, what it may cost, and whether the account can pay it. Pure."""

from dataclasses import dataclass

from sync.anchor.chain import Simulated
from sync.anchor.faults import ChainCongested, InsufficientBalance, SpendingLimitReached
from sync.anchor.settings import AnchorSettings, apt

WINDOW_S = 30 * 24 * 3600
"""The spending limit holds for any 30 days, by the chain's time."""

SIMULATION_GAS = 2_000_000
_MARGIN_NUMERATOR, _MARGIN_DENOMINATOR = 3, 2


@dataclass(frozen=True, slots=True)
class Fee:
    """What one anchor costs by a simulation, and at most; octas. `max_gas` in gas units."""

    forecast_octas: int
    max_gas: int
    gas_price: int

    @property
    def most_octas(self) -> int:
        """What the chain may take, and what the account must hold."""
        return self.max_gas * self.gas_price


@dataclass(frozen=True, slots=True)
class Forecast:
    """What anchoring costs in the long run. `anchors_left` is how many anchors the balance pays.

    `fee_octas` is what the last anchor cost; before the first what a simulation gives (`simulated`), or 0 where none
    could be made: `trouble` says why.
    """

    fee_octas: int
    balance_octas: int
    spent_octas: int
    limit_octas: int
    simulated: bool = False
    trouble: str = ""

    @property
    def anchors_left(self) -> int:
        """Whole anchors that the balance pays at this fee."""
        return self.balance_octas // self.fee_octas if self.fee_octas else 0

    @property
    def day_octas(self) -> int:
        """A day of hourly anchors."""
        return 24 * self.fee_octas

    @property
    def limit_days(self) -> int | None:
        """After how many days hourly anchors meet the limit; None where a month of them does not, or no fee is told."""
        if WINDOW_S // 3600 * self.fee_octas <= self.limit_octas:
            return None
        return max(0, self.limit_octas - self.spent_octas) // self.day_octas


def month_octas(fee: Fee) -> int:
    """What a month of hourly anchors may cost at most, each with its margin."""
    return WINDOW_S // 3600 * fee.most_octas


def simulation_gas(balance: int, price: int, account: str) -> int:
    """Gas to simulate with: what the balance pays, at most the chain's bound. Raises InsufficientBalance for none."""
    gas = min(SIMULATION_GAS, balance // price)
    if gas < 2:
        raise InsufficientBalance(f"the paying account {account} holds {apt(balance)}, too little for any transaction")
    return gas


def fee_of(simulated: Simulated, price: int) -> Fee:
    """The fee after a simulation that succeeded, with half of its gas as a margin."""
    gas = -(-simulated.gas_used * _MARGIN_NUMERATOR // _MARGIN_DENOMINATOR)
    return Fee(simulated.gas_used * price, max(gas, 2), price)


def check_price(price: int, settings: AnchorSettings) -> None:
    """Raises ChainCongested where gas costs more than was allowed."""
    if price > settings.highest_gas_price:
        allowed = settings.highest_gas_price
        raise ChainCongested(f"gas costs {price} octas a unit at the moment; at most {allowed} are allowed")


def check_fee(fee: Fee, balance: int, spent: int, settings: AnchorSettings) -> None:
    """Raises SpendingLimitReached or InsufficientBalance."""
    if spent + fee.most_octas > settings.limit_octas:
        raise SpendingLimitReached(
            f"this anchor costs up to {apt(fee.most_octas)}; {apt(spent)} of the {apt(settings.limit_octas)} allowed "
            "for 30 days are spent or set aside"
        )
    if fee.most_octas > balance:
        raise InsufficientBalance(
            f"the paying account {settings.account} holds {apt(balance)}; the anchor needs up to {apt(fee.most_octas)}"
        )
