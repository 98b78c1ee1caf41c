# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The laboratories' certificates of a log, of which instrument each is, and what one comes to once a second person has
accepted it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_daemon.log.calibration_body import CertificateReview, ExternalCertificate
from edge_daemon.log.in_force import InForce, date_ns, same_person
from edge_daemon.log.instruments import Key


@dataclass(frozen=True, slots=True)
class Certificates:
    """`told` are all that were entered, by their entry, each with its instrument by the name of now. Those `accepted`
    cannot be accepted again."""

    told: Mapping[int, tuple[Key, ExternalCertificate]] = field(default_factory=lambda: MappingProxyType({}))
    accepted: frozenset[int] = frozenset()

    def of(self, index: int) -> Key | None:
        """The instrument of the certificate at this entry; None where there is none."""
        return self.told[index][0] if index in self.told else None

    def entered(self, index: int, key: Key, body: ExternalCertificate) -> "Certificates":
        """With the one at `index`."""
        return replace(self, told=MappingProxyType({**self.told, index: (key, body)}))

    def taken(self, review: CertificateReview) -> "Certificates":
        """Once this review has accepted one."""
        return replace(self, accepted=self.accepted | {review.certificate})

    def renamed(self, old: Key, new: Key) -> "Certificates":
        """With the instrument `old` under its new name."""
        told = {at: (new if key == old else key, body) for at, (key, body) in self.told.items()}
        return replace(self, told=MappingProxyType(told))

    def comes_to(self, index: int, review: CertificateReview) -> InForce | None:
        """What the review at `index` takes into effect, unless a later calibration has; None for a refusal, a review by
        the person who entered it, and a certificate that is not known, was accepted already or names no day."""
        if not review.accepted or review.certificate in self.accepted or review.certificate not in self.told:
            return None
        key, told = self.told[review.certificate]
        return None if same_person(review.person, told.person) else in_effect(index, key, told)


def in_effect(index: int, key: Key, body: ExternalCertificate) -> InForce | None:
    """The instrument's certificate, accepted with the entry at `index`; None where it names no day."""
    made_ns = date_ns(body.calibrated)
    if made_ns is None:
        return None
    return InForce(
        index, key, body.channel, body.function, body.uncertainty, made_ns, body.due, None, body.device_adjusted
    )
