# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a laboratory's certificate comes to once a second person accepted it. Pure."""

from edge_daemon.log.calibration_body import CertificateReview, ExternalCertificate
from edge_daemon.log.in_force import InForce, date_ns, same_person
from edge_daemon.log.instruments import Key


def accepted(
    index: int, review: CertificateReview, certificate: tuple[Key, ExternalCertificate] | None
) -> InForce | None:
    """What the review at `index` takes into effect, unless a later calibration has; None for a refusal, a review by the
    person who entered it, and a certificate that is not known or names no day."""
    if certificate is None or not review.accepted:
        return None
    key, told = certificate
    made_ns = date_ns(told.calibrated)
    if made_ns is None or same_person(review.person, told.person):
        return None
    return InForce(
        index, key, told.channel, told.function, told.uncertainty, made_ns, told.due, None, told.device_adjusted
    )
