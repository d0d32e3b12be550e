from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tinhso.modules.identity"
    label = "identity"
    verbose_name = "Tài khoản"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare

        declare("identity.profile", title="Thông tin cá nhân", kinds={"citizen"})
        declare("identity.home", title="Trang sau khi đăng nhập", kinds={"citizen", "officer", "operator"})
        declare("identity.seed", title="Tạo tài khoản dùng thử")
