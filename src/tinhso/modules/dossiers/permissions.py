"""Who may do what with a dossier. Read with `kernel.access.rules`: what is not declared is denied."""

from __future__ import annotations

from typing import Any

from tinhso.kernel.access.api import Actor, ActorKind, Decision, declare
from tinhso.modules.dossiers.models import Draft

ANYBODY: tuple[ActorKind, ...] = ("nobody", "citizen", "officer", "operator")


def _own_draft(actor: Actor, draft: Any) -> Decision:
    """Without an account one writes only drafts without an owner (the session's key is asked in `drafts.find`)."""
    if actor.kind == "nobody" and isinstance(draft, Draft) and (draft.owner_id or draft.written_by_id):
        return Decision(False, "Bản nháp này thuộc một tài khoản. Hãy đăng nhập.")
    return Decision(True)


def declare_all() -> None:
    # Citizens
    # Officers who follow the link of a procedure are told to use the counter.
    declare("dossiers.start", title="Mở trang bắt đầu nộp hồ sơ", kinds=ANYBODY)
    declare(
        "dossiers.draft",
        title="Soạn hồ sơ",
        act="file",
        kinds={"nobody", "citizen"},
        roles={"clerk", "digital_helper"},
        check=_own_draft,
    )
    declare(
        "dossiers.submit",
        title="Nộp hồ sơ",
        act="file",
        kinds={"nobody", "citizen"},
        roles={"clerk", "digital_helper"},
        check=_own_draft,
    )
    declare("dossiers.support", title="Hỗ trợ nộp hồ sơ từ xa", roles={"clerk", "digital_helper"})
    declare("dossiers.support_person", title="Xem, kết thúc việc hỗ trợ mình", kinds={"nobody", "citizen"})
    declare("dossiers.end_support", title="Kết thúc việc hỗ trợ hồ sơ của mình", kinds={"nobody", "citizen"})
    declare("dossiers.own", title="Xem hồ sơ của mình", kinds={"citizen"}, act="follow")
    declare("dossiers.track", title="Tra cứu hồ sơ bằng mã và PIN", kinds=ANYBODY)
    declare("dossiers.verify_result", title="Kiểm tra kết quả bằng mã QR", kinds=ANYBODY)
    # Officers
    desk = {"clerk", "handler", "unit_head", "leader"}
    declare("dossiers.desk", title="Bàn làm việc", roles=desk)
    declare("dossiers.list", title="Danh sách hồ sơ", roles=desk)
    declare("dossiers.view", title="Xem hồ sơ", roles=desk)
    declare("dossiers.work", title="Xử lý bước của hồ sơ", roles=desk)
    declare("dossiers.assign", title="Phân công", roles={"unit_head", "leader"})
    declare("dossiers.counter_intake", title="Tiếp nhận tại quầy", roles={"clerk"})
    declare("dossiers.accept", title="Tiếp nhận hồ sơ", roles={"clerk"})
    declare("dossiers.refuse", title="Từ chối tiếp nhận", roles={"clerk"})
    declare("dossiers.take_fee", title="Thu phí, lệ phí tại quầy", roles={"clerk"})
    # The route of the version says at which step, and so by which of these roles, the result is issued.
    declare("dossiers.issue", title="Phê duyệt và ban hành kết quả", roles={"leader", "unit_head", "handler"})
    declare("dossiers.return", title="Trả kết quả", roles={"clerk"})
    declare("dossiers.renew_pin", title="Cấp lại mã PIN", kinds={"citizen"}, roles={"clerk"})
    # Outside one's reach, in an emergency: for officers who handle dossiers anywhere; read only, for an hour.
    declare("dossiers.break_glass", title="Mở hồ sơ khẩn cấp", roles=desk)
    declare("dossiers.review_emergencies", title="Xem xét việc mở hồ sơ khẩn cấp", roles={"rights_admin"})
    declare("dossiers.hand_over_tasks", title="Bàn giao việc của người rời cơ quan")
    declare("dossiers.digitise", title="Số hóa giấy tờ khi tiếp nhận", roles={"clerk"})
    declare("dossiers.keep_result", title="Đưa kết quả, giấy tờ số hóa vào kho")
    declare("dossiers.statistics", title="Xem số liệu giải quyết hồ sơ", roles={*desk, "statistician"})
    declare("dossiers.follow_payment", title="Theo tình trạng nộp tiền")
    declare("dossiers.money_check", title="Đối chiếu hồ sơ với khoản nộp", roles={"clerk", "accountant"})
    # Of agencies that settle dossiers; a clerk sits in a centre, which settles none.
    declare("dossiers.board", title="Bảng theo dõi quy trình", roles={"handler", "unit_head", "leader"})
    declare("dossiers.delays", title="Nguyên nhân chậm theo bước", roles={"unit_head", "leader"})
    declare("dossiers.explain_delay", title="Ghi nguyên nhân chậm", roles={"unit_head", "leader"})
    # An instruction asks and is answered; it gives nobody the right to decide.
    declare("dossiers.instruct", title="Chỉ đạo xử lý hồ sơ", roles={"leader"})
    declare("dossiers.answer_instruction", title="Trả lời chỉ đạo", roles={"handler", "unit_head", "leader"})
    declare("dossiers.instructions", title="Xem chỉ đạo", roles={"handler", "unit_head", "leader"})
    declare("dossiers.watch", title="Nhắc hạn", kinds={"operator"}, roles={"leader"})
    declare("dossiers.set_watch", title="Đặt ngưỡng nhắc hạn", roles={"leader"})
    declare("dossiers.operate_watch", title="Vận hành việc nhắc hạn", kinds={"operator"})
    declare("dossiers.run_watch", title="Chạy việc nhắc hạn")
    declare("dossiers.rate", title="Đánh giá việc giải quyết hồ sơ", kinds={"nobody", "citizen"}, act="file")
    declare("dossiers.enter_rating", title="Nhập phiếu đánh giá trên giấy", roles={"clerk"})
    declare("dossiers.ratings", title="Xem mức độ hài lòng", roles={*desk, "statistician"})
    # Whoever knocks proves itself by its signature; what it may do then is its account's dated grant.
    declare("dossiers.portal_door", title="Cửa nhận hồ sơ của Cổng quốc gia (có chữ ký)", kinds={"nobody", "service"})
    declare("dossiers.receive_from_portal", title="Gửi hồ sơ từ Cổng quốc gia", roles={"national_portal"})
    declare("dossiers.sync_portal", title="Ghi trạng thái đồng bộ với Cổng quốc gia")
    declare("dossiers.make_portal_account", title="Lập tài khoản kết nối của Cổng quốc gia")
    declare("dossiers.sweep", title="Xóa bản nháp bỏ quên")
    _declare_actions()


