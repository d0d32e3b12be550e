from __future__ import annotations

from django.apps import AppConfig


class CalendarConfig(AppConfig):
    name = "tinhso.kernel.calendar"
    label = "calendar"
    verbose_name = "Lịch làm việc"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare, declare_role

        declare_role("calendar_admin", title="Quản lý lịch làm việc của cơ quan")
        declare_role("province_calendar_admin", title="Quản lý lịch làm việc của tỉnh")
        declare(
            "calendar.manage",
            title="Quản lý lịch làm việc của cơ quan",
            roles={"calendar_admin", "province_calendar_admin"},
        )
        declare("calendar.manage_province", title="Quản lý lịch làm việc của tỉnh", roles={"province_calendar_admin"})
