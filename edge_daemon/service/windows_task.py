# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Starting with Windows: a task of the Task Scheduler. **Untested on a real machine.**

Writes a file for schtasks and asks it. Elements: Microsoft's Task Scheduler Schema, version 1.4. An ordinary account
may only make tasks that begin when it logs on, and the report says so.
"""

import subprocess
import tempfile
import threading
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_daemon.domain.autostart import AutostartReport, AutostartState
from edge_daemon.service.commands import Ran, Run

TASK = "Verifield recorder"
MECHANISM = "Windows scheduled task"
AT_LOGON = "Recording begins when you log on to this computer. Automatic logon makes it begin at power-on."
NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"

Tree = Mapping[str, "str | Tree"]


def task_xml(command: Sequence[str], user: str) -> str:
    """The task that runs `command` when `user` (DOMAIN\\NAME) logs on, on battery too, for as long as it takes."""
    program, *arguments = command
    tree: Tree = {
        "RegistrationInfo": {"Description": "Records sensors with Verifield", "URI": f"\\{TASK}"},
        "Triggers": {"LogonTrigger": {"Enabled": "true", "UserId": user}},
        "Principals": {
            "Principal": {"UserId": user, "LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"},
        },
        # In the schema's order, which Windows insists on. PT0S: no limit to how long it runs.
        "Settings": {
            "DisallowStartIfOnBatteries": "false",
            "StopIfGoingOnBatteries": "false",
            "MultipleInstancesPolicy": "IgnoreNew",
            "StartWhenAvailable": "true",
            "Enabled": "true",
            "Hidden": "true",
            "ExecutionTimeLimit": "PT0S",
            "Priority": "5",
            "RestartOnFailure": {"Interval": "PT1M", "Count": "999"},
        },
        "Actions": {"Exec": {"Command": program, "Arguments": subprocess.list2cmdline(arguments)}},
    }
    task = ET.Element("Task", {"version": "1.4", "xmlns": NAMESPACE})
    _grow(task, tree)
    principal, actions = task.find("Principals/Principal"), task.find("Actions")
    assert principal is not None
    assert actions is not None
    principal.set("id", "Author")
    actions.set("Context", "Author")
    ET.indent(task)
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(task, encoding="unicode") + "\n"


def _grow(parent: ET.Element, tree: Tree) -> None:
    for name, content in tree.items():
        child = ET.SubElement(parent, name)
        if isinstance(content, str):
            child.text = content
        else:
            _grow(child, content)


class WindowsTask:
    """The task `Verifield recorder` of this account, for one home."""

    def __init__(self, home: Path, command: Sequence[str], *, user: str, run: Run) -> None:
        """`user` is DOMAIN\\NAME of the account whose logon starts the recorder."""
        self._home = home
        self._command = tuple(command)
        self._user = user
        self._run = run
        self._lock = threading.Lock()

    def state(self) -> AutostartReport:
        shown = self._query()
        if shown.status is None:
            return _unavailable(f"The Task Scheduler cannot be asked: {shown.words}.")
        if not shown.ok:
            return _report(AutostartState.DISABLED)
        task = _parsed(shown.out)
        if task is None:
            return _unavailable("The Task Scheduler's answer cannot be read. Look at the task in its own window.")
        if _text(task, "Settings/Enabled", "true") != "true":
            return _report(AutostartState.DISABLED)
        arguments = _text(task, "Actions/Exec/Arguments", "")
        if not self._is_ours(arguments):
            return _unavailable(
                f"Windows starts another recorder, with {arguments}. Switch that off first, with "
                "`verifield-daemon autostart --disable` and that data folder's `--home`."
            )
        if (_text(task, "Actions/Exec/Command", ""), arguments) != (self._command[0], self._arguments):
            return _report(
                AutostartState.DISABLED, "Windows starts another copy of the program. Switch on to use this one."
            )
        return _report(AutostartState.ENABLED, AT_LOGON)

    def enable(self) -> AutostartReport:
        """Register the task. It is not run now: the recorder that runs goes on."""
        with self._lock:
            now = self.state()
            if now.state is AutostartState.UNAVAILABLE:
                return now
            try:
                with tempfile.TemporaryDirectory(prefix="verifield-") as folder:
                    file = Path(folder) / "task.xml"
                    file.write_text(task_xml(self._command, self._user), encoding="utf-16")
                    made = self._run(("schtasks", "/Create", "/TN", TASK, "/XML", str(file), "/F"))
            except OSError as error:
                return _unavailable(f"The task's file cannot be written: {error.strerror or error}.")
            return self.state() if made.ok else _unavailable(f"The Task Scheduler refused the task: {made.words}.")

    def disable(self) -> AutostartReport:
        """Take the task away. The recorder that runs goes on."""
        with self._lock:
            shown = self._query()
            task = _parsed(shown.out) if shown.ok else None
            if task is None or not self._is_ours(_text(task, "Actions/Exec/Arguments", "")):
                return self.state()
            done = self._run(("schtasks", "/Delete", "/TN", TASK, "/F"))
            return self.state() if done.ok else _unavailable(f"It could not be switched off: {done.words}.")

    @property
    def _arguments(self) -> str:
        return subprocess.list2cmdline(self._command[1:])

    def _is_ours(self, arguments: str) -> bool:
        return arguments.endswith(subprocess.list2cmdline(["--home", str(self._home)]))

    def _query(self) -> Ran:
        return self._run(("schtasks", "/Query", "/TN", TASK, "/XML"))


def _parsed(text: str) -> ET.Element | None:
    """The task without its namespace. The declaration names UTF-16, which the text, decoded by now, is not."""
    start = text.find("<Task")
    try:
        task = ET.fromstring(text[start:] if start >= 0 else "")
    except ET.ParseError:
        return None
    for element in task.iter():
        element.tag = element.tag.rpartition("}")[2]
    return task


def _text(task: ET.Element, path: str, otherwise: str) -> str:
    return (task.findtext(path) or otherwise).strip()


def _report(state: AutostartState, reason: str = "") -> AutostartReport:
    return AutostartReport(state, reason, MECHANISM)


def _unavailable(reason: str) -> AutostartReport:
    return _report(AutostartState.UNAVAILABLE, reason)
