"""Sending a stored file to a browser so that it can do no harm there. The view that calls this has guarded it."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from tinhso.kernel.files.queries import CannotOpen, FileDamaged, info, open_content

# A sandbox would also switch off the browser's own PDF viewer; a PDF has been looked into when it came in.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; frame-ancestors 'self'"
)


def respond(file_id: int, *, inline: bool, request: HttpRequest | None = None) -> HttpResponseBase:
    """The file as a response, streamed. `inline` shows PDF, JPEG, PNG and WebP in the browser; others are saved.

    With `request`, a browser that has the file gets 304. A file that waits for the virus scanner answers 423, a
    damaged one 500, each with a sentence. `LookupError` for an unknown file.
    """
    file = info(file_id)
    etag = f'"{file.sha256}"'
    if request is not None and file.is_readable and etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _harmless(HttpResponse(status=304), etag)
    try:
        stream = open_content(file)
    except CannotOpen as reason:
        status = 500 if isinstance(reason, FileDamaged) else 423
        return HttpResponse(str(reason), status=status, content_type="text/plain; charset=utf-8")
    shown = inline and file.shows_inline
    response = FileResponse(stream, content_type=file.media_type)
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Disposition"] = content_disposition_header(not shown, file.filename) or "attachment"
    if file.media_type == "application/pdf" and shown:
        response.headers["Content-Security-Policy"] = _POLICY
    else:
        response.headers["Content-Security-Policy"] = f"sandbox; {_POLICY}"
    return _harmless(response, etag)


def _harmless(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # Personal papers: the browser may keep them but asks us each time; nobody between keeps them.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
