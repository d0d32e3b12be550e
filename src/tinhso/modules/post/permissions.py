"""Who sends things by post. The operator's messages are signed; that is what lets them in."""

from __future__ import annotations

from tinhso.kernel.access.api import ActorKind, declare

ANYBODY: tuple[ActorKind, ...] = ("nobody", "citizen", "officer", "operator")


def declare_all() -> None:
    declare("post.order", title="Gửi qua bưu chính", roles={"clerk"})
    declare("post.hand_over", title="Bàn giao cho bưu tá", roles={"clerk"})
    declare("post.view", title="Xem bưu gửi", roles={"clerk", "unit_head", "leader"})
    declare("post.receive", title="Nhận phong bì đến qua bưu chính", roles={"clerk"})
    declare("post.tell", title="Nhận tin của bưu chính (có chữ ký)", kinds=ANYBODY)
    declare("post.push", title="Chuyển yêu cầu cho bưu chính")
