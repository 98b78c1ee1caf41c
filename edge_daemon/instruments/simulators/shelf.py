# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""All simulated instruments there are, found by looking into the folder `models`. Imports them, does nothing else."""

import importlib
import pkgutil
from collections.abc import Mapping

from edge_daemon.instruments.simulators import models
from edge_daemon.instruments.simulators.instrument import Maker


def makers() -> Mapping[str, Maker]:
    """Makers by port name. Raises ValueError where two modules give the same name."""
    found: dict[str, Maker] = {}
    for module in pkgutil.iter_modules(models.__path__):
        simulated: Mapping[str, Maker] = importlib.import_module(f"{models.__name__}.{module.name}").SIMULATED
        twice = found.keys() & simulated.keys()
        if twice:
            raise ValueError(f"{module.name}: {', '.join(sorted(twice))} is simulated twice")
        found.update(simulated)
    return found
