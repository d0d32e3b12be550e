from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "tinhso.modules.directory"
    label = "directory"
    verbose_name = "Cơ quan, cán bộ"

    def ready(self) -> None:
        from tinhso.kernel.access.api import (
            declare,
            declare_apart,
            declare_role,
            register_below,
            register_descendants,
            register_rights_contacts,
        )
        from tinhso.kernel.clock import now
        from tinhso.kernel.ui.registry import (
            LOOKUP,
            PEOPLE,
            DeskPanel,
            NavItem,
            register_desk_panel,
            register_nav,
            register_workplace,
        )
        from tinhso.modules.directory import jobs as jobs
        from tinhso.modules.directory.queries import below_expression, catalogues, descendant_ids
        from tinhso.modules.directory.queries.pages import workplace
        from tinhso.modules.directory.queries.rights import absences, contacts, hand_overs_waiting
        from tinhso.modules.directory.services.followers import register_own

        declare_role("clerk", title="Cán bộ tiếp nhận và trả kết quả")
        declare_role("handler", title="Chuyên viên xử lý")
        declare_role("unit_head", title="Lãnh đạo phòng")
        declare_role("leader", title="Lãnh đạo cơ quan")
        declare_role("digital_helper", title="Người hỗ trợ dịch vụ công trực tuyến")
        declare_role("national_portal", title="Cổng Dịch vụ công quốc gia (kết nối máy)", kinds={"service"})
        declare_role("archivist", title="Cán bộ lưu trữ, số hóa")
        declare_role("staff_admin", title="Quản trị tổ chức, cán bộ")
        declare_role("reform_approver", title="Phê duyệt phương án sắp xếp")
        # Reads figures over many agencies and works on none of their dossiers.
        declare_role("statistician", title="Cán bộ tổng hợp, thống kê")
        declare(
            "directory.browse",
            title="Xem danh bạ cơ quan",
            kinds={"nobody", "citizen", "officer", "operator"},
        )
        declare("directory.view", title="Xem tổ chức và cán bộ", kinds={"officer", "operator"})
        declare("directory.export", title="Tải danh sách cơ quan", kinds={"officer", "operator"})
        declare("directory.import", title="Nhập danh sách cơ quan, cán bộ", roles={"staff_admin"})
        # Who manages accounts and rights takes no part in the work that they open, and not in each other's.
        declare_apart("rights_admin", {"clerk", "handler", "unit_head", "leader", "staff_admin"})
        declare_apart("reform_approver", {"staff_admin", "rights_admin"})
        declare("access.delegate", title="Ủy quyền khi vắng mặt", roles={"unit_head", "leader"}, step_up=True)
        declare("access.withdraw", title="Thu hồi quyền của người rời cơ quan", roles={"staff_admin", "rights_admin"})
        declare("directory.own_rights", title="Xem quyền của mình", kinds={"officer", "operator"})
        declare("directory.request_role", title="Đề nghị cấp vai trò", kinds={"officer"})
        declare(
            "directory.request_role_for",
            title="Đề nghị cấp vai trò cho người khác",
            roles={"staff_admin", "rights_admin", "unit_head", "leader"},
        )
        declare("directory.rights", title="Quản lý vai trò được cấp", roles={"rights_admin"})
        declare("directory.decide_role", title="Duyệt, thu hồi vai trò", roles={"rights_admin"}, step_up=True)
        declare("directory.manage_staff", title="Tiếp nhận, chuyển, cho thôi việc cán bộ", roles={"staff_admin"})
        declare("directory.finish_departures", title="Thực hiện việc rời cơ quan đến hạn")
        declare("directory.reforms", title="Xem phương án sắp xếp", roles={"staff_admin", "reform_approver"})
        declare("directory.draft_reform", title="Soạn phương án sắp xếp", roles={"staff_admin"})
        declare("directory.approve_reform", title="Phê duyệt phương án sắp xếp", roles={"reform_approver"})
        declare(
            "directory.apply_reform",
            title="Áp dụng phương án sắp xếp đã phê duyệt",
            roles={"staff_admin", "reform_approver"},
        )
        register_own()
        catalogues.register()
        register_descendants(descendant_ids)
        register_below(below_expression)
        register_rights_contacts(contacts)
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
                group=PEOPLE,
            )
        )
        register_nav(
            NavItem(
                "Vai trò, quyền",
                "directory:rights",
                "directory.rights",
                area="officer",
                order=72,
                icon="shield",
                group=PEOPLE,
            )
        )
        register_nav(
            NavItem(
                "Biến động cán bộ",
                "directory:staffing",
                "directory.manage_staff",
                area="officer",
                order=74,
                icon="people",
                group=PEOPLE,
            )
        )
        register_nav(
            NavItem(
                "Sắp xếp đơn vị",
                "directory:reforms",
                "directory.reforms",
                area="officer",
                order=75,
                icon="building",
                group=PEOPLE,
            )
        )
        register_nav(
            NavItem(
                "Danh mục dùng chung",
                "directory:shared_catalogues",
                "directory.view",
                area="officer",
                order=83,
                icon="list",
                group=LOOKUP,
            )
        )
        register_nav(
            NavItem("Quyền của tôi, làm thay", "directory:own_rights", "directory.own_rights", area="account", order=20)
        )
        register_desk_panel(
            DeskPanel(
                "absences",
                "Làm thay người vắng",
                "directory/rights/absences.html",
                "directory.own_rights",
                load=absences,
            )
        )
        register_desk_panel(
            DeskPanel(
                "hand_overs",
                "Nhận bàn giao",
                "directory/staffing/panel.html",
                "directory.own_rights",
                load=hand_overs_waiting,
            )
        )
