"""The postal operator over HTTP. What it answers is checked before it is believed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tinhso.modules.post.rules import TRACKING_CODE

TIMEOUT_SECONDS = 10
MOST_BYTES = 100_000


class OperatorFailed(RuntimeError):
    """No answer, or one that cannot be believed. The message is for the office's page and holds nothing personal."""


@dataclass(frozen=True)
class Taken:
    tracking_code: str
    fee: int | None


def is_connected() -> bool:
    return bool(settings.POST_OPERATOR["url"])


def create(*, order_id: str, sender: str, recipient: dict[str, str], subject: str) -> Taken:
    """Ask for a consignment; the same `order_id` asked again gets the same one. Raises `OperatorFailed`."""
    answer = _ask(
        "/v1/consignments", {"order_id": order_id, "sender": sender, "recipient": recipient, "content": subject}
    )
    code, fee = answer.get("tracking_code"), answer.get("fee")
    if answer.get("order_id") != order_id:
        raise OperatorFailed("Bưu chính trả lời cho một yêu cầu khác; chưa ghi nhận mã vận đơn.")
    if not isinstance(code, str) or TRACKING_CODE.fullmatch(code) is None:
        raise OperatorFailed("Bưu chính trả lời không có mã vận đơn hợp lệ.")
    return Taken(code, fee if isinstance(fee, int) and not isinstance(fee, bool) and 0 <= fee < 10_000_000 else None)


def tell(tracking_code: str) -> list[Any]:
    """What the operator knows of a consignment, as messages. Raises `OperatorFailed`."""
    events = _ask(f"/v1/consignments/{tracking_code}").get("events")
    if not isinstance(events, list):
        raise OperatorFailed("Bưu chính trả lời không có hành trình.")
    return events[:200]


def _ask(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    operator = settings.POST_OPERATOR
    request = urllib.request.Request(  # noqa: S310 - the address comes from the settings
        operator["url"].rstrip("/") + path,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {operator['key']}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            raw = response.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise OperatorFailed(f"Bưu chính từ chối hoặc đang lỗi (mã {error.code}).") from None
    except (urllib.error.URLError, OSError):
        raise OperatorFailed("Không kết nối được với bưu chính.") from None
    try:
        answer = json.loads(raw) if len(raw) <= MOST_BYTES else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise OperatorFailed("Bưu chính trả lời sai định dạng.")
    return answer
