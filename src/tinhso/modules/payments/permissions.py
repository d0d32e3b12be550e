"""Who may do what with money. Who asks for a refund never approves it; who counts the till never approves either."""

from __future__ import annotations

from tinhso.kernel.access.api import ActorKind, declare, declare_apart, declare_role

ANYBODY: tuple[ActorKind, ...] = ("nobody", "citizen", "officer", "operator")


def declare_all() -> None:
    declare_role("cashier", title="Cán bộ thu phí, lệ phí")
    declare_role("accountant", title="Kế toán")
    declare_role("payment_approver", title="Người duyệt hoàn trả, đối soát")
    declare_apart("payment_approver", {"cashier", "accountant"})
    declare("payments.pay", title="Nộp phí, lệ phí trực tuyến", kinds={"nobody", "citizen"}, act="file")
    declare("payments.come_back", title="Trang trở về từ cổng thanh toán", kinds=ANYBODY)
    # The caller proves itself by its signature, not by an account.
    declare("payments.callback", title="Nhận báo có của cổng thanh toán", kinds=ANYBODY)
    till = {"clerk", "cashier"}
    declare("payments.take", title="Thu phí, lệ phí tại quầy", roles=till)
    declare("payments.exempt", title="Ghi nhận miễn phí, lệ phí có căn cứ", roles=till)
    declare("payments.view_receipt", title="Xem biên lai", roles={*till, "accountant", "payment_approver"})
    declare("payments.day_book", title="Sổ thu ngày", roles={*till, "accountant", "payment_approver"})
    declare("payments.see_refunds", title="Xem việc hoàn trả", roles={*till, "accountant", "payment_approver"})
    declare("payments.ask_refund", title="Đề nghị hoàn trả", roles={*till, "accountant"})
    declare("payments.approve_refund", title="Duyệt hoàn trả", roles={"payment_approver"})
    declare("payments.do_refund", title="Ghi nhận đã hoàn trả", roles={"cashier", "accountant"})
    declare("payments.reconcile", title="Đối soát với cổng thanh toán", roles={"accountant", "payment_approver"})
    declare("payments.settle_difference", title="Đóng chênh lệch đối soát", roles={"payment_approver"})
    declare("payments.providers", title="Tình trạng cổng thanh toán", kinds={"operator"}, roles={"accountant"})
    # For the system only.
    declare(
        "payments.charge",
        title="Lập khoản phải nộp theo thủ tục",
        kinds={"nobody", "citizen"},
        roles={"clerk", "handler", "unit_head", "leader", "national_portal", "digital_helper"},
    )
    declare("payments.note_portal", title="Ghi nhận tiền nộp trên Cổng quốc gia", roles={"national_portal"})
    declare("payments.ask_provider", title="Hỏi cổng thanh toán")
