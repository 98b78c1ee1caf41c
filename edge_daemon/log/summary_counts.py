# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the energy of an hour enters a project's totals by its plan: one rule for whoever totals or delivers it. Pure."""

from collections.abc import Iterable
from typing import Literal

from edge_daemon.log.plan_body import Parameter
from edge_daemon.log.summary import SummaryBody

EnergyCounts = Literal["adds", "subtracts", "none"]


def energy_counts(summary: SummaryBody, recorded: Iterable[Parameter]) -> EnergyCounts:
    """`none` where no parameter of record (`recorded`) is measured by the summary's energy."""
    channels = summary.energy.channels if summary.energy else ()
    mine = [one for one in recorded if one.sensor == summary.sensor and one.channel in channels]
    if not mine:
        return "none"
    return "subtracts" if any(one.counts == "subtracts" for one in mine) else "adds"
