"""The wiring itself as an app: what the installation as a whole declares."""

from __future__ import annotations

from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "tinhso.config"
    label = "wiring"

    def ready(self) -> None:
        from tinhso.kernel.access.api import declare

        declare(
            "health.read",
            title="Xem hệ thống còn sống không",
            kinds=("nobody", "citizen", "officer", "operator", "service"),
        )
