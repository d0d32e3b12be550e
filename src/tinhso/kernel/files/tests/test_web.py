"""Files over HTTP: uploads past the limit, and responses that can do no harm."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from django.core.files.uploadhandler import load_handler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import FileRefused, respond, store
from tinhso.kernel.files.tests import samples
from tinhso.kernel.files.uploads import refusal_of, refused_uploads

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=VIETNAM)
MEGABYTE = 1024 * 1024
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def upload(request: HttpRequest) -> HttpResponse:
    """What a view of a module does."""
    told = [f"name={request.POST.get('name', '')}"]
    for file in request.FILES.getlist("paper"):
        try:
            stored = store(file, filename=file.name, actor=SYSTEM, now=NOW, purpose="dossiers.paper")
            told.append(f"stored {stored.filename}")
        except FileRefused as refused:
            told.append(f"refused {file.name} {file.size} {refused} / {refusal_of(file)}")
    told.append(str(refused_uploads(request)))
    return HttpResponse("\n".join(told))


def show(request: HttpRequest, number: int, how: str) -> HttpResponse:
    return respond(number, inline=how == "inline", request=request)  # type: ignore[return-value]


urlpatterns = [path("upload", upload), path("show/<int:number>/<str:how>", show)]


@pytest.fixture(autouse=True)
def small(settings, tmp_path) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    settings.FILES_MAX_BYTES = MEGABYTE


class Sent(io.BytesIO):
    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def send(client: Client, *files: Sent) -> str:
    answer = client.post("/upload", {"paper": list(files), "name": "Nguyễn Văn An"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_file_within_the_limit_is_stored(client) -> None:
    said = send(client, Sent("a.jpg", samples.picture()))
    assert "stored a.jpg" in said
    assert said.endswith("{}")


def test_a_file_past_the_limit_is_refused_and_the_rest_of_the_form_is_kept(client) -> None:
    said = send(client, Sent("to.jpg", b"\xff\xd8\xff" + bytes(20 * MEGABYTE)), Sent("nhỏ.jpg", samples.picture()))
    assert "name=Nguyễn Văn An" in said
    assert f"refused to.jpg {20 * MEGABYTE + 3} Tệp quá lớn: 20 MB, tối đa 1 MB." in said
    assert "stored nhỏ.jpg" in said
    assert "{'paper': 'Tệp quá lớn" in said


def test_many_files_together_have_a_limit(client) -> None:
    # PNG pictures that do not compress: just under the limit each.
    almost = b"\xff\xd8\xff" + bytes(MEGABYTE - 3)
    said = send(client, *(Sent(f"{number}.jpg", almost) for number in range(7)))
    assert said.count("Các tệp gửi cùng lúc quá lớn, tối đa 5 MB. Gửi từng tệp một.") >= 2


def test_what_nobody_sends_by_mistake_is_cut_off(client) -> None:
    answer = client.post("/upload", {"paper": Sent("to.jpg", bytes(51 * MEGABYTE)), "name": "An"})
    assert answer.content.decode().startswith("name=\n")


def test_the_bytes_past_the_limit_are_thrown_away(settings) -> None:
    request = RequestFactory().post("/upload", {"paper": Sent("to.jpg", bytes(5 * MEGABYTE))})
    request.upload_handlers = [load_handler(name, request) for name in settings.FILE_UPLOAD_HANDLERS]
    file = request.FILES["paper"]
    assert file.size == 5 * MEGABYTE
    assert file.read() == b""


def test_a_picture_is_shown_and_a_browser_that_has_it_keeps_it(client) -> None:
    content = samples.picture()
    file = store(content, filename="Giấy “chứng” sinh.jpg", actor=SYSTEM, now=NOW, purpose="x.y")
    answer = client.get(f"/show/{file.id}/inline")
    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=utf-8''Gi%E1%BA%A5y")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    etag = answer.headers["ETag"]
    again = client.get(f"/show/{file.id}/inline", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/show/{file.id}/inline", headers={"If-None-Match": '"x"'}).status_code == 200


def test_documents_are_saved_not_shown_except_pdf(client) -> None:
    word = store(samples.office(), filename="a.docx", actor=SYSTEM, now=NOW, purpose="x.y")
    assert client.get(f"/show/{word.id}/inline").headers["Content-Disposition"].startswith("attachment")
    paper = store(samples.pdf(), filename="a.pdf", actor=SYSTEM, now=NOW, purpose="x.y")
    shown = client.get(f"/show/{paper.id}/inline")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" not in shown.headers["Content-Security-Policy"], "the browser's PDF viewer must work"
    assert "sandbox" in client.get(f"/show/{paper.id}/save").headers["Content-Security-Policy"]
