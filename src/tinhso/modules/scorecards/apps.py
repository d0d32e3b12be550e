from __future__ import annotations

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "tinhso.modules.scorecards"
    label = "scorecards"
    verbose_name = "Số liệu và chấm điểm theo Quyết định 766"

    def ready(self) -> None:
        from tinhso.kernel.ui.registry import FIGURES, NavItem, register_nav
        from tinhso.modules.directory.api import register_stays
        from tinhso.modules.scorecards import jobs as jobs
        from tinhso.modules.scorecards import permissions

        permissions.declare_all()
        register_stays({"scorecards.ClosedMonth.agency"}, because="A closed month speaks of the agency of that month.")
        register_stays({"scorecards.GivenFigure.agency"}, because="A figure speaks of the agency of its month.")
        for order, label, name, permission, icon in (
            (50, "Tiến độ giải quyết", "progress", "scorecards.progress", "chart"),
            (51, "Điểm Quyết định 766", "index", "scorecards.index", "chart"),
            (52, "Mức độ hài lòng", "satisfaction", "scorecards.satisfaction", "heart"),
            (53, "Báo cáo đã lưu", "reports", "scorecards.report", "list"),
            (54, "Số liệu từ nguồn khác", "given", "scorecards.see_given", "upload"),
        ):
            register_nav(
                NavItem(label, f"scorecards:{name}", permission, area="officer", order=order, icon=icon, group=FIGURES)
            )
