"""Refusing what is too large while it arrives, with a page that says so.

`SizeLimitHandler` stands first in FILE_UPLOAD_HANDLERS. Past the limit it throws the bytes away as they come: no disk, no
memory, but the rest of the form (and what was typed in it) is still read, and the browser gets its answer instead of a
broken connection. In the view nothing changes: `request.FILES["paper"]` is there with its true size and no content,
and `store(...)` raises `FileRefused` («Tệp quá lớn: 200 MB, tối đa 20 MB…»). A view that does not store asks
`refusal_of(request.FILES["paper"])`, or `refused_uploads(request)` for all of them (field → sentence).
Only past `DRAIN_FACTOR` times the limit is the connection cut: nobody sends that by mistake.
"""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from tinhso.kernel.files.rules import FILES_PER_REQUEST_FACTOR, megabytes, too_large

DRAIN_FACTOR = 50


class RefusedUpload(UploadedFile):  # type: ignore[type-arg]
    """Stands for a file whose content was thrown away; `refusal` tells the person why."""

    def __init__(self, *, name: str, field_name: str, size: int, refusal: str, content_type: str) -> None:
        super().__init__(file=io.BytesIO(), name=name, size=size, content_type=content_type)
        self.field_name = field_name
        self.refusal = refusal


class SizeLimitHandler(FileUploadHandler):
    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.limit: int = settings.FILES_MAX_BYTES
        self.kept = 0  # bytes of the files before that were passed on
        self.received = 0  # bytes of all files
        self.size = 0  # bytes of this file

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.size = 0

    @property
    def _over_each(self) -> bool:
        return self.size > self.limit

    @property
    def _over_all(self) -> bool:
        return self.kept + self.size > self.limit * FILES_PER_REQUEST_FACTOR

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.size += len(raw_data)
        self.received += len(raw_data)
        if self.received > self.limit * DRAIN_FACTOR:
            raise StopUpload(connection_reset=True)
        return None if self._over_each or self._over_all else raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if not (self._over_each or self._over_all):
            self.kept += self.size
            return None  # the next handler has the content
        refusal = (
            str(too_large(self.size, self.limit))
            if self._over_each
            else f"Các tệp gửi cùng lúc quá lớn, tối đa {megabytes(self.limit * FILES_PER_REQUEST_FACTOR)}. "
            "Gửi từng tệp một."
        )
        field = self.field_name or ""
        upload = RefusedUpload(
            name=self.file_name or "",
            field_name=field,
            size=self.size,
            refusal=refusal,
            content_type=self.content_type or "",
        )
        if self.request is not None:
            self.request.__dict__.setdefault("_refused_uploads", {})[field] = refusal
        return upload


def refusal_of(upload: UploadedFile[Any]) -> str:
    """Why this upload was thrown away; "" for one that is whole."""
    return getattr(upload, "refusal", "")


def refused_uploads(request: HttpRequest) -> dict[str, str]:
    """Field → sentence, for every file of the request that was thrown away."""
    _ = request.FILES  # has the request read
    return dict(getattr(request, "_refused_uploads", {}))
