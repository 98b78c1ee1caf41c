# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the sync page says, in words for a person. Pure."""

from collections.abc import Sequence

from edge_daemon.api.messages_sync import (
    CheckLine,
    SetAsideMessage,
    SyncMessage,
    SyncPlan,
    SyncProgress,
    SyncRunMessage,
    SyncStanding,
)

KINDS = {"mqtt": "MQTT broker", "influxdb": "InfluxDB", "file": "Folder or stick"}
STATES = {
    "checking": "Checking the destination",
    "sending": "Sending",
    "waiting": "Waiting for the network",
    "watching": "Staying with it",
    "done": "✓ Delivered",
    "cancelled": "Cancelled; the next sync goes on from here",
    "stopped": "⚠ Stopped: somebody has to look at it",
    "gave_up": "No network here; the next sync goes on from here",
    "put_off": "Not finished; the next sync goes on from here",
    "failed": "⚠ Failed",
}
ENDINGS = {**STATES, "unfinished": "Cut short; the next sync goes on from there"}
VERDICTS = {"passed": "✓", "failed": "✗", "warning": "⚠", "not_checked": "– not checked:"}
NO_WAY = frozenset({"cancelled", "gave_up", "waiting"})
BAD_ENDS = frozenset({"stopped", "put_off", "failed"})
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def count_words(number: int, of: str = "reading") -> str:
    """A number of things."""
    return f"{number_words(number)} {of}{'' if number == 1 else 's'}"


_OTHERS = "summaries and amendments"


def number_words(number: int) -> str:
    """A whole number, with a narrow no-break space between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def sentence(words: str) -> str:
    """What a far end or the system says, as a sentence of its own."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def duration_words(seconds: float) -> str:
    """A stretch of time to about two figures."""
    if seconds < _MINUTE_S:
        return f"{max(1, round(seconds))} s"
    if seconds < _HOUR_S:
        return f"{round(seconds / _MINUTE_S)} min"
    if seconds < _DAY_S:
        return f"{seconds / _HOUR_S:.1f} h"
    return f"{seconds / _DAY_S:.0f} days"


def size_words(size_bytes: int) -> str:
    """A size in the unit that suits it."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes} bytes"


def plan_words(plan: SyncPlan) -> str:
    """What waits for a destination."""
    held = sum(balance.held for balance in plan.balances)
    aside = sum(balance.aside for balance in plan.balances)
    calm = "Nothing waits" if held or aside or plan.owed else "✓ Nothing waits"
    words = calm if plan.readings + plan.others == 0 else waiting_words(plan.readings, plan.others)
    if plan.readings and plan.size_bytes is not None and plan.seconds is not None:
        words += f": about {size_words(plan.size_bytes)}, {duration_words(plan.seconds)}"
    if held:
        words += f" · {count_words(held)} held until their time is known"
    if aside:
        words += f" · {count_words(aside)} set aside"
    if plan.owed:
        words += f" · {count_words(plan.owed)} to go out once more: the destination may have lost them"
    return words


def waiting_words(readings: int, others: int) -> str:
    """What waits: readings, and hourly summaries and amendments, of which at least one."""
    waiting = [count_words(readings)] if readings else []
    waiting += [f"{number_words(others)} {'summary or amendment' if others == 1 else _OTHERS}"] if others else []
    return f"{' and '.join(waiting)} wait"


def progress_words(told: SyncProgress) -> str:
    """How a destination is doing in this sync."""
    words = STATES.get(told.state, told.state)
    if told.state == "sending" and told.total:
        words += f": {number_words(told.done)} of {count_words(told.total)}"
        if told.again:
            words += f", {number_words(told.again)} once more after a break"
        if told.rate > 0:
            words += f", {told.rate:,.0f} a second"
        if told.left_s is not None:
            words += f", {duration_words(told.left_s)} left"
    if told.words and told.state != "done":
        words += f". {sentence(told.words)}"
    return f"{words} {told.remedy}".rstrip()


def headline(sync: SyncMessage, standing: SyncStanding | None) -> str:
    """The page's first line: the calm truth."""
    if sync.running:
        return "Syncing. You may close the window: it goes on."
    if standing is None:
        return "Asking what waits…"
    if standing.alarms:
        return "⚠ The accounts of what was delivered do not add up. Nothing is deleted; tell the project's office."
    if standing.elsewhere:
        return "A sync that was started elsewhere is running. You can follow and cancel it here."
    if not standing.destinations:
        return "There is no destination yet. Everything is kept on this computer. Add one to begin."
    room = room_words(standing)
    states = {told.state for told in sync.progress}
    if states <= NO_WAY and states - {"cancelled"}:
        return f"No network here. {room}"
    present = {plan.destination for plan in standing.destinations}
    bad = next((told for told in sync.progress if told.state in BAD_ENDS and told.destination in present), None)
    if bad is not None:
        return f"{bad.destination}: {progress_words(bad)}"
    if standing.troubles:
        return f"⚠ {sentence(standing.troubles[0])} {room}".rstrip()
    missing = missing_words(standing)
    if any(plan.readings or plan.others or plan.owed for plan in standing.destinations):
        return f"Ready to sync. {room}"
    return f"Delivered, but {missing}. {room}" if missing else f"✓ Everything is delivered. {room}"


