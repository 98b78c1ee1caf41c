# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality page: hours, claim, plan, amendments, gaps and anomalies, limits, for a chosen period. Asks the session.

Every part asks again when it is looked at, so that nothing old stands there as if it were new.
"""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.client.session import Session, State
from app.client.times import seconds_of
from app.pages.problem_words import problem_text
from app.pages.quality_amendments import AmendmentsView
from app.pages.quality_claim import ClaimView
from app.pages.quality_gaps import GapsView
from app.pages.quality_hours import HoursView
from app.pages.quality_limits import LimitsView
from app.pages.quality_period import PeriodBar
from app.pages.quality_plan import PlanView
from app.pages.words import sensor_name
from app.widgets.form_row import EDGES
from edge_daemon.api.messages import GapMessage, Problem
from edge_daemon.api.messages_quality import AnomaliesReply
from edge_daemon.api.messages_summaries import MetricsReply, SummariesReply

_TABS = """
    QTabBar::tab { min-height: 40px; padding: 2px 14px; border: 1px solid palette(placeholder-text);
        border-radius: 4px; margin-right: 4px; background: palette(button); }
    QTabBar::tab:selected { background: palette(highlight); color: palette(highlighted-text); }
    QTabBar::tab:focus { border: 2px solid palette(text); }
"""


class QualityPage(QWidget):
    """Replies to an older question than the newest are dropped.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._question = 0
        self.setStyleSheet(EDGES)
        self.period = PeriodBar()
        self.hours, self.claim, self.gaps = HoursView(), ClaimView(), GapsView()
        self.plan, self.amendments, self.limits = PlanView(session), AmendmentsView(session), LimitsView(session)
        self.tabs, self._stack = QTabBar(), QStackedWidget()
        self.tabs.setStyleSheet(_TABS)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Parts of this page")
        parts: tuple[tuple[QWidget, str, Callable[[], None]], ...] = (
            (self.hours, "Hours", self._ask_hours),
            (self.claim, "Claim", self._ask_claim),
            (self.plan, "Plan", self.plan.ask),
            (self.amendments, "Amendments", self.amendments.ask),
            (self.gaps, "Gaps and anomalies", self._ask_gaps),
            (self.limits, "Limits", self.limits.ask),
        )
        self._asking = [ask for _, _, ask in parts]
        for part, title, _ in parts:
            self.tabs.addTab(title)
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs)
        column.addWidget(self.period)
        column.addWidget(self._stack, 1)
        for teller in (self.hours, self.plan, self.amendments, self.limits):
            teller.told.connect(self.told)
        self.period.changed.connect(self.ask)
        self.tabs.currentChanged.connect(self._turned)
        session.sensors_changed.connect(self._offer)
        session.state_changed.connect(self._connected)
        self._offer()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew."""
        super().showEvent(event)
        self.ask()

    def ask(self) -> None:
        """Ask for what is looked at now."""
        if self._session.state is State.CONNECTED and self.isVisible():
            self._asking[self._stack.currentIndex()]()

    def show_part(self, part: QWidget) -> None:
        """Turn to one of its parts."""
        self.tabs.setCurrentIndex(self._stack.indexOf(part))

    def _connected(self) -> None:
        self.ask()

    def _turned(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self.period.setVisible(self._stack.currentWidget() in {self.hours, self.claim, self.gaps})
        self.ask()

    def _offer(self) -> None:
        sensors = {sensor_id: sensor_name(one) for sensor_id, one in self._session.sensors.items()}
        self.period.offer(sensors)
        self.limits.offer(sensors)

    # ---- questions of a period --------------------------------------------------------------------------------------

    def _newest(self) -> Callable[[], bool]:
        self._question += 1
        question = self._question
        return lambda: question == self._question

    def _ask_hours(self) -> None:
        newest = self._newest()

        def took(reply: SummariesReply, left_out: int) -> None:
            if newest():
                self.hours.show_summaries(reply, self._session.sensors, left_out)

        def failed(problem: Problem) -> None:
            if newest():
                self.hours.show_problem(problem_text(problem))

        period = self.period
        self._session.quality.summaries(period.since, period.until, period.sensor_id, took, failed)

    def _ask_claim(self) -> None:
        newest = self._newest()

        def took(reply: MetricsReply) -> None:
            if newest():
                self.claim.show_metrics(reply, self._session.sensors)

        def failed(problem: Problem) -> None:
            if newest():
                self.claim.show_problem(problem_text(problem))

        self._session.quality.metrics(self.period.since, self.period.until, took, failed)

    def _ask_gaps(self) -> None:
        newest, period = self._newest(), self.period
        wanted = period.sensor_id

        def took(reply: AnomaliesReply) -> None:
            if newest():
                self.gaps.show_anomalies(_of(reply, wanted), self._session.sensors)

        def took_gaps(found: tuple[GapMessage, ...]) -> None:
            if newest():
                self.gaps.show_gaps(found, self._session.sensors)

        def failed(problem: Problem) -> None:
            if newest():
                self.gaps.show_problem(problem_text(problem))

        until = "" if period.to_now else period.until
        self._session.quality.anomalies(period.since, until, took, failed)
        end = seconds_of(until) if until else None
        self._session.past.gaps(seconds_of(period.since), end, took_gaps, failed, sensor_id=wanted)


def _of(reply: AnomaliesReply, sensor: str) -> AnomaliesReply:
    if not sensor:
        return reply
    present, past = (tuple(one for one in told if sensor in one.sensors) for told in (reply.present, reply.past))
    return AnomaliesReply(present=present, past=past)
