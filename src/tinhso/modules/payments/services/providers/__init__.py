"""The provider doors of this installation, from its settings."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from tinhso.modules.payments.services.providers.base import Provider, ProviderAway
from tinhso.modules.payments.services.providers.paygov import Paygov
from tinhso.modules.payments.services.providers.vnpay import Vnpay

__all__ = ["Provider", "ProviderAway", "provider", "providers"]


def providers() -> dict[str, Provider]:
    """All doors by code, connected or not."""
    vnpay, paygov = settings.PAYMENTS["vnpay"], settings.PAYMENTS["paygov"]
    found: tuple[Provider, ...] = (
        Vnpay(vnpay["url"], vnpay["api_url"], vnpay["merchant"], vnpay["secret"], _ours("return", "vnpay")),
        Paygov(
            paygov["url"], paygov["partner"], paygov["secret"], _ours("return", "paygov"), _ours("callback", "paygov")
        ),
    )
    return {one.code: one for one in found}


def provider(code: str) -> Provider | None:
    """The door of this code, if the installation has connected it."""
    found = providers().get(code)
    return found if found is not None and found.connected else None


def _ours(name: str, code: str) -> str:
    return str(settings.PUBLIC_ORIGIN + reverse(f"payments:{name}", args=[code]))
