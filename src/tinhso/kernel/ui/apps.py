from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "tinhso.kernel.ui"
    label = "ui"
    verbose_name = "Giao diện"
