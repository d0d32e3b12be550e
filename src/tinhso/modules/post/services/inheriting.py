"""What has been sent stays with who sent it; what comes back comes to the building, which the successor runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db.models import BigIntegerField, Case, Count, QuerySet, Value, When

from tinhso.modules.directory import api as directory
from tinhso.modules.post.models import Envelope

OPEN = ("announced", "arrived")


def _open(organisations: Collection[int]) -> QuerySet[Envelope]:
    return Envelope.objects.filter(office_id__in=organisations, state__in=OPEN)


def count(organisations: Collection[int], day: date) -> Mapping[int, int]:
    rows = _open(organisations).order_by().values_list("office_id").annotate(Count("pk"))
    return dict(rows)


def listing(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    rows = _open(organisations).order_by("pk").values_list("tracking_code", "office_id")[:limit]
    return [directory.Touched(f"Phong bì {code}", office_id) for code, office_id in rows]


def move(moves: directory.Moves, limit: int, now: datetime) -> int:
    """What lies there is opened by the successor."""
    rows = list(_open(moves.main.keys()).select_for_update().order_by("pk").values_list("pk", flat=True)[:limit])
    if rows:
        successor = Case(
            *(When(office_id=old, then=Value(new)) for old, new in moves.main.items()), output_field=BigIntegerField()
        )
        Envelope.objects.filter(pk__in=rows).update(office_id=successor)
    return len(rows)


def register() -> None:
    """Called when the app is ready."""
    directory.register_follower(
        directory.Follower(
            "envelopes", "Phong bì đến chưa lập hồ sơ", 135, frozenset({"post.Envelope.office"}), count, listing, move
        )
    )
    directory.register_stays(
        {"post.Consignment.office", "post.Sheet.office"}, because="The sender on the label and on the signed sheet."
    )
