from __future__ import annotations

from django.apps import AppConfig


class IdentifiersConfig(AppConfig):
    name = "tinhso.kernel.identifiers"
    label = "identifiers"
    verbose_name = "Mã số"
