# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sheet of paper: page frame, type, tables, QR code. Reads the two font files; writes nothing.

Every page carries the document's identification and its number of the whole count; the last one marks the end. Nothing
depends on when or where the document is made: times, identifiers and compression are those of the record.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MARGIN = 18 * mm
PADDING = 6
WIDTH = A4[0] - 2 * MARGIN - 2 * PADDING

INK = colors.HexColor("#16202a")
QUIET = colors.HexColor("#51606d")
RULE = colors.HexColor("#b8c2cb")
BAND = colors.HexColor("#eef2f5")
ACCENT = colors.HexColor("#0b5c8a")
BAD = colors.HexColor("#a3201a")

TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=17, leading=21, textColor=INK, spaceAfter=2)
HEADING = ParagraphStyle(
    "heading", fontName=BOLD, fontSize=10.5, leading=13, textColor=ACCENT, spaceBefore=9, spaceAfter=3
)
TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=8.5, leading=11.5, textColor=INK, spaceAfter=1.5)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=10, textColor=QUIET)
STRONG = ParagraphStyle("strong", parent=TEXT, fontName=BOLD)
ALARM = ParagraphStyle("alarm", parent=STRONG, textColor=BAD)
FINE = ParagraphStyle("fine", parent=TEXT, fontSize=7, leading=9)
FINE_STRONG = ParagraphStyle("fine strong", parent=FINE, fontName=BOLD, fontSize=6.5)

NOT_SUPPLIED = "not supplied"
_PARTS = re.compile(r"#?[^/#]*/?", re.DOTALL)


@cache
def load_fonts() -> None:
    """Make the document's type known. Raises OSError where a font file is missing."""
    folder = _font_folder()
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def make_pdf(parts: Callable[[], Sequence[Flowable]], *, title: str, identification: str) -> bytes:
    """The document's bytes: the same parts give the same bytes with the same version of the program.

    `parts` is asked twice, because how many pages there are is known only once they are laid out.
    """
    load_fonts()
    _, count = _laid_out(parts(), title, identification, 0)
    data, _ = _laid_out(parts(), title, identification, count)
    return data


def text(words: str, style: ParagraphStyle = TEXT) -> Paragraph:
    """Words as a paragraph; they are never taken for mark-up."""
    load_fonts()
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


def fitted(words: str, style: ParagraphStyle, width: float) -> Paragraph:
    """Words as a paragraph for a column so wide (points): an identifier that is wider breaks where it has parts, after
    a slash and before a #, and not within a number."""
    load_fonts()
    room = width - 2 * PADDING
    return text(" ".join(_broken(word, style, room) for word in words.split(" ")), style)


def _broken(word: str, style: ParagraphStyle, room: float) -> str:
    lines = [""]
    for part in _PARTS.findall(word):
        if lines[-1] and pdfmetrics.stringWidth(lines[-1] + part, style.fontName, style.fontSize) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def section(heading: str, *parts: Flowable) -> list[Flowable]:
    """A heading and what belongs to it; the heading never stands alone at a page's foot."""
    if not parts:
        return []
    return [KeepTogether([text(heading, HEADING), parts[0]]), *parts[1:]]


def facts(rows: Sequence[tuple[str, str]], width: float = WIDTH) -> Table:
    """Names and what is said of them. What was not given says so, and is not left blank."""
    right = width - 40 * mm
    cells = [
        [text(name, SMALL), fitted(said, TEXT, right) if said else text(NOT_SUPPLIED, SMALL)] for name, said in rows
    ]
    table = Table(cells, colWidths=[40 * mm, right], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, fine: bool = False) -> Table:
    """A table with a head that is repeated on every page. `widths` are shares of the page's width; `fine` is small
    type for many columns."""
    whole = sum(widths)
    head_style, style, padding = (FINE_STRONG, FINE, 2) if fine else (STRONG, TEXT, 3)
    columns = [WIDTH * width / whole for width in widths]
    cells = [[text(head, head_style) for head in heads]]
    cells += [[fitted(cell, style, width) for cell, width in zip(row, columns, strict=True)] for row in rows]
    table = Table(cells, colWidths=columns, repeatRows=1, hAlign="LEFT", spaceAfter=4)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), BAND),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LEFTPADDING", (0, 0), (-1, -1), padding),
                ("RIGHTPADDING", (0, 0), (-1, -1), padding),
            ]
        )
    )
    return table


def beside(left: Flowable, right: Flowable, right_width: float) -> Table:
    """Two parts next to each other; the right one is `right_width` points wide."""
    table = Table([[left, right]], colWidths=[WIDTH - right_width, right_width], hAlign="LEFT")
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    return table


def space(millimetres: float) -> Spacer:
    """White between two parts."""
    return Spacer(1, millimetres * mm)


def qr(content: str, size: float = 34 * mm) -> Drawing:
    """A QR code of this text, `size` points wide, with its quiet zone."""
    code = QrCodeWidget(content, barLevel="M")
    left, bottom, right, top = code.getBounds()
    drawing = Drawing(size, size, transform=[size / (right - left), 0, 0, size / (top - bottom), 0, 0])
    drawing.add(code)
    return drawing


def _font_folder() -> Path:
    package = Path(__file__).resolve().parents[1]
    installed = package / "_resources" / "fonts"
    return installed if installed.is_dir() else package.parent / "resources" / "fonts"


def _laid_out(parts: Sequence[Flowable], title: str, identification: str, count: int) -> tuple[bytes, int]:
    target = BytesIO()
    frame = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 6 * mm,
        title=title,
        author="Verifield",
        subject=identification,
        invariant=1,
    )

    def foot(canvas: Canvas, _frame: object) -> None:
        _foot(canvas, identification, canvas.getPageNumber(), count)

    frame.build(list(parts), onFirstPage=foot, onLaterPages=foot)
    return target.getvalue(), frame.page


def _foot(canvas: Canvas, identification: str, number: int, count: int) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN + PADDING, MARGIN, A4[0] - MARGIN - PADDING, MARGIN)
    canvas.setFillColor(QUIET)
    canvas.setFont(REGULAR, 7)
    canvas.drawString(MARGIN + PADDING, MARGIN - 10, identification)
    end = " · end of document" if number == count else ""
    canvas.drawRightString(A4[0] - MARGIN - PADDING, MARGIN - 10, f"page {number} of {count}{end}")
