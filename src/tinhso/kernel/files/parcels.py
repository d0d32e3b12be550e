"""Parcels: ZIP archives that wait on disk to be unpacked by a job, and the only way in which their members are read.

A hostile parcel is refused whole when it cannot be a mistake (a bomb, locked members, too many); a single member that is
wrong (a path that leaves the folder, a link, too large, damaged) is told by its name and the others are read.
"""

from __future__ import annotations

import io
import os
import stat
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from tinhso.kernel.files.rules import FileRefused, megabytes

CHUNK = 256 * 1024
MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 4 * 1024 * 1024 * 1024
# A scan compresses a little; what shrinks a thousandfold is made to fill a disk.
MAX_RATIO = 500
RATIO_FROM_BYTES = 5 * 1024 * 1024


NOT_WANTED = "không có trong chỉ mục, hoặc đã nhận trước đó"


@dataclass(frozen=True)
class Member:
    """A file of a parcel. `refusal`: why it is not read; "" for one that is in `content`."""

    name: str
    content: bytes
    refusal: str = ""


def _path(name: str) -> Path:
    return Path(settings.FILES_ROOT) / "incoming" / f"{uuid.UUID(name).hex}.zip"


def keep_parcel(stream: BinaryIO) -> str:
    """Put a parcel on disk after a look at its list of members; returns its name. Raises `FileRefused`."""
    refusal = getattr(stream, "refusal", "")
    if refusal:
        raise FileRefused(refusal)
    name = uuid.uuid4().hex
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    stream.seek(0)
    try:
        with path.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            while chunk := stream.read(CHUNK):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        with _opened(path) as archive:
            _check(archive)
    except FileRefused:
        path.unlink(missing_ok=True)
        raise
    return name


def drop_parcel(name: str) -> None:
    """Remove a parcel; missing already: nothing happens."""
    _path(name).unlink(missing_ok=True)


def members(name: str, *, wanted: frozenset[str], limit: int) -> Iterator[Member]:
    """The files of a parcel whose bare names are `wanted`, one after the other, each at most `limit` bytes; and those
    that are refused. Raises `FileRefused` for a parcel that is gone or hostile."""
    with _opened(_path(name)) as archive:
        _check(archive)
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            bare = entry.filename.replace("\\", "/").rsplit("/", 1)[-1]
            refusal = _refusal(entry, limit)
            if refusal:
                yield Member(bare, b"", refusal)
            elif bare in wanted:
                yield _read(archive, entry, bare, limit)
            else:
                yield Member(bare, b"", NOT_WANTED)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise FileRefused(
            "Gói tệp không phải tệp .zip, hoặc bị hỏng. Nén lại các tệp PDF thành .zip rồi gửi lại."
        ) from None


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise FileRefused(f"Gói có quá {MAX_MEMBERS:,} tệp. Chia thành nhiều gói.".replace(",", "."))
    if not any(not entry.is_dir() for entry in entries):
        raise FileRefused("Gói không có tệp nào.")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefused("Gói có mật khẩu. Bỏ mật khẩu rồi nén lại.")
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > MAX_UNPACKED_BYTES or (total > RATIO_FROM_BYTES and total > MAX_RATIO * max(packed, 1)):
        raise FileRefused(
            f"Gói giải nén ra {megabytes(total)}, lớn bất thường nên không nhận. Chia thành nhiều gói nhỏ."
        )


def _refusal(entry: zipfile.ZipInfo, limit: int) -> str:
    name = entry.filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or any(ord(char) < 32 for char in name):
        return "đường dẫn trong gói trỏ ra ngoài thư mục, không nhận"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "là liên kết, không phải tệp"
    if entry.file_size > limit:
        return f"lớn {megabytes(entry.file_size)}, mỗi tệp tối đa {megabytes(limit)}"
    return ""


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, bare: str, limit: int) -> Member:
    found = io.BytesIO()
    try:
        with archive.open(entry) as stream:
            # What the list says of its size is not believed.
            while chunk := stream.read(CHUNK):
                found.write(chunk)
                if found.tell() > limit:
                    return Member(bare, b"", f"lớn quá {megabytes(limit)}")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return Member(bare, b"", "bị hỏng trong gói, nén lại rồi gửi lại")
    except Exception as error:  # zlib.error and its like have no common parent
        if type(error).__module__ not in ("zlib", "_lzma", "lzma"):
            raise
        return Member(bare, b"", "bị hỏng trong gói, nén lại rồi gửi lại")
    return Member(bare, found.getvalue())
