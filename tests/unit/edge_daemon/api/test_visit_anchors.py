# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The anchors of a visit report: those of this log, each with the warning of its own network."""

from edge_daemon.api.routes_documents import anchor_lines

ORIGIN, OTHER = "verifield/log/" + "ab" * 16, "verifield/log/" + "cd" * 16
WARNING = "Devnet is wiped."


def anchor(origin: str, size: int, network: str) -> dict[str, object]:
    return {"origin": origin, "size": size, "network": network, "state": "done"}


def test_an_anchor_carries_the_warning_of_the_network_that_it_is_on_and_of_no_other() -> None:
    """What was anchored on mainnet, before another network was chosen, is not called worthless."""
    anchors = [anchor(ORIGIN, 5, "mainnet"), anchor(ORIGIN, 9, "devnet"), anchor(OTHER, 7, "devnet")]
    told = anchor_lines({"network": "devnet", "warning": WARNING, "anchors": anchors}, ORIGIN)
    assert [(one.size, one.warning) for one in told] == [(5, ""), (9, WARNING)]


def test_without_a_network_there_are_no_warnings_and_without_anchors_no_lines() -> None:
    (line,) = anchor_lines({"anchors": [anchor(ORIGIN, 5, "mainnet")]}, ORIGIN)
    assert (line.warning, line.ledger_ns, line.transaction) == ("", None, "")
    assert anchor_lines({"network": "devnet", "warning": WARNING}, ORIGIN) == ()
