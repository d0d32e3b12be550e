"""Names, claims, quotas, sizes: what the rules say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.files.rules import (
    DOCX,
    HEIC,
    JPEG,
    MEGABYTE,
    PDF,
    FileRefused,
    Quota,
    check_claim,
    check_quota,
    clean_filename,
    megabytes,
    quota_of,
    too_large,
)


@pytest.mark.parametrize(
    ("original", "kind", "clean"),
    [
        ("Giấy chứng sinh.pdf", PDF, "Giấy chứng sinh.pdf"),
        ("Gia\u0302\u0301y.pdf", PDF, "Giấy.pdf"),
        ("IMG_0001.JPG", JPEG, "IMG_0001.jpg"),
        ("IMG_0001.jpg", HEIC, "IMG_0001.heic"),
        ("C:\\Users\\An\\đơn.docx", DOCX, "đơn.docx"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("hop\u202efdp.exe", PDF, "hopfdp.pdf"),
        ("a\0b\r\nc\u200b.pdf", PDF, "abc.pdf"),
        ("", PDF, "tep.pdf"),
        (".pdf", PDF, "pdf.pdf"),
        ("...", PDF, "tep.pdf"),
        ("CON.pdf", PDF, "_CON.pdf"),
        ('a<b>:"c"|?*.pdf', PDF, "a_b___c____.pdf"),
        ("Quyết định số 12.2026", PDF, "Quyết định số 12.pdf"),
        ("  nhiều   khoảng\u00a0trắng .pdf", PDF, "nhiều khoảng trắng.pdf"),
    ],
)
def test_names_are_made_safe(original, kind, clean) -> None:
    assert clean_filename(original, kind) == clean


def test_a_long_name_is_shortened_in_the_middle() -> None:
    name = clean_filename("Đơn đề nghị " + "x" * 300 + " trang cuối 07.pdf", PDF)
    assert len(name) == 120
    assert name.startswith("Đơn đề nghị xxx")
    assert name.endswith("xxx trang cuối 07.pdf")
    assert "…" in name


@given(st.text(max_size=400))
def test_no_name_can_do_harm(original) -> None:
    name = clean_filename(original, PDF)
    assert 5 <= len(name) <= 120
    assert name.endswith(".pdf")
    assert not set(name) & set('/\\<>:"|?*\0\r\n\u202e\u200f')
    assert not name.startswith(".")
    name.encode()


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a", "a.", "số 12.2026", "Tờ 1. Phần đầu", ".jpg", "a.HEIC"])
def test_an_image_may_have_the_name_of_another_image_or_none(name) -> None:
    check_claim(name, JPEG)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.pdf", "nội dung là ảnh JPEG"),
        ("a.docx", "nội dung là ảnh JPEG"),
        ("a.exe", "Không nhận tệp .exe"),
        ("a.svg", ".svg"),
        ("a.pdf.js", ".js"),
    ],
)
def test_a_disguise_is_refused(name, said) -> None:
    with pytest.raises(FileRefused, match=said):
        check_claim(name, JPEG)


def test_the_quota_of_the_day_counts_files_and_bytes() -> None:
    quota = Quota(date(2025, 7, 1), 3, 10 * MEGABYTE)
    check_quota(quota, files_before=2, bytes_before=9 * MEGABYTE, size=MEGABYTE)
    with pytest.raises(FileRefused, match="đã gửi 3 tệp"):
        check_quota(quota, files_before=3, bytes_before=0, size=1)
    with pytest.raises(FileRefused, match="đã gửi 9,5 MB, mỗi ngày tối đa 10 MB"):
        check_quota(quota, files_before=0, bytes_before=int(9.5 * MEGABYTE), size=MEGABYTE)
    check_quota(None, files_before=10**9, bytes_before=10**15, size=1)
    assert quota_of("citizen", date(2026, 11, 23)) is not None
    assert quota_of("system", date(2026, 11, 23)) is None


def test_sizes_are_told_in_the_vietnamese_way() -> None:
    assert [megabytes(n) for n in (MEGABYTE, 1_572_864, 20 * MEGABYTE, 1234 * MEGABYTE)] == [
        "1 MB",
        "1,5 MB",
        "20 MB",
        "1.234 MB",
    ]
    assert "Tệp quá lớn: 200 MB, tối đa 20 MB." in str(too_large(200 * MEGABYTE, 20 * MEGABYTE))
    assert "Tệp quá lớn: quá 20 MB." in str(too_large(None, 20 * MEGABYTE))
