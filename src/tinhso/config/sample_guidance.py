"""Answers to officers' questions in the demo: written by one person, approved by another, each from a text that is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import User, actor_of
from tinhso.modules.procedures import api as procedures

WRITER, APPROVER = "soandanhmuc", "duyetdanhmuc"


@dataclass(frozen=True)
class Note:
    """`code`: of one procedure; "" of none."""

    question: str
    answer: str
    source: str
    code: str = ""


NOTES: tuple[Note, ...] = (
    Note(
        "Giấy tờ nào không phải số hóa khi tiếp nhận hồ sơ?",
        "Bốn loại:\n"
        "a) hồ sơ nộp trên môi trường điện tử;\n"
        "b) giấy tờ chỉ yêu cầu xuất trình khi nộp hồ sơ;\n"
        "c) kết quả thẩm tra, xác minh, trả lời ý kiến của cơ quan tham gia giải quyết, trừ khi pháp luật chuyên ngành "
        "quy định khác;\n"
        "d) giấy tờ, tài liệu mật.\n"
        "Giấy tờ khác nộp bản giấy thì số hóa.",
        "Khoản 2 Điều 5 Thông tư 03/2025/TT-VPCP",
    ),
    Note(
        "Người dân xin dừng, rút hồ sơ đã nộp tại quầy hoặc qua bưu chính thì làm gì?",
        "Ngay khi nhận yêu cầu, bộ phận một cửa nơi tiếp nhận kiểm tra hồ sơ đang ở đâu. Chưa có quyết định giải quyết hoặc "
        "văn bản thông báo kết quả thì lập Thông báo dừng giải quyết hồ sơ (mẫu 05). Hồ sơ nộp trực tuyến thì Cổng Dịch vụ "
        "công quốc gia thông báo theo cùng mẫu.",
        "Điều 7 Thông tư 03/2025/TT-VPCP; Điều 21 Nghị định 118/2025/NĐ-CP",
    ),
    Note(
        "Mẫu 01 đến mẫu 07 là những mẫu nào? Mẫu nào đã đổi số?",
        "01 Giấy tiếp nhận hồ sơ và hẹn trả kết quả; 02 Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ; 03 Phiếu từ chối tiếp nhận "
        "giải quyết hồ sơ; 04 Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết; 05 Thông báo dừng giải quyết hồ sơ; "
        "06 Phiếu kiểm soát quá trình giải quyết hồ sơ; 07 Sổ theo dõi hồ sơ.\n"
        "So với Thông tư 01/2018/TT-VPCP: mẫu 05 mới có; phiếu kiểm soát trước là mẫu 05. Biên lai thu phí, lệ phí không "
        "thuộc các mẫu này.",
        "Phụ lục I Thông tư 03/2025/TT-VPCP",
    ),
    Note(
        "Đã theo dõi hồ sơ trên hệ thống thì có phải in sổ theo dõi (mẫu 07) không?",
        "Không. Theo dõi trực tiếp trên hệ thống thì không cần in sổ giấy, nhưng phải đủ thông tin. Sổ lập theo từng lĩnh vực "
        "hoặc nhóm lĩnh vực.",
        "Ghi chú của mẫu 07, Phụ lục I Thông tư 03/2025/TT-VPCP (đọc theo bản in kèm Quyết định 3621/QĐ-BYT ngày 24/11/2025)",
    ),
    Note(
        "Yêu cầu bổ sung hồ sơ nhiều lần có bị tính quá hạn không?",
        "Bộ chỉ số phục vụ người dân, doanh nghiệp tính hồ sơ có hơn một lần yêu cầu bổ sung là quá hạn; thời gian chờ bổ "
        "sung được trừ. Vì vậy ghi đủ mọi nội dung còn thiếu ngay trong một phiếu (mẫu 02). Cách tính này chỉ để chấm điểm, "
        "không làm đổi ngày hẹn trả của hồ sơ.",
        "Bộ chỉ số ban hành kèm Quyết định 766/QĐ-TTg năm 2022, chỉ số thành phần 2.1",
    ),
    Note(
        "Không có Giấy chứng sinh thì đăng ký khai sinh bằng giấy tờ gì?",
        "Văn bản của người làm chứng xác nhận về việc sinh; không có người làm chứng thì giấy cam đoan về việc sinh. Trẻ bị bỏ "
        "rơi: biên bản của cơ quan có thẩm quyền. Trẻ sinh do mang thai hộ: văn bản xác nhận của cơ sở y tế đã thực hiện kỹ "
        "thuật. Đã nộp bản điện tử, hoặc đã khai thác được dữ liệu có ký số của Giấy chứng sinh, thì không đòi bản giấy.",
        "Danh mục thủ tục hành chính quốc gia, thủ tục 1.001193, phần thành phần hồ sơ",
        "1.001193",
    ),
    Note(
        "Ai được ủy quyền đăng ký khai sinh mà không cần chứng thực văn bản ủy quyền?",
        "Ông, bà, cha, mẹ, con, vợ, chồng, anh, chị, em ruột của người ủy quyền: vẫn có văn bản ủy quyền, nhưng không phải "
        "chứng thực. Người khác: văn bản ủy quyền phải chứng thực.",
        "Danh mục thủ tục hành chính quốc gia, thủ tục 1.001193, phần thành phần hồ sơ",
        "1.001193",
    ),
    Note(
        "Giấy tờ tùy thân chỉ xuất trình thì có được đòi bản sao, bản chụp để lưu không?",
        "Không. Người tiếp nhận kiểm tra, đối chiếu với tờ khai, chụp lại hoặc ghi lại thông tin để lưu trong hồ sơ rồi trả "
        "lại cho người xuất trình; không đòi nộp bản sao hoặc bản chụp. Cũng không đòi thêm giấy tờ mà pháp luật hộ tịch "
        "không quy định.",
        "Danh mục thủ tục hành chính quốc gia, thủ tục 2.000635, phần thành phần hồ sơ, mục lưu ý",
        "2.000635",
    ),
    Note(
        "Bản chính nào không được dùng để chứng thực bản sao?",
        "Bản chính bị tẩy xóa, sửa chữa, thêm, bớt không hợp lệ; hư hỏng, cũ nát, không xác định được nội dung; đóng dấu mật "
        "hoặc ghi rõ không được sao chụp; có nội dung trái pháp luật, đạo đức xã hội; do nước ngoài cấp mà chưa hợp pháp hóa "
        "lãnh sự (trừ hộ chiếu, thẻ căn cước, thẻ thường trú, thẻ cư trú, giấy phép lái xe, bằng tốt nghiệp, chứng chỉ và "
        "bảng điểm kèm theo); giấy tờ cá nhân tự lập không có xác nhận, đóng dấu của cơ quan có thẩm quyền.",
        "Danh mục thủ tục hành chính quốc gia, thủ tục 2.000815, phần yêu cầu, điều kiện; khoản 1 Điều 20 Nghị định "
        "23/2015/NĐ-CP",
        "2.000815",
    ),
)


def write(*, now: datetime) -> str:
    """Propose and approve them once. Returns a line of counts."""
    if procedures.any_guidance():
        return "đã có sẵn"
    writer, approver = (actor_of(User.objects.get(username=one), on=now.date()) for one in (WRITER, APPROVER))
    for note in NOTES:
        number = procedures.propose_guidance(
            procedure_code=note.code,
            question=note.question,
            answer=note.answer,
            source=note.source,
            replaces_id=None,
            actor=writer,
            now=now,
        )
        procedures.approve_guidance(guidance_id=number, valid_from=None, actor=approver, now=now)
    return f"{len(NOTES)} câu trả lời có nguồn"
