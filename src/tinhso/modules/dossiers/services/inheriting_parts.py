"""Parts not yet done, and hand-overs not yet confirmed, follow the successor of an agency that ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Count, QuerySet
from django.urls import reverse

from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import HandOver, Part
from tinhso.modules.dossiers.models.parts import PENDING

_FIELD = "dossier__version__procedure__field__name"


def _open_at(organisations: Collection[int]) -> QuerySet[Part]:
    return Part.objects.filter(organisation_id__in=organisations, done_at__isnull=True, is_skipped=False)


def _count(organisations: Collection[int], day: date) -> Mapping[int, int]:
    rows = _open_at(organisations).order_by().values("organisation_id").annotate(number=Count("pk"))
    return {row["organisation_id"]: row["number"] for row in rows}


def _listing(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    rows = _open_at(organisations).order_by("pk")
    return [
        directory.Touched(f"{code}, {title}", organisation_id, reverse("dossiers:show", args=[public_id]))
        for code, title, public_id, organisation_id in rows.values_list(
            "dossier__code", "title", "dossier__public_id", "organisation_id"
        )[:limit]
    ]


def _move(moves: directory.Moves, limit: int, now: datetime) -> int:
    """What was done stays with who did it; the trail of the dossier itself is written with its tasks."""
    moved = 0
    to: dict[int, list[int]] = {}
    rows = _open_at(moves.main.keys()).select_for_update(of=("self",)).order_by("pk")
    for number, old, name in rows.values_list("pk", "organisation_id", _FIELD)[:limit]:
        to.setdefault(moves.target(old, name or "") or old, []).append(number)
    for organisation_id, numbers in to.items():
        moved += Part.objects.filter(pk__in=numbers).update(organisation_id=organisation_id)
    waiting: dict[int, list[int]] = {}
    pending = HandOver.objects.filter(PENDING, to_organisation_id__in=moves.main.keys()).order_by("pk")
    for number, old, name in pending.values_list("pk", "to_organisation_id", _FIELD)[:limit]:
        waiting.setdefault(moves.target(old, name or "") or old, []).append(number)
    for organisation_id, numbers in waiting.items():
        moved += HandOver.objects.filter(pk__in=numbers).update(to_organisation_id=organisation_id)
    return moved


def register() -> None:
    """Called when the app is ready."""
    directory.register_follower(
        directory.Follower(
            "parts",
            "Phần việc liên thông chưa xong",
            115,
            frozenset({"dossiers.Part.organisation", "dossiers.HandOver.to_organisation"}),
            _count,
            _listing,
            _move,
        )
    )
    directory.register_stays(
        {"dossiers.HandOver.from_organisation", "dossiers.Result.organisation"},
        because="Who handed over, and who issued, is not written over.",
    )
