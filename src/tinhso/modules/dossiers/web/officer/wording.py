"""The trail's actions and facts in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinhso.kernel.audit.api import AuditEntry
from tinhso.modules.dossiers.rules import Channel, DeliveryState, MoneyState, State

ACTION_TITLES = {
    "dossiers.instruct": "Giao chỉ đạo",
    "dossiers.answer_instruction": "Trả lời chỉ đạo",
    "dossiers.withdraw_instruction": "Thu hồi chỉ đạo",
    "dossiers.pass_instruction": "Chuyển chỉ đạo cho người tiếp nhận việc",
    "dossiers.submit": "Nộp hồ sơ",
    "dossiers.accept": "Tiếp nhận",
    "dossiers.refuse": "Từ chối tiếp nhận",
    "dossiers.claim": "Nhận việc",
    "dossiers.assign": "Phân công",
    "dossiers.act": "Xử lý bước",
    "dossiers.opinion": "Cho ý kiến",
    "dossiers.issue": "Phê duyệt, ban hành kết quả",
    "dossiers.return": "Trả kết quả",
    "dossiers.take_fee": "Thu phí, lệ phí",
    "dossiers.renew_pin": "Cấp lại mã PIN",
    "dossiers.view": "Xem hồ sơ",
    "payments.look": "Xem khoản phí, lệ phí hoặc biên lai",
    "post.look": "Xem bưu gửi",
    "dossiers.print_slip": "In phiếu có mã PIN",
    "dossiers.print_01": "In giấy tiếp nhận (mẫu 01)",
    "dossiers.print_03": "In phiếu từ chối (mẫu 03)",
    "dossiers.print_result": "In kết quả",
    "dossiers.print_02": "In phiếu yêu cầu bổ sung (mẫu 02)",
    "dossiers.print_04": "In văn bản xin lỗi (mẫu 04)",
    "dossiers.print_05": "In thông báo dừng (mẫu 05)",
    "dossiers.print_06": "In phiếu kiểm soát (mẫu 06)",
    "dossiers.request_supplement": "Yêu cầu bổ sung",
    "dossiers.answer_supplement": "Bổ sung hồ sơ",
    "dossiers.request_payment": "Yêu cầu nộp phí, lệ phí",
    "dossiers.resume_after_payment": "Xử lý tiếp sau khi nộp tiền",
    "dossiers.apologise": "Xin lỗi và hẹn lại",
    "dossiers.stop": "Dừng giải quyết",
    "dossiers.withdraw": "Người nộp rút hồ sơ",
    "dossiers.transfer": "Chuyển đơn vị, cơ quan khác",
    "dossiers.send_back": "Trả lại bước trước",
    "dossiers.take_over": "Làm thay người vắng mặt",
    "dossiers.ask_opinions": "Lấy ý kiến",
    "dossiers.close_opinion": "Kết thúc chờ ý kiến",
    "dossiers.correct_result": "Thay thế kết quả",
    "dossiers.break_glass": "Mở khẩn cấp",
    "dossiers.review_emergency": "Xem xét lượt mở khẩn cấp",
    "dossiers.hand_over_tasks": "Bàn giao khi rời cơ quan",
    "dossiers.inherit": "Chuyển sang cơ quan kế thừa",
}
FACT_TITLES = {
    "code": "mã", "state": "trạng thái", "channel": "kênh", "due_at": "hẹn trả", "task": "bước", "action": "thao tác",
    "amount": "số tiền", "money_state": "phí", "delivery_state": "trả kết quả", "number": "số", "holder_id": "người giữ",
    "agency": "cơ quan giải quyết", "office": "nơi tiếp nhận",
}  # fmt: skip


def facts_of(entry: AuditEntry) -> str:
    """ "trạng thái: Mới đăng ký → Được tiếp nhận; hẹn trả: …": what the line says changed."""
    before, after = entry.before or {}, entry.after or {}
    parts = []
    for key, value in after.items():
        if key not in FACT_TITLES or value is None or key == "holder_id":
            continue
        old = before.get(key)
        shown = _shown(key, value)
        parts.append(
            f"{FACT_TITLES[key]}: {_shown(key, old)} → {shown}" if old is not None else f"{FACT_TITLES[key]}: {shown}"
        )
    return "; ".join(parts)


def _shown(key: str, value: Any) -> str:
    try:
        if key == "state":
            return State(value).title
        if key == "due_at":
            text = str(value)
            return f"{text[8:10]}/{text[5:7]}/{text[:4]}"
        words: Mapping[str, Any] = {"channel": Channel, "money_state": MoneyState, "delivery_state": DeliveryState}
        if key in words:
            return str(words[key](value).title)
    except ValueError:
        pass
    return str(value)
