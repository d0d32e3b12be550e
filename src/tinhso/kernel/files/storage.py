"""The bytes on disk: `FILES_ROOT/ab/cd/<sha256>`, written whole or not at all, never altered."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from tinhso.kernel.files.rules import FileRefused, too_large

CHUNK = 256 * 1024


@dataclass(frozen=True)
class Received:
    """A content received whole, in a temporary file on the same disk."""

    path: Path
    sha256: str
    size: int


def path_of(digest: str) -> Path:
    return Path(settings.FILES_ROOT) / digest[:2] / digest[2:4] / digest


@contextmanager
def receive(stream: BinaryIO, *, limit: int) -> Iterator[Received]:
    """Write the stream to a temporary file, hashing on the way; gone at the end unless `keep` moved it.

    Raises `FileRefused` as soon as `limit` bytes are passed, and for an empty stream.
    """
    incoming = Path(settings.FILES_ROOT) / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming)
    path = Path(name)
    try:
        digest, size = sha256(), 0
        with os.fdopen(handle, "wb") as file:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise too_large(getattr(stream, "size", None), limit)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise FileRefused("Tệp rỗng, không có nội dung. Mở thử tệp trên máy của bạn rồi chọn lại.")
        yield Received(path, digest.hexdigest(), size)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def keep(received: Received) -> None:
    """Move the content to its place. The same content may be there already: the bytes are the same."""
    target = path_of(received.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    received.path.chmod(0o440)
    received.path.replace(target)
    # The name, too, must survive a power cut.
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove(digest: str) -> None:
    with suppress(FileNotFoundError):
        path_of(digest).unlink()


def digest_on_disk(digest: str) -> str | None:
    """The real hash of what lies under `digest`; None when nothing lies there."""
    try:
        with path_of(digest).open("rb") as file:
            real = sha256()
            while chunk := file.read(CHUNK):
                real.update(chunk)
            return real.hexdigest()
    except FileNotFoundError:
        return None


def stored_under(prefix: str, *, older_than: float) -> list[str]:
    """The contents on disk whose hash starts with `prefix` (two digits), written before `older_than`."""
    return [
        path.name for path in (Path(settings.FILES_ROOT) / prefix).glob("??/*") if path.stat().st_mtime < older_than
    ]


def remove_left_over(*, older_than: float) -> int:
    """Temporary files of uploads that a killed server left behind. `older_than`: seconds since 1970."""
    count = 0
    for path in (Path(settings.FILES_ROOT) / "incoming").glob("*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than:
                path.unlink()
                count += 1
    return count
