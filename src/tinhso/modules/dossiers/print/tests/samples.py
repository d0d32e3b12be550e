"""Made-up dossiers of a commune, one ordinary sample of every paper. No real person."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.pdf import Paper
from tinhso.modules.dossiers.print.shapes import (
    Acknowledgement,
    Apology,
    Article,
    BookEntry,
    ControlSheet,
    FollowUpBook,
    HandOver,
    Issuer,
    PartLine,
    Party,
    Receipt,
    ReceivedPaper,
    Refusal,
    ResultCertificate,
    ResultDecision,
    ResultNotice,
    Signer,
    StopNotice,
    SupplementRequest,
    Value,
    ValueGroup,
)

CODE = "H56.112-260305-0007"
TRACKING_URL = "https://dichvucong.thanhhoa.example/dossiers/track?code=" + CODE
NOW = datetime(2026, 3, 5, 9, 40, tzinfo=VIETNAM)

CENTRE = Issuer(
    parent_name="Ủy ban nhân dân xã Hoằng Hóa",
    name="Trung tâm Phục vụ hành chính công xã Hoằng Hóa",
    place="Hoằng Hóa",
    address="Khu phố Vinh Sơn, xã Hoằng Hóa, tỉnh Thanh Hóa",
    phone="0237 3865 001",
)
COMMITTEE = Issuer(name="Ủy ban nhân dân xã Hoằng Hóa", place="Hoằng Hóa", sign="UBND")
APPLICANT = Party(
    full_name="Nguyễn Thị Hương Giang",
    identity_number="038190001234",
    address="Thôn Phúc Tiên, xã Hoằng Hóa, tỉnh Thanh Hóa",
    phone="0912 345 678",
    email="huonggiang@example.vn",
)
REPRESENTED = Party(
    full_name="Lê Văn Quý",
    identity_number="038088005678",
    address="Thôn Phúc Tiên, xã Hoằng Hóa, tỉnh Thanh Hóa",
    phone="0987 654 321",
)
DEPUTY = Signer(authority=("TM. Ủy ban nhân dân", "KT. Chủ tịch"), title="Phó Chủ tịch", full_name="Trịnh Thị Mỹ Duyên")
SUBJECT = "Đăng ký khai sinh (mã thủ tục 1.001193)"


def receipt(**changes: object) -> Receipt:
    content: dict[str, object] = {
        "printed_at": NOW,
        "issuer": CENTRE,
        "issued_at": NOW,
        "dossier_code": CODE,
        "number": "07",
        "applicant": APPLICANT,
        "subject": SUBJECT,
        "papers": (
            ReceivedPaper(name="Tờ khai đăng ký khai sinh", originals=1),
            ReceivedPaper(name="Giấy chứng sinh", originals=1, digitised=True),
            ReceivedPaper(name="Giấy chứng nhận kết hôn của cha, mẹ", copies=1, digitised=True),
            ReceivedPaper(
                name="Văn bản ủy quyền (được chứng thực) trong trường hợp ủy quyền thực hiện việc đăng ký khai sinh",
                certified_copies=1,
            ),
        ),
        "processing_time": "01 ngày làm việc",
        "received_at": NOW,
        "due_at": NOW + timedelta(days=1),
        "result_place": CENTRE.name,
        "receiver_name": "Hoàng Thị Mai",
        "tracking_url": TRACKING_URL,
    }
    return Receipt(**(content | changes))  # type: ignore[arg-type]


def receipt_across_agencies() -> Receipt:
    return receipt(
        represented=REPRESENTED,
        authority_paper="Văn bản ủy quyền số 12/2026, chứng thực ngày 02/3/2026",
        subject="Liên thông đăng ký khai sinh, đăng ký thường trú, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi",
        processing_time="04 ngày làm việc",
        due_at=NOW + timedelta(days=6),
        own_agency_name="Ủy ban nhân dân xã Hoằng Hóa",
        own_agency_due_at=NOW + timedelta(days=1),
        book_volume="02",
        book_ordinal="0007",
        electronic=True,
    )


LONG_NAME = "Công ty cổ phần Đầu tư xây dựng, thương mại và dịch vụ tổng hợp Hoàng Nguyễn Phương Thảo"


def receipt_crowded() -> Receipt:
    """Four agencies, nine papers with long names, somebody represented: more than a page holds."""
    company = Party(
        full_name=LONG_NAME,
        identity_number="2801234567",
        address="Số 128/45/12, đường Nguyễn Thị Minh Khai kéo dài, khu phố Vinh Sơn, xã Hoằng Hóa, tỉnh Thanh Hóa",
        phone="0912 345 678",
        email="vanphong.hoangnguyen@dautuxaydung.example.vn",
    )
    return receipt(
        applicant=company,
        represented=REPRESENTED,
        authority_paper="Hợp đồng ủy quyền số 1234/2026, Văn phòng công chứng Lê Lợi chứng nhận ngày 02/3/2026",
        subject="Liên thông đăng ký khai sinh, đăng ký thường trú, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi",
        papers=tuple(
            ReceivedPaper(
                name=f"Giấy tờ thứ {position}: bản vẽ hoàn công, có xác nhận của đơn vị giám sát", originals=1
            )
            for position in range(1, 17)
        ),
        due_at=NOW + timedelta(days=9),
        own_agency_name="Ủy ban nhân dân xã Hoằng Hóa",
        own_agency_due_at=NOW + timedelta(days=1),
        parts=tuple(
            PartLine(agency_name=name, time=time, due_at=due_at)
            for name, time, due_at in (
                ("Ủy ban nhân dân xã Hoằng Hóa", "08 giờ làm việc", NOW + timedelta(days=1)),
                ("Công an xã Hoằng Hóa", "03 ngày làm việc", NOW + timedelta(days=5)),
                ("Bảo hiểm xã hội cơ sở Hoằng Hóa", "02 ngày làm việc", None),
                ("Ủy ban nhân dân xã Hoằng Hóa", "04 giờ làm việc", None),
            )
        ),
    )


def receipt_of_forty_papers() -> Receipt:
    return receipt(
        papers=tuple(
            ReceivedPaper(
                name=f"Giấy tờ thứ {position}: bản vẽ hoàn công hạng mục công trình phụ trợ số {position}, có xác nhận của đơn vị tư vấn giám sát",
                originals=position % 2,
                copies=1 - position % 2,
                digitised=position % 3 == 0,
            )
            for position in range(1, 41)
        )
    )


def supplement() -> SupplementRequest:
    return SupplementRequest(
        printed_at=NOW,
        issuer=CENTRE,
        issued_at=NOW,
        dossier_code=CODE,
        number="03",
        applicant=APPLICANT,
        subject=SUBJECT,
        items=(
            "Nộp Giấy chứng sinh bản chính: ảnh gửi kèm bị mờ, không đọc được số và ngày cấp.",
            "Ghi lại nơi sinh trong Tờ khai theo Giấy chứng sinh: tên cơ sở y tế, xã, tỉnh.",
        ),
        reason="Thông tin nơi sinh trong Tờ khai chưa khớp với Giấy chứng sinh (khoản 1 Điều 16 Luật Hộ tịch).",
        contact_name="bà Hoàng Thị Mai",
        contact_phone="0237 3865 001",
        guide_name="Hoàng Thị Mai",
    )


def refusal() -> Refusal:
    return Refusal(
        printed_at=NOW,
        issuer=CENTRE,
        issued_at=NOW,
        dossier_code=CODE,
        number="01",
        applicant=APPLICANT,
        subject=SUBJECT,
        reason="Việc đăng ký khai sinh cho trẻ em có yếu tố nước ngoài không thuộc hồ sơ đã nộp: Tờ khai và Giấy chứng sinh "
        "mang tên hai trẻ khác nhau.\nĐề nghị Ông/Bà nộp hồ sơ riêng cho từng trẻ.",
        receiver_name="Hoàng Thị Mai",
    )


def apology() -> Apology:
    return Apology(
        printed_at=NOW,
        issuer=CENTRE,
        issued_at=NOW + timedelta(days=5),
        dossier_code=CODE,
        number="02",
        applicant=APPLICANT,
        agency_name="Ủy ban nhân dân xã Hoằng Hóa",
        procedure_name="Xác nhận tình trạng hôn nhân",
        received_at=NOW,
        due_at=NOW + timedelta(days=4),
        reason="Phải xác minh tình trạng hôn nhân tại nơi thường trú trước đây; đến nay chưa nhận được văn bản trả lời.",
        new_due_at=NOW + timedelta(days=12),
        head_title="Chủ tịch",
        head_name="Lê Thanh Hải",
    )


def stop_notice() -> StopNotice:
    return StopNotice(
        printed_at=NOW,
        issuer=CENTRE,
        issued_at=NOW,
        dossier_code=CODE,
        number="01",
        applicant=APPLICANT,
        subject="Đăng ký thành lập hộ kinh doanh",
        received_at=NOW - timedelta(days=1),
        requested_at=NOW,
        channel="trực tiếp",
        reason="Chưa thuê được địa điểm kinh doanh.",
        stopped_at=NOW,
        papers_returned=("Giấy đề nghị đăng ký thành lập hộ kinh doanh (01 bản chính)",),
        contact_name="bà Hoàng Thị Mai",
        contact_phone="0237 3865 001",
        signer_title="Giám đốc",
        signer_name="Phạm Quốc Toản",
    )


def control_sheet(count: int = 5) -> ControlSheet:
    centre, office, leaders = "Bộ phận TN&TKQ", "Văn phòng HĐND và UBND", "Lãnh đạo UBND xã"
    legs = (
        (centre, office, "Hoàng Thị Mai", "Đỗ Văn Khải", "", ""),
        (office, "Công an xã", "Đỗ Văn Khải", "Vũ Đức Long", "trước hạn", "Lấy ý kiến về nơi cư trú"),
        ("Công an xã", office, "Vũ Đức Long", "Đỗ Văn Khải", "đúng hạn", ""),
        (office, leaders, "Đỗ Văn Khải", "Lê Thanh Hải", "trước hạn", ""),
        (leaders, centre, "Lê Thanh Hải", "Hoàng Thị Mai", "đúng hạn", "Đã ký, đóng dấu"),
    )
    return ControlSheet(
        printed_at=NOW,
        issuer=CENTRE,
        issued_at=NOW,
        dossier_code=CODE,
        number="07",
        agency_name="Ủy ban nhân dân xã Hoằng Hóa",
        partner_agencies=("Công an xã Hoằng Hóa",),
        received_at=NOW,
        due_at=NOW + timedelta(days=1),
        hand_overs=tuple(
            HandOver(
                from_unit=leg[0],
                to_unit=leg[1],
                from_name=leg[2],
                to_name=leg[3],
                at=NOW + timedelta(hours=position),
                outcome=leg[4],
                note=leg[5],
            )
            for position, leg in ((position, legs[position % len(legs)]) for position in range(count))
        ),
    )


def book(count: int = 9) -> FollowUpBook:
    names = ("Nguyễn Thị Hương Giang", "Lê Văn Quý", "Trần Đình Phước", "Hộ kinh doanh Bà Sáu", "Đặng Thị Ngọc Ánh")
    return FollowUpBook(
        printed_at=NOW,
        issuer=CENTRE,
        issued_at=NOW,
        field_name="Hộ tịch",
        number="01",
        from_date=date(2026, 3, 1),
        to_date=date(2026, 3, 5),
        entries=tuple(
            BookEntry(
                ordinal=position,
                dossier_code=f"H56.112-260305-{position:04}",
                procedure_name=("Đăng ký khai sinh", "Xác nhận tình trạng hôn nhân")[position % 2],
                applicant_name=names[position % len(names)],
                contact="Thôn Phúc Tiên, xã Hoằng Hóa; 0912 345 678",
                agency_name="UBND xã Hoằng Hóa",
                received_at=NOW + timedelta(minutes=7 * position),
                due_at=NOW + timedelta(days=1, minutes=7 * position),
                returned_at=NOW + timedelta(hours=6) if position % 3 else None,
                return_method="Trực tiếp" if position % 3 else "Bưu chính",
            )
            for position in range(1, count + 1)
        ),
    )


def acknowledgement() -> Acknowledgement:
    return Acknowledgement(
        printed_at=NOW,
        issuer=CENTRE,
        dossier_code=CODE,
        pin="480 213",
        procedure_name="Đăng ký khai sinh",
        applicant_name=APPLICANT.full_name,
        sent_at=NOW,
        tracking_url=TRACKING_URL,
        papers=("Tờ khai đăng ký khai sinh", "Giấy chứng sinh (ảnh chụp, 2 trang)"),
        fee="Miễn phí",
        next_steps=(
            "Cán bộ kiểm tra hồ sơ trong giờ làm việc và gửi Giấy tiếp nhận hồ sơ và hẹn trả kết quả.",
            "Nếu thiếu giấy tờ, bạn nhận được phiếu yêu cầu bổ sung, nêu rõ cần nộp gì.",
            "Khi có kết quả, mang Giấy chứng sinh bản chính đến Trung tâm để đối chiếu và nhận Giấy khai sinh.",
        ),
    )


def certificate() -> ResultCertificate:
    return ResultCertificate(
        printed_at=NOW,
        issuer=COMMITTEE,
        number="38/2026/TLKS",
        issued_at=NOW,
        title="Trích lục khai sinh",
        legal_basis=("Luật Hộ tịch số 60/2014/QH13", "Nghị định số 123/2015/NĐ-CP"),
        opening="Ủy ban nhân dân xã Hoằng Hóa trích lục từ Sổ đăng ký khai sinh như sau:",
        groups=(
            ValueGroup(
                title="Người được khai sinh",
                values=(
                    Value(label="Họ, chữ đệm, tên", text="LÊ NGUYỄN BẢO ĐĂNG"),
                    Value(
                        label="Ngày, tháng, năm sinh",
                        text="28/02/2026 (hai mươi tám tháng hai năm hai nghìn không trăm hai mươi sáu)",
                    ),
                    Value(label="Giới tính", text="Nam"),
                    Value(label="Dân tộc", text="Kinh"),
                    Value(label="Quốc tịch", text="Việt Nam"),
                    Value(label="Nơi sinh", text="Bệnh viện Đa khoa Hoằng Hóa, xã Hoằng Hóa, tỉnh Thanh Hóa"),
                    Value(label="Số định danh cá nhân", text="038226009876"),
                ),
            ),
            ValueGroup(
                title="Cha, mẹ",
                values=(
                    Value(label="Họ, chữ đệm, tên người mẹ", text="NGUYỄN THỊ HƯƠNG GIANG"),
                    Value(label="Năm sinh của mẹ", text="1990"),
                    Value(label="Họ, chữ đệm, tên người cha", text="LÊ VĂN QUÝ"),
                    Value(label="Năm sinh của cha", text="1988"),
                ),
            ),
            ValueGroup(
                title="Đăng ký",
                values=(
                    Value(label="Nơi đăng ký", text="Ủy ban nhân dân xã Hoằng Hóa, tỉnh Thanh Hóa"),
                    Value(label="Ngày đăng ký", text="05/3/2026"),
                ),
            ),
        ),
        signer=DEPUTY,
        verification_url="https://dichvucong.thanhhoa.example/dossiers/verify",
        verification_code="7K4M-92QX-TD5H",
        dossier_code=CODE,
    )


def decision() -> ResultDecision:
    return ResultDecision(
        printed_at=NOW,
        issuer=COMMITTEE,
        number="112/QĐ-UBND",
        issued_at=NOW,
        title="Về việc trợ cấp xã hội hằng tháng đối với người cao tuổi",
        authority="Chủ tịch Ủy ban nhân dân xã Hoằng Hóa",
        grounds=(
            "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15",
            "Căn cứ Nghị định số 20/2021/NĐ-CP của Chính phủ quy định chính sách trợ giúp xã hội đối với đối tượng bảo trợ xã hội",
            "Căn cứ Nghị định số 76/2024/NĐ-CP của Chính phủ sửa đổi, bổ sung một số điều của Nghị định số 20/2021/NĐ-CP",
        ),
        proposal="Theo đề nghị của Trưởng phòng Văn hóa - Xã hội",
        articles=(
            Article(
                text="Trợ cấp xã hội hằng tháng từ tháng 3 năm 2026 đối với:",
                values=(
                    Value(label="Ông (Bà)", text="Lê Thị Nhàn"),
                    Value(label="Sinh ngày", text="12/01/1945"),
                    Value(label="Nơi cư trú", text="Thôn Phúc Tiên, xã Hoằng Hóa, tỉnh Thanh Hóa"),
                    Value(label="Mức trợ cấp", text="500.000 đồng/tháng"),
                ),
            ),
            Article(text="Kinh phí chi trả lấy từ ngân sách bảo đảm xã hội theo phân cấp hiện hành."),
            Article(
                text="Văn phòng Hội đồng nhân dân và Ủy ban nhân dân, Phòng Văn hóa - Xã hội, các tổ chức liên quan và ông (bà) "
                "có tên tại Điều 1 chịu trách nhiệm thi hành Quyết định này./."
            ),
        ),
        signer=Signer(title="Chủ tịch", full_name="Lê Thanh Hải"),
        verification_url="https://dichvucong.thanhhoa.example/dossiers/verify",
        verification_code="P8WD-3JNR-6YCA",
        dossier_code=CODE,
    )


def notice() -> ResultNotice:
    return ResultNotice(
        printed_at=NOW,
        issuer=COMMITTEE,
        number="45/TB-UBND",
        issued_at=NOW,
        title="Về việc đủ điều kiện khởi công nhà ở riêng lẻ",
        addressee="ông Trần Đình Phước",
        paragraphs=(
            "Ủy ban nhân dân xã Hoằng Hóa đã nhận thông báo khởi công xây dựng nhà ở riêng lẻ của ông Trần Đình Phước với nội dung:",
            "Qua kiểm tra, hồ sơ đủ điều kiện khởi công theo quy định. Đề nghị ông thực hiện đúng giấy phép xây dựng đã cấp và "
            "báo cáo khi có thay đổi.",
            "Ủy ban nhân dân xã thông báo để ông biết và thực hiện./.",
        ),
        values=(
            Value(label="Địa điểm", text="Thửa đất số 112, tờ bản đồ số 8, thôn Đông Khê, xã Hoằng Hóa"),
            Value(label="Ngày khởi công", text="10/3/2026"),
        ),
        signer=DEPUTY,
        verification_url="https://dichvucong.thanhhoa.example/dossiers/verify",
        verification_code="2HVG-X5BT-9EKM",
        dossier_code=CODE,
    )


ORDINARY: dict[str, Paper] = {
    "form_01": receipt(),
    "form_01_across": receipt_across_agencies(),
    "form_02": supplement(),
    "form_03": refusal(),
    "form_04": apology(),
    "form_05": stop_notice(),
    "form_06": control_sheet(),
    "form_07": book(),
    "acknowledgement": acknowledgement(),
    "certificate": certificate(),
    "decision": decision(),
    "notice": notice(),
}
