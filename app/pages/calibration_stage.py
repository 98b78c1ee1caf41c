# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which page a calibration's window shows, the choices below it, and where keys go. Draws; no I/O."""

from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from app.client.session import Session
from app.pages.calibration_ask import AskPanel
from app.pages.calibration_choose import ChoosePage
from app.pages.calibration_frame import Frame
from app.pages.calibration_step import StepPage
from app.widgets.choice_bar import ChoiceBar


class Stage:
    """The pages `choose`, `step` and `ask` in a frame, which fills `window`; one of them is seen, with its choices."""

    def __init__(self, session: Session, name: str, window: QWidget) -> None:
        self._window = window
        self._focused: QWidget | None = None
        self.choose, self.step, self.ask = ChoosePage(session.person), StepPage(session), AskPanel()
        self._stack = QStackedWidget()
        self._pages: tuple[QWidget, ...] = (self.choose, self.step, self.ask)
        for page in self._pages:
            self._stack.addWidget(page)
        self.frame = Frame(name, self._stack, (self.choose.bar, self.ask.bar))
        self.frame.fill(window)

    @property
    def page(self) -> QWidget:
        """The page that is seen."""
        return self._pages[self._stack.currentIndex()]

    @property
    def bar(self) -> ChoiceBar:
        """Its choices."""
        page = self.page
        return page.bar if isinstance(page, ChoosePage | AskPanel) else self.frame.bar

    def show(self, page: QWidget) -> None:
        """Show this page and its choices."""
        self._stack.setCurrentWidget(page)
        for bar in (self.choose.bar, self.frame.bar, self.ask.bar):
            bar.setVisible(bar is self.bar)

    def back_to_step(self) -> None:
        """Show the open step again."""
        self.show(self.step)
        self.focus_step()

    def focus_step(self) -> None:
        """To the first field; without any, to the first choice, and while that is barred to none of them: from there
        Tab leads to the others, before it leads to what is above."""
        if not self.step.focus_first():
            usual = self.frame.bar.usual
            (usual if usual is not None and usual.isEnabled() else self.frame.bar).setFocus()

    def press_usual(self) -> str:
        """Press the usual choice of the page; says why it cannot be pressed, empty where it was."""
        usual: QPushButton | None = self.bar.usual
        if usual is None:
            return ""
        if usual.isEnabled():
            usual.click()
            return ""
        return usual.toolTip()

    def wait(self, words: str) -> None:
        """Take no keys and no clicks until `ready`, and say what is waited for."""
        self._focused = self._window.focusWidget()
        self._window.setFocus()  # else it would go to the next button, and a second Enter press that
        self.frame.words.setText(words)
        self._enable(False)

    def ready(self) -> None:
        """Go on where one was."""
        self._enable(True)
        if isinstance(self._focused, QWidget):
            self._focused.setFocus()
            self._focused = None

    def _enable(self, on: bool) -> None:
        for part in (self._stack, self.frame.bar, self.choose.bar, self.ask.bar):
            part.setEnabled(on)
