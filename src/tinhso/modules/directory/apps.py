from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "tinhso.modules.directory"
    label = "directory"
    verbose_name = "Cơ quan, cán bộ"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare, declare_role, register_descendants
        from tinhso.kernel.clock import now
        from tinhso.kernel.ui.registry import NavItem, register_nav, register_workplace
        from tinhso.modules.directory.queries import descendant_ids
        from tinhso.modules.directory.queries.pages import workplace

        declare_role("clerk", title="Cán bộ tiếp nhận và trả kết quả")
        declare_role("handler", title="Chuyên viên xử lý")
        declare_role("unit_head", title="Lãnh đạo phòng")
        declare_role("leader", title="Lãnh đạo cơ quan")
        declare_role("staff_admin", title="Quản trị tổ chức, cán bộ")
        declare(
            "directory.browse",
            title="Xem danh bạ cơ quan",
            kinds={"nobody", "citizen", "officer", "operator"},
        )
        declare("directory.view", title="Xem tổ chức và cán bộ", kinds={"officer", "operator"})
        declare("directory.export", title="Tải danh sách cơ quan", kinds={"officer", "operator"})
        declare("directory.import", title="Nhập danh sách cơ quan, cán bộ", roles={"staff_admin"})
        register_descendants(descendant_ids)
        register_workplace(lambda actor: workplace(actor, now().date()))
        register_nav(NavItem("Danh bạ cơ quan", "directory:public", "directory.browse", area="citizen", order=60))
        register_nav(
            NavItem(
                "Cơ quan, cán bộ",
                "directory:organisations",
                "directory.view",
                area="officer",
                order=70,
                icon="building",
            )
        )
