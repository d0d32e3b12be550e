"""Entries of the menus."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tinhso.kernel.access.api import Actor
from tinhso.kernel.ui.registry import OPERATING, DeskPanel, NavItem, register_desk_panel, register_nav
from tinhso.modules.notifications.queries.reading import newest_unread


def _unread(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """The panel of the desk; nothing to show hides it."""
    notices = newest_unread(actor)
    return {"notices": notices} if notices else {}


def register() -> None:
    register_desk_panel(
        DeskPanel(
            "notices", "Thông báo mới", "notifications/desk_panel.html", "notifications.inbox", load=_unread, order=10
        )
    )
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
            group=OPERATING,
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
            group=OPERATING,
        )
    )
