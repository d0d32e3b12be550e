"""What is still to be paid, and money still to be given back, follows the successor of an agency that ended. What was
paid and receipted stays with who took it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Value, When

from tinhso.modules.directory import api as directory
from tinhso.modules.payments.models import Charge, Refund

OPEN_REFUNDS = ("asked", "approved")


def _charges(organisations: Collection[int]) -> QuerySet[Charge]:
    return Charge.objects.filter(Q(organisation_id__in=organisations) | Q(agency_id__in=organisations), state="open")


def _refunds(organisations: Collection[int]) -> QuerySet[Refund]:
    return Refund.objects.filter(organisation_id__in=organisations, state__in=OPEN_REFUNDS)


def count(organisations: Collection[int], day: date) -> Mapping[int, int]:
    """Each charge once, at who collects it when that ends, else at who settles the dossier."""
    wanted = frozenset(organisations)
    found: dict[int, int] = {}
    rows = _charges(organisations).order_by().values("organisation_id", "agency_id").annotate(number=Count("pk"))
    for row in rows:
        place = row["organisation_id"] if row["organisation_id"] in wanted else row["agency_id"]
        found[place] = found.get(place, 0) + row["number"]
    for one in _refunds(organisations).order_by().values("organisation_id").annotate(number=Count("pk")):
        found[one["organisation_id"]] = found.get(one["organisation_id"], 0) + one["number"]
    return found


def listing(organisations: Collection[int], day: date, limit: int) -> Sequence[directory.Touched]:
    """References and sums only: whose it is, the dossier tells to those who may see it."""
    wanted = frozenset(organisations)
    charges = [
        directory.Touched(
            f"Khoản phải nộp {row.amount:,} đồng".replace(",", "."),
            row.organisation_id if row.organisation_id in wanted else row.agency_id,
        )
        for row in _charges(organisations).order_by("pk")[:limit]
    ]
    refunds = [
        directory.Touched("Khoản hoàn trả chưa xong", row.organisation_id)
        for row in _refunds(organisations).order_by("pk")[:limit]
    ]
    return (charges + refunds)[:limit]


def move(moves: directory.Moves, limit: int, now: datetime) -> int:
    """A charge does not know its lĩnh vực: it goes to who takes all, or the rest."""
    charges = list(_charges(moves.main.keys()).select_for_update().order_by("pk").values_list("pk", flat=True)[:limit])
    refunds = list(_refunds(moves.main.keys()).select_for_update().order_by("pk").values_list("pk", flat=True)[:limit])
    if charges:
        Charge.objects.filter(pk__in=charges).update(
            organisation_id=_successor("organisation_id", moves), agency_id=_successor("agency_id", moves)
        )
    if refunds:
        Refund.objects.filter(pk__in=refunds).update(organisation_id=_successor("organisation_id", moves))
    return len(charges) + len(refunds)


def _successor(column: str, moves: directory.Moves) -> Case:
    return Case(
        *(When(**{column: old}, then=Value(new)) for old, new in moves.main.items()),
        default=F(column),
        output_field=BigIntegerField(),
    )


def register() -> None:
    """Called when the app is ready."""
    directory.register_follower(
        directory.Follower(
            name="payments",
            title="Khoản phải nộp, phải hoàn trả",
            order=140,
            columns=frozenset(
                {"payments.Charge.organisation", "payments.Charge.agency", "payments.Refund.organisation"}
            ),
            count=count,
            listing=listing,
            move=move,
        )
    )
    directory.register_stays(
        {"payments.Payment.organisation", "payments.Receipt.organisation"},
        because="Money that was taken, and its receipt, stay with who took it.",
    )
