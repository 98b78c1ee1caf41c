# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a person chose for anchoring: `anchor.toml` in the home. Reads and writes that file; it holds no secret."""

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w

from edge_daemon.domain.faults import BadInput, BufferUnavailable
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private
from sync.anchor.call import Address, NotCallable, address_of
from sync.anchor.networks import Network, name_of, network_of
from sync.demo import is_loopback

FILE_NAME = "anchor.toml"
OCTAS = 10**8
"""Octas in one APT."""


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Where anchors go and what they may cost. Amounts in octas (10⁻⁸ APT), prices in octas per gas unit.

    `chain_id` is the one that the node named when anchoring was set up; a node that names another is refused.
    `account` is the paying account. `limit_octas` is the most that may be spent in any 30 days.
    """

    network: str
    url: str
    chain_id: int
    contract: str
    account: str
    limit_octas: int = OCTAS
    highest_gas_price: int = 1000
    every_s: int = 3600

    def __post_init__(self) -> None:
        """Raises BadInput naming the field."""
        network = network_of(self.network)
        if network.chain_id is not None and self.chain_id != network.chain_id:
            raise BadInput("chain_id", self.chain_id, f"{network.name} has the chain id {network.chain_id}")
        belongs_to = name_of(self.chain_id)
        if network.chain_id is None and belongs_to is not None:
            words = f"that is {belongs_to}: choose --network {belongs_to}, with the same node's address"
            raise BadInput("chain_id", self.chain_id, words)
        check_url(self.url)
        for name in ("contract", "account"):
            try:
                full = address_of(str(getattr(self, name)))
            except NotCallable as error:
                raise BadInput(name, getattr(self, name), str(error)) from error
            if full != getattr(self, name):
                raise BadInput(name, getattr(self, name), "write the address in full: 0x and 64 lower-case digits")
        for name, least in (("chain_id", 1), ("limit_octas", 0), ("highest_gas_price", 100), ("every_s", 3600)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise BadInput(name, value, f"a whole number from {least} on is needed")

    @property
    def where(self) -> Network:
        """The network, with what is known of it."""
        return network_of(self.network)

    @property
    def contract_address(self) -> Address:
        """The contract's address."""
        return address_of(self.contract)

    @property
    def account_address(self) -> Address:
        """The paying account's address."""
        return address_of(self.account)


def check_url(url: str) -> None:
    """Raises BadInput unless it is a node's URL: https, or http to this computer; ends in /v1; no password."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if (
        not parts.hostname
        or not safe
        or parts.username
        or parts.password
        or parts.query
        or not parts.path.endswith("/v1")
    ):
        raise BadInput("url", parts._replace(netloc=parts.hostname or "", query="").geturl(), _URL)


_URL = (
    "the address of a node's API is needed: https://…/v1 (http on this computer only), without user or password in it"
)


def settings_of(home: Path) -> AnchorSettings | None:
    """What was chosen; None where anchoring was never set up. Raises BadInput, BufferUnavailable."""
    path = home / FILE_NAME
    try:
        content = read_private(path)
    except NotPrivate as error:
        raise BadInput(FILE_NAME, str(path), f"{error}") from error
    except OSError as error:
        raise BufferUnavailable(f"{path} cannot be read: {error.strerror or error}") from error
    if content is None:
        return None
    try:
        told = tomllib.loads(content.decode())
        return AnchorSettings(**told)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise BadInput(FILE_NAME, str(path), f"it does not hold an anchor's settings: {error}") from error


def keep_settings(home: Path, settings: AnchorSettings) -> None:
    """Put these settings in place of the last. Raises BufferUnavailable."""
    try:
        write_private(home / FILE_NAME, tomli_w.dumps(asdict(settings)).encode())
    except OSError as error:
        raise BufferUnavailable(f"{home / FILE_NAME} cannot be written: {error.strerror or error}") from error


def apt(octas: int) -> str:
    """An amount for a person, e.g. `0.00471 APT`."""
    whole, part = divmod(octas, OCTAS)
    digits = f"{part:08d}".rstrip("0")
    return f"{whole}.{digits} APT" if digits else f"{whole} APT"
