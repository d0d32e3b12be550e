from __future__ import annotations

from dataclasses import replace

import pytest

from tinhso.kernel.pdf import print_paper
from tinhso.kernel.pdf.tests.reading import letters_of, page_count, words_of
from tinhso.modules.procedures.print.shapes import GuidePaper
from tinhso.modules.procedures.print.tests.samples import full_guide, unknown_guide


def test_guide_tells_what_a_citizen_needs_on_one_page() -> None:
    pdf = print_paper(full_guide())
    words = words_of(pdf)
    assert page_count(pdf) == 1
    for line in (
        "Đăng ký khai sinh cho con",
        "Mã thủ tục 1.001193",
        "Thủ tục đăng ký khai sinh",
        "Trong ngày; nhận sau 15 giờ",
        "Bản sao trích lục: 8.000 đồng/bản",
        "Giấy khai sinh (bản chính)",
        "Ai được nộp Cha, mẹ",
        "Ủy ban nhân dân cấp xã",
        "Lĩnh vực Hộ tịch",
        "1 Tờ khai đăng ký khai sinh",
        "khi ủy quyền cho người khác làm thay",
        "chỉ xuất trình, không phải nộp",
        "4. Ký vào Sổ đăng ký khai sinh",
        "Luật Hộ tịch (60/2014/QH13)",
        "Công bố theo Quyết định 163/QĐ-BTP. Áp dụng từ 01/07/2025. In lúc 05/03/2026 09:40.",
        "https://dichvucong.thanhhoa.example/procedures/1.001193",
    ):
        assert letters_of(line) in letters_of(words), line


def test_unknown_is_said_and_not_left_out() -> None:
    words = words_of(print_paper(unknown_guide()))
    assert words.count("chưa có thông tin") == 13
    assert "Miễn phí" not in words


def test_none_is_not_unknown() -> None:
    words = words_of(print_paper(replace(full_guide(), fees=(), papers=(), cautions=())))
    assert "Miễn phí" in words
    assert "Không cần giấy tờ kèm theo." in words


@pytest.mark.parametrize("system_fonts", [True, False])
def test_guide_of_forty_papers_runs_over_pages(system_fonts: bool) -> None:
    papers = tuple(
        GuidePaper(name=f"Giấy tờ thứ {n}", originals=n, copies=None, note="#set $x$ <b>") for n in range(1, 41)
    )
    pdf = print_paper(replace(full_guide(), papers=papers), system_fonts=system_fonts)
    words = words_of(pdf)
    assert page_count(pdf) >= 2
    assert all(f"Giấy tờ thứ {n} " in words for n in range(1, 41))
    assert words.count("#set $x$ <b>") == 40


def test_same_guide_same_bytes() -> None:
    assert print_paper(full_guide()) == print_paper(full_guide())
