from __future__ import annotations

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tinhso.modules.payments"
    label = "payments"
    verbose_name = "Thanh toán"

    def ready(self) -> None:
        from tinhso.modules.payments import permissions, subscribers
        from tinhso.modules.payments.services import following
        from tinhso.modules.payments.web import menu

        permissions.declare_all()
        subscribers.subscribe_all()
        following.register()
        menu.register()
