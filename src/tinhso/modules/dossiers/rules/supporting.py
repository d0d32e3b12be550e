"""Pure decisions about help from a distance: what may be agreed to, the one-time code, whether it still holds."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

SCOPES = {
    "fill": "Điền và gửi hồ sơ",
    "follow": "Điền, gửi hồ sơ, rồi theo dõi tiến độ",
}
WAYS = {
    "code": "Mã một lần gửi tới điện thoại hoặc thư điện tử",
    "present": "Có mặt trước người hỗ trợ",
}
CODE_HOLDS = timedelta(minutes=15)
FAILURES_MOST = 5
DAYS_MOST = 30


def digest_of(secret: str, public_id: str, code: str) -> str:
    return hmac.new(secret.encode(), f"support:{public_id}:{code}".encode(), sha256).hexdigest()


def holds(*, consented_at: datetime | None, ended_at: datetime | None, until_at: datetime, now: datetime) -> bool:
    """Agreed to, not ended by anybody, and not over by itself."""
    return consented_at is not None and ended_at is None and now < until_at
