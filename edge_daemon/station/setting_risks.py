# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a person must confirm before settings of a device are written. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge_daemon.domain.faults import Conflict
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Setting
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.station.setting_values import needs_confirmation, same


@dataclass(frozen=True, slots=True)
class Risk:
    """What a person must confirm first. `documented` False: the maker's documents leave doubt about it."""

    name: str
    label: str
    text: str
    documented: bool


class ConfirmationNeeded(Conflict):
    """Something is asked that has a risk which the person has not confirmed."""

    code: ClassVar[str] = "confirmation_needed"
    title: ClassVar[str] = "Please confirm the risk first"
    advice: ClassVar[str] = "Read what may go wrong. If you still want it, confirm each of the risks named."

    def __init__(self, risks: Sequence[Risk]) -> None:
        super().__init__(" ".join(_words(risk) for risk in risks))
        self.risks = tuple(risks)


def risks_of(
    wanted: Sequence[tuple[Setting, OptionValue]], configuration: ConfigurationBody, calibrated: Collection[str]
) -> tuple[Risk, ...]:
    """The risks of writing these values: those of the settings themselves, and what becomes of the channels that are
    `calibrated`."""
    return tuple(_risks_of(wanted, configuration, calibrated))


def confirm(risks: Sequence[Risk], confirmed: Collection[str]) -> None:
    """Raises ConfirmationNeeded for those whose names are not among the confirmed ones."""
    still = [risk for risk in risks if risk.name not in confirmed]
    if still:
        raise ConfirmationNeeded(still)


def _risks_of(
    wanted: Sequence[tuple[Setting, OptionValue]], configuration: ConfigurationBody, calibrated: Collection[str]
) -> Iterator[Risk]:
    for setting, value in wanted:
        doubted = _doubted(setting, value, configuration, calibrated)
        own = setting.risk if needs_confirmation(setting) else ""
        if doubted or needs_confirmation(setting):
            words = " ".join(filter(None, (own, _calibration_words(doubted))))
            yield Risk(setting.name, setting.label, words, setting.documented)


def _doubted(
    setting: Setting, value: OptionValue, configuration: ConfigurationBody, calibrated: Collection[str]
) -> list[str]:
    if not setting.alters_values or same(configuration.settings.get(setting.name, setting.default), value):
        return []
    names = setting.alters or tuple(one.name for one in configuration.channels)
    return [name for name in names if name in calibrated]


def _calibration_words(doubted: Sequence[str]) -> str:
    if not doubted:
        return ""
    return (
        f"The calibration of {', '.join(doubted)} was made with the setting as it is. Once it is changed these values "
        "are suspect, until a calibration passes; setting it back does not cure that."
    )


def _words(risk: Risk) -> str:
    doubt = "" if risk.documented else " The maker's documents leave doubt about how this works."
    return f"{risk.label}: {risk.text}{doubt}"
