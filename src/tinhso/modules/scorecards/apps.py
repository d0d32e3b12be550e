from __future__ import annotations

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "tinhso.modules.scorecards"
    label = "scorecards"
    verbose_name = "Số liệu và chấm điểm theo Quyết định 766"

    def ready(self) -> None:
        from tinhso.kernel.ui.registry import NavItem, register_nav
        from tinhso.modules.scorecards import permissions

        permissions.declare_all()
        register_nav(
            NavItem(
                "Tiến độ giải quyết",
                "scorecards:progress",
                "scorecards.progress",
                area="officer",
                order=50,
                icon="chart",
            )
        )
