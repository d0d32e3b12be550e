from __future__ import annotations

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "tinhso.modules.procedures"
    label = "procedures"
    verbose_name = "Thủ tục hành chính"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare, declare_apart, declare_role
        from tinhso.kernel.ui.registry import LOOKUP, NavItem, register_nav
        from tinhso.modules.procedures import jobs as jobs
        from tinhso.modules.procedures.queries import catalogues
        from tinhso.modules.procedures.services import following

        following.register()
        catalogues.register()
        declare_role("catalogue_editor", title="Soạn danh mục thủ tục")
        declare_role("catalogue_approver", title="Duyệt danh mục thủ tục")
        # Who sets the route of a procedure does not approve what goes along it, and who writes a version or decides on
        # what the national database changed is not the same person.
        declare_apart("catalogue_editor", {"unit_head", "leader", "catalogue_approver"})
        declare_apart("catalogue_approver", {"unit_head", "leader"})
        declare(
            "procedures.view_public",
            title="Xem thủ tục hành chính",
            kinds={"nobody", "citizen", "officer", "operator"},
        )
        declare("procedures.view_catalogue", title="Xem danh mục thủ tục", kinds={"officer", "operator"})
        declare(
            "procedures.import_catalogue",
            title="Nhập danh mục thủ tục",
            kinds={"operator"},
            roles={"catalogue_editor"},
        )
        declare("procedures.edit", title="Soạn phiên bản thủ tục", roles={"catalogue_editor"})
        declare("procedures.publish", title="Công bố phiên bản thủ tục", roles={"catalogue_approver"}, step_up=True)
        declare(
            "procedures.synchronise",
            title="Đồng bộ với Cơ sở dữ liệu quốc gia",
            roles={"catalogue_editor", "catalogue_approver"},
        )
        declare(
            "procedures.decide_change",
            title="Duyệt thay đổi của danh mục",
            roles={"catalogue_approver"},
            step_up=True,
        )
        declare(
            "procedures.view_leftovers",
            title="Xem rà soát danh mục",
            kinds={"operator"},
            roles={"catalogue_editor", "catalogue_approver", "leader"},
        )
        # Answers for officers: one person writes, another approves.
        declare("procedures.read_guidance", title="Hỏi đáp nghiệp vụ", kinds={"officer"})
        declare("procedures.write_guidance", title="Soạn hướng dẫn nghiệp vụ", roles={"catalogue_editor"})
        declare("procedures.approve_guidance", title="Duyệt hướng dẫn nghiệp vụ", roles={"catalogue_approver"})
        # Only the system: the definitions that come with the product.
        declare("procedures.install", title="Nạp thủ tục đi kèm phần mềm")
        register_nav(NavItem("Tìm thủ tục", "procedures:search", "procedures.view_public", area="citizen", order=10))
        register_nav(
            NavItem(
                "Hỏi đáp nghiệp vụ",
                "procedures:guidance",
                "procedures.read_guidance",
                area="officer",
                order=79,
                icon="search",
                group=LOOKUP,
            )
        )
        register_nav(
            NavItem(
                "Danh mục thủ tục",
                "procedures:catalogue",
                "procedures.view_catalogue",
                area="officer",
                order=80,
                icon="list",
                group=LOOKUP,
            )
        )
        register_nav(
            NavItem(
                "Đồng bộ danh mục",
                "procedures:runs",
                "procedures.synchronise",
                area="officer",
                order=81,
                icon="list",
                group=LOOKUP,
            )
        )
        register_nav(
            NavItem(
                "Rà soát danh mục",
                "procedures:leftovers",
                "procedures.view_leftovers",
                area="officer",
                order=82,
                icon="list",
                group=LOOKUP,
            )
        )
