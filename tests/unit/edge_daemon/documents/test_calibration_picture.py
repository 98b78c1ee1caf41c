# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration report as a picture: what is printed stays within the margins, and no identifier is cut in two.

Poppler's `pdftoppm` draws it; where that is not installed those tests are skipped.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4

from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.documents.sheet import MARGIN, PADDING
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import CalibrationCommand, CalibrationDecision
from tests.unit.edge_daemon.documents.test_calibration_report import HOUR_NS, NAMES, RECORD, SIGNED_NS, point, result

DRAWER = shutil.which("pdftoppm")
DPI = 60
WHITE = 255
ORIGIN = "verifield/log/7f3a9c41b2c3d4e5f60718293a4b00c0"
LONG = "CO₂ 1000 ppm in synthetic air, bottle of the regional workshop for the northern plots"
WORDLESS = "x" * 90
"""No space anywhere: what a scanner may read off a label."""


def record() -> CalibrationRecord:
    """One that has everything: long names, failures, overrides, a command without an answer, a doubted identity."""
    sent = CalibrationCommand(
        10, *NAMES, "sent", "forced_recalibration", 1000.0, "Ana Ruiz", reference=1000.0, override="wind again " * 12
    )  # fmt: skip
    unanswered = replace(sent, phase="unanswered", answer="The instrument does not answer: silent for 2 s.")
    zero = replace(point("as_found", "zero", 0.0, 364.9), deviation=1234.5, slope_per_minute=-1249.0)
    span = replace(point("as_left", "span", 1000.0, 999.6, 4), auxiliary={"temperature": 21.437, "humidity": 43.2})
    return replace(
        RECORD,
        proof=replace(RECORD.proof, origin=ORIGIN, index=1323),
        start=replace(RECORD.start, units={"temperature": "°C", "humidity": "%"}, place=LONG),
        item=replace(RECORD.item, serial=WORDLESS),
        verdict=replace(
            RECORD.verdict,
            as_found=(result("zero", 0.0, 364.9, "fail"), result("span", 1000.0, 52.0)),
            device_adjusted=True,
            impact=411,
            remarks=LONG * 3,
        ),
        points=(
            (20, SIGNED_NS - HOUR_NS, zero),
            (21, SIGNED_NS - HOUR_NS, point("as_found", "span", 1000.0, 1052.0, 4, override="wind in the hood")),
            (30, SIGNED_NS, point("as_left", "zero", 0.0, 0.2)),
            (31, SIGNED_NS, span),
        ),
        standards={3: replace(RECORD.standards[3], lot=WORDLESS), 4: replace(RECORD.standards[4], name=LONG)},
        commands=((28, sent), (29, unanswered)),
        decisions=(
            CalibrationDecision(10, *NAMES, True, "Ana Ruiz"),
            CalibrationDecision(10, *NAMES, False, "Ana Ruiz", "it did not answer"),
        ),
        installations=(
            (
                25,
                SIGNED_NS - HOUR_NS // 2,
                InstallationBody("scd30", NAMES[1], "", SerialSource.LABEL, "", "unconfirmed", cause="it was silent"),
            ),
        ),
    )


@pytest.fixture(scope="module")
def data() -> bytes:
    return calibration_report(record())


@pytest.fixture(scope="module")
def pages(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Image.Image]]:
    if DRAWER is None:
        pytest.skip("pdftoppm is not installed, so the report is not drawn")
    folder: Path = tmp_path_factory.mktemp("report")
    (folder / "report.pdf").write_bytes(data)
    command = [DRAWER, "-r", str(DPI), "-gray", "-png", str(folder / "report.pdf"), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    drawn = [Image.open(path) for path in sorted(folder.glob("page-*.png"))]
    yield drawn
    for one in drawn:
        one.close()


def pixels(points: float) -> int:
    return round(points * DPI / 72)


def inked(page: Image.Image) -> tuple[int, int, int, int]:
    """The box around all that is not white: left, top, right, bottom, in pixels."""
    box = ImageChops.invert(page.convert("L")).point(lambda value: 0 if value < 16 else WHITE).getbbox()
    assert box is not None, "a page is empty"
    return box


def test_every_page_is_drawn_and_none_is_empty(pages: Sequence[Image.Image], data: bytes) -> None:
    assert len(pages) == len(PdfReader(BytesIO(data)).pages) >= 3
    for page in pages:
        _, top, _, bottom = inked(page)
        assert bottom - top > pixels(A4[1] / 4)


def test_nothing_is_printed_beyond_the_margins(pages: Sequence[Image.Image]) -> None:
    edge = pixels(PADDING)
    for page in pages:
        left, top, right, bottom = inked(page)
        assert left >= pixels(MARGIN) - 1
        assert right <= page.width - pixels(MARGIN) + 1
        assert top >= pixels(MARGIN) - edge
        assert bottom <= page.height - pixels(MARGIN) + 2 * edge + 2, "the foot is all that stands below"


def test_text_begins_within_the_margins_of_every_page(data: bytes) -> None:
    found: list[tuple[float, float]] = []

    def seen(text: str, matrix: list[float], place: list[float], *_: object) -> None:
        if text.strip():
            found.append((matrix[0] * place[4] + matrix[4], matrix[3] * place[5] + matrix[5]))

    for page in PdfReader(BytesIO(data)).pages:
        page.extract_text(visitor_text=seen)
    assert len(found) > 100
    assert all(MARGIN - 1 <= x <= A4[0] - MARGIN and MARGIN - 12 <= y <= A4[1] - MARGIN for x, y in found)


def test_an_identifier_breaks_where_it_has_parts(data: bytes) -> None:
    lines = [line.strip() for line in PdfReader(BytesIO(data)).pages[0].extract_text().splitlines()]
    assert ORIGIN in lines
    assert "#1323" in lines
