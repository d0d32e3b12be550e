"""Who takes numbers and who calls them. The kiosk and the hall screen know the secret address of their hall."""

from __future__ import annotations

from tinhso.kernel.access.api import ActorKind, declare

ANYBODY: tuple[ActorKind, ...] = ("nobody", "citizen", "officer", "operator")


def declare_all() -> None:
    declare("counters.take", title="Lấy số thứ tự", kinds=ANYBODY)
    declare("counters.watch", title="Xem màn hình gọi số", kinds=ANYBODY)
    declare("counters.call", title="Gọi số tại quầy", roles={"clerk"})
    declare("counters.set_up", title="Bố trí quầy và nhóm việc", roles={"clerk", "unit_head", "leader"})
