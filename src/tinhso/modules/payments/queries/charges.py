"""One charge, whole, as its pages show it; and the charges of a subject."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q

from tinhso.modules.payments.models import Attempt, Charge, Payment, ProviderHealth, Receipt, Refund
from tinhso.modules.payments.rules.amounts import ChargeLine, read
from tinhso.modules.payments.rules.days import day_span
from tinhso.modules.payments.rules.words import ONLINE, AttemptState, ChargeState, Method, RefundState


class ChargeNotFound(LookupError):
    """No such charge."""


@dataclass(frozen=True)
class ReceiptInfo:
    id: int
    number: str
    series: str
    issued_at: datetime
    cancelled_at: datetime | None


@dataclass(frozen=True)
class RefundInfo:
    id: int
    amount: int
    state: RefundState
    reason: str
    done_at: datetime | None


@dataclass(frozen=True)
class PaymentInfo:
    id: int
    method: Method
    amount: int
    tendered: int | None
    reference: str
    paid_at: datetime
    taken_by_name: str
    is_surplus: bool
    receipt: ReceiptInfo | None
    refunds: tuple[RefundInfo, ...]

    @property
    def change(self) -> int | None:
        return None if self.tendered is None else self.tendered - self.amount


@dataclass(frozen=True)
class AttemptInfo:
    id: int
    provider: Method
    reference: str
    amount: int
    state: AttemptState
    started_at: datetime
    expires_at: datetime
    problem: str
    pay_url: str


@dataclass(frozen=True)
class ChargeInfo:
    """A charge as a page shows it: what, how much, why, exemptions, and all that was tried and came. Newest first."""

    id: int
    public_id: UUID
    subject_ref: str
    subject_code: str
    title: str
    organisation_id: int
    organisation_name: str
    payer_name: str
    lines: tuple[ChargeLine, ...]
    amount: int
    reason: str
    state: ChargeState
    created_at: datetime
    closed_at: datetime | None
    closed_by_name: str
    closed_ground: str
    payments: tuple[PaymentInfo, ...]
    attempts: tuple[AttemptInfo, ...]

    @property
    def settling(self) -> PaymentInfo | None:
        return next((one for one in self.payments if not one.is_surplus), None)

    @property
    def receipt(self) -> ReceiptInfo | None:
        return None if self.settling is None else self.settling.receipt

    @property
    def surplus(self) -> int:
        return sum(one.amount for one in self.payments if one.is_surplus)

    @property
    def online_attempt(self) -> AttemptInfo | None:
        """The last try online."""
        return next((one for one in self.attempts if one.provider in ONLINE), None)

    @property
    def exemptions(self) -> tuple[ChargeLine, ...]:
        return tuple(line for line in self.lines if line.exempt_ground)


def charge_row(public_id: UUID) -> Charge:
    """The row, for deciding who may see it. Raises `ChargeNotFound`."""
    found = Charge.objects.select_related("organisation").filter(public_id=public_id).first()
    if found is None:
        raise ChargeNotFound
    return found


def charge_info(row: Charge) -> ChargeInfo:
    """Four queries at most."""
    payments = list(Payment.objects.filter(charge=row).order_by("-pk"))
    receipts: dict[int, ReceiptInfo] = {}
    refunds: dict[int, list[RefundInfo]] = {}
    if payments:
        for one in Receipt.objects.filter(payment__in=payments):
            receipts[one.payment_id] = ReceiptInfo(
                one.pk, one.shown_number, one.series, one.issued_at, one.cancelled_at
            )
        for refund in Refund.objects.filter(payment__in=payments).order_by("-pk"):
            refunds.setdefault(refund.payment_id, []).append(
                RefundInfo(refund.pk, refund.amount, RefundState(refund.state), refund.reason, refund.done_at)
            )
    return ChargeInfo(
        id=row.pk,
        public_id=row.public_id,
        subject_ref=row.subject_ref,
        subject_code=row.subject_code,
        title=row.title,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        payer_name=row.payer_name,
        lines=read(row.lines),
        amount=row.amount,
        reason=row.reason,
        state=ChargeState(row.state),
        created_at=row.created_at,
        closed_at=row.closed_at,
        closed_by_name=row.closed_by_name,
        closed_ground=row.closed_ground,
        payments=tuple(
            PaymentInfo(
                id=one.pk,
                method=Method(one.method),
                amount=one.amount,
                tendered=one.tendered,
                reference=one.reference,
                paid_at=one.paid_at,
                taken_by_name=one.taken_by_name,
                is_surplus=one.is_surplus,
                receipt=receipts.get(one.pk),
                refunds=tuple(refunds.get(one.pk, ())),
            )
            for one in payments
        ),
        attempts=tuple(
            AttemptInfo(
                one.pk, Method(one.provider), one.reference, one.amount, AttemptState(one.state), one.started_at,
                one.expires_at, one.problem, one.pay_url,
            )
            for one in Attempt.objects.filter(charge=row).order_by("-pk")[:20]
        ),
    )  # fmt: skip


def charge_by_id(charge_id: int) -> ChargeInfo:
    """Raises `ChargeNotFound`."""
    row = Charge.objects.select_related("organisation").filter(pk=charge_id).first()
    if row is None:
        raise ChargeNotFound
    return charge_info(row)


def charges_of(subject_ref: str) -> tuple[ChargeInfo, ...]:
    """All that was ever asked for a subject, the newest first."""
    rows = Charge.objects.select_related("organisation").filter(subject_ref=subject_ref).order_by("-pk")
    return tuple(charge_info(row) for row in rows)


def receipt_of_charge(charge_id: int) -> int | None:
    return (
        Receipt.objects.filter(payment__charge_id=charge_id, payment__is_surplus=False)
        .values_list("pk", flat=True)
        .first()
    )


def providers_away(codes: Collection[str], *, now: datetime) -> frozenset[str]:
    """Of these providers, those that did not answer the last time they were asked. One query."""
    rows = ProviderHealth.objects.filter(provider__in=codes, failures__gt=0)
    return frozenset(rows.values_list("provider", flat=True))


@dataclass(frozen=True)
class OnlineCounts:
    """Dossiers of an agency that owe fees, asked for in a period: all, those paid, those paid online; and the codes of the
    procedures (`topics`) of those that owe and of those that were paid online."""

    agency_id: int
    charged: int
    paid: int
    paid_online: int
    topics: frozenset[str]
    topics_online: frozenset[str]


def online_payment_counts(*, since: date, until: date) -> dict[int, OnlineCounts]:
    """By agency that settles, for charges asked on the days `since` to `until` (both counted, in Vietnam). Cancelled
    and exempt ones owe nothing and are left out. Two queries."""
    asked = Charge.objects.filter(created_at__gte=day_span(since)[0], created_at__lt=day_span(until)[1]).exclude(
        state__in=[ChargeState.CANCELLED, ChargeState.EXEMPT]
    )
    rows = asked.values("agency_id", "topic_code").annotate(
        charged=Count("pk"), paid=Count("pk", filter=Q(state=ChargeState.PAID))
    )
    paid_online = Payment.objects.filter(
        charge__in=asked.filter(state=ChargeState.PAID).values("pk"), is_surplus=False, method__in=sorted(ONLINE)
    )
    online = {
        (row["charge__agency_id"], row["charge__topic_code"]): row["count"]
        for row in paid_online.values("charge__agency_id", "charge__topic_code").annotate(count=Count("pk"))
    }
    by_agency: dict[int, list[tuple[str, int, int, int]]] = {}
    for row in rows.order_by():
        number, topic = row["agency_id"], row["topic_code"]
        by_agency.setdefault(number, []).append((topic, row["charged"], row["paid"], online.get((number, topic), 0)))
    return {
        number: OnlineCounts(
            agency_id=number,
            charged=sum(charged for _, charged, _, _ in found),
            paid=sum(paid for _, _, paid, _ in found),
            paid_online=sum(count for *_, count in found),
            topics=frozenset(topic for topic, *_ in found if topic),
            topics_online=frozenset(topic for topic, *_, count in found if topic and count),
        )
        for number, found in by_agency.items()
    }
