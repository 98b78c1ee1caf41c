# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How evidence is said to a person: what is witnessed, what a check found. Pure."""

from collections.abc import Iterator

from app.client.times import seconds_of
from edge_daemon.api.messages_evidence import (
    AnchorMessage,
    CheckOutcome,
    EvidenceExposure,
    EvidenceJob,
    EvidenceStanding,
    FullCheckMessage,
    TimelineCheckpoint,
    VerdictStanding,
)
from sync.evidence.anchor_checks import NOTHING as ALONE
from sync.evidence.exposure import LOCAL_BASIS, NO_WITNESS, UNSURE_CLOCK, UNVOUCHED_BASIS

MARKS: dict[CheckOutcome, str] = {"passed": "✓ passed", "failed": "✕ FAILED", "not_checked": "– not checked"}

VERDICTS: dict[VerdictStanding, str] = {
    "sound": "✓ Sound. Every check that was made passed, and the project's register vouches for the signer.",
    "simulated": (
        "? SIMULATED, or not shown to be real. Every check that was made passed, but instruments were simulated, or a "
        "program could stand behind where they were connected: “Real instruments” below says which."
    ),
    "salvaged": (
        "? Salvaged. This is what could be saved of a damaged log: entries are missing, and nothing proves that those "
        "that are left are as they were recorded."
    ),
    "shortened": (
        "? SHORTENED. Nothing that was checked failed, but a log had more entries than it has now: “End of the log” "
        "below says which are missing, who saw them, and what the log after it says of why."
    ),
    "incomplete": (
        "? INCOMPLETE. Nothing that was checked failed, but index.note, the station's signature over what the bundle "
        "holds, is missing or could not be checked (“Signature of the index” below): parts may have been left out "
        "unseen. Ask for the bundle as it was written, or a new one; of a closed log the register is needed too."
    ),
    "other_rules": (
        "? OTHER RULES. Nothing that was checked failed, but calibrations or hourly summaries were made by rules that "
        "this version of the program does not have, so that they were not computed again. Check it with the version "
        "that recorded it, too."
    ),
    "not_vouched_for": (
        "? Signer not vouched for. Nothing is wrong in itself, but no register says whose key signed it: anyone can "
        "make a log that agrees with itself. Give the project's station register and the project's key."
    ),
    "failed": "✕ FAILED. This evidence must not be relied on; the checks below say where it fails.",
    "unreadable": "✕ Unreadable. This is no evidence of a form that this program knows.",
}
_STATES = {"waiting": "pending", "done": "confirmed", "refused": "REFUSED", "superseded": "superseded"}
_JOBS = {"verify": "Checking", "bundle": "Writing the bundle", "anchor": "Anchoring"}
OCTAS = 100_000_000


def exposed(one: EvidenceExposure) -> str:
    """How long a range of entries stood before someone outside had fixed it."""
    entries = f"Entries {one.first:,} to {one.end - 1:,}, recorded {moment(one.recorded_from)}"
    if one.basis == "none":
        return f"⚠ {entries}: UNWITNESSED. No one outside has fixed them."
    if one.basis == "local":
        return f"⚠ {entries}: UNWITNESSED. Anchored on a {LOCAL_BASIS} only, which shows nothing to others."
    if one.basis == "unvouched":
        return f"⚠ {entries}: UNWITNESSED. Anchored through a {UNVOUCHED_BASIS} only."
    if one.exposed_s is None and one.fixed:
        return (
            f"{entries}: fixed outside {moment(one.fixed)} by {one.by}; how long they were exposed is {UNSURE_CLOCK}."
        )
    if one.exposed_s is None:
        return f"{entries}: fixed outside by {one.by}; since when is not told."
    return f"{entries}: exposed for {length(one.exposed_s)}, until {moment(one.fixed)} ({one.by})."


def length(seconds: float) -> str:
    """A length of time in a unit that fits."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def headline(standing: EvidenceStanding) -> str:
    """How far someone outside has witnessed the log, in one or two sentences."""
    if standing.trouble:
        return f"⚠ What is anchored cannot be told just now. {standing.trouble}"
    if not standing.unwitnessed:
        return f"✓ All {standing.size:,} entries are witnessed by {standing.network or 'an anchor'}."
    since = f" since {moment(standing.unwitnessed_since)}" if standing.unwitnessed_since else ""
    words = (
        f"{standing.unwitnessed:,} of {standing.size:,} entries are unwitnessed{since}: no one outside has seen them."
    )
    if not standing.network:
        return f"{words} Anchoring is not set up."
    if not ALONE.counts(standing.network):
        return f"{words} Anchors go to {standing.network}, which is no public chain: {NO_WITNESS}."
    return f"{words} Anchors go to {standing.network}."


def notes(standing: EvidenceStanding) -> str:
    """What is to be known besides; empty where there is nothing."""
    told = [standing.warning, standing.checkpoint_trouble]
    told.append(_full_check(standing.full_check))
    if standing.signed < standing.size:
        told.append(f"{standing.signed:,} entries are under a signed checkpoint.")
    return " ".join(filter(None, told))


def _full_check(last: FullCheckMessage | None) -> str:
    if last is None:
        return "No full check of the log was made yet; one is made every day."
    if last.standing in {"failed", "unreadable"}:
        return f"⚠ The full check of {moment(last.ended)} FAILED. {' '.join(last.failed)}".strip()
    return f"The full check of {moment(last.ended)} found nothing wrong."


def timeline(standing: EvidenceStanding) -> Iterator[str]:
    """Anchors and checkpoints by time, the newest first."""
    events = [(_anchor_time(one), _anchor(one)) for one in standing.anchors]
    events += [(seconds_of(one.made), _checkpoint(one)) for one in standing.checkpoints]
    yield from (words for _, words in sorted(events, key=lambda event: event[0], reverse=True))


def job_words(job: EvidenceJob) -> str:
    """How a job is doing, or how it ended."""
    if job.trouble:
        return f"⚠ {job.trouble}"
    if job.running:
        far = f", {job.done:,} of {job.total:,} entries" if job.total else ""
        return f"… {_JOBS[job.kind]}{far}. {job.words}".strip()
    if job.kind == "verify":
        return "The check has ended."
    return job.words or "Done."


def moment(text: str) -> str:
    """A time as a person reads it: to the second, UTC."""
    return f"{text[:19].replace('T', ' ')} UTC"


def _anchor(one: AnchorMessage) -> str:
    words = f"⚓ Anchor, {_STATES.get(one.state, one.state)}: {one.size:,} entries on {one.network}"
    if one.ledger_time:
        words += f", {moment(one.ledger_time)} by the chain's clock"
    if one.fee_octas is not None:
        words += f", fee {one.fee_octas / OCTAS:.8f} APT"
    return f"{words}. {one.words}".strip() if one.words else words


def _anchor_time(one: AnchorMessage) -> float:
    return seconds_of(one.ledger_time or one.period_end)


def _checkpoint(one: TimelineCheckpoint) -> str:
    return f"✎ Checkpoint: {one.size:,} entries signed, {moment(one.made)}, root {one.root[:16]}…"
