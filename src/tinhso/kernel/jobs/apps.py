from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "tinhso.kernel.jobs"
    label = "jobs"
    verbose_name = "Việc nền"
