# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A setting and an action of a device, each as a card built from its declaration. Draws; no I/O."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.pages.device_settings_words import KEPT, change_text, present_value, state_text
from app.widgets.form_row import TOUCH, quiet_label, words_label
from app.widgets.form_setting import SettingInput
from app.widgets.form_values import BadValue, same_value
from edge_daemon.api.messages_devices import ActionMessage, ChangeMessage, SettingMessage
from edge_daemon.domain.instrument import OptionValue

_CARD = "#card { background: palette(alternate-base); border-radius: 6px; }"
_RISKY = (
    "#card { background: palette(alternate-base); border-radius: 6px; border-left: 6px solid palette(bright-text); }"
)


class SettingCard(QFrame):
    """One setting: the field, what the device says, where it is kept, and what became of the last change.

    Signals:
        changed: the field holds something else now.
    """

    changed = Signal()

    def __init__(self, setting: SettingMessage) -> None:
        super().__init__()
        self.setting = setting
        self.setObjectName("card")
        self.field = SettingInput(setting)
        self.state, self.result = words_label(), words_label()
        self.warning = words_label()
        for label in (self.state, self.warning, self.result):
            self.field.row.add_below(label)
        self.field.row.add_below(quiet_label(KEPT[setting.kept]))
        self.field.field.setEnabled(setting.writable or setting.kept == "host")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.addWidget(self.field)
        self.field.changed.connect(self.changed)
        self.show_setting(setting)

    @property
    def altered(self) -> bool:
        """Whether the person has filled in something else than what holds now."""
        try:
            return not same_value(self.field.value(), present_value(self.setting))
        except BadValue:
            return True

    def show_setting(self, setting: SettingMessage) -> None:
        """Take over what holds now."""
        self.setting = setting
        self.field.show_value(present_value(setting))
        self.state.setText(state_text(setting))
        self.warning.setText(f"⚠ Puts the evidence at risk: {setting.warning}" if setting.warning else "")
        self.warning.setVisible(bool(setting.warning))
        self.setStyleSheet(_RISKY if setting.warning else _CARD)

    def show_change(self, change: ChangeMessage | None) -> None:
        """Say what became of the last change; nothing for None."""
        words = "" if change is None else change_text(change, self.setting.unit)
        self.result.setText(words)
        self.result.setVisible(bool(words))


class ActionCard(QFrame):
    """One action with its argument, its button, and the device's last answer.

    Signals:
        wished: a person wants it done.
    """

    wished = Signal()

    def __init__(self, action: ActionMessage) -> None:
        super().__init__()
        self.action = action
        self.setObjectName("card")
        self.setStyleSheet(_CARD)
        self.argument = SettingInput(action.argument) if action.argument else None
        self.do = QPushButton(f"{action.label}…")
        self.do.setMinimumHeight(TOUCH)
        self.do.setEnabled(not action.calibrates)
        self.do.clicked.connect(self.wished)
        self.answer = words_label()
        self.answer.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        if self.argument is not None and not action.calibrates:
            column.addWidget(self.argument)
        row = QHBoxLayout()
        row.addWidget(self.do)
        told = "It alters the calibration, so it belongs to the calibration procedures." if action.calibrates else ""
        row.addWidget(quiet_label(told or action.risk), 1)
        column.addLayout(row)
        column.addWidget(self.answer)

    def value(self) -> OptionValue | None:
        """The argument. Raises BadValue."""
        return self.argument.value() if self.argument is not None else None

    def say(self, words: str) -> None:
        """Show what became of it."""
        self.answer.setText(words)
        self.answer.show()


def heading(text: str) -> QLabel:
    """The title of a group of cards."""
    label = QLabel(text)
    label.setStyleSheet("font-size: 14pt; font-weight: 600;")
    return label
