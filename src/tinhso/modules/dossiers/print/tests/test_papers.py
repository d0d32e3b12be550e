from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from tinhso.kernel.pdf import Paper, print_paper
from tinhso.kernel.pdf.tests.reading import letters_of, page_count, reader_of, words_of
from tinhso.modules.dossiers.print.shapes import ReceivedPaper
from tinhso.modules.dossiers.print.tests import samples
from tinhso.modules.dossiers.print.tests.samples import CODE, NOW, ORDINARY

HOSTILE = '#import "/a.typ" <b>x</b> $y$ *z* _t_ `u` @v \\ // 😀'
PRINTED_HOSTILE = HOSTILE.replace("😀", "\N{REPLACEMENT CHARACTER}")


def with_every_text(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with each text in it changed, however deep."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(with_every_text(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: with_every_text(getattr(value, f.name), change) for f in fields(value)})
    return value


@pytest.mark.parametrize("system_fonts", [True, False], ids=["system faces", "packaged faces"])
@pytest.mark.parametrize("paper", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_paper_is_one_page(paper: Paper, system_fonts: bool) -> None:
    assert page_count(print_paper(paper, system_fonts=system_fonts)) == 1


@pytest.mark.parametrize("paper", ORDINARY.values(), ids=ORDINARY)
def test_same_paper_same_bytes(paper: Paper) -> None:
    assert print_paper(paper) == print_paper(replace(paper))


@pytest.mark.parametrize("paper", ORDINARY.values(), ids=ORDINARY)
def test_hostile_text_in_every_place_is_printed_literally(paper: Paper) -> None:
    words = letters_of(words_of(print_paper(with_every_text(paper, lambda _: HOSTILE))))
    assert letters_of(PRINTED_HOSTILE) in words


@pytest.mark.parametrize("nothing", ["", " \u200b"], ids=["empty", "blank"])
@pytest.mark.parametrize("paper", ORDINARY.values(), ids=ORDINARY)
def test_empty_texts_leave_a_paper_to_fill_in(paper: Paper, nothing: str) -> None:
    emptied = with_every_text(paper, lambda text: text if text.startswith("https://") else nothing)
    assert page_count(print_paper(emptied)) == 1


@pytest.mark.parametrize("change", [lambda _: "Nguyễn Thị " * 27, lambda _: "W" * 300], ids=["long", "unbroken"])
@pytest.mark.parametrize("paper", ORDINARY.values(), ids=ORDINARY)
def test_texts_of_300_characters_are_printed(paper: Paper, change: Callable[[str], str]) -> None:
    assert page_count(print_paper(with_every_text(paper, change))) >= 1


def test_national_header_place_and_date() -> None:
    words = words_of(print_paper(samples.receipt()))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc" in words
    assert "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG" in words
    assert "Hoằng Hóa, ngày 05 tháng 3 năm 2026" in words
    assert "Số: 07/TTPVHCC" in words


def test_months_one_and_two_and_small_days_take_a_zero() -> None:
    words = words_of(print_paper(samples.receipt(issued_at=NOW.replace(month=2, day=9))))
    assert "ngày 09 tháng 02 năm 2026" in words
    words = words_of(print_paper(samples.receipt(issued_at=NOW.replace(month=11, day=24))))
    assert "ngày 24 tháng 11 năm 2026" in words


def test_receipt_has_the_lines_of_form_01() -> None:
    words = words_of(print_paper(samples.receipt()))
    for line in (
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        f"Mã hồ sơ: {CODE}",
        "Trung tâm Phục vụ hành chính công xã Hoằng Hóa",
        "Tiếp nhận hồ sơ của Ông (Bà)/Tổ chức: Nguyễn Thị Hương Giang",
        "Số định danh cá nhân/tổ chức: 038190001234",
        "Địa chỉ: Thôn Phúc Tiên",
        "Số điện thoại: 0912 345 678",
        "Nội dung yêu cầu giải quyết: Đăng ký khai sinh",
        "Thành phần hồ sơ nộp gồm:",
        "Số lượng hồ sơ: 01 (bộ)",
        "Thời gian giải quyết hồ sơ theo quy định là: 01 ngày làm việc",
        "Thời gian nhận hồ sơ: 09 giờ 40 phút, ngày 05 tháng 3 năm 2026",
        "Thời gian trả kết quả giải quyết hồ sơ: 09 giờ 40 phút, ngày 06 tháng 3 năm 2026",
        "Đăng ký nhận kết quả tại:",
        "Vào Sổ theo dõi hồ sơ, Quyển số:",
        "Số thứ tự:",
        "NGƯỜI NỘP HỒ SƠ",
        "NGƯỜI TIẾP NHẬN HỒ SƠ",
        "(Ký và ghi rõ họ tên)",
        "Bản sao chứng thực",
        "Bản số hóa",
    ):
        assert line in words


def test_receipt_across_agencies_shows_both_due_times_and_the_representation() -> None:
    words = words_of(print_paper(samples.receipt_across_agencies()))
    assert "Thời gian trả kết quả giải quyết hồ sơ: 09 giờ 40 phút, ngày 11 tháng 3 năm 2026" in words
    assert "riêng tại Ủy ban nhân dân xã Hoằng Hóa: 09 giờ 40 phút, ngày 06 tháng 3 năm 2026" in words
    assert "Theo ủy quyền của Ông (Bà)/Tổ chức: Lê Văn Quý" in words
    assert "Giấy tờ ủy quyền: Văn bản ủy quyền số 12/2026" in words
    assert "(Chữ ký số của người tiếp nhận hồ sơ)" in words


def test_receipt_of_forty_papers_runs_over_pages_with_its_head_repeated() -> None:
    pdf = print_paper(samples.receipt_of_forty_papers())
    words = words_of(pdf)
    assert page_count(pdf) in {3, 4}
    # On each page that the table reaches; the signatures may stand on one more.
    assert words.count("Tên giấy tờ") in {page_count(pdf), page_count(pdf) - 1}
    assert all(f"Giấy tờ thứ {position}:" in words for position in range(1, 41))
    assert f"Trang 1/{page_count(pdf)}" in words


def test_a_crowded_receipt_keeps_its_parts_together_over_two_pages() -> None:
    """Four agencies, sixteen papers: heads repeated, pages numbered, an address of mail whole, signatures not parted."""
    pdf = print_paper(samples.receipt_crowded())
    pages = [" ".join(page.extract_text().replace("\u200b", "").split()) for page in reader_of(pdf).pages]
    assert len(pages) == 2
    assert [f"Trang {number}/2" in page for number, page in enumerate(pages, start=1)] == [True, True]
    assert all("Tên giấy tờ" in page for page in pages)
    assert "vanphong.hoangnguyen@dautuxaydung.example.vn" in pages[0]
    assert "Bảo hiểm xã hội cơ sở Hoằng Hóa 02 ngày làm việc tính từ khi nhận bàn giao" in pages[1]
    assert "NGƯỜI NỘP HỒ SƠ" in pages[1]
    assert "Hoàng Thị Mai" in pages[1]


def test_a_line_of_the_book_is_not_torn() -> None:
    entries = [replace(entry, applicant_name=samples.LONG_NAME) for entry in samples.book(40).entries]
    pdf = print_paper(replace(samples.book(), entries=tuple(entries)))
    for page in reader_of(pdf).pages:
        text = " ".join(page.extract_text().replace("\u200b", "").split())
        assert text.count("Công ty cổ phần") == text.count("Phương Thảo") == text.count("UBND xã Hoằng Hóa")


def test_receipt_without_a_known_due_time_leaves_dots() -> None:
    words = words_of(print_paper(samples.receipt(due_at=None)))
    assert "Thời gian trả kết quả giải quyết hồ sơ: …… giờ …… phút" in words


def test_receipt_of_no_papers_and_of_many_copies() -> None:
    assert "Thành phần hồ sơ nộp gồm: không có giấy tờ kèm theo" in words_of(print_paper(samples.receipt(papers=())))
    many = (ReceivedPaper(name="Bản vẽ", originals=2, certified_copies=3, copies=112, digitised=True),)
    assert "1 Bản vẽ 02 03 112 x" in words_of(print_paper(samples.receipt(papers=many)))


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "form_02",
            (
                "Số: 03/PBS-TTPVHCC",
                "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
                "Hồ sơ của: Nguyễn Thị Hương Giang",
                "Yêu cầu hoàn thiện hồ sơ gồm những nội dung sau:",
                "1. Nộp Giấy chứng sinh bản chính",
                "Lý do: Thông tin nơi sinh",
                "Trong quá trình hoàn thiện hồ sơ nếu có vướng mắc, Ông/Bà liên hệ với bà Hoàng Thị Mai số điện thoại "
                "0237 3865 001 để được hướng dẫn./.",
                "NGƯỜI HƯỚNG DẪN",
            ),
        ),
        (
            "form_03",
            (
                "Số: 01/PTC-TTPVHCC",
                "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ",
                f"Mã hồ sơ (nếu có): {CODE}",
                "thông báo không tiếp nhận, giải quyết hồ sơ này với lý do cụ thể như sau:",
                "Xin thông báo cho Ông/Bà được biết và thực hiện./.",
                "NGƯỜI TIẾP NHẬN HỒ SƠ",
            ),
        ),
        (
            "form_04",
            (
                "Số: 02/PXL",
                "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT",
                "Kính gửi: Nguyễn Thị Hương Giang",
                "Ngày 05 tháng 3 năm 2026, Ủy ban nhân dân xã Hoằng Hóa tiếp nhận giải quyết hồ sơ đề nghị giải quyết thủ tục "
                "hành chính “Xác nhận tình trạng hôn nhân”",
                f"số định danh: 038190001234; mã số hồ sơ: {CODE}.",
                "Thời gian hẹn trả kết quả giải quyết hồ sơ: 09 giờ 40 phút, ngày 09 tháng 3 năm 2026.",
                "có thể gây phiền hà, tốn kém về chi phí, công sức",
                "vào ngày 17 tháng 3 năm 2026.",
                "Mong nhận được sự thông cảm",
            ),
        ),
        (
            "form_05",
            (
                "Số: 01/TB-TTPVHCC",
                "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ",
                "Điều 7 Thông tư số 03/2025/TT-VPCP",
                "chưa có quyết định giải quyết thủ tục hành chính",
                "1. Giấy đề nghị đăng ký thành lập hộ kinh doanh",
            ),
        ),
        (
            "form_06",
            (
                "Số: 07/PKS-TTPVHCC",
                "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ",
                f"Mã số hồ sơ: {CODE}",
                "Cơ quan phối hợp giải quyết hồ sơ: Công an xã Hoằng Hóa",
                "Hẹn trả kết quả vào: 09 giờ 40 phút, ngày 06 tháng 3 năm 2026",
                "1. Giao: Bộ phận TN&TKQ 2. Nhận: Văn phòng HĐND và UBND",
                "Người giao Hoàng Thị Mai",
                "trước hạn",
                "- Kết quả giải quyết hồ sơ do bên nhận nhập thông tin/ghi khi nhận bàn giao hồ sơ.",
            ),
        ),
        (
            "form_07",
            (
                "Số: 01/STD-TTPVHCC",
                "SỔ THEO DÕI HỒ SƠ",
                "Lĩnh vực: Hộ tịch",
                "Cơ quan chủ trì giải quyết",
                "Phương thức nhận kết quả",
                "H56.112-260305-0009",
                "- Sổ theo dõi hồ sơ được lập theo từng lĩnh vực",
            ),
        ),
        (
            "acknowledgement",
            (
                CODE,
                "480 213",
                "Mã PIN (giữ kín)",
                "https://dichvucong.thanhhoa.example/dossiers/track",
                "Việc tiếp theo",
                "không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
            ),
        ),
        (
            "certificate",
            (
                "ỦY BAN NHÂN DÂN XÃ HOẰNG HÓA",
                "Số: 38/2026/TLKS",
                "TRÍCH LỤC KHAI SINH",
                "Căn cứ Luật Hộ tịch số 60/2014/QH13; Nghị định số 123/2015/NĐ-CP.",
                "Họ, chữ đệm, tên: LÊ NGUYỄN BẢO ĐĂNG",
                "TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH PHÓ CHỦ TỊCH",
                "Trịnh Thị Mỹ Duyên",
                "Kiểm tra tại: https://dichvucong.thanhhoa.example/dossiers/verify",
                "Mã kiểm tra: 7K4M-92QX-TD5H",
            ),
        ),
        (
            "decision",
            (
                "Số: 112/QĐ-UBND",
                "QUYẾT ĐỊNH Về việc trợ cấp xã hội hằng tháng",
                "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ HOẰNG HÓA",
                "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;",
                "QUYẾT ĐỊNH:",
                "Điều 1. Trợ cấp xã hội",
                "Mức trợ cấp: 500.000 đồng/tháng",
                "Điều 3.",
                "Nơi nhận: - Như Điều 3; - Lưu: VT.",
            ),
        ),
        (
            "notice",
            (
                "Số: 45/TB-UBND",
                "THÔNG BÁO Về việc đủ điều kiện khởi công",
                "Kính gửi: ông Trần Đình Phước",
                "Địa điểm: Thửa đất số 112",
                "Nơi nhận: - Như trên; - Lưu: VT.",
            ),
        ),
    ],
)
def test_paper_says_what_its_form_says(name: str, lines: tuple[str, ...]) -> None:
    words = letters_of(words_of(print_paper(ORDINARY[name])))
    for line in lines:
        assert letters_of(line) in words, line


