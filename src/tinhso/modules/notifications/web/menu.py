"""Entries of the menus."""

from __future__ import annotations

from tinhso.kernel.ui.registry import NavItem, register_nav

_OPERATING = "Vận hành"


def register() -> None:
    register_nav(NavItem("Thông báo", "notifications:inbox", "notifications.inbox", area="account", order=15))
    register_nav(
        NavItem("Cách nhận thông báo", "notifications:choices", "notifications.choose", area="account", order=16)
    )
    register_nav(
        NavItem(
            "Tin gửi đi",
            "notifications:outbox",
            "notifications.operate",
            area="officer",
            order=80,
            icon="mail",
            group=_OPERATING,
        )
    )
    register_nav(
        NavItem(
            "Mẫu thông báo",
            "notifications:templates",
            "notifications.edit_templates",
            area="officer",
            order=81,
            icon="edit",
            group=_OPERATING,
        )
    )
