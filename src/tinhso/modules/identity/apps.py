from __future__ import annotations

from django.apps import AppConfig

from tinhso.kernel.access.rules import ActorKind


class IdentityConfig(AppConfig):
    name = "tinhso.modules.identity"
    label = "identity"
    verbose_name = "Tài khoản"

    def ready(self) -> None:
        from tinhso.kernel.access.api import (
            declare,
            declare_apart,
            declare_role,
            register_mandates,
            register_sessions_ended,
        )
        from tinhso.kernel.access.web import Assurance, StepUp, register_assurance, register_step_up
        from tinhso.kernel.ui.registry import ADMINISTRATION, LOOKUP, PEOPLE, NavItem, register_nav
        from tinhso.modules.directory.api import register_stays
        from tinhso.modules.identity.services import mandates_kept
        from tinhso.modules.identity.services.holdings import Holding, register_holding
        from tinhso.modules.identity.services.mandates import mandated

        declare("identity.profile", title="Thông tin cá nhân", kinds={"citizen"})
        declare("identity.national", title="Đăng nhập bằng định danh điện tử", kinds={"nobody", "citizen"})
        declare("identity.own_data", title="Ai đã xem dữ liệu của tôi", kinds={"citizen"}, level=2)
        declare("identity.download_data", title="Tải dữ liệu của mình", kinds={"citizen"}, level=2, step_up=True)
        declare("identity.make_export", title="Lập bản dữ liệu mà người dân yêu cầu")
        register_nav(NavItem("Dữ liệu của tôi", "identity:own_data", "identity.own_data", area="account", order=20))
        declare("identity.mandates", title="Thay mặt người khác", kinds={"citizen"}, act="any")
        declare("identity.grant_mandate", title="Ủy quyền", kinds={"citizen"}, level=2, step_up=True, act="any")
        declare("identity.request_mandate", title="Yêu cầu xác nhận quyền thay mặt", kinds={"citizen"}, level=2)
        declare("identity.enter_mandate", title="Nhập ủy quyền, giám hộ theo giấy tờ", roles={"clerk"})
        # Who looks at the paper confirms; who keeps an eye on rights over the province may end, and confirms nothing.
        declare("identity.confirm_mandate", title="Xác nhận quyền thay mặt theo giấy tờ", roles={"clerk"})
        declare("identity.list_mandates", title="Tra cứu ủy quyền, giám hộ", roles={"clerk", "rights_admin"})
        declare("identity.end_mandate", title="Chấm dứt ủy quyền, có căn cứ", roles={"clerk", "rights_admin"})
        declare(
            "identity.mandate_document", title="Xem giấy tờ của ủy quyền", kinds={"citizen"}, roles={"clerk"}, act="any"
        )
        declare("identity.remind_mandates", title="Nhắc ủy quyền sắp hết hạn")
        register_nav(NavItem("Thay mặt, ủy quyền", "identity:mandates", "identity.mandates", area="account", order=30))
        register_mandates(mandated)
        declare("identity.home", title="Trang sau khi đăng nhập", kinds={"citizen", "officer", "operator"}, act="any")
        declare("identity.seed", title="Tạo tài khoản dùng thử")
        register_nav(NavItem("Thông tin cá nhân", "identity:profile", "identity.profile", area="account", order=10))
        everybody: set[ActorKind] = {"citizen", "officer", "operator"}
        declare_role("system_admin", title="Quản trị hệ thống kết nối đăng nhập", kinds={"operator", "officer"})
        declare_apart("system_admin", {"rights_admin"})
        declare("identity.sessions", title="Phiên đăng nhập và xác thực hai lớp", kinds=everybody)
        declare(
            "identity.prove_at_counter",
            title="Xác thực số định danh của tài khoản tại quầy",
            roles={"clerk", "archivist"},
        )
        declare("identity.register_computer", title="Đặt máy dùng chung tại quầy", roles={"unit_head", "clerk"})
        declare(
            "identity.manage_systems",
            title="Quản trị hệ thống đăng nhập qua tỉnh",
            roles={"system_admin"},
            step_up=True,
        )
        declare(
            "identity.factor_removals", title="Xem đề nghị gỡ xác thực hai lớp", roles={"staff_admin", "rights_admin"}
        )
        declare("identity.ask_factor_removal", title="Đề nghị gỡ xác thực hai lớp bị mất", roles={"staff_admin"})
        declare(
            "identity.decide_factor_removal",
            title="Quyết định gỡ xác thực hai lớp bị mất",
            roles={"rights_admin"},
            step_up=True,
        )
        anybody: set[ActorKind] = everybody | {"nobody"}
        declare("identity.sign_in_at_system", title="Đăng nhập vào hệ thống khác", kinds=anybody)
        declare("identity.sign_out_from_system", title="Đăng xuất từ hệ thống khác", kinds=anybody)
        declare("identity.signed_out", title="Trang sau khi đăng xuất", kinds=anybody)
        declare("identity.tell_systems", title="Báo hệ thống khác là phiên đã kết thúc")
        register_nav(NavItem("Đăng nhập, bảo mật", "identity:sessions", "identity.sessions", area="account", order=80))
        register_nav(
            NavItem(
                "Hệ thống đăng nhập",
                "identity:systems",
                "identity.manage_systems",
                area="officer",
                order=95,
                icon="shield",
                group=ADMINISTRATION,
            )
        )
        register_nav(
            NavItem(
                "Ủy quyền, giám hộ",
                "identity:mandate_list",
                "identity.list_mandates",
                area="officer",
                order=45,
                icon="user",
                group=LOOKUP,
            )
        )
        register_nav(
            NavItem(
                "Mất xác thực hai lớp",
                "identity:lost_factors",
                "identity.factor_removals",
                area="officer",
                order=73,
                icon="shield",
                group=PEOPLE,
            )
        )
        register_stays(
            {
                "identity.CounterComputer.organisation",
                "identity.RelyingSystem.organisation",
                "identity.Mandate.organisation",
                "identity.MandateRequest.organisation",
            },
            because="nơi đã đăng ký; đơn vị kế thừa đăng ký lại máy và hệ thống của mình",
        )
        from tinhso.modules.identity import jobs, subscribers  # noqa: F401
        from tinhso.modules.identity.services.sessions import forget_sessions
        from tinhso.modules.identity.web import assurance, step_up

        subscribers.subscribe_all()
        register_holding(
            Holding("uy-quyen", "Ủy quyền, thay mặt", looks=mandates_kept.looks, export=mandates_kept.export)
        )
        register_sessions_ended(forget_sessions)
        register_step_up(StepUp(step_up.proven, step_up.ask))
        register_assurance(Assurance(assurance.enough, assurance.ask))
        register_nav(NavItem("Đổi mật khẩu", "account_change_password", "identity.home", area="account", order=90))
