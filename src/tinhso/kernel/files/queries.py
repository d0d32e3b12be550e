"""Reading files back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO

from tinhso.kernel.files import storage
from tinhso.kernel.files.models import Blob, FileRef
from tinhso.kernel.files.pdf import count_pages
from tinhso.kernel.files.rules import BY_MEDIA_TYPE, PDF


@dataclass(frozen=True)
class FileInfo:
    """A file: `size` in bytes; `filename` is safe to show and send, `original_filename` is as handed in."""

    id: int
    sha256: str
    size: int
    media_type: str
    filename: str
    original_filename: str = ""
    purpose: str = ""
    owner_user_id: int | None = None
    created_at: datetime | None = None
    scan_state: str = "off"

    @property
    def is_readable(self) -> bool:
        """False while it waits for the virus scanner, and for ever when something was found."""
        return self.scan_state in ("off", "clean")

    @property
    def shows_inline(self) -> bool:
        kind = BY_MEDIA_TYPE.get(self.media_type)
        return kind is not None and kind.inline


class CannotOpen(Exception):
    """The file cannot be given out; the message says why, in Vietnamese."""


class FileDamaged(CannotOpen):
    """The bytes on disk are missing or are not the ones that were stored."""


@dataclass(frozen=True)
class StoreReport:
    """What `check_all` found: contents read, and one line for each fault."""

    count: int
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.faults


def info_of(ref: FileRef) -> FileInfo:
    return FileInfo(
        id=ref.pk,
        sha256=ref.blob.sha256,
        size=ref.blob.size,
        media_type=ref.blob.media_type,
        filename=ref.filename,
        original_filename=ref.original_filename,
        purpose=ref.purpose,
        owner_user_id=ref.owner_user_id,
        created_at=ref.created_at,
        scan_state=ref.blob.scan_state,
    )


def info(file_id: int) -> FileInfo:
    """One query. Raises `FileRef.DoesNotExist` as `LookupError`."""
    return infos([file_id])[file_id]


def infos(file_ids: list[int]) -> dict[int, FileInfo]:
    """Many at once, one query. `LookupError` (KeyError on reading) for an unknown one."""
    return {ref.pk: info_of(ref) for ref in FileRef.objects.select_related("blob").filter(pk__in=file_ids)}


def open_file(file_id: int, *, verify: bool = False) -> BinaryIO:
    """The content, to read and close. `verify`: the whole content is hashed first.

    Raises `CannotOpen` while it waits for the scanner or is infected, `FileDamaged` when the bytes on disk are
    missing, shorter, longer or (with `verify`) other than those stored. `LookupError` for an unknown file.
    """
    return open_content(info(file_id), verify=verify)


def open_content(file: FileInfo, *, verify: bool = False) -> BinaryIO:
    if file.scan_state == Blob.Scan.PENDING:
        raise CannotOpen("Tệp đang chờ quét mã độc, chưa mở được. Thử lại sau ít phút.")
    if file.scan_state == Blob.Scan.INFECTED:
        raise CannotOpen("Tệp chứa mã độc nên không mở được. Đề nghị người nộp gửi lại giấy tờ.")
    try:
        stream = storage.path_of(file.sha256).open("rb")
    except FileNotFoundError:
        raise FileDamaged("Nội dung tệp không còn trên máy chủ. Báo quản trị kỹ thuật.") from None
    stream.seek(0, 2)
    whole = stream.tell() == file.size
    stream.seek(0)
    if whole and verify:
        real = sha256()
        while chunk := stream.read(storage.CHUNK):
            real.update(chunk)
        whole = real.hexdigest() == file.sha256
        stream.seek(0)
    if not whole:
        stream.close()
        raise FileDamaged("Nội dung tệp trên máy chủ đã bị thay đổi so với lúc lưu. Báo quản trị kỹ thuật.")
    return stream


def page_count(file_id: int) -> int | None:
    """How many pages a stored PDF has, read by the killable child process; None: no PDF, or it cannot be told."""
    file = info(file_id)
    return count_pages(storage.path_of(file.sha256)) if file.media_type == PDF.media_type else None


def check_all() -> StoreReport:
    """For operators: hash every stored content and compare. Streams; reads the whole store."""
    count, faults = 0, []
    for digest in Blob.objects.order_by("sha256").values_list("sha256", flat=True).iterator(chunk_size=2000):
        count += 1
        real = storage.digest_on_disk(digest)
        if real is None:
            faults.append(f"{digest}: mất nội dung")
        elif real != digest:
            faults.append(f"{digest}: nội dung đã bị thay đổi")
    return StoreReport(count, tuple(faults))
