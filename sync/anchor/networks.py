# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks an anchor can go to, and what each is worth as evidence. Pure. Addresses: Aptos' public fullnodes."""

from dataclasses import dataclass

from edge_daemon.domain.faults import BadInput


@dataclass(frozen=True, slots=True)
class Network:
    """A network by its name. `url` empty: it must be given. `chain_id` None: it changes or is not known beforehand."""

    name: str
    url: str
    chain_id: int | None
    warning: str = ""
    local: bool = False

    @property
    def public(self) -> bool:
        """Whether anybody can ask a node of it that is not the station's own."""
        return bool(self.url) and not self.local


CUSTOM = "custom"
_NETWORKS = (
    Network("mainnet", "https://api.mainnet.aptoslabs.com/v1", 1),
    Network(
        "testnet",
        "https://api.testnet.aptoslabs.com/v1",
        2,
        "Testnet is for trying out: its coins are worth nothing and nobody promises to keep it.",
    ),
    Network(
        "devnet",
        "https://api.devnet.aptoslabs.com/v1",
        None,
        "Devnet is wiped about every week: an anchor there disappears and proves nothing.",
    ),
    Network(
        "localnet",
        "http://127.0.0.1:8080/v1",
        4,
        "A localnet runs on one computer: its anchors prove nothing to others.",
        True,
    ),
    Network(
        "local-ledger",
        "",
        245,
        "The local ledger is a stand-in on this computer: its anchors are for trying out and prove nothing.",
        True,
    ),
    Network(CUSTOM, "", None, "Nothing is known of this network: whether it lasts, only its operator can say."),
)


def network_of(name: str) -> Network:
    """The network of this name. Raises BadInput."""
    for network in _NETWORKS:
        if network.name == name:
            return network
    raise BadInput("network", name, f"choose one of {', '.join(network.name for network in _NETWORKS)}")


def name_of(chain_id: int) -> str | None:
    """The network that always has this chain id; None for ids that belong to none, or to one that changes."""
    return next((network.name for network in _NETWORKS if network.chain_id == chain_id), None)


def chain_id_of(name: str) -> int | None:
    """The chain id that the network of this name always has; None where it changes or the name is not known."""
    return next((network.chain_id for network in _NETWORKS if network.name == name), None)


def is_public(name: str) -> bool:
    """Whether others keep the ledger of the network of this name too, so that an anchor there is seen outside."""
    return any(network.name == name and network.public for network in _NETWORKS)


def warning_of(name: str) -> str:
    """What an anchor on the network of this name is not worth; of one that is not known, that nothing is known."""
    return next((network.warning for network in _NETWORKS if network.name == name), _NETWORKS[-1].warning)
