"""The hall of the demo's ward: lines, counters, and people who have taken numbers this morning."""

from __future__ import annotations

from datetime import datetime, timedelta

from tinhso.kernel.access.api import NOBODY, User, actor_of
from tinhso.modules.counters import api as counters
from tinhso.modules.directory import api as directory

LINES = (
    "Hộ tịch, chứng thực, cư trú",
    "Đất đai, xây dựng",
    "Bảo trợ xã hội, lao động, y tế",
    "Đăng ký kinh doanh và việc khác",
)
# (line, priority, minutes ago)
TAKEN = (
    (0, "", 41),
    (1, "", 38),
    (0, "elderly", 33),
    (2, "", 30),
    (0, "", 22),
    (3, "", 15),
    (0, "pregnant", 9),
    (1, "", 4),
)


def write(*, now: datetime) -> str:
    """Set the hall up once. Returns a line of counts."""
    clerk = actor_of(User.objects.get(username="tiepnhan"), on=now.date())
    place = directory.staff_of_user(clerk.user_id, now.date()) if clerk.user_id else None
    if place is None or counters.halls_of(clerk):
        return "đã có sẵn"
    token = counters.set_up_hall(
        office_id=place.organisation_id, titles=list(LINES), counters=4, actor=clerk, now=now - timedelta(hours=1)
    )
    hall = counters.halls_of(clerk)[0]
    lines = counters.lines_of(hall.id, now=now)
    for line, priority, minutes in TAKEN:
        counters.take_number(
            token=token, line_id=lines[line].id, priority=priority, actor=NOBODY, now=now - timedelta(minutes=minutes)
        )
    return f"{len(LINES)} nhóm việc, {len(TAKEN)} số đang chờ"
