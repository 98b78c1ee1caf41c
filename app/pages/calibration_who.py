# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks who goes on with a calibration that somebody else began, or may have. No I/O."""

from collections.abc import Callable

from app.client.calibration_run import FollowedRun
from app.client.session import Session
from app.pages.calibration_stage import Stage
from edge_daemon.api.messages_calibration import RunMessage

_WHO = "Who goes on with it?"


class WhoQuestion:
    """What is answered from here on is recorded with the name given, which need not be who began."""

    def __init__(self, session: Session, followed: FollowedRun, stage: Stage) -> None:
        self._session, self._followed, self._stage = session, followed, stage

    @property
    def open(self) -> bool:
        """Whether it is asked just now; it stays so whatever another window does to the run meanwhile."""
        return self._stage.page is self._stage.ask and self._stage.ask.title.text() == _WHO

    def ask(self, run: RunMessage, person: str, declined: Callable[[], object]) -> None:
        """Ask; `person` is the name to begin with."""

        def known(name: str) -> None:
            self._session.person = name
            self._stage.back_to_step()
            if self._followed.now is not None:
                self._stage.frame.show_run(self._followed.now, name)

        stage = self._stage
        stage.show(stage.ask)
        words = f"{run.person} began it. What you answer is recorded with your name."
        decline = "No, go back" if self._session.person else "Close"
        stage.ask.ask(_WHO, words, "Go on", known, declined, reason=True, risky=False, decline=decline)
        stage.ask.want("Your name", person, "as it is to stand in the record")
