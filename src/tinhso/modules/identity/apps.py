from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tinhso.modules.identity"
    label = "identity"
    verbose_name = "Tài khoản"
