"""What may be stored, under which name, and how much: pure.

Every refusal is a sentence for the person at the screen: what is wrong, and what to do instead.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

MEGABYTE = 1024 * 1024


class FileRefused(Exception):
    """The file is not accepted; the message is for the person who sent it, in Vietnamese. Nothing was stored."""


@dataclass(frozen=True)
class Kind:
    """A type of content that is accepted. `inline`: a browser may show it in a page of ours."""

    media_type: str
    title: str
    extensions: tuple[str, ...]
    family: str
    inline: bool = False


PDF = Kind("application/pdf", "PDF", ("pdf",), "pdf", inline=True)
JPEG = Kind("image/jpeg", "ảnh JPEG", ("jpg", "jpeg", "jpe", "jfif"), "image", inline=True)
PNG = Kind("image/png", "ảnh PNG", ("png",), "image", inline=True)
WEBP = Kind("image/webp", "ảnh WebP", ("webp",), "image", inline=True)
HEIC = Kind("image/heic", "ảnh HEIC", ("heic", "heif"), "image")
TIFF = Kind("image/tiff", "ảnh TIFF", ("tif", "tiff"), "image")
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word", ("docx",), "docx")
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel", ("xlsx",), "xlsx")
KINDS = (PDF, JPEG, PNG, WEBP, HEIC, TIFF, DOCX, XLSX)
BY_MEDIA_TYPE = {kind.media_type: kind for kind in KINDS}
_BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}

ACCEPTED = "PDF, ảnh (JPG, PNG, HEIC, WebP, TIFF), Word (.docx) hoặc Excel (.xlsx)"

# A page of A0 scanned at 300 dpi has 140 million; a telephone's camera up to 200 million, which nobody needs here.
MAX_IMAGE_PIXELS = 150_000_000
MAX_IMAGE_SIDE = 65_535
MAX_OFFICE_ENTRIES = 5_000
MAX_OFFICE_UNPACKED = 300 * MEGABYTE

# One request may carry several files; together at most this many times the largest file.
FILES_PER_REQUEST_FACTOR = 5


@dataclass(frozen=True)
class Quota:
    """How much one owner may send in a day (Vietnam), from a date on."""

    valid_from: date
    files_per_day: int
    bytes_per_day: int


# Kind of actor → quotas, newest first. A bulk scan of paper dossiers is an officer's work.
QUOTAS: dict[str, tuple[Quota, ...]] = {
    "citizen": (Quota(date(2025, 7, 1), 300, 500 * MEGABYTE),),
    "nobody": (Quota(date(2025, 7, 1), 1_000, 1_000 * MEGABYTE),),
    "officer": (Quota(date(2025, 7, 1), 20_000, 20_000 * MEGABYTE),),
    "operator": (Quota(date(2025, 7, 1), 20_000, 20_000 * MEGABYTE),),
}


def quota_of(actor_kind: str, day: date) -> Quota | None:
    """The quota that holds on a day; None: no limit (services and the system itself)."""
    return next((quota for quota in QUOTAS.get(actor_kind, ()) if quota.valid_from <= day), None)


def check_quota(quota: Quota | None, *, files_before: int, bytes_before: int, size: int) -> None:
    if quota is None:
        return
    if files_before + 1 > quota.files_per_day:
        raise FileRefused(
            f"Hôm nay đã gửi {files_before} tệp, mỗi ngày tối đa {quota.files_per_day} tệp. "
            "Gộp các trang vào một tệp PDF, hoặc gửi tiếp vào ngày mai."
        )
    if bytes_before + size > quota.bytes_per_day:
        raise FileRefused(
            f"Hôm nay đã gửi {megabytes(bytes_before)}, mỗi ngày tối đa {megabytes(quota.bytes_per_day)}. "
            "Giảm dung lượng tệp, hoặc gửi tiếp vào ngày mai."
        )


def megabytes(size: int) -> str:
    """1572864 → "1,5 MB", in the Vietnamese way."""
    value = size / MEGABYTE
    text = f"{value:,.1f}" if value < 10 else f"{value:,.0f}"
    return text.removesuffix(".0").replace(",", " ").replace(".", ",").replace(" ", ".") + " MB"


def too_large(size: int | None, limit: int) -> FileRefused:
    """`size` None: reading stopped before the end."""
    told = f"{megabytes(size)}, tối đa" if size else "quá"
    return FileRefused(
        f"Tệp quá lớn: {told} {megabytes(limit)}. Chụp hoặc quét lại ở độ phân giải thấp hơn (200–300 dpi), "
        "hoặc chia thành nhiều tệp."
    )


# --- Names

_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
MAX_NAME = 120


def extension_of(filename: str) -> str:
    """The last extension in lower case, without its dot; "" for none."""
    stem, dot, extension = filename.rpartition(".")
    return extension.strip().lower() if dot and stem.strip(". ") and len(extension) <= 12 else ""


def clean_filename(original: str, kind: Kind) -> str:
    """A name safe to show, to save and to send: no folders, no control or direction characters, the extension of the
    content's real type, at most 120 characters (shortened in the middle, where names differ least)."""
    name = unicodedata.normalize("NFC", original.encode("utf-8", "replace").decode())
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    # Cc: control, Cf: direction marks and other invisible ones, Zl/Zp: line ends, Co/Cn: without meaning.
    name = "".join(
        " " if unicodedata.category(char).startswith("Z") else char
        for char in name
        if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn", "Cs")
    )
    name = "".join("_" if char in '<>:"|?*' else char for char in " ".join(name.split()))
    extension = extension_of(name)
    stem = name[: -len(extension) - 1] if extension else name
    stem = stem.strip(". ") or "tep"
    if stem.lower() in _RESERVED:
        stem = "_" + stem
    suffix = "." + (extension if extension in kind.extensions else kind.extensions[0])
    room = MAX_NAME - len(suffix)
    if len(stem) > room:
        tail = room // 3
        stem = f"{stem[: room - tail - 1].rstrip()}…{stem[-tail:].lstrip()}"
    return stem + suffix


def check_claim(filename: str, kind: Kind) -> None:
    """A name that promises another thing than the content is refused, except between kinds of image: telephones
    name a HEIC picture .jpg, and clean_filename puts that right."""
    extension = extension_of(filename)
    if not extension:
        return
    claimed = _BY_EXTENSION.get(extension)
    if claimed is None:
        # «quyet dinh so 12.2026» has no extension at all.
        if extension.isdigit() or " " in extension or not extension.isascii():
            return
        raise FileRefused(f"Không nhận tệp .{extension}. Chỉ nhận {ACCEPTED}.")
    if claimed.family != kind.family:
        raise FileRefused(
            f"Tên tệp ghi .{extension} nhưng nội dung là {kind.title}. "
            f"Mở tệp, lưu lại đúng loại (.{kind.extensions[0]}) rồi gửi lại."
        )
