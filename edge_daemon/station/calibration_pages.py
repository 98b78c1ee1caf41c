# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The pages of a guided calibration: what each step shows, asks and offers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edge_daemon.calibration.judge import as_found_outcome, failed_once
from edge_daemon.calibration.point_checks import DOUBTED_HELP
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.procedure import Method
from edge_daemon.instruments.driver import Action
from edge_daemon.log.calibration_body import Stage
from edge_daemon.station.calibration_answers import Choice, Field, Given, Page
from edge_daemon.station.calibration_identity import doubt_field
from edge_daemon.station.calibration_references import TEMPERATURE
from edge_daemon.station.calibration_return import return_page
from edge_daemon.station.calibration_signal import Judged

NOTE, REMARKS = "note", "remarks"
PERSON, PIN, SECOND_PERSON, SECOND_PIN = "person", "pin", "second_person", "second_pin"
REPEAT = "repeat:"

_CLOCK = (
    "The computer's clock is not to be trusted, so neither are the date of this signature and the date it is due. "
    "Connect the computer to a network or set its clock, then sign; or give the reason why you sign all the same: it "
    "is recorded and printed."
)
_BARELY = (
    "It measures within its limits, but closer to one than the uncertainty reaches: whether it truly keeps them is not "
    "sure."
)
_STAGE: Mapping[Stage, str] = {"as_found": "As found", "as_left": "As left"}


@dataclass(frozen=True, slots=True)
class Around:
    """What a page depends on besides the run.

    `fields` ask about the standard or, once it is applied, what a reference instrument shows by now; `applied` are the
    words of the one that is applied. `must_adjust` and `cannot` (why it cannot be adjusted) come from as-found.
    `blocked` says why the run cannot go on now, `busy` what is being done, `pace` how long a point takes.
    `clock_trusted` is whether the date and time of a signature mean anything, `doubt` why it is not sure that the
    instrument is still the same.
    """

    again: tuple[Stage, str] | None = None
    fields: tuple[Field, ...] = ()
    applied: str = ""
    live: Judged | None = None
    must_adjust: bool = False
    cannot: str = ""
    action: Action | None = None
    persons: tuple[str, ...] = ()
    person: str = ""
    blocked: str = ""
    busy: str = ""
    pace: str = ""
    clock_trusted: bool = True
    doubt: str = ""


def page(run: Run, step: Step, around: Around) -> Page:
    """The page of the open step."""
    number, count = run.page
    made = replace(_MAKERS[step.kind](run, step, around), number=number, count=count)
    why_not = around.busy or around.blocked
    if not why_not or step.kind in {"return", "done"}:
        return made
    free = "" if around.busy else "back"
    choices = tuple(one if one.name == free else replace(one, enabled=False, why_not=why_not) for one in made.choices)
    return replace(made, help=f"{why_not}\n\n{made.help}".rstrip(), choices=choices)


def _conditions(run: Run, step: Step, _around: Around) -> Page:
    asked = tuple(
        Field(one.name, one.title, "number", one.unit, None, one.minimum, one.maximum, one.required)
        for one in run.procedure.conditions
    )
    note = Field(NOTE, "Condition of the instrument", "text", required=False, help="Dirt, damage, moved, cleaned")
    made = _page(
        step,
        "Before you begin",
        "\n".join(run.procedure.preparation),
        (*asked, note),
        (Choice("go_on", "Continue"),),
    )
    return replace(made, files=True)


def _apply(run: Run, step: Step, around: Around) -> Page:
    point = run.procedure.point(step.point)
    choices = [Choice("apply", "It is applied now")]
    empty = next((field for field in around.fields if field.kind == "standard" and field.required), None)
    if empty is not None and not empty.choices:
        choices = [Choice("apply", "It is applied now", enabled=False, why_not=empty.help)]
    if step.stage is None:
        choices.append(_leave(run))
    elif around.again is not None:
        choices.append(Choice("back", "Keep the point as it was taken"))
    elif point.optional:
        choices.append(Choice("skip", "Leave this point out"))
    before = "" if step.stage else f"{_last_command(run)}The command needs this before the instrument now. "
    return _page(step, _title(run, step), f"{before}{point.help} {around.pace}".strip(), around.fields, choices)


def _settle(run: Run, step: Step, around: Around) -> Page:
    live = around.live
    waits = " ".join(live.unmet) if live and not live.stable else ""
    some = live is not None and live.stability is not None
    void = run.procedure.status_ok and live is not None and bool(live.marks)
    no_more = f"{DOUBTED_HELP[0].upper()}{DOUBTED_HELP[1:]}." if void else "No reading has come yet."
    names = ("take", "Take the point", "Take it all the same")
    if step.stage is None:
        names = ("steady", "Go on to the command", "Go on all the same")
    name, title, anyway = names
    choices = [
        Choice(name, title, enabled=not waits and some, why_not=waits or "No reading has come yet."),
        Choice(f"{name}_anyway", anyway, reason=True, enabled=some and not void, why_not=no_more),
        Choice("back", "Back"),
    ]
    text = f"{around.applied}. Wait until the light is green."
    if step.stage is None:
        choices.append(_leave(run))
        text = f"{_last_command(run)}{text} Then the command can be sent."
    if around.fields:
        shown = "thermometer" if around.fields[0].name == TEMPERATURE else "reference"
        text = f"{text} Then type what the {shown} shows, and take the point."
    return _page(step, _title(run, step), text, around.fields, choices)


