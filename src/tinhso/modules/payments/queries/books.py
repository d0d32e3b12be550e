"""Lists: the day book, refunds, differences, providers. Filtered by what the actor may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Sum

from tinhso.modules.payments.models import (
    Attempt,
    Difference,
    Payment,
    ProviderHealth,
    ProviderMessage,
    Receipt,
    Refund,
    Statement,
)
from tinhso.modules.payments.rules.days import day_span
from tinhso.modules.payments.rules.words import REMEDIES, AttemptState, DifferenceKind, Method, RefundState, Verdict

MOST = 200


@dataclass(frozen=True)
class BookRow:
    payment_id: int
    charge_public_id: UUID
    subject_code: str
    payer_name: str
    title: str
    method: Method
    amount: int
    reference: str
    paid_at: datetime
    taken_by_name: str
    is_surplus: bool
    receipt: str
    refund_open: bool


@dataclass(frozen=True)
class MethodTotal:
    method: Method
    count: int
    amount: int


@dataclass(frozen=True)
class DayBook:
    """What an organisation took on a day. `refunded`: given back that day, from payments of any day."""

    rows: tuple[BookRow, ...]
    totals: tuple[MethodTotal, ...]
    total: int
    refunded: int


def day_book(organisation_ids: Collection[int], day: date) -> DayBook:
    """Four queries. In the order in which the money was noted."""
    start, end = day_span(day)
    found = Payment.objects.filter(organisation_id__in=organisation_ids, paid_at__gte=start, paid_at__lt=end)
    open_refund = Refund.objects.filter(payment=OuterRef("pk"), state__in=[RefundState.ASKED, RefundState.APPROVED])
    payments = list(found.select_related("charge").annotate(refund_open=Exists(open_refund)).order_by("pk"))
    receipts = {
        one.payment_id: f"{one.series} {one.shown_number}"
        for one in Receipt.objects.filter(payment__in=found)
    }  # fmt: skip
    totals = tuple(
        MethodTotal(Method(row["method"]), row["count"], row["amount"])
        for row in found.values("method").annotate(count=Count("pk"), amount=Sum("amount")).order_by("method")
    )
    refunds = Refund.objects.filter(organisation_id__in=organisation_ids, done_at__gte=start, done_at__lt=end)
    return DayBook(
        rows=tuple(
            BookRow(
                payment_id=one.pk,
                charge_public_id=one.charge.public_id,
                subject_code=one.charge.subject_code,
                payer_name=one.charge.payer_name,
                title=one.charge.title,
                method=Method(one.method),
                amount=one.amount,
                reference=one.reference,
                paid_at=one.paid_at,
                taken_by_name=one.taken_by_name,
                is_surplus=one.is_surplus,
                receipt=receipts.get(one.pk, ""),
                refund_open=one.refund_open,
            )
            for one in payments
        ),
        totals=totals,
        total=sum(one.amount for one in totals),
        refunded=int(refunds.aggregate(sum=Sum("amount"))["sum"] or 0),
    )


@dataclass(frozen=True)
class RefundRow:
    id: int
    subject_code: str
    payer_name: str
    method: Method
    paid: int
    is_surplus: bool
    amount: int
    reason: str
    state: RefundState
    asked_at: datetime
    asked_by_id: int
    asked_by_name: str
    taken_by_id: int | None
    decided_by_name: str
    decision_note: str
    done_at: datetime | None
    done_by_name: str
    reference: str

    @property
    def note_place(self) -> str:
        return f"note-{self.id}"

    @property
    def reference_place(self) -> str:
        return f"reference-{self.id}"


def refunds(organisation_ids: Collection[int]) -> tuple[RefundRow, ...]:
    """What waits first, then the rest, the newest first; at most 200. One query."""
    rows = Refund.objects.filter(organisation_id__in=organisation_ids).select_related("payment__charge")
    waiting = Q(state__in=[RefundState.ASKED, RefundState.APPROVED])
    ordered = [*rows.filter(waiting).order_by("pk")[:MOST], *rows.exclude(waiting).order_by("-pk")[:MOST]]
    return tuple(
        RefundRow(
            id=one.pk,
            subject_code=one.payment.charge.subject_code,
            payer_name=one.payment.charge.payer_name,
            method=Method(one.payment.method),
            paid=one.payment.amount,
            is_surplus=one.payment.is_surplus,
            amount=one.amount,
            reason=one.reason,
            state=RefundState(one.state),
            asked_at=one.asked_at,
            asked_by_id=one.asked_by_id,
            asked_by_name=one.asked_by_name,
            taken_by_id=one.payment.taken_by_id,
            decided_by_name=one.decided_by_name,
            decision_note=one.decision_note,
            done_at=one.done_at,
            done_by_name=one.done_by_name,
            reference=one.reference,
        )
        for one in ordered[:MOST]
    )


@dataclass(frozen=True)
class SurplusRow:
    """Money that nobody owed and for which no refund has been asked yet."""

    payment_id: int
    charge_public_id: UUID
    subject_code: str
    payer_name: str
    method: Method
    amount: int
    paid_at: datetime


def surplus_without_refund(organisation_ids: Collection[int]) -> tuple[SurplusRow, ...]:
    """One query; at most 200."""
    asked = Refund.objects.filter(payment=OuterRef("pk")).exclude(state=RefundState.DECLINED)
    rows = Payment.objects.filter(~Exists(asked), organisation_id__in=organisation_ids, is_surplus=True)
    return tuple(
        SurplusRow(
            one.pk, one.charge.public_id, one.charge.subject_code, one.charge.payer_name, Method(one.method),
            one.amount, one.paid_at,
        )
        for one in rows.select_related("charge").order_by("pk")[:MOST]
    )  # fmt: skip


@dataclass(frozen=True)
class DifferenceRow:
    id: int
    provider: Method
    day: date
    kind: DifferenceKind
    reference: str
    here: int | None
    there: int | None
    subject_code: str
    charge_public_id: UUID | None
    found_at: datetime
    settled_at: datetime | None
    settled_by_name: str
    ground: str

    @property
    def place(self) -> str:
        return f"ground-{self.id}"

    @property
    def remedy(self) -> str:
        return REMEDIES[self.kind.value]


def differences(organisation_ids: Collection[int], *, settled: bool) -> tuple[DifferenceRow, ...]:
    """Those of these organisations' charges, and those of no charge of ours. One query; at most 200."""
    rows = Difference.objects.filter(
        Q(charge__organisation_id__in=organisation_ids) | Q(charge=None), settled_at__isnull=not settled
    ).select_related("charge")
    ordered = rows.order_by("-settled_at", "-pk") if settled else rows.order_by("day_date", "pk")
    return tuple(
        DifferenceRow(
            id=one.pk,
            provider=Method(one.provider),
            day=one.day_date,
            kind=DifferenceKind(one.kind),
            reference=one.reference,
            here=one.here,
            there=one.there,
            subject_code="" if one.charge is None else one.charge.subject_code,
            charge_public_id=None if one.charge is None else one.charge.public_id,
            found_at=one.found_at,
            settled_at=one.settled_at,
            settled_by_name=one.settled_by_name,
            ground=one.ground,
        )
        for one in ordered[:MOST]
    )


