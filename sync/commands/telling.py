# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tells a person or a program how a sync goes. Writes to standard output; a closed pipe never stops a sync."""

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from sync.engine.meter import Progress
from sync.engine.plan import Plan
from sync.engine.run import Listener
from sync.sinks.sink import Check

MARKS = {"passed": "passed", "failed": "FAILED", "warning": "warning", "not_checked": "not checked"}


CONTROLS = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""What moves a terminal's cursor, colours it or turns its writing around is shown and not done: a text from elsewhere
could write another verdict over ours."""


class Output:
    """Lines to standard output, for as long as anybody reads them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = True

    def line(self, text: str) -> None:
        """Write a line now."""
        with self._lock:
            if not self._open:
                return
            try:
                sys.stdout.write(text.translate(CONTROLS) + "\n")
                sys.stdout.flush()
            except (OSError, ValueError):  # the reader is gone, and its end of the pipe with it
                self._open = False
                self._forget()

    def json(self, told: Mapping[str, object]) -> None:
        """Write a JSON object in a line of its own."""
        self.line(json.dumps(told, ensure_ascii=False, separators=(",", ":")))

    def _forget(self) -> None:
        # The interpreter flushes at exit; what is still in its buffer must have somewhere to go.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
        finally:
            os.close(nowhere)


def as_json(output: Output) -> Listener:
    """A listener that writes each event as a JSON object in a line of its own."""

    def planned(plan: Plan) -> None:
        output.json({"event": "plan", "readings": plan.readings, **asdict(plan)})

    return Listener(
        planned=planned,
        checked=lambda name, line: output.json({"event": "check", "destination": name, **asdict(line)}),
        progress=lambda told: output.json({"event": "progress", **asdict(told)}),
        alarm=lambda name, words: output.json({"event": "alarm", "destination": name, "words": words}),
    )


def as_lines(output: Output) -> Listener:
    """A listener that writes a line at each change of state: for a file or another program's log."""
    news = _News()

    def progress(told: Progress) -> None:
        if news.is_new(told.destination, "", (told.state, told.words)):
            output.line(words_of(told))

    def checked(name: str, line: Check) -> None:
        if news.is_new(name, line.title, line):
            output.line(words_of_check(name, line))

    return Listener(
        planned=lambda plan: output.line(words_of_plan(plan)),
        checked=checked,
        progress=progress,
        alarm=lambda name, words: output.line(f"ALARM {name}: {words}"),
    )


class _News:
    """What was said last, by destination and subject: while it waits, a sync finds the same again and again."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], object] = {}
        self._lock = threading.Lock()

    def is_new(self, destination: str, subject: str, told: object) -> bool:
        with self._lock:
            before = self._said.get((destination, subject))
            self._said[destination, subject] = told
        return before != told


class BarListener:
    """Progress bars in a terminal, and above them in full what is said once. Use `listener` within the block."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
            console=console,
        )
        self._lock = threading.Lock()
        self._news = _News()
        self._tasks: dict[str, TaskID] = {}
        self.listener = Listener(self._planned, self._checked, self._progress, self._alarm)

    def __enter__(self) -> "BarListener":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def _planned(self, plan: Plan) -> None:
        self._bars.console.print(words_of_plan(plan), markup=False, highlight=False)

    def _checked(self, name: str, line: Check) -> None:
        if self._news.is_new(name, line.title, line):
            self._bars.console.print(words_of_check(name, line), markup=False, highlight=False)

    def _alarm(self, name: str, words: str) -> None:
        self._bars.console.print(f"ALARM {name}: {words}", style="bold red", markup=False, highlight=False)

    def _progress(self, told: Progress) -> None:
        with self._lock:
            task = self._tasks.get(told.destination)
            if task is None:
                task = self._bars.add_task(told.destination, total=None, told="")
                self._tasks[told.destination] = task
        if self._news.is_new(told.destination, "", told.words) and told.words:
            said = f"{told.destination}: {told.words} {told.remedy}".rstrip()
            self._bars.console.print(said, markup=False, highlight=False)
        self._bars.update(task, completed=told.done, total=told.total or None, told=speed_words(told))


def words_of(told: Progress) -> str:
    """One destination's progress in a line."""
    line = f"{told.destination}: {told.state.replace('_', ' ')}, {told.done:,} of {told.total:,} readings"
    if told.again:
        line += f", {told.again:,} to be sent once more"
    return f"{line}: {told.words} {told.remedy}".rstrip() if told.words else line


def speed_words(told: Progress) -> str:
    """State, rate, what went out and the time left, as short as a terminal's line wants it."""
    parts = [told.state.replace("_", " ")]
    if told.state == "sending" and told.rate:
        parts.append(f"{told.rate:,.0f}/s")
    if told.sent_bytes:
        parts.append(f"{told.sent_bytes / 1e6:,.1f} MB")
    if told.again:
        parts.append(f"{told.again:,} once more")
    if told.state in {"sending", "waiting"} and told.left_s is not None:
        parts.append(f"{_length(told.left_s)} left")
    return ", ".join(parts)


def _length(seconds: float) -> str:
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    return f"{seconds:.0f} s" if seconds < 120 else f"{minutes} min" if minutes < 120 else f"{hours} h"


def words_of_plan(plan: Plan) -> str:
    """What waits and how long it will take, in a line."""
    line = f"{plan.destination}: {plan.readings:,} readings wait"
    if plan.size_bytes is None or plan.seconds is None:
        return f"{line}; how long they take is known after a longer sync"
    return f"{line}; about {plan.size_bytes / 1e6:,.1f} MB and {plan.seconds:,.0f} s at the rate of the last syncs"


def words_of_check(name: str, line: Check) -> str:
    """One line of a check."""
    told = f"{name}: {line.title}: {MARKS[line.verdict]}. {line.words}"
    return f"{told} {line.remedy}" if line.remedy else told
