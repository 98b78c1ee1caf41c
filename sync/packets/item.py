# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes out, in the log's order: readings, and the hourly summaries between them. Values only."""

from collections.abc import Iterable, Sequence

from sync.packets.reading import Outgoing
from sync.packets.summary import OutgoingSummary

Item = Outgoing | OutgoingSummary


def readings_in(items: Sequence[Item]) -> int:
    """How many of them are readings: accounts and progress count those alone."""
    return len(items) - len(summaries_in(items))


def summaries_in(items: Iterable[Item]) -> list[OutgoingSummary]:
    """The summaries among them."""
    return [item for item in items if isinstance(item, OutgoingSummary)]
