# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The tree of a dendrometer as it is typed into the plan: rows of the parameter's form, and what they say. No I/O."""

from collections.abc import Mapping

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from app.pages.quality_form import text_of_field
from app.pages.quality_growth_words import EQUATIONS
from app.widgets.form_row import FormRow, Input
from app.widgets.form_values import BadValue, number_of, plain_text
from edge_daemon.api.messages_quality import TreeMessage
from edge_daemon.log.plan_tree import GROUPS, NEEDS, UNIT

_ALWAYS = ("diameter_cm", "reading_mm", "root_shoot", "carbon_fraction")
_SOMETIMES = ("height_m", "density_g_cm3", "stress")
_NEEDED = ("diameter_cm", "reading_mm", "measured", "source")
_BEGIN = {"root_shoot": "0", "carbon_fraction": "0.47"}


class TreeRows:
    """`rows` are named as a refusal names the field, with `tree_` before it. `wanted` tells whether a tree is given."""

    def __init__(self) -> None:
        self.wanted = QCheckBox("compute the CO₂ that this tree gains")
        self.equation, self.group = QComboBox(), QComboBox()
        for name, title in EQUATIONS.items():
            self.equation.addItem(title, name)
        for group in GROUPS:
            self.group.addItem(group, group)
        given: dict[str, tuple[str, Input, str, str]] = {
            "tree": ("Tree", self.wanted, "", "of one tree: no claim, and never multiplied by a number of trees"),
            "tree_equation": ("… equation", self.equation, "", ""),
            "tree_diameter_cm": ("… diameter", QLineEdit(), "cm", "at breast height, measured with a tape"),
            "tree_measured": ("… measured on", QLineEdit(), "", "a date, as 2025-06-12"),
            "tree_reading_mm": ("… reading then", QLineEdit(), "mm", "what this channel read when it was measured"),
            "tree_height_m": ("… height", QLineEdit(), "m", "of the tree; it is held constant"),
            "tree_density_g_cm3": ("… wood density", QLineEdit(), "g/cm³", "of dry wood, as published for the species"),
            "tree_stress": ("… stress E", QLineEdit(), "", "environmental stress of the place, as published"),
            "tree_group": ("… species", self.group, "", ""),
            "tree_root_shoot": ("… roots", QLineEdit(), "kg/kg", "by the methodology; 0 counts no roots"),
            "tree_carbon_fraction": ("… carbon", QLineEdit(), "kg/kg", "of dry matter; IPCC: 0.47"),
            "tree_source": ("… source", QLineEdit(), "", "where equation, height, density and roots come from"),
        }
        self.rows = {
            name: FormRow(title, field, unit=unit, help_text=said) for name, (title, field, unit, said) in given.items()
        }

    def show(self, tree: TreeMessage | None) -> None:
        """Show what is planned; without one, what most begin with."""
        self.wanted.setChecked(tree is not None)
        if tree is not None:
            self.equation.setCurrentIndex(self.equation.findData(tree.equation))
            self.group.setCurrentIndex(max(self.group.findData(tree.group), 0))
        for name in (*_ALWAYS, *_SOMETIMES, "measured", "source"):
            value = _BEGIN.get(name) if tree is None else getattr(tree, name)
            self._line(name).setText(plain_text(value) if isinstance(value, float) else str(value or ""))

    def hidden(self, unit: str) -> set[str]:
        """The rows that do not matter: all, where the channel's unit is none of growth."""
        if unit.strip() != UNIT and not self.wanted.isChecked():
            return set(self.rows)
        if not self.wanted.isChecked():
            return set(self.rows) - {"tree"}
        equation = str(self.equation.currentData())
        unneeded = {f"tree_{name}" for name in _SOMETIMES if name not in NEEDS[equation]}
        return unneeded | (set() if equation == "jenkins" else {"tree_group"})

    def read(self) -> tuple[TreeMessage | None, Mapping[str, str]]:
        """The tree, and what is wrong by row; without anything wrong, None says that none is wanted."""
        if not self.wanted.isChecked():
            return None, {}
        equation = str(self.equation.currentData())
        numbers: dict[str, float] = {}
        needed = NEEDS[equation]
        faults = {f"tree_{name}": "This is needed." for name in (*_NEEDED, *needed) if not self._text(name)}
        for name in (*_ALWAYS, *needed):
            try:
                numbers[name] = float(number_of(self._text(name) or _BEGIN.get(name, "")))
            except BadValue as fault:
                faults.setdefault(f"tree_{name}", str(fault))
        if faults:
            return None, faults
        group = str(self.group.currentData()) if equation == "jenkins" else ""
        texts = {name: self._text(name) for name in ("measured", "source")}
        return TreeMessage.model_validate({"equation": equation, "group": group, **texts, **numbers}), {}

    def _line(self, name: str) -> QLineEdit:
        field = self.rows[f"tree_{name}"].field
        assert isinstance(field, QLineEdit), name
        return field

    def _text(self, name: str) -> str:
        return text_of_field(self.rows[f"tree_{name}"])
