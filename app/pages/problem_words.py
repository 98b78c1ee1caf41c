# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How refusals and faults are said to a person: what happened, what it means, what to do. Pure."""

from edge_daemon.api.messages import Problem, Trouble


def sentence(words: str) -> str:
    """The words with a capital at the beginning and a full stop at the end, where they have none.

    What may be a name, such as scd30 or “roof:”, keeps its own letters.
    """
    said = words.strip()
    if not said:
        return ""
    first = said.split()[0].rstrip(",;.?!")
    begun = f"{said[0].upper()}{said[1:]}" if first.isalpha() else said
    return f"{begun}{'' if said[-1] in '.?!…”' else '.'}"


def field_text(problem: Problem) -> str:
    """What is wrong with what was given, to be said at its field: that one sees which it is, and what stands there."""
    return sentence(problem.allowed or problem.detail)


def problem_text(problem: Problem) -> str:
    """What happened, what it means, what to do."""
    what = problem.detail
    if problem.allowed:
        where = problem.field.rpartition(".")[2].replace("_", " ").capitalize()
        what = f"{where}: {problem.allowed}" if where else problem.allowed
    return " ".join(filter(None, (sentence(problem.title), sentence(what), problem.advice)))


def trouble_text(one: Trouble) -> str:
    """A present fault or warning, as `problem_text`."""
    return " ".join(filter(None, (sentence(one.title), sentence(one.detail), one.advice)))
