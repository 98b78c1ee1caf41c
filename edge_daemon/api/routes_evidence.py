# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on evidence: how far it is witnessed, verification, bundles, anchors, the project's station register.

They start the delivery program or wait for its answer, in threads of the server's pool.
"""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from edge_daemon.api import messages_evidence as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BadInput, SyncFailed, Unknown
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, parse_note, signer_of
from edge_daemon.station.daily_check import DailyOutcome
from edge_daemon.station.evidence_desk import Job, KeptRegister

router = APIRouter(prefix="/api/evidence", tags=["evidence"])

MOST = 200
DONE = "done"
PUBLIC_CHAINS = frozenset({"mainnet", "testnet", "devnet"})
"""Networks whose ledger others keep too: the same that a check of evidence takes for an outside witness."""


@router.get("")
def standing(wired: Wired) -> m.EvidenceStanding:
    """Checkpoints, anchors, and what no one outside has witnessed yet."""
    told, trouble = _anchoring(wired)
    with wired.reader() as reader:
        head = reader.head()
        anchors = [m.AnchorMessage.model_validate(one) for one in _items(told, "anchors")]
        own = [one for one in anchors if one.origin == head.origin]
        network = str(told.get("network") or "")
        witnessed = max((one.size for one in own if _counts(one, network)), default=0)
        since = None if witnessed >= head.size else rfc3339_from_ns(_time_of(reader, witnessed))
    files, origin = wired.signing.checkpoints.files, head.origin
    kept = (
        files.after(origin, -1, MOST)
        if len(sizes := files.sizes(origin)) <= MOST
        else files.after(origin, sizes[-MOST - 1], MOST)
    )
    fault = wired.signing.checkpoints.fault()
    return m.EvidenceStanding(
        origin=origin,
        size=head.size,
        root=head.root.hex(),
        root_text=f"{origin} {head.size}:{head.root.hex()}",
        demo=wired.demo,
        signed=max(sizes, default=0),
        checkpoint_trouble="" if fault is None else f"{fault.title}: {fault}",
        unwitnessed=head.size - witnessed,
        unwitnessed_since=since,
        network=network,
        warning=str(told.get("warning") or ""),
        account=str(told.get("account") or ""),
        checkpoints=tuple(
            m.TimelineCheckpoint(
                size=one.signed.checkpoint.size,
                root=one.signed.checkpoint.root.hex(),
                made=rfc3339_from_ns(one.made_ns),
            )
            for one in reversed(kept)
        ),
        anchors=tuple(sorted(anchors, key=lambda one: one.period_end, reverse=True)[:MOST]),
        full_check=_full_check(wired.evidence.daily.last()),
        trouble=trouble,
    )


@router.get("/job")
def job(wired: Wired) -> m.EvidenceJob:
    """How the newest verification, bundle or anchor is doing, or how it ended. Unknown before the first."""
    return _job(wired.evidence.job())


@router.delete("/job")
def cancel(wired: Wired) -> m.EvidenceJob:
    """End what is under way."""
    return _job(wired.evidence.cancel())


@router.post("/verify", status_code=202)
def verify(wanted: m.NewVerification, wired: Wired) -> m.EvidenceJob:
    """Begin to check a bundle on this computer, or the station's own logs; asks the chain only if told to."""
    return _job(wired.evidence.verify(wanted.path, wanted.witness, online=wanted.online))


@router.post("/bundle", status_code=202)
def bundle(wanted: m.NewBundle, wired: Wired) -> m.EvidenceJob:
    """Begin to write the evidence of a period."""
    for sensor in wanted.sensors:
        wired.book.sensor(sensor)
    return _job(wired.evidence.bundle(wanted.path, wanted.since, wanted.until, wanted.sensors))


@router.post("/anchor", status_code=202)
def anchor(wired: Wired) -> m.EvidenceJob:
    """Begin to anchor everything that is signed, now."""
    wired.signing.checkpoints.make()
    return _job(wired.evidence.anchor())


@router.get("/register")
def register(wired: Wired) -> m.RegisterMessage:
    """The project's station register as it is kept here."""
    kept = wired.evidence.register()
    return _register_message(kept)


@router.put("/register")
def put_register(change: m.RegisterChange, wired: Wired) -> m.RegisterMessage:
    """Keep this register. One of the project's keys must have signed it."""
    if change.text:
        _check_register(change.text, change.project_keys)
    kept = KeptRegister(change.text, change.project_keys, tuple(dict.fromkeys(change.trusted_networks)))
    wired.evidence.put_register(kept)
    return _register_message(kept)


def _register_message(kept: KeptRegister) -> m.RegisterMessage:
    told = {"text": kept.text, "project_keys": kept.project_keys, "trusted_networks": kept.trusted_networks}
    return m.RegisterMessage.model_validate(told)


def _counts(one: m.AnchorMessage, network: str) -> bool:
    """Whether an anchor shows something to somebody outside: one on another network than the present is not counted,
    and one on a network that is no public chain never is."""
    return one.state == DONE and one.network == network and network in PUBLIC_CHAINS


def _check_register(text: str, keys: Sequence[str]) -> None:
    try:
        note = parse_note(text)
    except NoteInvalid as error:
        raise BadInput("text", text[:60], f"the project's signed register is needed: {error}") from error
    if not keys:
        words = "give the project's key too: anyone can sign a register, and an unchecked one vouches for nothing"
        raise BadInput("project_keys", "", words)
    try:
        signer_of(note, [VerifierKey.parse(key) for key in keys])
    except NoteInvalid as error:
        raise BadInput("project_keys", ", ".join(keys)[:200], str(error)) from error


def _anchoring(wired: Services) -> tuple[Mapping[str, object], str]:
    try:
        return wired.evidence.anchoring(), ""
    except SyncFailed as fault:
        return {}, f"{fault.title}: {fault}"


def _full_check(last: DailyOutcome | None) -> m.FullCheckMessage | None:
    if last is None:
        return None
    told = {"ended": rfc3339_from_ns(last.ended_ns), "standing": last.standing, "failed": last.failed}
    return m.FullCheckMessage.model_validate(told)


def _time_of(reader: LogReader, index: int) -> int:
    return decode_entry(reader.entries(index, 1)[0][1]).t_ns


def _job(found: Job | None) -> m.EvidenceJob:
    if found is None:
        raise Unknown("nothing was checked, written or anchored yet")
    return m.EvidenceJob(
        kind=found.kind,
        running=found.running,
        done=found.done,
        total=found.total,
        words=found.words,
        lines=found.lines,
        verdicts=tuple(m.EvidenceVerdict.model_validate(one) for one in found.verdicts),
        path=found.path,
        trouble=found.trouble,
    )


def _items(told: Mapping[str, object], name: str) -> list[object]:
    items = told.get(name)
    return items if isinstance(items, list) else []
