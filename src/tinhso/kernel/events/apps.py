from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "tinhso.kernel.events"
    label = "events"
    verbose_name = "Sự kiện"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare

        declare("events.operate", title="Vận hành việc giao sự kiện", kinds={"operator"})