def test_pin_is_only_on_the_slip_and_not_behind_its_qr_code() -> None:
    slip = samples.acknowledgement()
    assert slip.pin.replace(" ", "") not in slip.qr_text
    assert all(
        "480 213" not in words_of(print_paper(paper)) for name, paper in ORDINARY.items() if name != "acknowledgement"
    )


def test_control_sheet_keeps_every_hand_over() -> None:
    pdf = print_paper(samples.control_sheet(23))
    assert page_count(pdf) >= 2
    assert words_of(pdf).count("Người giao ") == 23
    assert page_count(print_paper(replace(samples.control_sheet(), hand_overs=()))) == 1


def test_book_of_many_pages_repeats_its_head() -> None:
    pdf = print_paper(samples.book(120))
    assert page_count(pdf) >= 5
    assert words_of(pdf).count("Tên TTHC") >= page_count(pdf) - 1
    assert "H56.112- 260305-0120" in words_of(pdf) or "H56.112-260305-0120" in words_of(pdf)


def test_times_are_printed_in_vietnam_time() -> None:
    words = words_of(print_paper(samples.receipt(received_at=(NOW + timedelta(hours=1)).astimezone(UTC))))
    assert "Thời gian nhận hồ sơ: 10 giờ 40 phút, ngày 05 tháng 3 năm 2026" in words


def test_draft_of_a_result_says_so() -> None:
    assert "DỰTHẢO" in letters_of(words_of(print_paper(replace(samples.decision(), draft=True))))
    assert "DỰTHẢO" not in letters_of(words_of(print_paper(samples.decision())))


def test_grounds_with_and_without_their_mark_end_alike() -> None:
    decision = replace(samples.decision(), grounds=("Căn cứ Luật A;", "Căn cứ Luật B"), proposal="Theo đề nghị của C.")
    assert "Căn cứ Luật A; Căn cứ Luật B; Theo đề nghị của C. QUYẾT ĐỊNH:" in words_of(print_paper(decision))
