# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated instruments as ever, but an SCD30 that measures five times as often as a real one can. Writes a file.

A point needs ten readings, and a test has better things to do than to wait for them.
"""

import sys
from pathlib import Path

_BENCH = """#!{python}
import sys
from edge_daemon.instruments.simulators.models.sensirion_scd30 import Scd30

measured = Scd30._measure
Scd30._measure = lambda sensor, now: measured(sensor, sensor._since + 5 * (now - sensor._since))
{more}
sys.argv = sys.argv[2:]
from edge_daemon.instruments.simulators.__main__ import main
main()
"""


def quick_bench(folder: Path, more: str = "") -> str:
    """What stands for Python where the recorder starts its instruments; `more` is done to the simulators first."""
    bench = folder / "bench"
    bench.write_text(_BENCH.format(python=sys.executable, more=more), encoding="utf-8")
    bench.chmod(0o755)
    return str(bench)
