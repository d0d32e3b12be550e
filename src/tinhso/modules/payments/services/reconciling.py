"""Đối soát: a provider's statement of a day against our books, every day; each difference stays until a person settles it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import TypeVar

from django.db import transaction
from django.db.models import Sum

from tinhso.kernel.access.api import SYSTEM, Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.models import Attempt, Charge, Difference, Payment, Refund, Statement, StatementLine
from tinhso.modules.payments.rules.days import day_span
from tinhso.modules.payments.rules.reconciling import CannotRead, Found, Line, Ours, differences, read_statement
from tinhso.modules.payments.rules.words import Method, RefundState
from tinhso.modules.payments.services.health import note
from tinhso.modules.payments.services.providers import ProviderAway, providers

T = TypeVar("T")
STATED = (Method.VNPAY, Method.PAYGOV, Method.VIETQR)


class CannotReconcile(ValueError):
    """The file is not a statement of that day, or has been read already. Nothing was changed."""


class CannotSettleDifference(ValueError):
    """No ground was given, or it is settled. Nothing was changed."""


@dataclass(frozen=True)
class Reconciled:
    rows: int
    total: int
    found: int
    already: bool = False


@transaction.atomic
def reconcile(*, provider: str, day: date, content: bytes, actor: Actor, now: datetime) -> Reconciled:
    """Read the statement of a day and compare. The same file again changes nothing; another one takes its place, and
    differences that it does not show any more are closed as such. Raises `CannotReconcile`."""
    require(actor, "payments.reconcile")
    if provider not in STATED:
        raise CannotReconcile("Chọn cổng thanh toán hoặc ngân hàng của bảng kê.")
    if day > now.astimezone(VIETNAM).date():
        raise CannotReconcile("Ngày đối soát chưa đến.")
    try:
        lines = read_statement(content)
    except CannotRead as wrong:
        raise CannotReconcile(str(wrong)) from None
    strange = next((line for line in lines if line.at.astimezone(VIETNAM).date() != day), None)
    if strange is not None:
        raise CannotReconcile(
            f"Bảng kê có giao dịch ngày {strange.at.astimezone(VIETNAM):%d/%m/%Y}, không phải ngày {day:%d/%m/%Y}."
        )
    digest = sha256(content).hexdigest()
    before = Statement.objects.select_for_update().filter(provider=provider, day_date=day, superseded_at=None).first()
    total = sum(line.amount if line.kind == "payment" else -line.amount for line in lines)
    if before is not None and before.digest == digest:
        return Reconciled(len(lines), total, _open_count(provider, day), already=True)
    if before is not None:
        before.superseded_at = now
        before.save(update_fields=["superseded_at"])
    statement = Statement.objects.create(
        provider=provider, day_date=day, digest=digest, read_at=now, read_by_name=actor.label[:300], rows=len(lines),
        total=total,
    )  # fmt: skip
    StatementLine.objects.bulk_create(
        [StatementLine(statement=statement, reference=one.reference, number=one.number, kind=one.kind,
                       amount=one.amount, at=one.at) for one in lines],
        batch_size=1000,
    )  # fmt: skip
    found = _compare(provider, day, {line.reference for line in lines})
    _write_differences(provider, day, found, now)
    record(
        who=actor,
        action="payments.reconcile",
        object_ref=f"statement:{statement.pk}",
        after={"provider": provider, "day": day.isoformat(), "rows": len(lines), "differences": len(found)},
        now=now,
    )
    return Reconciled(len(lines), total, _open_count(provider, day))


def _compare(provider: str, day: date, stated: set[str]) -> list[Found]:
    """Our payments of the day, and whatever else we or earlier statements know of the references concerned."""
    start, end = day_span(day)
    paid = Payment.objects.filter(method=provider, attempt__isnull=False)
    known = {reference: (pk, amount) for pk, reference, amount in
             paid.filter(paid_at__gte=start, paid_at__lt=end).values_list("pk", "attempt__reference", "amount")}  # fmt: skip
    for chunk in _chunks(stated - known.keys()):
        rows = paid.filter(attempt__reference__in=chunk).values_list("pk", "attempt__reference", "amount")
        known |= {reference: (pk, amount) for pk, reference, amount in rows}
    refunded: dict[int, int] = {}
    for numbers in _chunks([pk for pk, _ in known.values()]):
        done = Refund.objects.filter(payment_id__in=numbers, state=RefundState.DONE)
        refunded |= dict(done.values("payment_id").annotate(sum=Sum("amount")).values_list("payment_id", "sum"))
    theirs: list[Line] = []
    for chunk in _chunks(stated | known.keys()):
        stated_rows = StatementLine.objects.filter(
            statement__provider=provider, statement__superseded_at=None, reference__in=chunk
        ).order_by("pk")
        theirs += [Line(one.reference, one.number, one.kind, one.amount, one.at) for one in stated_rows]
    ours = [Ours(reference, amount, refunded.get(pk, 0)) for reference, (pk, amount) in known.items()]
    return differences(ours, theirs)


def _chunks(values: Iterable[T], size: int = 500) -> Iterable[list[T]]:
    everything = list(values)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def _write_differences(provider: str, day: date, found: list[Found], now: datetime) -> None:
    charges: dict[str, int] = {}
    for chunk in _chunks([one.reference for one in found]):
        charges |= dict(Attempt.objects.filter(reference__in=chunk).values_list("reference", "charge_id"))
    for one in found:
        Difference.objects.update_or_create(
            provider=provider,
            day_date=day,
            kind=one.kind,
            reference=one.reference,
            defaults={"here": one.here, "there": one.there},
            create_defaults={
                "here": one.here,
                "there": one.there,
                "charge_id": charges.get(one.reference),
                "found_at": now,
            },
        )
    still = {(str(one.kind), one.reference) for one in found}
    for row in Difference.objects.filter(provider=provider, day_date=day, settled_at=None):
        if (row.kind, row.reference) not in still:
            row.settled_at, row.settled_by_name = now, SYSTEM.label
            row.ground = "Không còn chênh lệch theo bảng kê mới của ngày này"
            row.save(update_fields=["settled_at", "settled_by_name", "ground"])


def _open_count(provider: str, day: date) -> int:
    return Difference.objects.filter(provider=provider, day_date=day, settled_at=None).count()


@transaction.atomic
def settle_difference(*, difference_id: int, ground: str, actor: Actor, now: datetime) -> None:
    """A person has found out and says how it was put right. Raises `CannotSettleDifference`."""
    found = Difference.objects.select_for_update().get(pk=difference_id)
    charge = None if found.charge_id is None else Charge.objects.get(pk=found.charge_id)
    require(actor, "payments.settle_difference", charge)
    ground = ground.strip()
    if found.settled_at is not None:
        raise CannotSettleDifference(f"Chênh lệch này đã được {found.settled_by_name} đóng.")
    if len(ground) < 10:
        raise CannotSettleDifference("Ghi rõ nguyên nhân và cách đã xử lý (ít nhất 10 ký tự).")
    found.settled_at, found.settled_by_id = now, account_of(actor)
    found.settled_by_name, found.ground = actor.label[:300], ground[:2000]
    found.save(update_fields=["settled_at", "settled_by", "settled_by_name", "ground"])
    record(
        who=actor,
        action="payments.settle_difference",
        object_ref=f"difference:{found.pk}",
        reason=ground,
        after={"kind": found.kind, "reference": found.reference},
        now=now,
    )


def fetch_statements(*, day: date, actor: Actor, now: datetime) -> dict[str, str]:
    """Get the day's statement from every connected provider and compare. Provider → what went wrong, "" for nothing.
    One provider's fault never keeps the others from being compared."""
    require(actor, "payments.reconcile")
    outcome = {}
    for code, door in providers().items():
        if not door.connected:
            continue
        try:
            content = door.statement(day)
            reconcile(provider=code, day=day, content=content, actor=actor, now=now)
            outcome[code] = ""
        except (ProviderAway, CannotReconcile) as problem:
            outcome[code] = str(problem)
            note(code, problem=f"Bảng kê {day:%d/%m/%Y}: {problem}", now=now)
    return outcome
