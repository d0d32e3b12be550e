from __future__ import annotations

from django.apps import AppConfig


class CalendarConfig(AppConfig):
    name = "tinhso.kernel.calendar"
    label = "calendar"
    verbose_name = "Lịch làm việc"
