"""What a file really is: decided by its bytes, never by its name or by what the browser says.

Only headers and directories are read, in bounded time and memory. PDFs are looked into by `pdf`.
"""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

import filetype
from PIL import Image, UnidentifiedImageError

from tinhso.kernel.files.rules import (
    ACCEPTED,
    BY_MEDIA_TYPE,
    DOCX,
    HEIC,
    JPEG,
    MAX_IMAGE_PIXELS,
    MAX_IMAGE_SIDE,
    MAX_OFFICE_ENTRIES,
    MAX_OFFICE_UNPACKED,
    PDF,
    PNG,
    TIFF,
    WEBP,
    XLSX,
    FileRefused,
    Kind,
)

_HEAD = 64 * 1024
_PILLOW = {"JPEG": JPEG, "MPO": JPEG, "PNG": PNG, "WEBP": WEBP, "TIFF": TIFF}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_EXECUTABLE = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    b"\x00asm",
    b"dex\n",
)
_ARCHIVE = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF", b"\x28\xb5\x2f\xfd")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml|\?php|math|x:|a\b|img\b)", re.IGNORECASE)

_TO_PDF = "Mở tệp, in hoặc lưu thành PDF rồi gửi lại."


def sniff(path: Path) -> Kind:
    """The kind of the file's content. Raises `FileRefused` for everything that is not accepted."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith(b"%PDF-"):
            _refuse_appended_zip(file)
            return PDF
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
            return _office(file)
        _refuse_known(head, file)
        if b"%PDF-" in head[:1024]:
            raise FileRefused("Tệp có phần đầu lạ trước nội dung PDF nên không nhận. " + _TO_PDF)
        kind = _heic(head) or _image(path)
        if kind is None:
            raise FileRefused(_unknown(head))
        _refuse_appended_zip(file)
        return kind


def _refuse_known(head: bytes, file: BinaryIO) -> None:
    """Types that people do send, or that attackers do: each with its own remedy."""
    if head.startswith(_EXECUTABLE):
        raise FileRefused(f"Đây là tệp chương trình, có thể gây hại, nên không nhận. Chỉ nhận {ACCEPTED}.")
    if head.startswith(_ARCHIVE):
        raise FileRefused(f"Không nhận tệp nén. Giải nén rồi gửi từng tệp: {ACCEPTED}.")
    if head.startswith(_OLE):
        file.seek(0)
        if "EncryptedPackage".encode("utf-16-le") in file.read():
            raise FileRefused("Tệp Word hoặc Excel có mật khẩu. Bỏ mật khẩu rồi lưu lại, hoặc lưu thành PDF.")
        raise FileRefused("Không nhận tệp Word, Excel kiểu cũ (.doc, .xls). Mở tệp và lưu thành PDF hoặc .docx, .xlsx.")
    text = head[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\x00", b"")
    if _MARKUP.match(text) or (text.startswith(b"<") and b"<svg" in text.lower()):
        raise FileRefused("Không nhận tệp trang web (HTML), SVG hoặc XML vì có thể chứa mã chạy. " + _TO_PDF)
    if head.startswith(b"{\\rtf"):
        raise FileRefused("Không nhận tệp RTF. Mở tệp và lưu thành PDF hoặc .docx.")


def _unknown(head: bytes) -> str:
    guess = filetype.guess(bytearray(head[:8192]))
    if guess is not None and guess.mime.split("/")[0] in ("video", "audio"):
        return f"Không nhận tệp phim hoặc âm thanh. Chỉ nhận {ACCEPTED}."
    if guess is not None and guess.mime in BY_MEDIA_TYPE:
        return f"Tệp .{guess.extension} bị hỏng, không đọc được. Chụp hoặc quét lại rồi gửi."
    if guess is not None:
        return f"Không nhận loại tệp này (.{guess.extension}). Chỉ nhận {ACCEPTED}."
    if b"\x00" not in head:
        return f"Không nhận tệp văn bản thuần. Chỉ nhận {ACCEPTED}."
    return f"Không nhận ra loại tệp, hoặc tệp bị hỏng. Chỉ nhận {ACCEPTED}."


def _refuse_appended_zip(file: BinaryIO) -> None:
    """A picture or PDF that is also an archive (a JAR, say): the same bytes with two meanings."""
    if zipfile.is_zipfile(file):
        raise FileRefused("Tệp có một tệp nén giấu ở cuối nên không nhận. " + _TO_PDF)


# --- Images


def _image(path: Path) -> Kind | None:
    try:
        # Only the header is read here: nothing is decoded.
        with Image.open(path, formats=("JPEG", "PNG", "WEBP", "TIFF")) as image:
            _check_size(*image.size)
            return _PILLOW[image.format or ""]
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        raise _too_many_pixels(None) from None
    except FileRefused:
        raise
    except Exception:  # the many ways in which a damaged or hostile picture fails to be read
        raise FileRefused("Ảnh bị hỏng, không đọc được. Chụp hoặc quét lại rồi gửi.") from None


def _heic(head: bytes) -> Kind | None:
    """HEIC is known by the brand of its first box; its size stands in the `ispe` properties."""
    if head[4:8] != b"ftyp" or len(head) < 16:
        return None
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
    if not brands & _HEIC_BRANDS or b"avif" in brands or b"avis" in brands:
        return None
    sizes = [
        struct.unpack(">II", head[found.end() + 4 : found.end() + 12])
        for found in re.finditer(b"ispe", head)
        if len(head) >= found.end() + 12
    ]
    if not sizes:
        raise FileRefused("Ảnh HEIC bị hỏng, không đọc được. Chụp lại, hoặc đổi sang JPG rồi gửi.")
    for width, height in sizes:
        _check_size(width, height)
    return HEIC


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise FileRefused("Ảnh bị hỏng, không đọc được. Chụp hoặc quét lại rồi gửi.")
    if width * height > MAX_IMAGE_PIXELS or max(width, height) > MAX_IMAGE_SIDE:
        raise _too_many_pixels(width * height)


def _too_many_pixels(pixels: int | None) -> FileRefused:
    told = f"{pixels // 1_000_000} triệu điểm ảnh, tối đa" if pixels else "quá"
    return FileRefused(
        f"Ảnh có quá nhiều điểm ảnh ({told} {MAX_IMAGE_PIXELS // 1_000_000} triệu). "
        "Chụp hoặc quét lại ở độ phân giải thấp hơn."
    )


# --- Office documents

_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": XLSX,
}
_ACTIVE_PART = re.compile(r"vbaproject|/activex/|/embeddings/.*\.(bin|exe|js|vbs)$|/macrosheets/", re.IGNORECASE)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_REMOTE = ("attachedtemplate", "oleobject", "frame", "subdocument", "externallinkpath")


def _office(file: BinaryIO) -> Kind:
    try:
        with zipfile.ZipFile(file) as package:
            return _look_into_office(package)
    except FileRefused:
        raise
    except Exception:  # the many ways in which a damaged or hostile archive fails to be read
        raise FileRefused("Tệp nén hoặc tệp Word, Excel bị hỏng, không đọc được. " + _TO_PDF) from None


def _look_into_office(package: zipfile.ZipFile) -> Kind:
    entries = package.infolist()
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names:
        if "mimetype" in names and any(name.endswith("content.xml") for name in names):
            raise FileRefused("Không nhận tệp OpenDocument (.odt, .ods). Lưu thành PDF, .docx hoặc .xlsx rồi gửi lại.")
        raise FileRefused(f"Không nhận tệp nén. Giải nén rồi gửi từng tệp: {ACCEPTED}.")
    if min(entry.header_offset for entry in entries) != 0:
        raise FileRefused("Tệp có phần đầu lạ trước nội dung nên không nhận. " + _TO_PDF)
    if len(entries) > MAX_OFFICE_ENTRIES or sum(entry.file_size for entry in entries) > MAX_OFFICE_UNPACKED:
        raise FileRefused("Tệp Word hoặc Excel giải nén ra quá lớn. " + _TO_PDF)
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("Tệp có mật khẩu. Bỏ mật khẩu rồi lưu lại, hoặc lưu thành PDF.")
    if any(_ACTIVE_PART.search("/" + name) for name in names):
        raise _active_office()
    types = [
        (element.get("ContentType") or "").lower().strip()
        for element in _xml(package, "[Content_Types].xml")
        if element.tag in (_TYPES + "Override", _TYPES + "Default")
    ]
    if any("macroenabled" in kind or "vbaproject" in kind or "activex" in kind for kind in types):
        raise _active_office()
    found = {_MAIN[kind] for kind in types if kind in _MAIN}
    if len(found) != 1:
        if any("presentationml" in kind for kind in types):
            raise FileRefused("Không nhận tệp trình chiếu (PowerPoint). " + _TO_PDF)
        raise FileRefused(f"Không nhận loại tệp này. Chỉ nhận {ACCEPTED}.")
    for name in names:
        if name.lower().endswith(".rels"):
            _refuse_remote_parts(package, name)
    return found.pop()


def _refuse_remote_parts(package: zipfile.ZipFile, name: str) -> None:
    """A document that fetches its template or a part from elsewhere: hyperlinks may stay."""
    for element in _xml(package, name).iter(_RELATIONSHIP):
        kind = (element.get("Type") or "").lower().rsplit("/", 1)[-1]
        if (element.get("TargetMode") or "").lower() == "external" and kind in _REMOTE:
            raise FileRefused("Tệp Word hoặc Excel lấy nội dung từ nơi khác khi mở nên không nhận. " + _TO_PDF)


def _active_office() -> FileRefused:
    return FileRefused("Tệp Word hoặc Excel có macro hoặc đối tượng nhúng, có thể gây hại, nên không nhận. " + _TO_PDF)


def _xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with package.open(name) as part:
        text = part.read(2_000_001)
    # Office never writes these; entities could blow up or hide words from us.
    if len(text) > 2_000_000 or b"<!DOCTYPE" in text or b"<!ENTITY" in text or text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise zipfile.BadZipFile(name)
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - no document type, no entities: refused just above
    except ElementTree.ParseError:
        raise zipfile.BadZipFile(name) from None
