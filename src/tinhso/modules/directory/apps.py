from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "tinhso.modules.directory"
    label = "directory"
    verbose_name = "Cơ quan, cán bộ"
