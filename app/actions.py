# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every user action of the window in one table: menus and shortcuts are made of it. Pure."""

from dataclasses import dataclass
from typing import Literal

Menu = Literal["Station", "View", "Colours"]
Key = Literal[
    "overview", "live", "quality", "sensors", "sync", "evidence", "station", "add_sensor", "identify", "device",
    "passport", "calibrate", "standards", "note", "arrive", "leave", "picture", "table", "light", "dark", "sunlight",
    "quit",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do. `shortcut` is in Qt's portable form; `tip` says what comes of it."""

    key: Key
    menu: Menu
    text: str
    shortcut: str
    tip: str

    @property
    def title(self) -> str:
        """The text without the mark of its menu key and the dots that promise a question."""
        return self.text.replace("&", "").rstrip("…")

    @property
    def tooltip(self) -> str:
        """What comes of it, and how to reach it by keyboard."""
        return f"{self.tip} ({self.shortcut})"


ACTIONS: tuple[Action, ...] = (
    Action("add_sensor", "Station", "&Add a sensor…", "Ctrl+N", "Begin to record a sensor"),
    Action("identify", "Station", "&Identify what is plugged in…", "Ctrl+I", "Find out what is on a free port"),
    Action("device", "Station", "&Device settings…", "Ctrl+D", "Settings of the chosen sensor's device"),
    Action("passport", "Station", "Passpo&rt…", "Ctrl+R", "The history of the chosen sensor's instrument"),
    Action("calibrate", "Station", "&Calibrate…", "Ctrl+K", "Calibrate or verify the chosen sensor, or go on with it"),
    Action("standards", "Station", "Refere&nce standards…", "Ctrl+T", "Gases, buffers and instruments to calibrate by"),
    Action("note", "Station", "&Note…", "Ctrl+M", "Record a remark about this moment"),
    Action("arrive", "Station", "&Begin a visit…", "Ctrl+B", "Record that you are here"),
    Action("leave", "Station", "&End a visit…", "Ctrl+E", "Record that you leave"),
    Action("picture", "Station", "Save &picture…", "Ctrl+P", "Save what the chart shows as a picture"),
    Action("table", "Station", "Save &table…", "Ctrl+S", "Save what the chart shows as a table"),
    Action("quit", "Station", "&Close the window", "Ctrl+Q", "Close the window; recording goes on"),
    Action("overview", "View", "&Overview", "Ctrl+1", "All sensors at a glance"),
    Action("live", "View", "&Live", "Ctrl+2", "Strip charts"),
    Action("quality", "View", "&Quality", "Ctrl+3", "Hours, claim, plan, amendments, gaps and limits"),
    Action("sensors", "View", "&Sensors", "Ctrl+4", "Add, pause and remove sensors"),
    Action("sync", "View", "S&ync", "Ctrl+5", "Deliver what was recorded"),
    Action("evidence", "View", "&Evidence", "Ctrl+6", "What is witnessed, and whether it all agrees"),
    Action("station", "View", "S&tation", "Ctrl+7", "Name, place and settings of the station"),
    Action("light", "Colours", "&Light", "Ctrl+Alt+1", "For indoors"),
    Action("dark", "Colours", "&Dark", "Ctrl+Alt+2", "For the night"),
    Action("sunlight", "Colours", "&Sunlight", "Ctrl+Alt+3", "Highest contrast, for outdoors"),
)


def action_of(key: Key) -> Action:
    """The action of that key."""
    return next(one for one in ACTIONS if one.key == key)
