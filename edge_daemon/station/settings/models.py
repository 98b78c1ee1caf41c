# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the catalogue's model that a person or another program means by a name. Pure."""

import re
from collections.abc import Mapping

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import InstrumentModel


def model_named(text: str, catalogue: Mapping[str, InstrumentModel]) -> InstrumentModel:
    """The model that `text` means, without regard to case, spaces, hyphens and the maker's name.

    Raises BadInput naming the known models.
    """
    found = [
        model for model in catalogue.values() if _names_of(text, model.maker) & _names_of(model.model, model.maker)
    ]
    # "PowerLogic ION7550", "EXO2": a range's name may stand before it, or what the model's key adds behind be left out.
    wanted = _squashed(text.rsplit(maxsplit=1)[-1]) if text.split() else ""
    found = found or [model for model in catalogue.values() if wanted in _names_of(model.model, model.maker)]
    if len(found) == 1:
        return found[0]
    similar = sorted(model.model for model in catalogue.values() if wanted in model.model.split("_")[1:])
    if len(similar) > 1:
        raise BadInput("model", text, f"it can be connected in several ways; say which: {', '.join(similar)}")
    raise BadInput("model", text, f"known models are {', '.join(sorted(catalogue))}")


def _names_of(text: str, maker: str) -> set[str]:
    """The name, and the name without the maker's before it."""
    whole = _squashed(text)
    makers = (_squashed(maker), _squashed(maker.split(maxsplit=1)[0]))
    return {whole} | {whole.removeprefix(each) for each in makers} - {""}


def _squashed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
