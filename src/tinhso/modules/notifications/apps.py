from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "tinhso.modules.notifications"
    label = "notifications"
    verbose_name = "Thông báo"

    def ready(self) -> None:
        from tinhso.kernel.ui.registry import Bell, register_bell
        from tinhso.modules.identity.api import Holding, register_holding
        from tinhso.modules.notifications import jobs as jobs
        from tinhso.modules.notifications import permissions, subscribers
        from tinhso.modules.notifications.services.choosing import adopt, export
        from tinhso.modules.notifications.web import menu

        permissions.declare_all()
        subscribers.subscribe_all()
        register_holding(Holding("notifications", "Thông báo", adopt=adopt, export=export))
        register_bell(Bell("notifications:inbox", "notifications.inbox"))
        menu.register()
