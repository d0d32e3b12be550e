from __future__ import annotations

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "tinhso.modules.archive"
    label = "archive"
    verbose_name = "Kho dữ liệu số"
