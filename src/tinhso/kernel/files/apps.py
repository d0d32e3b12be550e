from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "tinhso.kernel.files"
    label = "files"
    verbose_name = "Tệp tin"

    def ready(self) -> None:
        from tinhso.kernel.files import rounds  # noqa: F401 - registers the periods
