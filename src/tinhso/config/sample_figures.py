"""The demo's figures: a year of finished dossiers in other communes, figures of complaints from elsewhere, and the months of
the index that are over."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta

from tinhso.kernel.access.api import Actor, User, actor_of
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.scorecards import api as scorecards

DOSSIERS = 900
MONTHS = 11
WARD, NEIGHBOUR = "H56.102", "H56.103"


def write(*, actor: Actor, now: datetime) -> str:
    """Once. Returns a line of counts."""
    written = dossiers.seed_history(dossiers=DOSSIERS, actor=actor, now=now)
    if not written:
        return "đã có sẵn"
    this = now.date().replace(day=1)
    month = (this - timedelta(days=1)).replace(day=1)
    given = _complaints(month, now, confirmed=True) + _complaints(this, now, confirmed=True)
    given += _complaints(this, now, confirmed=False)
    for _ in range(MONTHS):
        with suppress(scorecards.CannotClose):
            scorecards.close_month(month=month, actor=actor, now=now)
        month = (month - timedelta(days=1)).replace(day=1)
    return f"{written} hồ sơ đã xong, {MONTHS} tháng đã chốt, {given} số liệu từ nguồn khác"


def _complaints(month: date, now: datetime, *, confirmed: bool) -> int:
    """The ward gives its own and the province confirms; what the province gave of the neighbour still waits."""
    giver, ward = _actor("truongphong" if confirmed else "thongke", now), WARD if confirmed else NEIGHBOUR
    agency = directory.organisation_by_code(ward, now.date())
    if agency is None or giver is None:
        return 0
    source = f"Báo cáo phản ánh, kiến nghị tháng {month:%m/%Y} (dữ liệu mẫu)"
    figures = [
        scorecards.Figure(agency.id, "complaints_on_time", 8, 9, source),
        scorecards.Figure(agency.id, "complaints_satisfied", 7, 9, source),
    ]
    numbers = scorecards.give_figures(month=month, figures=figures, actor=giver, now=now)
    confirmer = _actor("thongke", now)
    if confirmed and confirmer is not None:
        scorecards.confirm_figures(figure_ids=numbers, actor=confirmer, now=now)
    return len(numbers)


def _actor(username: str, now: datetime) -> Actor | None:
    user = User.objects.filter(username=username).first()
    return None if user is None else actor_of(user, on=now.date())