def missing_words(standing: SyncStanding) -> str:
    """What no destination gets by another sync: refused or held; empty where there is no such thing."""
    balances = [balance for plan in standing.destinations for balance in plan.balances]
    refused, held = sum(one.aside for one in balances), sum(one.held for one in balances)
    words = [f"{count_words(refused)} refused"] if refused else []
    words += [f"{count_words(held)} held until their time is known"] if held else []
    return " and ".join(words)


def synced_words(standing: SyncStanding) -> str:
    """How far everything is delivered, for the overview; empty where there is no destination."""
    if not standing.destinations:
        return ""
    behind = [plan for plan in standing.destinations if plan.readings or plan.others]
    if not behind:
        return _synced_but(standing)
    wait = waiting_words(sum(plan.readings for plan in behind), sum(plan.others for plan in behind))
    if not any(balance.delivered for plan in standing.destinations for balance in plan.balances):
        return f"Not synced yet · {wait}"
    # The destination that is farthest behind is the one that a reader may miss something at.
    oldest = min((plan.oldest for plan in behind if plan.oldest), default=None)
    return wait if oldest is None else f"Synced up to {oldest[:16].replace('T', ' ')} UTC · {wait}"


def _synced_but(standing: SyncStanding) -> str:
    """Nothing waits: whether that is all."""
    if standing.troubles:
        return "⚠ Not everything could be read: see Sync"
    owed = sum(plan.owed for plan in standing.destinations)
    if owed:
        return f"{count_words(owed)} to go out once more"
    missing = missing_words(standing)
    return f"Synced, but {missing}" if missing else "Everything is synced"


def room_words(standing: SyncStanding) -> str:
    """How long the disk lasts."""
    room = standing.room
    if room is None:
        return ""
    if room.days is None:
        return f"{size_words(room.free_bytes)} free on this computer."
    return f"Room for {room.days:,.0f} days."


def check_words(lines: Sequence[CheckLine]) -> str:
    """A check, line by line."""
    return "\n".join(f"{VERDICTS[line.verdict]} {line.title}. {line.words} {line.remedy}".rstrip() for line in lines)


def run_words(run: SyncRunMessage) -> str:
    """A run of the history in a line."""
    line = f"{run.start[:16].replace('T', ' ')} UTC · {run.destination} · {count_words(run.delivered)} · "
    line += ENDINGS.get(run.ending, run.ending)
    return f"{line}. {sentence(run.words)}" if run.words and run.ending != "done" else line


def aside_words(item: SetAsideMessage) -> str:
    """A refused reading in a line."""
    tries = "once" if item.tries == 1 else f"{item.tries} times"
    return f"{item.destination} · entry {item.index} · tried {tries}: {item.words}"
