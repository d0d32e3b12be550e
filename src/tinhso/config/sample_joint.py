"""Two dossiers of the demo that pass through several agencies: one lies at the social insurance after a late part of the
police, the other has just been handed over and waits for its receipt. Made up, through the real services."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tinhso.kernel.access.api import Actor, User, actor_of
from tinhso.kernel.calendar.api import add_working_minutes, calendar_for
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.identity import api as identity
from tinhso.modules.procedures import api as procedures

CODE = "2.000986"
# Who does what, after how many working hours from the step before.
LATE_AT_POLICE = (
    ("chuyenvien", "submit", 2.0), ("chutich", "hand_over", 3.0), ("congan", "submit", 30.0),
    ("congan.truong", "hand_over", 14.0), ("bhxh", "", 3.0),
)  # fmt: skip
WAITING_AT_POLICE = (("chuyenvien", "submit", 2.0), ("chutich", "hand_over", 1.0))


def write(*, now: datetime) -> int:
    """How many were filed: none where the province has no such agencies or procedure."""
    version = procedures.current_version(CODE, now.date())
    leader = directory.staff_of_user(User.objects.get(username="chutich").pk, now.date())
    if version is None or not version.fileable or leader is None:
        return 0
    path = procedures.DATA / "modelled" / f"{CODE}.json"
    sample = json.loads(path.read_text(encoding="utf-8"))["samples"][0]
    for number, (days, way) in enumerate(((16, LATE_AT_POLICE), (4, WAITING_AT_POLICE))):
        _live(version.id, leader.organisation_id, sample, number, now - timedelta(days=days), way, now)
    return 2


def _live(
    version_id: int, agency_id: int, sample: dict[str, Any], number: int, filed_at: datetime,
    way: tuple[tuple[str, str, float], ...], now: datetime,
) -> None:  # fmt: skip
    citizen = identity.DEMO_CITIZENS[number]
    person = _actor(citizen.username, filed_at)
    public_id = dossiers.start(
        version_id=version_id, agency_id=agency_id, channel=dossiers.Channel.ONLINE, actor=person, now=filed_at
    )
    same: dict[str, Any] = {"public_id": public_id, "actor": person, "keys": (), "now": filed_at}
    applicant = {
        "full_name": citizen.full_name, "identity_number": citizen.identity_number, "phone": "0912000001",
        "email": "", "address": "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa", "acting_as": "self",
        "result_delivery": "online",
    }  # fmt: skip
    dossiers.save_applicant(values=applicant, revision=None, **same)
    for group, values in sample["data"].items():
        dossiers.save_group(group=group, values=values, revision=None, **same)
    sent = dossiers.submit(public_id=public_id, actor=person, keys=(), now=filed_at)
    at = _later(agency_id, filed_at, 1.0)
    dossiers.accept(dossier_id=sent.dossier_id, actor=_actor("tiepnhan", at), now=at)
    for username, action, hours in way:
        at = _later(agency_id, at, hours)
        if at > now:
            return
        who = _actor(username, at)
        view = dossiers.dossier_view(sent.public_id)
        pending = view.pending_hand_over
        if pending is not None:
            dossiers.confirm_hand_over(hand_over_id=pending.id, actor=who, now=at)
        if action:
            dossiers.act(
                task_id=view.open_tasks[0].id, action=action, comment="Đã kiểm tra, đủ điều kiện.", actor=who, now=at
            )


def _actor(username: str, at: datetime) -> Actor:
    return actor_of(User.objects.get(username=username), on=at.date())


def _later(agency_id: int, at: datetime, hours: float) -> datetime:
    return add_working_minutes(calendar_for(agency_id, around=at.date()), at, int(hours * 60))
