# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sync page: one big button, what waits for each destination, progress, last runs, what was refused. No I/O."""

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.client.delivery_desk import DeliveryDesk
from app.client.session import Session, State
from app.pages.sync_automatic import AutomaticSwitch
from app.pages.sync_card import DestinationCard
from app.pages.sync_editor import DestinationEditor
from app.pages.sync_words import aside_words, headline, run_words, synced_words
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_sync import DestinationMessage, SetAsideMessage, SyncMessage, SyncStanding

BIG, TOUCH = 72, 44
RUNNING_MS, ELSEWHERE_MS, RESTING_MS = 700, 5_000, 60_000
_NOTHING = SyncMessage(running=False, progress=(), checks=(), alarms=(), status=None, trouble="")


class SyncPage(QWidget):
    """Signals:
    told: text for the person.
    synced: words for the overview on how far everything is delivered.
    """

    told = Signal(str)
    synced = Signal(str)

    def __init__(self, session: Session, desk: DeliveryDesk) -> None:
        super().__init__()
        self._session, self._desk = session, desk
        self._sync = _NOTHING
        self._standing: SyncStanding | None = None
        self._beginning = False
        self.cards: dict[str, DestinationCard] = {}
        self.start = QPushButton("&Sync now")
        self.start.setMinimumHeight(BIG)
        self.start.setStyleSheet("font-size: 18pt; font-weight: 600;")
        self.cancel = QPushButton("&Cancel")
        self.cancel.setMinimumHeight(BIG)
        self.words = QLabel("Asking what waits…")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("State of the sync")
        self.words.setStyleSheet("font-size: 13pt;")
        self.add = QPushButton("&Add a destination…")
        self.retry = QPushButton("&Try refused readings again")
        for button in (self.add, self.retry):
            button.setMinimumHeight(TOUCH)
        self.automatic = AutomaticSwitch(desk)
        self.automatic.told.connect(self.told)
        self.runs, self.asides = _list("Last syncs"), _list("Refused readings")
        self._cards = QVBoxLayout()
        self._refused = QWidget()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self.start.clicked.connect(self.begin)
        self.cancel.clicked.connect(lambda: self._desk.cancel(self._cancelled, self._failed))
        self.add.clicked.connect(lambda: self._edit(None))
        self.retry.clicked.connect(lambda: self._desk.retry(lambda _: self._ask_all(), self._failed))
        session.state_changed.connect(self._connection_changed)
        self._show_sync(_NOTHING)

    def begin(self) -> None:
        """Start a sync, as the button does."""
        # The button stays as it is until there is something to cancel: disabled, it would hand the keyboard on.
        if self._beginning:
            return
        self._beginning = True
        self.words.setText("Starting…")
        self._desk.start(self._begun, self._not_begun)

    def _begun(self, sync: SyncMessage) -> None:
        self._beginning = False
        self._show_sync(sync)

    def _cancelled(self, sync: SyncMessage) -> None:
        self._show_sync(sync)
        if not sync.running:  # one that was started elsewhere
            self._ask_standing()

    def _not_begun(self, problem: Problem) -> None:
        self._beginning = False
        self._failed(problem)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew and keep asking while the page is seen."""
        super().showEvent(event)
        self._ask_all()
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: a running sync is followed still, so that its end can be told."""
        super().hideEvent(event)
        self._pace()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.start, 3)
        top.addWidget(self.cancel, 1)
        refused = QVBoxLayout(self._refused)
        refused.setContentsMargins(0, 0, 0, 0)
        refused.addWidget(_heading("Refused by a destination"))
        refused.addWidget(self.asides)
        refused.addWidget(self.retry)
        self._refused.hide()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setSpacing(10)
        column.addLayout(self._cards)
        column.addWidget(self.add)
        column.addWidget(self._refused)
        column.addWidget(_heading("Last syncs"))
        column.addWidget(self.runs)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what has the focus
        area.setWidget(content)
        whole = QVBoxLayout(self)
        whole.addLayout(top)
        whole.addWidget(self.words)
        whole.addWidget(self.automatic)
        whole.addWidget(area, 1)

    def _connection_changed(self) -> None:
        if self._session.state is State.CONNECTED:
            self._ask_standing()  # the overview tells it, whether or not this page is seen
        self._ask_all()

    def _pace(self) -> None:
        if self._sync.running:
            self._timer.start(RUNNING_MS)
        elif self.isVisible():
            elsewhere = self._standing is not None and self._standing.elsewhere
            self._timer.start(ELSEWHERE_MS if elsewhere else RESTING_MS)
        else:
            self._timer.stop()

    def _look(self) -> None:
        self._desk.sync(self._show_sync, _nothing)
        self.automatic.ask()
        if not self._sync.running:
            self._ask_standing()

    def _ask_all(self) -> None:
        if self._session.state is not State.CONNECTED or not self.isVisible():
            return
        self._desk.destinations(self._show_destinations, self._failed)
        self._desk.sync(self._show_sync, self._failed)
        self.automatic.ask()
        self._ask_standing()

    def _ask_standing(self) -> None:
        self._desk.standing(self._show_standing, _nothing)
        self._desk.set_aside(self._show_asides, _nothing)

    def _show_destinations(self, found: tuple[DestinationMessage, ...]) -> None:
        if found == tuple(card.destination for card in self.cards.values()):
            self._fill()  # made anew, a card would lose the keyboard's place
            return
        for card in self.cards.values():
            self._cards.removeWidget(card)
            card.deleteLater()
        self.cards = {one.name: self._card(one) for one in found}
        for card in self.cards.values():
            self._cards.addWidget(card)
        self._order_tabs()
        self._fill()

    def _order_tabs(self) -> None:
        """The keyboard goes through the page as the eye does, however late a card was made."""
        way: list[QWidget] = [self.start, self.cancel, self.automatic.switch, self.automatic.every]
        way += [button for card in self.cards.values() for button in card.buttons.values()]
        way += [self.add, self.asides, self.retry, self.runs]
        for before, after in pairwise(way):
            QWidget.setTabOrder(before, after)

    def _card(self, destination: DestinationMessage) -> DestinationCard:
        card = DestinationCard(destination)
        card.check.connect(partial(self._check, destination.name))
        card.resend.connect(partial(self._resend, destination.name))
        card.edit.connect(partial(self._edit, destination))
        card.remove.connect(partial(self._remove, destination.name))
        return card

    def _show_sync(self, sync: SyncMessage) -> None:
        ended = self._sync.running and not sync.running
        self._sync = sync
        if ended:
            self._ask_standing()
            self.told.emit(sync.trouble or headline(sync, self._standing))
        self._pace()
        self._fill()

    def _show_standing(self, standing: SyncStanding) -> None:
        self._standing = standing
        self.runs.clear()
        self.runs.addItems([run_words(run) for run in standing.runs] or ["No sync yet."])
        self.synced.emit(synced_words(standing))
        self._pace()
        self._fill()

    def _show_asides(self, items: tuple[SetAsideMessage, ...]) -> None:
        self.asides.clear()
        self.asides.addItems([aside_words(item) for item in items])
        self._refused.setVisible(bool(items))

    def _fill(self) -> None:
        notes = "\n".join(note for note in self._sync.notes if note)
        self.words.setText(f"{self._sync.trouble or headline(self._sync, self._standing)}\n{notes}".strip())
        elsewhere = self._standing is not None and self._standing.elsewhere and not self._sync.running
        self._offer(running=self._sync.running or elsewhere, may_start=bool(self.cards))
        told_of = self._standing.progress if elsewhere and self._standing else self._sync.progress
        progress = {told.destination: told for told in told_of if self._sync.running or elsewhere}
        plans = {plan.destination: plan for plan in self._standing.destinations} if self._standing else {}
        for name, card in self.cards.items():
            card.show_progress(progress.get(name))
            if name in plans and not self._sync.running and name not in progress:
                card.show_plan(plans[name])

    def _offer(self, *, running: bool, may_start: bool) -> None:
        """Enable what can be pressed. A button that ends under the keyboard hands it to the other one."""
        before, after = (self.start, self.cancel) if running else (self.cancel, self.start)
        after.setEnabled(running or may_start)
        if self.window().focusWidget() is before and after.isEnabled():
            after.setFocus()
        before.setEnabled(False)

    def _check(self, name: str) -> None:
        card = self.cards[name]
        card.show_words("Asking the destination… This may take a minute.")

        def failed(problem: Problem) -> None:
            card.show_words(f"⚠ {problem.title}. {problem.detail} {problem.advice}")

        self._desk.check(name, card.show_check, failed)

    def _edit(self, destination: DestinationMessage | None) -> None:
        editor = DestinationEditor(self._desk, destination, self)
        editor.finished.connect(lambda _: self._ask_all())
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.setModal(True)
        QDialog.open(editor)

    def _remove(self, name: str) -> None:
        question = (
            f"Remove the destination {name}? Nothing that was recorded or delivered is lost. Its password or token is "
            "forgotten."
        )
        if QMessageBox.question(self, "Remove a destination", question) is QMessageBox.StandardButton.Yes:
            self._desk.remove(name, lambda _: self._ask_all(), self._failed)

    def _resend(self, name: str) -> None:
        question = (
            f"Deliver everything to {name} once more at the next sync? That is for a lost stick, or a database that "
            "was restored from an older copy. What it still has is not stored twice, but all of it travels again."
        )
        if QMessageBox.question(self, "Send everything again", question) is QMessageBox.StandardButton.Yes:
            self._desk.resend(name, lambda _: self._ask_all(), self._failed)

    def _failed(self, problem: Problem) -> None:
        self._fill()
        self.told.emit(f"{problem.title}. {problem.detail} {problem.advice}".rstrip())


def _nothing(_problem: Problem) -> None:
    """The page asks again by itself; the window's banner tells of a lost recorder."""


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    heading.setStyleSheet("font-size: 13pt; font-weight: 600;")
    return heading


def _list(name: str) -> QListWidget:
    items = QListWidget()
    items.setAccessibleName(name)
    items.setWordWrap(True)
    items.setMinimumHeight(120)
    return items
