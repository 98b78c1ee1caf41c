# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Takes fields out of a parsed file one by one; what cannot be used is noted, and the rest goes on. Pure."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date

from edge_daemon.domain.connection import LineSettings, Parity
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.station import Location
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339
from edge_daemon.secrets.secret import Secret
from edge_daemon.station.settings.document import Span
from edge_daemon.station.settings.report import FieldReport, Verdict

LONGEST_TEXT = 500
LONGEST_INTERVAL_S = 86_400
_LINE = re.compile(r"([0-9]{2,7}) ([78])([NEO])([12])")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.+Z-]+)?")


class Table:
    """One table of the file. A method that takes a field returns None where it is absent or cannot be used.

    `where` collects the fields that were taken, by our name for them; `notes` what is to be said of the others, shared
    by all tables of a file. A refusal shows a value only if it is a plain one, and never a secret's.
    """

    def __init__(self, place: str, content: Mapping[str, object], notes: list[FieldReport]) -> None:
        self.place = place
        self.where: dict[str, str] = {}
        self._left = dict(content)
        self.notes = notes

    def path(self, name: str) -> str:
        """Where the field stands in the file."""
        return f"{self.place}.{name}" if self.place else name

    def note(self, name: str, verdict: Verdict, words: str) -> None:
        """Say what becomes of a field."""
        self.notes.append(FieldReport(self.path(name), verdict, words))

    def refuse(self, name: str, words: str) -> None:
        """The field is not taken, and this is why."""
        self.note(name, Verdict.NOT_TAKEN, words)

    def refused(self, name: str) -> bool:
        """Whether the field, or one inside it, could not be used."""
        at = self.path(name)
        return any(note.path == at or note.path.startswith(f"{at}.") for note in self.notes)

    def has(self, name: str) -> bool:
        """Whether the file states the field and nobody took it yet."""
        return name in self._left

    def text(self, name: str, *, our: str = "") -> str:
        """A text in one line; empty where there is none."""
        value = self._take(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or any(ord(c) < 32 for c in value):
            self.refuse(name, f"a text in one line of at most {LONGEST_TEXT} characters is needed")
            return ""
        if not value.strip():
            return ""
        self.where[our or name] = self.path(name)
        return value.strip()

    def date(self, name: str, *, our: str) -> str | None:
        """A calendar date, YYYY-MM-DD, also where the file writes a time after it."""
        value = self._take(name)
        if value is None or value == "":
            return None
        text = value.isoformat() if isinstance(value, date) else str(value)
        day = _day(text)
        if day is None:
            self.refuse(name, f"{text[:40]!r} is no date: YYYY-MM-DD is needed")
            return None
        self.where[our] = self.path(name)
        return day

    def number(self, name: str, *, our: str = "") -> float | None:
        """A finite number."""
        value = self._take(name)
        if value is None:
            return None
        if not _is_number(value):
            self.refuse(name, "a number is needed")
            return None
        self.where[our or name] = self.path(name)
        return float(value)  # type: ignore[arg-type]  # _is_number has looked

    def whole(self, name: str, span: range, *, our: str = "") -> int | None:
        """A whole number within `span`."""
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value not in span:
            self.refuse(name, f"a whole number from {span.start} to {span.stop - 1} is needed")
            return None
        self.where[our or name] = self.path(name)
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where there is none."""
        value = self._take(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.refuse(name, "true or false is needed")
            return False
        self.where[name] = self.path(name)
        return value

    def interval_ns(self, name: str) -> int | None:
        """A duration that the file gives in seconds, above 0 and at most a day."""
        seconds = self.number(name, our="interval")
        if seconds is None:
            return None
        if not 0 < seconds <= LONGEST_INTERVAL_S or round(seconds * NS_PER_S) == 0:
            del self.where["interval"]
            self.refuse(name, f"{seconds:g}: seconds above 0 and at most {LONGEST_INTERVAL_S} are needed")
            return None
        return round(seconds * NS_PER_S)

    def line(self, name: str) -> LineSettings | None:
        """Line settings as text, e.g. `9600 8N1`."""
        value = self.text(name)
        match = _LINE.fullmatch(value)
        if match is None:
            if self.where.pop(name, None):
                self.refuse(name, f"{value!r}: line settings like '9600 8N1' are needed")
            return None
        baud, data_bits, parity, stop_bits = match.groups()
        return LineSettings(int(baud), int(data_bits), Parity(parity), int(stop_bits))

    def secret(self, name: str) -> Secret | None:
        """A secret, which no note ever shows."""
        value = self._take(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.refuse(name, "a text is needed")
            return None
        try:
            return Secret(value)
        except BadInput as wrong:
            self.refuse(name, wrong.allowed)
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.refuse(name, "a list of texts is needed")
            return ()
        self.where[name] = self.path(name)
        return tuple(value)

    def options(self, name: str) -> dict[str, OptionValue]:
        """Settings of an instrument: plain values by name. Each stands for itself in `where`."""
        table = self.table(name)
        found: dict[str, OptionValue] = {}
        for key, value in table.take_all() if table else ():
            if isinstance(value, str | bool) or _is_number(value):
                found[key] = value  # type: ignore[assignment]  # bool, int, float or str by now
                self.where[f"{name}.{key}"] = self.path(f"{name}.{key}")
            else:
                self.refuse(f"{name}.{key}", "true, false, a number or a text is needed")
        return found

    def spans(self, name: str) -> dict[str, Span]:
        """Ranges `[from, to]` or `{min, max}` by name; one range alone has the empty name."""
        value = self._take(name)
        if value is None:
            return {}
        alone = _span(value)
        if alone:
            self.where[name] = self.path(name)
            return {"": alone}
        if not isinstance(value, dict) or not value:
            self.refuse(name, "a range like [0, 5000], or one for each field by its name, is needed")
            return {}
        found: dict[str, Span] = {}
        for key, item in value.items():
            span = _span(item)
            if span is None:
                self.refuse(f"{name}.{key}", "a range like [0, 5000], the lower end first, is needed")
            else:
                found[str(key)] = span
                self.where[f"{name}.{key}"] = self.path(f"{name}.{key}")
        return found

    def location(self, name: str) -> Location | None:
        """A place; without both coordinates there is none."""
        table = self.table(name)
        if table is None:
            return None
        latitude, longitude = table.number("latitude"), table.number("longitude")
        elevation, address = table.number("elevation"), table.text("address")
        table.nothing_left()
        if latitude is None or longitude is None:
            self.refuse(name, "both latitude and longitude are needed")
            return None
        if abs(latitude) > 90 or abs(longitude) > 180:
            self.refuse(name, "latitude from -90 to 90 and longitude from -180 to 180 degrees are needed")
            return None
        self.where[name] = self.path(name)
        return Location(latitude, longitude, elevation, address)

    def table(self, name: str) -> "Table | None":
        """A table inside this one."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(name, "a table of fields is needed")
            return None
        return Table(self.path(name), value, self.notes)

    def tables(self, name: str) -> "Iterator[tuple[str, Table]]":
        """Every table inside the table `name`, with its key."""
        outer = self.table(name)
        for key in list(outer._left) if outer else ():
            assert outer is not None
            inner = outer.table(key)
            if inner is not None:
                yield key, inner

    def take_all(self) -> tuple[tuple[str, object], ...]:
        """All that is left, as it is."""
        left, self._left = tuple(self._left.items()), {}
        return left

    def nothing_left(self) -> None:
        """Fields that nobody took are not known."""
        for name, _ in self.take_all():
            self.refuse(name, "Verifield knows no such field")

    def _take(self, name: str) -> object:
        return self._left.pop(name, None)


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def _day(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        ns_from_rfc3339(f"{match[1]}T00:00:00Z")
    except ValueError:
        return None
    return match[1]


def _span(value: object) -> Span | None:
    if isinstance(value, dict) and set(value) == {"min", "max"}:
        value = [value["min"], value["max"]]
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(end) for end in value):
        return None
    low, high = float(value[0]), float(value[1])
    return (low, high) if low < high else None
