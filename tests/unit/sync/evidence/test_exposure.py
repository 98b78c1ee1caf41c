# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Exposure in words: a few ranges one by one, thousands in a sentence and the ones that matter."""

import itertools
from dataclasses import replace

import pytest

from edge_daemon.api.routes_evidence import PUBLIC_CHAINS
from edge_daemon.log.bodies import ClockStanding
from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.entry import decode_entry
from sync.anchor.networks import is_public
from sync.evidence.exposure import LOCAL_BASIS, Basis, Exposure, Fixed, exposure, in_brief
from sync.evidence.known_time import known_time
from sync.evidence.verdict import Verdict
from tests.unit.sync.recorded import Recorded

S = 10**9


def test_what_the_window_counts_as_witnessed_is_what_a_check_counts() -> None:
    names = {"mainnet", "testnet", "devnet", "localnet", "local-ledger", "custom", "moonnet"}
    assert {name for name in names if is_public(name)} == set(PUBLIC_CHAINS)


def hourly(count: int, witnessed: int) -> tuple[Exposure, ...]:
    """Entries of one second each; every hour was fixed at its end, the tenth only after a day."""
    fixed = [
        Fixed(3600 * (hour + 1), (3600 * (hour + 1) + (86_400 if hour == 9 else 60)) * S, "an anchor", "chain")
        for hour in range(witnessed)
        if hour != 8
    ]
    return exposure(0, 3600 * count, fixed, lambda index: index * S)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_few_ranges_are_all_told(count: int) -> None:
    ranges = hourly(count, count)
    assert in_brief(ranges) == ("", ranges)


def test_many_ranges_are_told_in_a_sentence_with_the_first_the_longest_and_the_last() -> None:
    ranges = hourly(2000, 1999)
    words, told = in_brief(ranges)
    assert words.startswith("1,999 ranges of entries, 0 to 7199999. 3,600 entries are UNWITNESSED.")
    assert [one.first for one in told] == [0, 28_800, 7_196_400]
    assert "longest exposure was 3.0 hours" in words
    assert sum(line.startswith("Exposure") for line in Verdict("", (), (), exposure=ranges).lines()) == 4


def test_everything_is_in_the_verdict_for_another_program() -> None:
    told = Verdict("", (), (), exposure=hourly(100, 100)).to_json()["exposure"]
    assert isinstance(told, tuple | list)
    assert len(told) == 99


def test_where_all_is_fixed_it_says_so() -> None:
    words, told = in_brief(hourly(30, 30))
    assert "All are fixed outside." in words
    assert len(told) == 3


def test_a_clock_that_does_not_tell_the_time_makes_no_exposure() -> None:
    fixed = [Fixed(10, 50 * S, "Ana", "witness"), Fixed(20, 60 * S, "Ben", "witness")]
    ahead, right = exposure(0, 20, fixed, lambda index: (80 if index < 10 else 20) * S)
    assert (ahead.exposed_s, right.exposed_s) == (None, 40.0), "it cannot be fixed before it was recorded"
    assert "not known" in str(ahead)
    held, _ = exposure(0, 20, fixed, lambda index: 20 * S, lambda index: index == 9)
    assert (held.exposed_s, held.fixed) == (None, "1970-01-01T00:00:50.000000000Z")
    back, _ = exposure(0, 20, fixed, lambda index: (10 if index == 9 else 20) * S)
    assert back.exposed_s == 40.0, "from the earliest entry on"


def test_what_only_the_evidence_tells_of_itself_is_not_called_fixed_outside_without_saying_so() -> None:
    told = tuple(replace(one, basis="told") for one in hourly(30, 30)[:-1])
    words, _ = in_brief((*told, *hourly(30, 30)[-1:]))
    assert "All are fixed outside" not in words
    assert f"{sum(one.end - one.first for one in told):,} are fixed outside only by what the evidence tells" in words
    assert "3.0 hours, as the evidence tells of itself" in words


@pytest.mark.parametrize("basis", ["chain", "witness"])
def test_what_the_evidence_tells_of_itself_never_goes_before_what_others_say(basis: Basis) -> None:
    strong = Fixed(10, 53 * 86_400 * S, "an anchor", basis)
    told = Fixed(10, 110 * S, "a receipt in this home's books, which nobody signed", "told")
    for given in ([told, strong], [strong, told]):
        (one,) = exposure(0, 10, given, lambda index: index * S)
        assert (one.basis, one.by) == (strong.basis, strong.by)
    (alone,) = exposure(0, 10, [told], lambda index: index * S)
    assert alone.exposed_s == 110
    assert str(alone).endswith("by a receipt in this home's books, which nobody signed.")


def test_a_witness_without_a_date_hides_no_time_that_the_evidence_tells() -> None:
    told, later = Fixed(10, 110 * S, "an anchor, as the evidence tells", "told"), Fixed(10, 900 * S, "another", "told")
    undated = Fixed(12, None, "a head that Ana kept", "witness")
    for given in itertools.permutations([told, later, undated]):
        first, rest = exposure(0, 12, given, lambda index: index * S)
        assert (first.basis, first.exposed_s, first.fixed[:19]) == ("told", 110, "1970-01-01T00:01:50")
        assert str(first).endswith(
            "by an anchor, as the evidence tells; also by a head that Ana kept, at a time that is not told."
        )
        assert (rest.basis, rest.exposed_s, rest.by) == ("witness", None, "a head that Ana kept")
    dated = Fixed(10, 500 * S, "an anchor on the chain", "chain")
    for given in itertools.permutations([told, undated, dated]):
        first, _ = exposure(0, 12, given, lambda index: index * S)
        assert (first.basis, first.exposed_s, first.by) == ("chain", 500, "an anchor on the chain")
    for time_ns in (None, 10**30):
        nowhere = Fixed(10, time_ns, "an anchor, as the evidence tells", "told")
        (one,) = exposure(0, 10, [nowhere, undated], lambda index: index * S)
        assert (one.basis, one.by, one.exposed_s) == ("witness", undated.by, None)


def test_a_local_ledger_leaves_a_range_as_open_as_it_was_and_is_named() -> None:
    local = Fixed(10, 20 * S, "anchor on local-ledger", "local")
    (one,) = exposure(0, 10, [local], lambda index: index * S)
    assert (one.basis, one.exposed_s, one.fixed[:19]) == ("local", None, "1970-01-01T00:00:20")
    assert "UNWITNESSED" in str(one)
    assert f"Basis: {LOCAL_BASIS}" in str(one)
    for later in (Fixed(10, 90 * S, "an anchor", "chain"), Fixed(10, None, "a head", "witness")):
        for given in ([local, later], [later, local]):
            (one,) = exposure(0, 10, given, lambda index: index * S)
            assert one.basis == later.basis, "the first that counts for others is told, however late"
    ledger = [Fixed(size, size * S, "anchor on local-ledger", "local") for size in range(1, 11)]
    words, _ = in_brief(exposure(0, 10, ledger, lambda index: index * S))
    assert "10 entries are UNWITNESSED." in words


@pytest.mark.parametrize(("state", "held"), [("trusted", False), ("untrusted", True)])
def test_what_a_start_says_of_the_clock_tells_of_the_entries_just_before(state: ClockStanding, held: bool) -> None:
    log = Recorded().begin(state)
    entries = [(index, decode_entry(data)) for index, data in enumerate(log.entries)]
    history = clock_history(entries)
    for index, entry in entries[:2]:
        found = known_time(history, index, entry.t_ns, entry.mono_us)
        assert found.held is held
        assert found.time_ns == entry.t_ns
