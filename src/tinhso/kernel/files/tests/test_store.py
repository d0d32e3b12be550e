"""Storing, reading back, refusing, scanning, sweeping."""

from __future__ import annotations

import argparse
import io
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from tinhso.config.commands import verify as command
from tinhso.kernel.access.api import SYSTEM, Actor, create_user
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files import rules, services, storage
from tinhso.kernel.files.api import (
    CannotOpen,
    FileDamaged,
    FileInfo,
    FileRefused,
    check_all,
    discard,
    info,
    infos,
    open_file,
    rescan,
    respond,
    store,
    sweep,
)
from tinhso.kernel.files.models import Blob, FileRef
from tinhso.kernel.files.tests import samples
from tinhso.kernel.files.tests.doubles.clamd import clamd_at

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=VIETNAM)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(settings, tmp_path) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    settings.FILES_CLAMD_SOCKET = ""
    return settings.FILES_ROOT


@pytest.fixture
def citizen() -> Actor:
    user = create_user(username="an", full_name="Nguyễn Văn An", kind="citizen")
    return Actor(kind="citizen", label="Nguyễn Văn An", user_id=user.pk)


def put(
    content: bytes | None = None, filename: str = "Giấy chứng sinh.jpg", actor: Actor = SYSTEM, now: datetime = NOW
) -> FileInfo:
    content = samples.picture() if content is None else content
    return store(io.BytesIO(content), filename=filename, actor=actor, now=now, purpose="dossiers.paper")


