from __future__ import annotations

from django.apps import AppConfig


class PostConfig(AppConfig):
    name = "tinhso.modules.post"
    label = "post"
    verbose_name = "Bưu chính công ích"

    def ready(self) -> None:
        from tinhso.kernel.ui.registry import BOOKS, NavItem, register_nav
        from tinhso.modules.post import permissions, subscribers
        from tinhso.modules.post.services import inheriting

        permissions.declare_all()
        inheriting.register()
        subscribers.subscribe_all()
        register_nav(
            NavItem("Bưu chính", "post:consignments", "post.view", area="officer", order=45, icon="mail", group=BOOKS)
        )