@dataclass(frozen=True)
class StatementRow:
    provider: Method
    day: date
    rows: int
    total: int
    read_at: datetime
    read_by_name: str


def statements() -> tuple[StatementRow, ...]:
    """The last thirty that count. One query."""
    rows = Statement.objects.filter(superseded_at=None).order_by("-day_date", "provider")[:30]
    return tuple(
        StatementRow(Method(one.provider), one.day_date, one.rows, one.total, one.read_at, one.read_by_name)
        for one in rows
    )


@dataclass(frozen=True)
class HealthRow:
    provider: str
    ok_at: datetime | None
    failed_at: datetime | None
    failures: int
    problem: str
    waiting: int
    messages: tuple[tuple[str, int], ...]


def provider_health(codes: Collection[str], *, since: datetime) -> dict[str, HealthRow]:
    """How each answers, what waits for it, and what its messages since then were worth. Three queries."""
    known = {one.provider: one for one in ProviderHealth.objects.filter(provider__in=codes)}
    waiting = dict(
        Attempt.objects.filter(provider__in=codes, state=AttemptState.WAITING)
        .values("provider").annotate(count=Count("pk")).values_list("provider", "count")
    )  # fmt: skip
    messages: dict[str, list[tuple[str, int]]] = {}
    for row in (
        ProviderMessage.objects.filter(provider__in=codes, received_at__gte=since)
        .values("provider", "verdict").annotate(sum=Sum("times")).order_by("verdict")
    ):  # fmt: skip
        messages.setdefault(row["provider"], []).append((Verdict(row["verdict"]).title, row["sum"]))
    found = {}
    for code in codes:
        health = known.get(code) or ProviderHealth(provider=code)
        found[code] = HealthRow(
            code, health.ok_at, health.failed_at, health.failures, health.problem, waiting.get(code, 0),
            tuple(messages.get(code, ())),
        )  # fmt: skip
    return found
