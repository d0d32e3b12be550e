from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tinhso.modules.identity"
    label = "identity"
    verbose_name = "Tài khoản"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare
        from tinhso.kernel.ui.registry import NavItem, register_nav

        declare("identity.profile", title="Thông tin cá nhân", kinds={"citizen"})
        declare("identity.home", title="Trang sau khi đăng nhập", kinds={"citizen", "officer", "operator"})
        declare("identity.seed", title="Tạo tài khoản dùng thử")
        register_nav(NavItem("Thông tin cá nhân", "identity:profile", "identity.profile", area="account", order=10))
        register_nav(NavItem("Đổi mật khẩu", "account_change_password", "identity.home", area="account", order=90))
