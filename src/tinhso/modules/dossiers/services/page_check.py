"""What a scanned page looks like to a machine: blank, too coarse, blurred, turned. It warns; the clerk decides.

Whether writing stands on its head is only known where the scanner said so (EXIF, the page's rotation): no text is read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError

LEAST_DPI = 200
MOST_PAGES = 100
# A page of the size A4 in inches: the measure of pictures that do not say how large they are.
A4 = (8.27, 11.69)
SEEN_AT = 900


class CannotReadScan(ValueError):
    """The file is no picture and no PDF that can be read, or has too many pages."""


@dataclass(frozen=True)
class PageCheck:
    """One page. `dpi` None: not a picture, so it has no grain (a PDF that was written, not scanned)."""

    number: int
    dpi: int | None
    is_blank: bool = False
    is_blurred: bool = False
    is_turned: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        found = []
        if self.is_blank:
            found.append("trang trắng")
        if self.dpi is not None and self.dpi < LEAST_DPI:
            found.append(f"độ phân giải thấp ({self.dpi} dpi, cần từ {LEAST_DPI})")
        if self.is_blurred:
            found.append("ảnh mờ, khó đọc")
        if self.is_turned:
            found.append("trang bị xoay ngược")
        return tuple(found)


def to_pdf(contents: list[bytes]) -> bytes:
    """Pictures and PDFs in their order as one PDF; pictures are set upright as their camera says. Raises
    `CannotReadScan`."""
    writer = PdfWriter()
    for content in contents:
        try:
            if content.startswith(b"%PDF"):
                for page in PdfReader(io.BytesIO(content)).pages:
                    writer.add_page(page)
            else:
                writer.append(io.BytesIO(_picture_page(content)))
        except (PyPdfError, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as fault:
            raise CannotReadScan("Có tệp không đọc được. Quét lại tệp đó dạng PDF, JPEG hoặc PNG.") from fault
        if len(writer.pages) > MOST_PAGES:
            raise CannotReadScan(f"Mỗi giấy tờ nhận tối đa {MOST_PAGES} trang. Hãy tách thành nhiều giấy tờ.")
    if not writer.pages:
        raise CannotReadScan("Tệp không có trang nào.")
    return _written(writer)


def _picture_page(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        made = io.BytesIO()
        upright.save(made, "PDF", resolution=max(_grain(upright), 1), quality=85)
        return made.getvalue()


def _grain(picture: Image.Image) -> int:
    """Dots in an inch if the paper is A4, whichever way it lies."""
    short, long = sorted(picture.size)
    return round(min(short / A4[0], long / A4[1]))


def check_pages(pdf: bytes) -> tuple[PageCheck, ...]:
    """Each page of a PDF. Raises `CannotReadScan`."""
    try:
        reader = PdfReader(io.BytesIO(pdf))
        return tuple(_check(number, page) for number, page in enumerate(reader.pages, 1))
    except (PyPdfError, Image.DecompressionBombError, OSError, ValueError) as fault:
        raise CannotReadScan("Không đọc được tệp PDF đã quét. Hãy quét lại.") from fault


def _check(number: int, page: PageObject) -> PageCheck:
    turned = int(page.rotation or 0) % 360 == 180
    picture = next(iter(sorted(_pictures(page), key=lambda one: -one.size[0] * one.size[1])), None)
    if picture is None:
        blank = not (page.extract_text() or "").strip()
        return PageCheck(number, None, is_blank=blank, is_turned=turned)
    inches = sorted((float(page.mediabox.width) / 72, float(page.mediabox.height) / 72))
    short, long = sorted(picture.size)
    dpi = round(min(short / max(inches[0], 0.1), long / max(inches[1], 0.1)))
    grey = picture.convert("L")
    grey.thumbnail((SEEN_AT, SEEN_AT))
    blank = _is_blank(grey)
    return PageCheck(number, dpi, is_blank=blank, is_blurred=not blank and _is_blurred(grey), is_turned=turned)


def _pictures(page: PageObject) -> Iterator[Image.Image]:
    for one in page.images:
        if one.image is not None:
            yield one.image


def _is_blank(grey: Image.Image) -> bool:
    """Hardly anything differs from the paper's own colour."""
    counts = grey.histogram()
    paper = max(range(256), key=counts.__getitem__)
    marks = sum(count for tone, count in enumerate(counts) if abs(tone - paper) > 40)
    return marks < 0.0008 * sum(counts)


def _is_blurred(grey: Image.Image) -> bool:
    """Sharp writing has hard edges: where the hardest of them are soft, it was out of focus."""
    # The filter leaves the rim as it is.
    edges = grey.filter(ImageFilter.FIND_EDGES).crop((2, 2, grey.width - 2, grey.height - 2)).histogram()
    hardest = next((tone for tone in range(255, -1, -1) if sum(edges[tone:]) > 0.001 * sum(edges)), 0)
    return hardest < 60


def arranged(pdf: bytes, order: list[int], turn: frozenset[int]) -> bytes:
    """The pages of `order` (numbers from 1; left out: dropped), those in `turn` by half a turn. Raises `CannotReadScan`."""
    reader = PdfReader(io.BytesIO(pdf))
    count = len(reader.pages)
    if not order or len(set(order)) != len(order) or not all(1 <= number <= count for number in order):
        raise CannotReadScan(f"Thứ tự trang phải gồm các số khác nhau từ 1 đến {count}, ví dụ: 2, 1, 3.")
    writer = PdfWriter()
    for number in order:
        page = reader.pages[number - 1]
        if number in turn:
            page.rotate(180)
        writer.add_page(page)
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
