"""Files that people send: good ones, and those that must be refused."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter


def photograph(folder: Path, name: str = "giay-chung-sinh.jpg") -> Path:
    """A JPEG as a phone takes it of a paper."""
    page = Image.new("RGB", (1200, 1600), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((60, 60, 1140, 1540), outline="black", width=4)
    draw.text((120, 140), "GIAY CHUNG SINH (MAU)", fill="black", font_size=48)
    page.save(folder / name, "JPEG", quality=80)
    return folder / name


def scan(folder: Path, name: str = "ban-quet.pdf") -> Path:
    """A PDF of one page, as a scanner makes it."""
    content = io.BytesIO()
    Image.new("L", (800, 1100), 255).save(content, "PDF")
    (folder / name).write_bytes(content.getvalue())
    return folder / name


def encrypted(folder: Path, name: str = "co-mat-khau.pdf") -> Path:
    writer = PdfWriter(clone_from=PdfReader(scan(folder, "goc.pdf")))
    writer.encrypt("bi-mat", algorithm="AES-256")
    with (folder / name).open("wb") as target:
        writer.write(target)
    return folder / name


def disguised(folder: Path, name: str = "anh-giay-to.jpg") -> Path:
    """A Windows program that calls itself a picture."""
    (folder / name).write_bytes(b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 4000)
    return folder / name


def page_of_scripts(folder: Path, name: str = "trang.pdf") -> Path:
    """HTML that calls itself a PDF."""
    (folder / name).write_text("<!doctype html><script>document.title='hacked'</script>" + " " * 600)
    return folder / name


def enormous(folder: Path, name: str = "rat-lon.pdf", size: int = 200 * 1024 * 1024) -> Path:
    """200 MB that take no room on the disk."""
    with (folder / name).open("wb") as target:
        target.write(b"%PDF-1.7\n")
        target.truncate(size)
    return folder / name


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
