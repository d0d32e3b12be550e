"""What a file is, by its bytes; and what is refused, with the remedy."""

from __future__ import annotations

import os
import struct
import time
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinhso.kernel.files import pdf as pdf_module
from tinhso.kernel.files import sniffing
from tinhso.kernel.files.pdf import check_pdf
from tinhso.kernel.files.rules import DOCX, HEIC, JPEG, PDF, PNG, TIFF, WEBP, XLSX, FileRefused
from tinhso.kernel.files.sniffing import sniff
from tinhso.kernel.files.tests import samples


def sniff_bytes(tmp_path: Path, content: bytes):
    path = tmp_path / "content"
    path.write_bytes(content)
    return sniff(path)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: samples.picture("JPEG"), JPEG),
        (lambda: samples.picture("PNG"), PNG),
        (lambda: samples.picture("WEBP"), WEBP),
        (lambda: samples.picture("TIFF"), TIFF),
        (lambda: samples.heic(), HEIC),
        (lambda: samples.heic(brand=b"mif1"), HEIC),
        (lambda: samples.pdf(), PDF),
        (lambda: samples.office("docx"), DOCX),
        (lambda: samples.office("xlsx"), XLSX),
        (lambda: samples.office("docx", relations=samples.relation("hyperlink")), DOCX),
        # A telephone's motion picture: a film after the JPEG. Harmless, and common.
        (lambda: samples.picture("JPEG") + b"\x00\x00\x00\x18ftypmp42" + bytes(100), JPEG),
    ],
)
def test_what_people_send_is_accepted(tmp_path, make, kind) -> None:
    assert sniff_bytes(tmp_path, make()) is kind


def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sniffing, "MAX_OFFICE_UNPACKED", 1_000_000)
    with pytest.raises(FileRefused, match="giải nén ra quá lớn"):
        sniff_bytes(tmp_path, samples.office("docx", parts={"a.xml": bytes(1_000_001)}))