def _decide(run: Run, step: Step, around: Around) -> Page:
    device = run.procedure.adjustment == "device"
    confirm = "The instrument itself is changed. That cannot be undone. Adjust it?" if device else ""
    adjust = Choice("adjust", "Adjust", confirm=confirm, enabled=not around.cannot, why_not=around.cannot)
    keep = Choice("keep", "No adjustment needed")
    if around.must_adjust:
        first = (adjust, Choice("keep", "Leave it as it is", reason=True))
        text = "It does not measure within its limits."
    else:
        first, text = (keep, adjust), "It measures within its limits."
        if as_found_outcome(run) == "conditional_pass":
            first, text = (replace(keep, title="Leave it as it is"), adjust), _BARELY
    text = f"{text} {around.cannot}".rstrip()
    return _page(step, "As found: what now?", text, (), (*first, *_again(run, "as_found")))


def _command(run: Run, step: Step, around: Around) -> Page:
    assert step.command is not None, "a command step has a command"
    label = around.action.label if around.action else step.command.action
    risk = around.action.risk if around.action else ""
    doubt = " The maker's documents leave doubt about how this works." if _doubtful(around.action) else ""
    warned = "" if "cannot be undone" in risk else " It cannot be undone."
    what = f"{label}, with {around.applied}" if around.applied and step.command.takes_reference else label
    sure = f"{what}. {risk}{doubt}{warned} Send it now?"
    target = " The instrument takes this for true." if step.command.takes_reference else ""
    if target and around.fields:
        target = f"{target} If the reference shows something else by now, type that first."
    text = f"{_last_command(run)}{around.applied}: it must stand before the instrument now, unchanged.{target}"
    send = Choice("send", "Send it again" if run.device_touched else "Send it to the instrument", confirm=sure)
    return _page(step, label, text, around.fields, (send, Choice("back", "Back"), _leave(run)))


def _leave(run: Run) -> Choice:
    return Choice("leave", "See what it holds" if run.device_touched else "Do not adjust after all", reason=True)


def _last_command(run: Run) -> str:
    """What is to be said of the command that is sent again; nothing where none was, or it was carried out."""
    last = run.commands[-1] if run.commands else None
    if run.command_unanswered is not None:
        return "The command was sent, and its answer is not known: nor is what the instrument holds. "
    return f"The command failed: {last.answer} " if last is not None and last.phase == "failed" else ""


def _sign(run: Run, step: Step, around: Around) -> Page:
    known = tuple((name, name) for name in around.persons)
    usual = around.person if around.person in around.persons else None
    asked = (
        *([doubt_field(around.doubt)] if around.doubt else ()),
        Field(PERSON, "Who signs", "person", value=usual, choices=known),
        Field(PIN, "PIN", "pin"),
        Field(SECOND_PERSON, "Second person", "person", required=False, choices=known),
        Field(SECOND_PIN, "PIN of the second person", "pin", required=False),
        Field(REMARKS, "Remarks", "text", required=False),
    )
    stage: Stage = "as_left" if run.taken("as_left") else "as_found"
    lost = f"As left is missing at {', '.join(run.lost_points)}: it can only be given up." if run.lost_points else ""
    none = "" if around.persons else "Nobody has a PIN here yet. Enter a person first."
    sign = Choice("sign", "Sign", reason=not around.clock_trusted, enabled=not (lost or none), why_not=lost or none)
    again = () if stage == "as_found" and run.decision is not None else _again(run, stage)
    text = lost or none or "Check the summary, then sign with your PIN."
    return _page(step, "Sign", text if around.clock_trusted else f"{_CLOCK} {text}", asked, (sign, *again))


def with_clock_doubt(values: Mapping[str, Given], choice: Choice, reason: str) -> Mapping[str, Given]:
    """The answer to the signing page; where its date means nothing, the remarks say so, with the reason given."""
    if not choice.reason:
        return values
    doubt = f"Signed while the computer's clock was not to be trusted: {reason.strip()}"
    return {**values, REMARKS: "\n".join(filter(None, (str(values.get(REMARKS, "")), doubt)))}


def _done(run: Run, step: Step, _around: Around) -> Page:
    title = "Signed" if run.state == "signed" else "Given up"
    return _page(step, title, "", (), ())


def _return(run: Run, step: Step, _around: Around) -> Page:
    return return_page(run, step)


_MAKERS = {
    "conditions": _conditions,
    "apply": _apply,
    "settle": _settle,
    "decide": _decide,
    "command": _command,
    "sign": _sign,
    "return": _return,
    "done": _done,
}


def _page(step: Step, title: str, text: str, inputs: Sequence[Field], choices: Sequence[Choice]) -> Page:
    return Page(step.id, step.kind, title, text, step.stage, step.point, 0, 0, tuple(inputs), tuple(choices))


def _again(run: Run, stage: Stage) -> tuple[Choice, ...]:
    """What was found outside its limits stays told; taking it again needs a reason."""
    return tuple(
        Choice(
            f"{REPEAT}{name}",
            f"Repeat: {run.procedure.point(name).title}",
            reason=stage == "as_found" and failed_once(run, name),
        )
        for name in run.taken(stage)
    )


def _title(run: Run, step: Step) -> str:
    point = run.procedure.point(step.point)
    verified = run.procedure.method is Method.VERIFICATION
    if step.command is not None:
        return f"For the command: {point.title}"
    return point.title if verified or step.stage is None else f"{_STAGE[step.stage]}: {point.title}"


def _doubtful(action: Action | None) -> bool:
    return action is not None and not action.documented
