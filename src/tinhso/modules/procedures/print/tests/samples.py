"""A full guide and one of a procedure of which little is known."""

from __future__ import annotations

from datetime import date, datetime

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.procedures.print.shapes import Guide, GuideFee, GuidePaper, LegalBasis

NOW = datetime(2026, 3, 5, 9, 40, tzinfo=VIETNAM)


def full_guide() -> Guide:
    return Guide(
        printed_at=NOW,
        code="1.001193",
        name="Thủ tục đăng ký khai sinh",
        plain_name="Đăng ký khai sinh cho con",
        summary="Bạn nhận Giấy khai sinh bản chính của con. Làm trong 60 ngày kể từ ngày sinh.",
        field_name="Hộ tịch",
        who_may_apply="Cha, mẹ; nếu không được thì ông, bà, người thân thích hoặc người đang nuôi trẻ.",
        competent_agency="Ủy ban nhân dân cấp xã",
        service_level="Dịch vụ công trực tuyến toàn trình",
        channels=("Trực tuyến", "Trực tiếp", "Qua bưu chính"),
        where=("Trung tâm Phục vụ hành chính công xã, phường nơi cư trú của cha hoặc mẹ", "Cổng Dịch vụ công của tỉnh"),
        papers=(
            GuidePaper(
                name="Tờ khai đăng ký khai sinh", originals=1, copies=0, note="điền ngay trên trang khi nộp trực tuyến"
            ),
            GuidePaper(name="Giấy chứng sinh", originals=1, copies=0),
            GuidePaper(
                name="Văn bản ủy quyền được chứng thực",
                originals=1,
                copies=0,
                required=False,
                condition="khi ủy quyền cho người khác làm thay, trừ ông, bà, cha, mẹ, con, vợ, chồng, anh, chị, em ruột",
            ),
            GuidePaper(name="Giấy tờ tùy thân của người nộp", originals=1, copies=None, present_only=True),
        ),
        fees=(
            GuideFee(name="Đăng ký đúng hạn", amount="miễn phí"),
            GuideFee(name="Bản sao trích lục", amount="8.000 đồng/bản"),
            GuideFee(name="Đăng ký quá hạn", amount=None, note="theo nghị quyết của tỉnh"),
        ),
        deadlines=("Trong ngày; nhận sau 15 giờ thì trả vào ngày làm việc tiếp theo",),
        steps=(
            "Chuẩn bị giấy tờ theo bảng trên.",
            "Nộp trực tuyến hoặc tại Trung tâm, nhận mã hồ sơ và giấy hẹn.",
            "Cán bộ kiểm tra; thiếu giấy tờ thì được báo bổ sung một lần.",
            "Ký vào Sổ đăng ký khai sinh và nhận Giấy khai sinh.",
        ),
        results=("Giấy khai sinh (bản chính)",),
        legal_basis=(
            LegalBasis(title="Luật Hộ tịch", number="60/2014/QH13"),
            LegalBasis(title="Nghị định quy định chi tiết một số điều của Luật Hộ tịch", number="123/2015/NĐ-CP"),
        ),
        cautions=("Họ tên con phải bằng tiếng Việt hoặc tiếng dân tộc khác của Việt Nam.",),
        decision="163/QĐ-BTP",
        valid_from=date(2025, 7, 1),
        page_url="https://dichvucong.thanhhoa.example/procedures/1.001193",
    )


def unknown_guide() -> Guide:
    return Guide(
        printed_at=NOW,
        code="2.000635",
        name="Cấp bản sao trích lục hộ tịch",
        field_name=None,
        who_may_apply=None,
        competent_agency=None,
        service_level=None,
        channels=None,
        where=None,
        papers=None,
        fees=None,
        deadlines=None,
        steps=None,
        results=None,
        legal_basis=None,
        conditions=None,
    )
