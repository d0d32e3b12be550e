"""Reading a PDF back, for tests of this package and of the modules that print."""

from __future__ import annotations

import io
import unicodedata

from pypdf import PdfReader


def reader_of(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def page_count(pdf: bytes) -> int:
    return len(reader_of(pdf).pages)


def words_of(pdf: bytes) -> str:
    """All text of the PDF in NFC, breaks and runs of blanks as one space, break marks removed."""
    text = "\n".join(page.extract_text() for page in reader_of(pdf).pages)
    return " ".join(unicodedata.normalize("NFC", text).replace("\u200b", "").split())


def letters_of(text: str) -> str:
    """`text` without any blanks: what a line break inside a word cannot change."""
    return "".join(unicodedata.normalize("NFC", text).replace("\u200b", "").split())
