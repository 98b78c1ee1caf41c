# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an offline check leaves open, said in every verdict: not checked here, and not to be proven this way. Pure."""

from collections.abc import Iterator, Sequence

from edge_daemon.log.entry import EntryType
from sync.evidence.chain import Chain
from sync.evidence.exposure import Fixed, fixed_size
from sync.evidence.register import Register

NOT_CHECKED = (
    (
        "tests",
        "What instruments said of themselves",
        "Whether an instrument doubted its own number is not in the log, nor exactly when it was plugged in and began "
        "to warm up: a flag that is worse than all tests give is believed, and one that an instrument gave may have "
        "been left out.",
    ),
)
"""(name, title, words) of the checks that this program does not make here."""


def not_proven(
    chain: Chain | None,
    size: int,
    fixed: Sequence[Fixed],
    *,
    context_complete: bool = True,
    register: Register | None = None,
) -> tuple[str, ...]:
    """What the evidence cannot show, in words. `fixed` is what anchors and witnesses that agree fix."""
    return tuple(_not_proven(chain, size, fixed, context_complete, register))


def _not_proven(
    chain: Chain | None, size: int, fixed: Sequence[Fixed], context_complete: bool, register: Register | None
) -> Iterator[str]:
    seen = fixed_size(fixed)
    if seen < size:
        what = f"what was added after the first {seen} entries" if seen else "the log"
        yield (
            f"that {what} was not written anew by someone who has the device key: only a head of the log that left the "
            "laptop at the time (an anchor, a receipt, a photographed code) can show that"
        )
    if not context_complete:
        yield (
            "that no amendment, calibration or other entry outside the run, which changes how these are read, was left "
            "out: only the list in an index that the device signed can show that"
        )
    yield "when the entries were made: a signature has no time; an anchor shows that they are not younger than it"
    if register is not None:
        of = f" ({register.edition})" if register.edition else ", which does not say of when it is"
        yield (
            f"that the project did not revoke a key after it issued the station register that was given{of}: ask the "
            "project for the newest one"
        )
    if fixed:
        yield (
            "that the same hours are not anchored, and claimed, a second time elsewhere: for another project, through "
            "another contract or on another chain"
        )
    amended = 0 if chain is None else sum(entry.type == EntryType.AMENDMENT for entry in chain.entries.values())
    if amended:
        yield f"that what persons said in the {amended} amendments of this log is so"
    yield "that the instruments measured what they were said to measure, and were where they were said to be"
    if chain is not None:
        for sensor, what in sorted(chain.not_physical.items()):
            yield f"that {sensor} was a real instrument: it was {what}"
        if chain.opened.predecessor is not None:
            closed = chain.opened.predecessor
            yield (
                f"what stood in the log before, {closed.origin} ({closed.size} entries, closed because: "
                f"{closed.cause}); it is checked by its own evidence"
            )
