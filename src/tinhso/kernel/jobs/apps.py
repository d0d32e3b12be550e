from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "tinhso.kernel.jobs"
    label = "jobs"
    verbose_name = "Việc nền"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare
        from tinhso.kernel.jobs import standing  # noqa: F401 - registers the kernel's own periods

        declare("jobs.operate", title="Vận hành việc nền", kinds={"operator"})