def png_of(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


REFUSED = {
    "executable": (lambda: b"MZ" + bytes(200), "tệp chương trình"),
    "linux program": (lambda: b"\x7fELF" + bytes(200), "tệp chương trình"),
    "shell script": (lambda: b"#!/bin/sh\nrm -rf /\n", "tệp chương trình"),
    "shortcut": (lambda: b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(90), "tệp chương trình"),
    "html": (lambda: b"\xef\xbb\xbf \n<!DOCTYPE html><script>alert(1)</script>", "trang web"),
    "html utf-16": (lambda: "<html><script>".encode("utf-16"), "trang web"),
    "svg": (lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "SVG"),
    "svg after comment": (lambda: b"<!-- x --><svg onload='x()'/>", "SVG"),
    "xml": (lambda: b"<?xml version='1.0'?><a/>", "XML"),
    "old word": (lambda: samples.OLE, "kiểu cũ"),
    "word with password": (lambda: samples.OLE + "EncryptedPackage".encode("utf-16-le"), "có mật khẩu"),
    "rtf": (lambda: b"{\\rtf1 hello}", "RTF"),
    "zip": (lambda: samples.archive({"a.txt": b"x"}), "tệp nén"),
    "empty zip": (lambda: samples.archive({}), "tệp nén"),
    "broken zip": (lambda: b"PK\x03\x04" + bytes(50), "bị hỏng"),
    "jar": (lambda: samples.archive({"META-INF/MANIFEST.MF": b"x", "A.class": b"y"}), "tệp nén"),
    "rar": (lambda: b"Rar!\x1a\x07\x00" + bytes(50), "tệp nén"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50), "tệp nén"),
    "gzip": (lambda: b"\x1f\x8b\x08" + bytes(50), "tệp nén"),
    "film": (lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(300), "phim"),
    "gif": (lambda: samples.picture("GIF"), r"\.gif"),
    "bmp": (lambda: samples.picture("BMP"), r"\.bmp"),
    "text": (lambda: "Kính gửi Ủy ban".encode(), "văn bản thuần"),
    "noise": (lambda: b"\x00\x01\x02\x03" * 50, "Không nhận ra"),
    "odt": (
        lambda: samples.archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"x"}),
        "OpenDocument",
    ),
    "pptx": (lambda: samples.office("pptx"), "trình chiếu"),
    "docm": (lambda: samples.office("docm"), "macro"),
    "docm as docx": (lambda: samples.office("docx", parts={"word/vbaProject.bin": b"x"}), "macro"),
    "activex": (lambda: samples.office("docx", parts={"word/activeX/activeX1.xml": b"x"}), "macro"),
    "ole object": (lambda: samples.office("docx", parts={"word/embeddings/oleObject1.bin": b"x"}), "đối tượng nhúng"),
    "excel 4 macro": (lambda: samples.office("xlsx", parts={"xl/macrosheets/sheet1.xml": b"x"}), "macro"),
    "remote template": (lambda: samples.office("docx", relations=samples.relation("attachedTemplate")), "từ nơi khác"),
    "entities": (lambda: samples.office("docx", types=b'<!DOCTYPE x [<!ENTITY a "b">]><Types/>'), "bị hỏng"),
    "two main parts": (lambda: samples.office("docx", types=b"<Types/>"), "Không nhận loại tệp này"),
    "zip behind a head": (lambda: b"GIF89a" + samples.office("docx"), r"\.gif"),
    "picture with a zip behind": (lambda: samples.picture("JPEG") + samples.archive({"A.class": b"x"}), "giấu ở cuối"),
    "pdf with a zip behind": (lambda: samples.pdf() + samples.archive({"A.class": b"x"}), "giấu ở cuối"),
    "pdf behind a head": (lambda: b"\xff\xd8\xff\xe0 " + samples.pdf(), "phần đầu lạ"),
    "broken jpeg": (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", "hỏng|Không nhận"),
    "broken png": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(30), "hỏng"),
    "pixel bomb": (lambda: png_of(40_000, 40_000), "quá nhiều điểm ảnh"),
    "pixel bomb of one line": (lambda: png_of(70_000, 10), "quá nhiều điểm ảnh"),
    "heic bomb": (lambda: samples.heic(60_000, 60_000), "quá nhiều điểm ảnh"),
    "heic without size": (lambda: samples.heic().replace(b"ispe", b"xxxx"), "HEIC bị hỏng"),
    "avif": (lambda: samples.heic(brand=b"avif"), "Không nhận"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(tmp_path, name) -> None:
    make, said = REFUSED[name]
    with pytest.raises(FileRefused, match=said):
        sniff_bytes(tmp_path, make())


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL")
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "TIFF", "WEBP", "office", "heic"]), st.data())
def test_no_damage_makes_it_fall_over(tmp_path_factory, name, data) -> None:
    """Cut short or with bytes changed: a kind or a refusal, never another error."""
    content = getattr(samples, name)() if name.islower() else samples.picture(name)
    broken = bytearray(content[: data.draw(st.integers(1, len(content)))])
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=8)):
        broken[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("broken") / "content"
    path.write_bytes(bytes(broken))
    with suppress(FileRefused):
        sniff(path)


def check_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "content.pdf"
    path.write_bytes(content)
    check_pdf(path)


HOSTILE = {
    "password": (lambda: samples.pdf(password="x"), "mật khẩu"),
    "locked for printing": (lambda: samples.pdf(owner_password="x"), "bị khóa"),
    "javascript": (lambda: samples.pdf(change=samples.with_script), "mã chạy"),
    "javascript on open": (lambda: samples.pdf(change=samples.with_action("/JavaScript", JS="x")), "mã chạy"),
    "launch": (lambda: samples.pdf(change=samples.with_action("/Launch", F="calc.exe")), "mã chạy"),
    "submit": (lambda: samples.pdf(change=samples.with_action("/SubmitForm", F="http://x")), "mã chạy"),
    "hex name": (lambda: samples.pdf() + b"\n9 0 obj <</S/Java#53cript/J#53(x)>> endobj", "mã chạy"),
    "orphan": (lambda: samples.pdf() + b"\n9 0 obj <</S /JavaScript /JS (x)>> endobj", "mã chạy"),
    "film": (lambda: samples.pdf(change=samples.with_annotation("/RichMedia")), "mã chạy"),
    "xfa": (lambda: samples.pdf(change=samples.with_xfa), "mã chạy"),
    "attachment": (lambda: samples.pdf(change=lambda w: w.add_attachment("a.exe", b"MZ")), "đính kèm"),
    "no pages": (lambda: samples.pdf(0), "không có trang"),
    "broken": (lambda: b"%PDF-1.7\nxx", "bị hỏng"),
    "cut": (lambda: samples.pdf()[:200], "bị hỏng|không có trang"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pdfs_are_refused(tmp_path, name) -> None:
    make, said = HOSTILE[name]
    with pytest.raises(FileRefused, match=said):
        check_bytes(tmp_path, make())


def test_good_pdfs_pass(tmp_path) -> None:
    check_bytes(tmp_path, samples.pdf())
    check_bytes(tmp_path, samples.pdf(40))
    check_bytes(tmp_path, samples.pdf(change=samples.with_action("/GoTo")))


def test_a_pdf_that_never_ends_is_given_up(tmp_path, monkeypatch) -> None:
    """The inspector hangs (it reads a pipe that nobody writes): it is killed, and the next file is judged as usual."""
    monkeypatch.setattr(pdf_module, "SECONDS", 0.3)
    os.mkfifo(tmp_path / "pipe")
    started = time.monotonic()
    with pytest.raises(FileRefused, match="quá phức tạp"):
        check_pdf(tmp_path / "pipe")
    assert time.monotonic() - started < 5
    monkeypatch.undo()
    check_bytes(tmp_path, samples.pdf())


def test_an_inspector_that_was_killed_is_replaced(tmp_path) -> None:
    check_bytes(tmp_path, samples.pdf())
    child = pdf_module._inspector._child
    child.process.kill()
    child.process.wait()
    check_bytes(tmp_path, samples.pdf())


def test_two_uploads_at_once_do_not_wait_for_a_slow_one(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(pdf_module, "_WAIT_FOR_TURN", 0.05)
    with pdf_module._inspector._turn:
        check_bytes(tmp_path, samples.pdf())


def test_a_page_tree_that_bites_its_tail(tmp_path) -> None:
    content = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n0\n%%EOF"
    )
    with pytest.raises(FileRefused):
        check_bytes(tmp_path, content)
