# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about evidence: checkpoints, anchors, who witnessed what, checks and bundles. Values only.

Times are ISO 8601 with `Z`; roots and hashes are hexadecimal; sizes count entries; fees are in octas (10⁻⁸ APT).
"""

from typing import Literal

from pydantic import Field

from edge_daemon.api.messages import Message, Request

JobKind = Literal["verify", "bundle", "anchor"]
CheckOutcome = Literal["passed", "failed", "not_checked"]
VerdictStanding = Literal[
    "sound",
    "simulated",
    "salvaged",
    "shortened",
    "incomplete",
    "other_rules",
    "not_vouched_for",
    "failed",
    "unreadable",
]


class TimelineCheckpoint(Message):
    """A signed checkpoint. `made` is by this computer's clock, and no proof of it."""

    size: int
    root: str
    made: str


class AnchorMessage(Message):
    """An anchor record. `state` is waiting, done, refused or superseded; the last four are there once it is done.

    `ledger_time` is the chain's own clock. `period_end` is the newest time that the anchor covers.
    """

    origin: str
    size: int
    root: str
    data_hash: str
    network: str
    chain_id: int
    contract: str
    state: str
    words: str = ""
    period_end: str
    transaction_hash: str | None = None
    version: int | None = None
    ledger_time: str | None = None
    fee_octas: int | None = None


class FullCheckMessage(Message):
    """The last full check that the recorder made of its logs by itself; `failed` names what was wrong, worst first."""

    ended: str
    standing: VerdictStanding
    failed: tuple[str, ...] = ()


class EvidenceStanding(Message):
    """The log's head, and who outside has seen how much of it.

    `unwitnessed` entries are under no confirmed anchor, the first of them made at `unwitnessed_since` (None where there
    is none). `network` is where anchors go, "" where that is not set up; `warning` what is to be known of it.
    `root_text` is what a QR code shows for a second person to photograph. Lists are newest first, at most 200.
    `full_check` is None before the first. `trouble` says why anchors cannot be told.
    """

    origin: str
    size: int
    root: str
    root_text: str
    demo: bool
    signed: int
    checkpoint_trouble: str = ""
    unwitnessed: int
    unwitnessed_since: str | None
    network: str = ""
    warning: str = ""
    account: str = ""
    checkpoints: tuple[TimelineCheckpoint, ...] = ()
    anchors: tuple[AnchorMessage, ...] = ()
    full_check: FullCheckMessage | None = None
    trouble: str = ""


class EvidenceCheck(Message):
    """One check. `entry` is the first entry concerned, where one can be named."""

    name: str
    title: str
    outcome: CheckOutcome
    words: str
    entry: int | None = None


ExposureBasis = Literal["chain", "told", "witness", "local", "unvouched", "none"]


class EvidenceExposure(Message):
    """Entries `first` to before `end`, recorded by the laptop's clock, and since when someone outside has fixed them.

    `basis` says who tells: the chain, the evidence itself (the chain was not asked), a witness, a ledger that is no
    public chain ("local": it fixes nothing for others, `fixed` is when it took it and `exposed_s` None), an anchor
    through a contract or on a chain that the register does not name ("unvouched": likewise), nobody ("none":
    unwitnessed). `fixed` is empty and `exposed_s` None where the time is not known.
    """

    first: int
    end: int
    recorded_from: str
    recorded_to: str
    fixed: str = ""
    by: str = ""
    basis: ExposureBasis
    exposed_s: float | None = None


class EvidenceVerdict(Message):
    """What a verification found. "not_checked" never counts as passed."""

    standing: VerdictStanding
    about: str
    first_entry: int | None = None
    checks: tuple[EvidenceCheck, ...] = ()
    exposure: tuple[EvidenceExposure, ...] = ()
    not_proven: tuple[str, ...] = ()


class EvidenceJob(Message):
    """The newest verification, bundle or anchor. `total` is 0 while it is not known how much there is.

    `words` are what was said last; `lines` all that a bundle or an anchor said. `trouble` is why it could not be done.
    """

    kind: JobKind
    running: bool
    done: int = 0
    total: int = 0
    words: str = ""
    lines: tuple[str, ...] = ()
    verdicts: tuple[EvidenceVerdict, ...] = ()
    path: str = ""
    trouble: str = ""


class NewVerification(Request):
    """Check the bundle at `path` on this computer; empty: the station's own logs.

    `witness` is the text of a photographed code, SIZE:ROOT or SIZE:ROOT@TIME, the path of a receipt or of a checkpoint
    on this computer, or empty. With `online` the chain is asked about the anchors too.
    """

    path: str = Field(default="", max_length=4096)
    witness: str = Field(default="", max_length=4096)
    online: bool = False


class NewBundle(Request):
    """Write the evidence of a period to `path`: a folder, or a ZIP file by its ending. Empty times are open."""

    path: str = Field(min_length=1, max_length=4096)
    since: str = ""
    until: str = ""
    sensors: tuple[str, ...] = ()


TrustableNetwork = Literal["custom", "localnet", "local-ledger"]
"""Networks that are no public chains: whoever checks may know that somebody else keeps one."""


class RegisterMessage(Message):
    """The project's station register as it is kept here. `text` is empty where there is none.

    Anchors on the `trusted_networks` count as an outside witness in checks, though these are no public chains.
    """

    text: str = ""
    project_keys: tuple[str, ...] = ()
    trusted_networks: tuple[TrustableNetwork, ...] = ()


class RegisterChange(Request):
    """The register's text, and the project's keys, one of which must have signed it; an empty text takes it away."""

    text: str = Field(default="", max_length=1_000_000)
    project_keys: tuple[str, ...] = Field(default=(), max_length=20)
    trusted_networks: tuple[TrustableNetwork, ...] = Field(default=(), max_length=3)
