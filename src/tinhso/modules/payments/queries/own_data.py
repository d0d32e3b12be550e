"""What payments keep of a person, to take away: what was asked, what they paid, receipts, money given back. Asked by
identity. What a provider signed or told us is not the person's and stays here."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tinhso.modules.identity import api as identity
from tinhso.modules.payments.models import Attempt, Charge, Payment, Receipt, Refund
from tinhso.modules.payments.rules.amounts import read
from tinhso.modules.payments.rules.words import AttemptState, ChargeState, Method, RefundState


def export(user_id: int) -> identity.OwnData:
    """Every charge of the account. Five queries."""
    charges = list(Charge.objects.filter(owner_id=user_id).select_related("organisation", "agency").order_by("pk"))
    numbers = [row.pk for row in charges]
    attempts: dict[int, list[Any]] = defaultdict(list)
    for attempt in Attempt.objects.filter(charge_id__in=numbers).order_by("pk"):
        attempts[attempt.charge_id].append(_attempt(attempt))
    paid = list(Payment.objects.filter(charge_id__in=numbers).order_by("pk"))
    receipts = {row.payment_id: row for row in Receipt.objects.filter(payment__in=paid).select_related("file")}
    refunds: dict[int, list[Any]] = defaultdict(list)
    for refund in Refund.objects.filter(payment__in=paid).order_by("pk"):
        refunds[refund.payment_id].append(_refund(refund))
    payments: dict[int, list[Any]] = defaultdict(list)
    for row in paid:
        payments[row.charge_id].append(_payment(row, receipts.get(row.pk), refunds[row.pk]))
    files = tuple(
        identity.OwnFile(one.file.pk, f"bien-lai/{one.organisation_id}-{one.year}-{one.shown_number}.pdf")
        for one in receipts.values()
        if one.file is not None
    )
    return identity.OwnData([_charge(row, payments[row.pk], attempts[row.pk]) for row in charges], files)


def _charge(row: Charge, payments: list[Any], attempts: list[Any]) -> dict[str, Any]:
    return {
        "hồ sơ": row.subject_code, "nội dung": row.title, "nơi thu": row.organisation.name,
        "cơ quan giải quyết": row.agency.name, "người nộp": row.payer_name,
        "các khoản": [
            {
                "tên": line.name, "mức": line.amount, "số lượng": line.quantity, "đơn vị": line.unit,
                "miễn, giảm vì": line.exempt_ground,
            }
            for line in read(row.lines)
        ],
        "số tiền (đồng)": row.amount, "lý do yêu cầu": row.reason, "trạng thái": ChargeState(row.state).title,
        "yêu cầu lúc": row.created_at, "xong lúc": row.closed_at, "căn cứ": row.closed_ground,
        "đã nộp": payments, "những lần nộp trực tuyến": attempts,
    }  # fmt: skip


def _attempt(row: Attempt) -> dict[str, Any]:
    return {
        "qua": Method(row.provider).title, "mã tham chiếu": row.reference, "số tiền (đồng)": row.amount,
        "trạng thái": AttemptState(row.state).title, "bắt đầu": row.started_at, "kết thúc": row.finished_at,
    }  # fmt: skip


def _payment(row: Payment, receipt: Receipt | None, refunds: list[Any]) -> dict[str, Any]:
    return {
        "cách nộp": Method(row.method).title, "số tiền (đồng)": row.amount, "tiền đưa (đồng)": row.tendered,
        "mã giao dịch": row.reference, "nộp lúc": row.paid_at, "nộp thừa": row.is_surplus,
        "biên lai": None if receipt is None else {
            "ký hiệu": receipt.series, "số": receipt.shown_number, "lập lúc": receipt.issued_at,
            "hủy lúc": receipt.cancelled_at, "lý do hủy": receipt.cancelled_ground,
        },
        "hoàn trả": refunds,
    }  # fmt: skip


def _refund(row: Refund) -> dict[str, Any]:
    return {
        "số tiền (đồng)": row.amount, "lý do": row.reason, "trạng thái": RefundState(row.state).title,
        "đề nghị lúc": row.asked_at, "quyết định lúc": row.decided_at, "ý kiến": row.decision_note,
        "trả lúc": row.done_at, "chứng từ chi": row.reference,
    }  # fmt: skip
