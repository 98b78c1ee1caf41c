# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The buttons below a calibration's step, as its run stands. Pure."""

from collections.abc import Iterator

from app.widgets.choice_bar import Option
from edge_daemon.api.messages_calibration import RunMessage, StepChoice

_LOST = "The recorder does not answer just now."
_STABLE = "The signal is stable: no reason is needed."
_ANYWAY = "_anyway"
"""How the names of choices end that go past a signal which is not stable."""


def options_of(run: RunMessage, *, lost: bool) -> list[Option]:
    """The usual one first. `lost`: the recorder does not answer, so nothing can be answered to it."""
    return list(_options(run, _LOST if lost else ""))


def _options(run: RunMessage, lost: str) -> Iterator[Option]:
    for one in run.step.choices if run.state == "under_way" or run.step.kind == "return" else ():
        why_not = lost or _barred(run, one) or ("" if one.enabled else one.why_not)
        yield Option(one.name, one.title, one.enabled and not why_not, why_not)
    if run.state == "under_way":
        return
    document = [Option("certificate", "Certificate…")] if run.verdict is not None else []
    if run.step.kind == "return":
        yield from (Option("further", "Calibrate further…"), *document, Option("close", "Later"))
    else:
        yield from (Option("close", "Close"), *document)


def _barred(run: RunMessage, choice: StepChoice) -> str:
    """Why a choice that is open makes no sense now: what goes past an unstable signal, while it is stable."""
    past = choice.name.endswith(_ANYWAY) and run.live is not None and run.live.stable
    return _STABLE if past else ""
