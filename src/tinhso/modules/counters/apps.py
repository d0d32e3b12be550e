from __future__ import annotations

from django.apps import AppConfig


class CountersConfig(AppConfig):
    name = "tinhso.modules.counters"
    label = "counters"
    verbose_name = "Lấy số và gọi số tại quầy"

    def ready(self) -> None:
        from tinhso.kernel.ui.registry import NavItem, register_nav
        from tinhso.modules.counters import permissions
        from tinhso.modules.counters.services import inheriting

        permissions.declare_all()
        inheriting.register()
        register_nav(NavItem("Gọi số", "counters:desk", "counters.call", area="officer", order=28, icon="clock"))
