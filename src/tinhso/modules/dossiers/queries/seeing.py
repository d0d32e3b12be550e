"""Who may see a dossier and why; who did look at it. What a citizen and an officer may ask of us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import Actor, reach
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import EmergencyAccess
from tinhso.modules.dossiers.queries.reading import DossierView
from tinhso.modules.identity import api as identity

LOOKED = {
    "dossiers.view": "Mở hồ sơ",
    "dossiers.break_glass": "Mở khẩn cấp",
    "payments.look": "Xem khoản phí, lệ phí hoặc biên lai",
    "post.look": "Xem bưu gửi",
}
SHOWN = 100


@dataclass(frozen=True)
class Eyes:
    """Everybody who may see a dossier. `representatives`: of its owner; `emergencies`: who has it open for an hour."""

    officers: directory.OfficerEyes
    representatives: Sequence[identity.Representative]
    emergencies: Sequence[EmergencyAccess]


def who_may_see(view: DossierView, *, now: datetime) -> Eyes:
    """Officers by organisation of the grant, with the grant; at most 200 people; and who acts for the owner. Six queries."""
    tasks = {task.organisation_id for task in view.tasks}
    officers = directory.eyes_over(
        view.access.access_organisation_ids,
        "dossiers.view",
        on=now.astimezone(VIETNAM).date(),
        why=lambda number: _why(number, view, tasks),
    )
    emergencies = EmergencyAccess.objects.filter(dossier_id=view.id, until_at__gt=now).select_related("user")
    acting = identity.representatives(
        view.owner_id, procedure_code=view.access.access_procedure, on=now.astimezone(VIETNAM).date()
    )
    return Eyes(officers, acting, list(emergencies.order_by("pk")[:20]))


def _why(number: int, view: DossierView, tasks: set[int]) -> str:
    if number == view.agency_id:
        return "cơ quan giải quyết"
    if number == view.office_id:
        return "nơi tiếp nhận và trả kết quả"
    if number in tasks:
        return "được giao một việc trong hồ sơ"
    return "cơ quan cấp trên, vai trò bao gồm cơ quan bên dưới"


@dataclass(frozen=True)
class Look:
    """An officer's look at a dossier, as its owner reads it: where they work and as what, not their name."""

    at: datetime
    what: str
    organisation_name: str
    position_title: str
    reason: str


def looks_at(dossier_ref: str) -> list[Look]:
    """Who looked in, the latest first, at most a hundred. Three queries."""
    lines = [entry for entry in trail(dossier_ref) if entry.action in LOOKED and entry.who_kind == "officer"]
    lines = lines[::-1][:SHOWN]
    if not lines:
        return []
    places = directory.places_of({line.who_user_id for line in lines if line.who_user_id is not None})
    return [
        Look(
            at=line.at,
            what=LOOKED[line.action],
            organisation_name=place.organisation_name if place else "",
            position_title=place.position_title if place else "",
            reason=line.reason if line.action == "dossiers.break_glass" else "",
        )
        for line in lines
        for place in (next((p for p in places.get(line.who_user_id or 0, ()) if p.held_on(line.at.date())), None),)
    ]


def emergencies(actor: Actor, *, waiting: bool) -> list[EmergencyAccess]:
    """What the office of rights looks at: the last hundred openings of dossiers of its organisations. One query."""
    rows = EmergencyAccess.objects.filter(dossier__agency_id__in=reach(actor, "dossiers.review_emergencies"))
    if waiting:
        rows = rows.filter(reviewed_at__isnull=True)
    return list(rows.select_related("dossier__agency", "user", "reviewed_by").order_by("-pk")[:SHOWN])
