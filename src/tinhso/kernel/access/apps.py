from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "tinhso.kernel.access"
    label = "access"
    verbose_name = "Quyền truy cập"

    def ready(self) -> None:
        from tinhso.kernel.access.rules import declare, declare_role

        declare_role("rights_admin", title="Quản trị quyền")
        declare("access.grant", title="Cấp, thu hồi vai trò", roles={"rights_admin"})
