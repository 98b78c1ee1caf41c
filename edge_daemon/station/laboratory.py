# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates of laboratories: entered from their document by one person, reviewed by a second; both sign with a PIN.

Nothing of a certificate counts before it is accepted. Writes to the log.
"""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from edge_daemon.domain.faults import BadInput, Conflict, Unknown
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import (
    CertificateReview,
    ExternalCertificate,
    LaboratoryPoint,
    ValueFunction,
    ValueUncertainty,
)
from edge_daemon.log.calibration_story import Story, Told
from edge_daemon.log.calibration_values import check_function, value_of
from edge_daemon.log.calibrations import Calibrations, same_person
from edge_daemon.log.entry import Entry
from edge_daemon.log.in_force import DAY_NS, date_ns
from edge_daemon.log.instruments import Key
from edge_daemon.log.recomputation import changed_since
from edge_daemon.station.device_word import DEVICE_SENSITIVITY, SENSITIVITY, SENSITIVITY_RATIO, same
from edge_daemon.station.laboratory_coefficients import check_names, gain_by
from edge_daemon.station.laboratory_impact import Impact, LaboratoryImpact
from edge_daemon.station.standards import check_date

MOST_YEARS = 20
FACTOR = 2.0
"""The coverage factor that uncertainties without one of their own are stated with."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the document says, as a person typed it. Uncertainties are expanded (k = 2), in the channel's unit and as a
    share of the value."""

    channel: str
    laboratory: str
    number: str
    calibrated: str
    due: str
    person: str
    accreditation: str = ""
    points: tuple[LaboratoryPoint, ...] = ()
    polynomial: tuple[float, ...] = ()
    expanded_uncertainty: float | None = None
    expanded_uncertainty_relative: float | None = None
    coefficients: Mapping[str, float] = field(default_factory=dict)
    remarks: str = ""
    device_adjusted: bool = False


class Laboratory:
    """Enters and reviews certificates. Safe to use from several threads.

    `write` makes an entry durable, `follow` waits until it is known; `told` and `story` are what the log says of
    instruments and calibrations; `sensitivity` is what the instrument at a sensor computes with; `check_person` tells
    the name under which a person's PIN is kept, or refuses it; `attached` reads an attached file, checked; `impact` is
    what a certificate means for readings already taken.
    """

    def __init__(
        self,
        write: Callable[[Body], tuple[int, Entry]],
        follow: Callable[[int], None],
        told: Callable[[], Calibrations],
        story: Callable[[], Story],
        catalogue: Mapping[str, InstrumentModel],
        sensitivity: Callable[[str], float | None],
        check_person: Callable[[str, str], str],
        attached: Callable[[str], bytes],
        impact: LaboratoryImpact,
        now_ns: Callable[[], int],
    ) -> None:
        self._write = write
        self._follow = follow
        self._told = told
        self._story = story
        self._catalogue = catalogue
        self._sensitivity = sensitivity
        self._check_person = check_person
        self._attached = attached
        self._impact = impact
        self._now_ns = now_ns
        self._lock = threading.Lock()

    def enter(self, key: Key, stated: Stated, files: Sequence[AttachmentBody], pin: str) -> int:
        """Write the certificate; its index. `pin` is that of the person who enters it.

        Raises Unknown for the instrument, BadInput naming the field, Conflict where it was entered already.
        """
        instruments = self._told().instruments
        if key not in instruments.known():
            raise Unknown(f"the log speaks of no instrument {key.model} {key.name}")
        stretches = instruments.of(key)
        present = next((one.sensor for one in stretches if one.until is None), "")
        self._check_dates(stated)
        if not files:
            raise BadInput("files", 0, "attach the laboratory's document")
        coefficients = self._coefficients(stated, present)
        function = _function(stated, coefficients)
        body = ExternalCertificate(
            sensor=present or (stretches[-1].sensor if stretches else ""),
            model=key.model,
            serial=key.name,
            channel=stated.channel,
            unit=self._unit(key, stated.channel),
            laboratory=stated.laboratory,
            number=stated.number,
            calibrated=stated.calibrated,
            due=stated.due,
            person=stated.person,
            attachments=tuple(files),
            accreditation=stated.accreditation,
            points=stated.points,
            function=function,
            uncertainty=_uncertainty(stated, function),
            coefficients=coefficients,
            remarks=stated.remarks,
            device_adjusted=stated.device_adjusted,
        )
        with self._lock:
            self._check_new(body)
            self._check_overtaken(body)
            index, _ = self._write(replace(body, person=self._check_person(stated.person, pin)))
        self._follow(index)
        return index

    def impact(self, index: int) -> Impact:
        """What accepting the certificate at `index` would mean for readings already taken.

        Raises Unknown for what is no certificate, Conflict where it was reviewed.
        """
        first, body = self._reviewable(index)
        return self._impact.assess(first, body, body.person)

    def review(self, index: int, *, accepted: bool, person: str, pin: str, remarks: str) -> int:
        """Write the review of the certificate at `index`; the review's index. Accepted, it holds from this entry on.

        Where the laboratory found the instrument outside its limits, readings since the last good calibration are
        amended just before, and those that came in between right after. What an interrupted review has amended is made
        good, or taken back where the certificate is refused.

        Raises Unknown for what is no certificate, Conflict where it was reviewed, BadInput for the same person again, a
        wrong PIN or a refusal without a reason, DamagedLog or Unknown where an attached file is not what it was.
        """
        with self._lock:
            self._complete(index)
            first, body = self._reviewable(index)
            if not accepted and not remarks.strip():
                raise BadInput("remarks", remarks, "say why the certificate is refused")
            if same_person(person, body.person):
                raise BadInput("person", person, f"another person than {body.person}, who entered it, must review it")
            if accepted:
                self._check_known(body)
                self._check_overtaken(body)
                self._check_no_run(body)
            name = self._check_person(person, pin)
            for one in body.attachments:
                self._attached(one.sha256)
            impact = self._impact.assess(first, body, name) if accepted else None
            opened = self._impact.open(first, impact) if impact else None
            self._impact.withdraw(first, name, impact)
            review = CertificateReview(
                first,
                body.sensor,
                body.model,
                body.serial,
                body.channel,
                accepted,
                name,
                remarks,
                impact.outcome if impact else None,
                opened,
                self._impact.adjusted_from(body) if accepted else None,
            )
            written, _ = self._write(review)
            if opened is not None:
                self._impact.complete(first, body, name, written)
        self._follow(written)
        return written

    def complete(self) -> None:
        """Make good what was interrupted right after a review; at the start. Raises what the log does."""
        with self._lock:
            for index in self._story().told:
                self._complete(index)

    def _complete(self, index: int) -> None:
        told = self._story().by_index(index)
        if told is None or told.reviewed is None or told.review is None or told.reviewed.impact is None:
            return
        if isinstance(told.body, ExternalCertificate):
            self._impact.complete(told.first, self._of_now(told, told.body), told.reviewed.person, told.review)

    def _reviewable(self, index: int) -> tuple[int, ExternalCertificate]:
        told = self._story().by_index(index)
        if told is None or not isinstance(told.body, ExternalCertificate):
            raise Unknown(f"entry {index} is no laboratory's certificate")
        if told.reviewed is not None:
            what = "accepted" if told.reviewed.accepted else "refused"
            raise Conflict(
                f"certificate {told.body.number} was {what} by {told.reviewed.person}; to change that, enter it anew"
            )
        return told.first, self._of_now(told, told.body)

    def _of_now(self, told: Told, body: ExternalCertificate) -> ExternalCertificate:
        """The certificate, of the instrument by its name of now: one from the log before may have been told by its
        place only."""
        return replace(body, serial=told.instrument(self._told()).name)

    def _check_new(self, body: ExternalCertificate) -> None:
        for one in self._story().told.values():
            other = one.body
            if not isinstance(other, ExternalCertificate) or (one.reviewed and not one.reviewed.accepted):
                continue
            mine = (Key(body.model, body.serial), body.channel, body.laboratory, body.number)
            if mine == (one.instrument(self._told()), other.channel, other.laboratory, other.number):
                raise Conflict(
                    f"certificate {body.number} of {body.laboratory} was entered already, as entry {one.first}"
                )

    def _check_overtaken(self, body: ExternalCertificate) -> None:
        """Raises Conflict where values or instrument were changed after the day of this certificate: taking effect now,
        it would put values by what no longer is."""
        day_ns = date_ns(body.calibrated)
        if day_ns is None:
            return
        told, key = self._told(), Key(body.model, body.serial)
        changed = changed_since(told, key, body.channel, day_ns + DAY_NS)
        if changed is not None:
            raise Conflict(
                f"certificate {body.number} is of {body.calibrated}, and the instrument was adjusted since, at entry "
                f"{changed}: values follow that. Keep the document as a note with the instrument"
            )

    def _check_known(self, body: ExternalCertificate) -> None:
        """Raises Conflict where nobody can tell any more of which instrument the certificate is."""
        key = Key(body.model, body.serial)
        if not key.serial and key not in self._told().instruments.known():
            raise Conflict(
                f"certificate {body.number} is of an instrument without a serial number that was installed nowhere "
                "when the log before was closed, so nobody can tell which one it is. Refuse it, and enter it again"
            )

    def _check_no_run(self, body: ExternalCertificate) -> None:
        """Raises Conflict while the instrument is calibrated in the field: that rests on what held when it began."""
        told = self._told()
        key = told.name_of(Key(body.model, body.serial))
        for run in (one for runs in told.runs.values() for one in runs):
            if run.end is None and told.name_of(run.key) == key:
                raise Conflict(f"{run.channel} is being calibrated at {run.sensor}; accept it once that has ended")

    def _unit(self, key: Key, channel: str) -> str:
        model = self._catalogue.get(key.model)
        if model is None:
            raise BadInput("model", key.model, "the catalogue has no such model, so what it measures is not known")
        units = {spec.name: spec.unit for spec in model.channels}
        if channel not in units:
            raise BadInput("channel", channel, f"channels of {model.title} are {', '.join(units)}")
        return units[channel]

    def _check_dates(self, stated: Stated) -> None:
        calibrated, due = check_date("calibrated", stated.calibrated), check_date("due", stated.due)
        today = datetime.fromtimestamp(self._now_ns() // NS_PER_S, UTC).date()
        if (calibrated - today).days > 1:
            raise BadInput("calibrated", stated.calibrated, f"it lies in the future; today is {today}")
        if due <= calibrated:
            raise BadInput("due", stated.due, f"it must be later than the calibration, {calibrated}")
        if due.year > calibrated.year + MOST_YEARS:
            raise BadInput("due", stated.due, f"no calibration holds longer than {MOST_YEARS} years")
        if calibrated < date(1990, 1, 1):
            raise BadInput("calibrated", stated.calibrated, "a date since 1990 is needed")

    def _coefficients(self, stated: Stated, present: str) -> Mapping[str, float]:
        """As stated, with the sensitivity that the instrument computes with where the certificate states one."""
        given = dict(stated.coefficients)
        for name, number in given.items():
            if not math.isfinite(number):
                raise BadInput(f"coefficients.{name}", number, "a finite number is needed")
        check_names(given, with_polynomial=bool(stated.polynomial), device_adjusted=stated.device_adjusted)
        if not {SENSITIVITY, SENSITIVITY_RATIO} & given.keys():
            return given
        said = self._sensitivity(present) if present else None
        typed = given.get(DEVICE_SENSITIVITY)
        if typed is not None and said is not None and not same(typed, said):
            raise BadInput(f"coefficients.{DEVICE_SENSITIVITY}", typed, f"the instrument itself says {said:g}")
        held = typed if typed is not None else said
        if held is None and SENSITIVITY_RATIO in given:
            return given
        if held is None:
            raise BadInput(
                f"coefficients.{DEVICE_SENSITIVITY}",
                None,
                "the instrument does not tell its sensitivity now; connect it, or type the one that it computes with",
            )
        return {**given, DEVICE_SENSITIVITY: held}


def _function(stated: Stated, coefficients: Mapping[str, float]) -> ValueFunction | None:
    """From raw to value: the polynomial, or what the coefficients come to."""
    if stated.polynomial and {SENSITIVITY, SENSITIVITY_RATIO} & coefficients.keys():
        raise BadInput("polynomial", stated.polynomial, "give either a function or a sensitivity")
    span = _span(_left_points(stated.points))
    if stated.polynomial:
        function = ValueFunction("polynomial", stated.polynomial, span=span)
        try:
            check_function(function)
        except ValueError as wrong:
            raise BadInput("polynomial", stated.polynomial, str(wrong)) from wrong
        if not any(stated.polynomial[1:]):
            raise BadInput("polynomial", stated.polynomial, "a value that does not follow raw at all is none")
        return function
    gain = gain_by(coefficients)
    return None if gain is None else ValueFunction("polynomial", (0.0, gain), span=span)


def _left_points(points: Sequence[LaboratoryPoint]) -> Sequence[LaboratoryPoint]:
    """Those of how the instrument was left; a certificate that has none left it as it was found."""
    return [one for one in points if one.stage == "as_left"] or points


def _span(points: Sequence[LaboratoryPoint]) -> tuple[float, float] | None:
    """None where the points are of one level: nothing lies between them, and so nothing beyond."""
    shown = [one.indication for one in points]
    return (min(shown), max(shown)) if len({one.reference for one in points}) > 1 else None


_NO_UNCERTAINTY = "0 is no uncertainty: leave the field empty, or type what the document says"


def _uncertainty(stated: Stated, function: ValueFunction | None) -> ValueUncertainty:
    """That of the certificate as a whole; where it states none, the largest of its points. What error the function
    leaves at the points stays in the values, and so in their uncertainty."""
    for place, one in enumerate(stated.points):
        numbers = (one.reference, one.indication, one.expanded_uncertainty, one.factor)
        if not all(map(math.isfinite, numbers)) or one.factor <= 0:
            raise BadInput(f"points.{place}", one.indication, "finite numbers, and a factor above 0, are needed")
        if one.expanded_uncertainty <= 0:
            raise BadInput(f"points.{place}.expanded_uncertainty", one.expanded_uncertainty, _NO_UNCERTAINTY)
    points = _left_points(stated.points)
    absolute, relative = stated.expanded_uncertainty, stated.expanded_uncertainty_relative
    for name, number in (("expanded_uncertainty", absolute), ("expanded_uncertainty_relative", relative)):
        if number is not None and not (math.isfinite(number) and number >= 0):
            raise BadInput(name, number, "0 or more is needed")
    if (absolute, relative) != (None, None) and not (absolute or relative):
        name = "expanded_uncertainty" if relative is None else "expanded_uncertainty_relative"
        raise BadInput(name, absolute if relative is None else relative, _NO_UNCERTAINTY)
    if relative is not None and relative >= 1:
        raise BadInput("expanded_uncertainty_relative", relative, "a share of the value is needed: 0.012 for 1.2 %")
    if absolute is not None or relative is not None:
        constant = math.hypot((absolute or 0.0) / FACTOR, _left(points, function))
        return ValueUncertainty(constant, (relative or 0.0) / FACTOR, factor=FACTOR)
    if not points:
        raise BadInput(
            "expanded_uncertainty", None, "a certificate without an uncertainty is no calibration; give it, or points"
        )
    largest = max(one.expanded_uncertainty / one.factor for one in points)
    return ValueUncertainty(math.hypot(largest, _left(points, function)), factor=FACTOR)


def stated_uncertainty(body: ExternalCertificate) -> tuple[float | None, float | None]:
    """The expanded uncertainty of the certificate as a whole, as its document has it: in the channel's unit and as a
    share of the value, None where it says none of that kind."""
    told = body.uncertainty
    if told is None:
        return None, None
    left = _left(_left_points(body.points), body.function)
    absolute = told.factor * math.sqrt(max(0.0, told.constant**2 - left**2))
    tiny = 1e-9 * told.factor * max(told.constant, left)
    return absolute if absolute > tiny else None, told.factor * told.relative if told.relative else None


def _left(points: Sequence[LaboratoryPoint], function: ValueFunction | None) -> float:
    """The largest error at the points as a standard uncertainty, every value up to it as likely."""
    errors = (abs(value_of(function, one.indication) - one.reference) for one in points)
    return max(errors, default=0.0) / math.sqrt(3)
