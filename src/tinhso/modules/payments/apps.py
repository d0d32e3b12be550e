from __future__ import annotations

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tinhso.modules.payments"
    label = "payments"
    verbose_name = "Thanh toán"

    def ready(self) -> None:
        from tinhso.modules.identity.api import Holding, register_holding
        from tinhso.modules.payments import permissions, subscribers
        from tinhso.modules.payments.queries import own_data
        from tinhso.modules.payments.services import belonging, following
        from tinhso.modules.payments.web import menu

        permissions.declare_all()
        subscribers.subscribe_all()
        following.register()
        register_holding(Holding("payments", "Phí, lệ phí", adopt=belonging.adopt, export=own_data.export))
        menu.register()
