# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration, or what it found, means for the channels that are computed from the one calibrated. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.computed_channels import Relations, computed_from


def with_computed(body: AmendmentBody, channel: str, relations: Relations) -> AmendmentBody:
    """An amendment of this channel's readings, for those of the channels computed from it as well."""
    names = computed_from(channel, relations)
    if not names or not body.channels:
        return body
    told = f"Readings of {_listed(names)} are suspect too, which {_are(names)} computed from {channel}."
    return replace(body, channels=(*body.channels, *names), evidence=f"{body.evidence} {told}")


def computed_words(channel: str, relations: Relations) -> tuple[str, ...]:
    """What a calibration of this channel says of the others, for the page on which it is signed."""
    return tuple(_words(channel, relations))


def _words(channel: str, relations: Relations) -> Iterator[str]:
    names = computed_from(channel, relations)
    by = {how: [name for name in names if relations[name].how == how] for how in ("proportional", "counter")}
    if found := by["proportional"]:
        yield f"It holds for {_listed(found)} too, which {_are(found)} computed from {channel}."
    if found := by["counter"]:
        yield (f"It speaks for {_listed(found)} too, by the share of the error alone: nobody compared the register.")
    others = [name for name in names if relations[name].how == "instrument"]
    if others:
        kept = "its" if len(others) == 1 else "their"
        yield (
            f"{_listed(others)}: worked out in the instrument, so nothing here adjusts {kept} values or tells how sure "
            "they are. They are in doubt where this channel is."
        )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
