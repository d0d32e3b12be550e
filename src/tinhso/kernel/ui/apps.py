from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "tinhso.kernel.ui"
    label = "ui"
    verbose_name = "Giao diện"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare

        declare("ui.styleguide", title="Xem mẫu giao diện", kinds={"operator", "officer"})
        declare("ui.display", title="Chọn cách hiển thị", kinds={"nobody", "citizen", "officer", "operator"})
