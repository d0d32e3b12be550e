"""Providers of online payment, the account of VietQR and the marks of receipts, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# The two doubles of tools/doubles, as `make payment-doubles` starts them: for trying and teaching only.
DOUBLES = {
    "TINHSO_VNPAY_URL": "http://127.0.0.1:8951/paymentv2/vpcpay.html",
    "TINHSO_VNPAY_API_URL": "http://127.0.0.1:8951/merchant_webapi/api/transaction",
    "TINHSO_VNPAY_MERCHANT": "TINHSO01",
    "TINHSO_VNPAY_SECRET": "vnpay-double-secret",
    "TINHSO_PAYGOV_URL": "http://127.0.0.1:8952",
    "TINHSO_PAYGOV_PARTNER": "tinhso",
    "TINHSO_PAYGOV_SECRET": "paygov-double-secret",
    "TINHSO_VIETQR_BANK": "970415",
    "TINHSO_VIETQR_ACCOUNT": "113366668888",
    "TINHSO_VIETQR_NAME": "TAI KHOAN MAU TINHSO",
}


def read(defaults: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What is not set is not connected: the pages say so and cash is still taken."""
    known = {**(defaults or {}), **os.environ}

    def text(name: str, otherwise: str = "") -> str:
        return known.get(f"TINHSO_{name}", otherwise)

    return {
        "vnpay": {
            "url": text("VNPAY_URL"),
            "api_url": text("VNPAY_API_URL"),
            "merchant": text("VNPAY_MERCHANT"),
            "secret": text("VNPAY_SECRET"),
        },
        "paygov": {
            "url": text("PAYGOV_URL").rstrip("/"),
            "partner": text("PAYGOV_PARTNER"),
            "secret": text("PAYGOV_SECRET"),
        },
        "vietqr": {
            "bank": text("VIETQR_BANK"),
            "account": text("VIETQR_ACCOUNT"),
            "name": text("VIETQR_NAME"),
        },
        # As registered with the tax office; %y is the year's last two digits.
        "receipt_form": text("RECEIPT_FORM", "01BLP0-001"),
        "receipt_series": text("RECEIPT_SERIES", "TH-%yE"),
    }


def origins(payments: Mapping[str, Any]) -> list[str]:
    """Where a form may send the payer's browser: the origins of the providers, for the content security policy."""
    found = []
    for code in ("vnpay", "paygov"):
        url = urlsplit(payments[code]["url"])
        if url.scheme and url.netloc:
            found.append(f"{url.scheme}://{url.netloc}")
    return found
