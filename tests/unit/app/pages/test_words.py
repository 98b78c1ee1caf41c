# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is said to a person: every cause of a gap that the recorder can name has plain words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import edge_daemon
from app.pages.words import duration_text
from edge_daemon.domain.causes import CAUSES, causes_text
from edge_daemon.domain.faults import Fault

RECORDER = Path(edge_daemon.__file__).parent
NAMED_BY = {"cause", "note_cause", "trouble", "disconnected", "LastRun"}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


ACQUIRING = ("edge_daemon.domain.", "edge_daemon.instruments.", "edge_daemon.acquisition.")


def fault_codes(kind: type[Fault] = Fault) -> Iterator[str]:
    """Those of whatever may happen to a sample, whichever other modules were loaded before."""
    for below in kind.__subclasses__():
        if below.__module__.startswith(ACQUIRING):
            yield below.code
        yield from fault_codes(below)


def recorder_codes() -> set[str]:
    """What the recorder's modules pass on as a cause or call one, by its text or by the name of a constant."""
    sources = [*(RECORDER / "acquisition").glob("*.py"), RECORDER / "compose.py", *(RECORDER / "station").glob("*.py")]
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in sources]
    constants = dict(constant for tree in trees for constant in constants_in(tree))
    return {code for tree in trees for node in ast.walk(tree) for code in codes_in(node, constants)}


def constants_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield ast.unparse(node.targets[0]), node.value.value


def codes_in(node: ast.AST, constants: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Call(func=called) if ast.unparse(called).rpartition(".")[2] in NAMED_BY:
            last_run = ast.unparse(called) == "LastRun"  # its other part is how the run ended, which is no cause
            yield from texts(node.args[:1] if last_run else node.args, constants)
        case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
            if "cause" in ast.unparse(target):
                yield from texts([value], constants)
        case ast.keyword(arg=str(name), value=value) if "cause" in name:
            yield from texts([value], constants)


def texts(expressions: list[ast.expr], constants: dict[str, str]) -> Iterator[str]:
    for node in (part for expression in expressions for part in ast.walk(expression)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value
        elif isinstance(node, ast.Name) and node.id in constants:
            yield constants[node.id]


def test_the_walk_finds_what_the_recorder_names() -> None:
    assert recorder_codes() >= {
        "unplugged",
        "bug",
        "nothing_new",
        "no_data",
        "daemon_off",
        "daemon_killed",
        "power_loss",
        "suspend",
        "paused",
    }
    assert set(fault_codes()) >= {"no_reply", "checksum_mismatch", "disk_full", "not_ready", "clock_untrusted"}


@pytest.mark.parametrize("code", sorted({*recorder_codes(), *fault_codes()}))
def test_every_cause_has_plain_words(code: str) -> None:
    said = causes_text([code])
    assert said.lower() not in {code, code.replace("_", " "), Fault.title.lower()}
    assert "_" not in said
    assert said[0].islower()
    assert len(said.split()) >= 2


def test_causes_are_told_apart_and_unknown_ones_are_shown_as_named() -> None:
    assert len(set(CAUSES.values())) == len(CAUSES)
    assert causes_text(["unplugged", "no_reply"]) == "the sensor was unplugged, the sensor did not answer"
    assert causes_text(["struck_by_lightning"]) == "struck by lightning"
    assert causes_text([]) == "cause unknown"


@pytest.mark.parametrize(
    ("seconds", "said"), [(-1, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3_660, "1 h 1 min"), (90_000, "1 d 1 h")]
)
def test_durations_in_two_units(seconds: float, said: str) -> None:
    assert duration_text(seconds) == said