def _declare_actions() -> None:
    """What is done beside the route. The person's own actions ask for code and PIN where there is no account
    (services.person); a clerk may help."""
    declare(
        "dossiers.answer_supplement", title="Bổ sung hồ sơ", kinds={"nobody", "citizen"}, roles={"clerk"}, act="file"
    )
    declare("dossiers.choose_delivery", title="Chọn cách nhận kết quả", kinds={"nobody", "citizen"}, roles={"clerk"})
    declare("dossiers.withdraw", title="Rút hồ sơ", kinds={"nobody", "citizen"}, roles={"clerk"}, act="file")
    working = {"clerk", "handler", "unit_head", "leader"}
    declare("dossiers.actions", title="Các thao tác khác trên hồ sơ", roles=working)
    declare("dossiers.request_supplement", title="Yêu cầu bổ sung hồ sơ", roles=working)
    declare("dossiers.request_payment", title="Yêu cầu nộp phí, lệ phí", roles=working)
    declare("dossiers.apologise", title="Xin lỗi và hẹn lại ngày trả", roles={"leader"})
    declare("dossiers.stop", title="Dừng giải quyết hồ sơ", roles={"clerk", "unit_head", "leader"})
    declare("dossiers.transfer", title="Chuyển việc cho đơn vị khác", roles={"handler", "unit_head", "leader"})
    declare("dossiers.confirm_hand_over", title="Nhận bàn giao từ cơ quan khác", roles=working)
    declare("dossiers.add_part_result", title="Thêm kết quả của phần việc", roles={"handler", "unit_head", "leader"})
    declare("dossiers.take_over", title="Nhận việc thay người vắng mặt", roles={"unit_head", "leader"})
    declare("dossiers.close_opinion", title="Kết thúc chờ ý kiến", roles={"handler", "unit_head", "leader"})
    # Only in the role in which the wrong result was issued, see services.correcting.
    declare(
        "dossiers.correct_result",
        title="Thay thế kết quả sai",
        roles={"leader", "unit_head", "handler"},
        step_up=True,
    )
    declare("dossiers.book", title="Sổ theo dõi hồ sơ", roles={"clerk", "unit_head", "leader"})
