"""The procedures that an agency offers by name are offered by its successor when it ends (directory, reorganisation)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from tinhso.modules.directory import api as directory
from tinhso.modules.procedures.models import ProcedureOffering


def _offered(organisations: Collection[int], day: date) -> QuerySet[ProcedureOffering]:
    return ProcedureOffering.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), organisation_id__in=organisations
    )


def count_offerings(organisations: Collection[int], day: date) -> Mapping[int, int]:
    rows = _offered(organisations, day).order_by().values("organisation_id").annotate(number=Count("pk"))
    return {row["organisation_id"]: row["number"] for row in rows}


def list_offerings(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    rows = _offered(organisations, day).select_related("procedure").order_by("procedure__code", "pk")[:limit]
    return [
        directory.Touched(f"{row.procedure.code} {row.procedure.plain_name or row.procedure.name}", row.organisation_id)
        for row in rows
    ]


def move_offerings(moves: directory.Moves, limit: int, now: datetime) -> int:
    """Ends on the eve, goes on at who takes the procedure's lĩnh vực; once where two that were joined offered it."""
    rows = list(
        _offered(moves.ended, moves.day).select_related("procedure__field").select_for_update(of=("self",))
        .order_by("pk")[:limit]
    )  # fmt: skip
    new = []
    for row in rows:
        field = row.procedure.field.name if row.procedure.field else ""
        target = moves.target(row.organisation_id, field)
        if target is not None:
            new.append(
                ProcedureOffering(
                    procedure_id=row.procedure_id, organisation_id=target, valid_from=max(row.valid_from, moves.day),
                    valid_until=row.valid_until,
                )
            )  # fmt: skip
        # What would only have begun later never was: its one day lies on the eve.
        row.valid_until = moves.day - timedelta(days=1)
        row.valid_from = min(row.valid_from, row.valid_until)
    ProcedureOffering.objects.bulk_update(rows, ["valid_from", "valid_until"], batch_size=500)
    ProcedureOffering.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    return len(rows)


def register() -> None:
    """Called when the app is ready."""
    directory.register_follower(
        directory.Follower(
            name="offerings",
            title="Thủ tục được giao thực hiện",
            order=60,
            columns=frozenset({"procedures.ProcedureOffering.organisation"}),
            count=count_offerings,
            listing=list_offerings,
            move=move_offerings,
            wants_owner=False,
        )
    )
