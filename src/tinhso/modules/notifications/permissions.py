"""Who may do what with notices. Read with `kernel.access.rules`: what is not declared is denied."""

from __future__ import annotations

from tinhso.kernel.access.api import ActorKind, declare


def declare_all() -> None:
    people: tuple[ActorKind, ...] = ("citizen", "officer", "operator")
    # Only the system tells people things; no permission of a person reaches it.
    declare("notifications.notify", title="Gửi thông báo")
    declare("notifications.send", title="Chuyển thông báo ra ngoài")
    declare("notifications.inbox", title="Xem thông báo của mình", kinds=people)
    declare("notifications.choose", title="Chọn cách nhận thông báo", kinds=people)
    declare("notifications.operate", title="Vận hành việc gửi thông báo", kinds={"operator"})
    declare("notifications.edit_templates", title="Sửa mẫu thông báo", kinds={"operator"})
    # Providers have no account: what they send is signed (services.reports).
    declare(
        "notifications.report",
        title="Nhận báo cáo phát tin của nhà cung cấp",
        kinds={"nobody", "citizen", "officer", "operator"},
    )
    declare(
        "notifications.incoming",
        title="Trả lời tin nhắn đến (có chữ ký của nhà cung cấp)",
        kinds={"nobody", "citizen", "officer", "operator"},
    )