def on_disk(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_a_file_comes_back_as_it_was(root, citizen) -> None:
    content = samples.picture()
    file = put(content, "C:\\ảnh\\Giấy chứng sinh.JPG", citizen)
    assert (file.media_type, file.size, file.filename, file.original_filename, file.owner_user_id) == (
        "image/jpeg",
        len(content),
        "Giấy chứng sinh.jpg",
        "C:\\ảnh\\Giấy chứng sinh.JPG",
        citizen.user_id,
    )
    assert info(file.id) == file
    with open_file(file.id, verify=True) as stream:
        assert stream.read() == content
    path = root / file.sha256[:2] / file.sha256[2:4] / file.sha256
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o222 == 0, "nobody writes to a stored content"
    assert on_disk(root) == [file.sha256]


def test_the_same_content_is_kept_once(root) -> None:
    first, second = put(filename="a.jpg"), put(filename="b.jpg")
    assert first.id != second.id
    assert first.sha256 == second.sha256
    assert Blob.objects.count() == 1
    assert len(on_disk(root)) == 1
    assert {file.filename for file in infos([first.id, second.id]).values()} == {"a.jpg", "b.jpg"}


def test_bytes_and_uploads_and_documents_are_taken() -> None:
    assert store(samples.pdf(), filename="a.pdf", actor=SYSTEM, now=NOW, purpose="x.y").media_type == "application/pdf"
    upload = SimpleUploadedFile("b.docx", samples.office(), content_type="text/html")
    assert store(upload, filename=upload.name, actor=SYSTEM, now=NOW, purpose="x.y").filename == "b.docx"


class Endless(io.RawIOBase):
    """More bytes than anybody keeps; counts what was really read."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.taken += len(buffer)
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


def test_reading_stops_at_the_limit(root, settings) -> None:
    settings.FILES_MAX_BYTES = 1024 * 1024
    stream = Endless()
    with pytest.raises(FileRefused, match="Tệp quá lớn: quá 1 MB"):
        store(stream, filename="a.jpg", actor=SYSTEM, now=NOW, purpose="x.y")
    assert stream.taken < 2 * 1024 * 1024
    assert on_disk(root) == []


@pytest.mark.parametrize(
    ("content", "filename", "said"),
    [
        (b"", "a.jpg", "Tệp rỗng"),
        (b"MZ" + bytes(99), "Giấy khai sinh.pdf", "tệp chương trình"),
        (samples.picture(), "a.pdf", "nội dung là ảnh JPEG"),
        (samples.picture(), "a.jpg.exe", "Không nhận tệp .exe"),
        (b"<svg onload=x>", "a.svg", "SVG"),
    ],
)
def test_a_refused_file_leaves_nothing(root, content, filename, said) -> None:
    with pytest.raises(FileRefused, match=said):
        put(content, filename)
    assert on_disk(root) == []
    assert not Blob.objects.exists()
    assert not FileRef.objects.exists()


def test_an_encrypted_pdf_is_refused() -> None:
    with pytest.raises(FileRefused, match="mật khẩu"):
        put(samples.pdf(password="x"), "a.pdf")


def test_a_day_has_its_quota_and_the_next_day_its_own(citizen, monkeypatch) -> None:
    monkeypatch.setitem(rules.QUOTAS, "citizen", (rules.Quota(date(2025, 7, 1), 2, rules.MEGABYTE),))
    put(actor=citizen)
    put(actor=citizen)
    with pytest.raises(FileRefused, match="mỗi ngày tối đa 2 tệp"):
        put(actor=citizen)
    put(actor=SYSTEM)
    put(actor=citizen, now=NOW + timedelta(days=1))
    # Half past midnight in Vietnam is still the day before in UTC.
    put(actor=citizen, now=(NOW + timedelta(days=2)).replace(hour=0, minute=30))


def test_a_changed_content_is_found(root) -> None:
    file, other = put(), put(samples.picture("PNG"), "b.png")
    path = storage.path_of(file.sha256)
    path.chmod(0o640)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FileDamaged, match="đã bị thay đổi"):
        open_file(file.id, verify=True)
    storage.path_of(other.sha256).unlink()
    with pytest.raises(FileDamaged, match="không còn"):
        open_file(other.id)
    report = check_all()
    assert report.count == 2
    assert {fault.split(": ")[1] for fault in report.faults} == {"nội dung đã bị thay đổi", "mất nội dung"}
    path.write_bytes(b"short")
    assert respond(file.id, inline=True).status_code == 500


def test_the_command_checks_the_store(capsys) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    file = put()
    put(samples.pdf(), "a.pdf")
    assert check_all().ok
    assert command.run(parser.parse_args(["--files"])) == 0
    assert "Đã kiểm tra 2 tệp: nguyên vẹn." in capsys.readouterr().out
    storage.path_of(file.sha256).unlink()
    assert command.run(parser.parse_args(["--files"])) == 1
    assert f"Tệp {file.sha256}: mất nội dung" in capsys.readouterr().out


def test_an_unknown_file_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        info(404)
    with pytest.raises(LookupError):
        respond(404, inline=True)


# --- Scanning


def test_a_clean_file_is_scanned_whole(settings, tmp_path) -> None:
    settings.FILES_CLAMD_SOCKET = str(tmp_path / "clamd")
    content = samples.picture("TIFF", (900, 700))
    with clamd_at(tmp_path / "clamd") as scanned:
        file = put(content)
        assert file.scan_state == "clean"
        put(content)
    assert scanned == [content], "scanned once, and every byte arrived"


def test_an_infected_file_is_refused(settings, tmp_path, root) -> None:
    settings.FILES_CLAMD_SOCKET = str(tmp_path / "clamd")
    with clamd_at(tmp_path / "clamd"), pytest.raises(FileRefused, match="mã độc"):
        put(samples.picture() + b"EICAR")
    assert on_disk(root) == []


def test_without_clamd_a_file_waits_and_is_not_given_out(settings, tmp_path) -> None:
    settings.FILES_CLAMD_SOCKET = str(tmp_path / "clamd")
    good = put()
    bad = put(samples.picture() + b"EICAR", "b.jpg")
    assert good.scan_state == "pending"
    with pytest.raises(CannotOpen, match="chờ quét"):
        open_file(good.id)
    answer = respond(good.id, inline=True)
    assert answer.status_code == 423
    assert "chờ quét mã độc" in answer.content.decode()
    assert rescan(now=NOW) == 0
    with clamd_at(tmp_path / "clamd"):
        assert rescan(now=NOW) == 2
    open_file(good.id).close()
    with pytest.raises(CannotOpen, match="mã độc"):
        open_file(bad.id)
    assert [line.action for line in trail(f"file:{bad.id}")] == ["files.infected"]
    with pytest.raises(FileRefused, match="mã độc"):
        put(samples.picture() + b"EICAR", "again.jpg")


# --- Letting go


def test_a_discarded_file_is_swept_after_a_day(root) -> None:
    kept, dropped = put(filename="a.jpg"), put(filename="b.jpg")
    alone = put(samples.picture("PNG"), "c.png")
    discard(dropped.id)
    discard(alone.id)
    assert sweep(now=NOW + timedelta(hours=23)) == 0
    assert sweep(now=NOW + timedelta(hours=25)) == 1
    assert on_disk(root) == [kept.sha256]
    assert check_all().ok


def test_what_a_rolled_back_transaction_left_is_swept(root) -> None:
    with transaction.atomic():
        file = put()
        transaction.set_rollback(True)
    assert on_disk(root) == [file.sha256]
    hour = datetime.fromtimestamp(int(file.sha256[:2], 16) * 3600, tz=UTC)
    path = storage.path_of(file.sha256)
    sweeping_at = hour + timedelta(hours=256 * 2000)
    assert sweep(now=sweeping_at + timedelta(hours=1)) == 0, "another part of the store"
    os.utime(path, (sweeping_at.timestamp(), sweeping_at.timestamp()))
    assert sweep(now=sweeping_at) == 0, "too young"
    os.utime(path, (0, 0))
    assert sweep(now=sweeping_at) == 1
    assert on_disk(root) == []


def test_left_over_uploads_are_swept(root) -> None:
    put()
    left = root / "incoming" / "tmpabc"
    left.write_bytes(b"x")
    sweep(now=NOW)
    assert left.exists()
    os.utime(left, (0, 0))
    sweep(now=NOW)
    assert not left.exists()


def test_storing_again_waits_for_a_sweep_of_the_same_content(root) -> None:
    """The sweep removed the row between our two steps: the row is made anew, and the bytes lie there."""
    file = put()
    discard(file.id)
    services._remove_unnamed(file.sha256)
    assert on_disk(root) == []
    again = put()
    assert again.sha256 == file.sha256
    open_file(again.id, verify=True).close()
