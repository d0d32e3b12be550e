"""Biên lai điện tử: numbered when the money came (`settling`), printed once as PDF/A, never altered."""

from __future__ import annotations

import io
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor
from tinhso.kernel.audit.api import record
from tinhso.kernel.files.api import store
from tinhso.kernel.pdf import print_paper
from tinhso.modules.directory import api as directory
from tinhso.modules.payments.models import Receipt
from tinhso.modules.payments.print import shapes
from tinhso.modules.payments.rules.amounts import in_words, read
from tinhso.modules.payments.rules.words import Method


def ensure_receipt(*, receipt_id: int, actor: Actor, now: datetime) -> int:
    """The receipt's file; printed at the first call. Returns the file's number."""
    receipt = Receipt.objects.select_related("payment__charge").get(pk=receipt_id)
    if receipt.file_id is not None:
        return int(receipt.file_id)
    # Made outside the lock; whoever comes second throws its bytes away.
    content = print_paper(_paper(receipt))
    with transaction.atomic():
        locked = Receipt.objects.select_for_update().get(pk=receipt_id)
        if locked.file_id is None:
            filename = f"bien-lai-{locked.year}-{locked.shown_number}.pdf"
            locked.file_id = store(
                io.BytesIO(content), filename=filename, actor=actor, now=now, purpose="payments.receipt"
            ).id
            locked.save(update_fields=["file"])
            record(
                who=actor,
                action="payments.print_receipt",
                object_ref=receipt.payment.charge.ref,
                after={"receipt": locked.pk, "number": locked.number, "file": locked.file_id},
                now=now,
            )
        return int(locked.file_id)


def _paper(receipt: Receipt) -> shapes.ReceiptPaper:
    payment = receipt.payment
    charge = payment.charge
    organisation = directory.organisation(receipt.organisation_id)
    parent = directory.organisations_by_id([charge.agency_id]).get(charge.agency_id)
    return shapes.ReceiptPaper(
        printed_at=receipt.issued_at,
        organisation_name=organisation.name,
        parent_name=parent.name if parent is not None and parent.id != organisation.id else "",
        organisation_code=organisation.code,
        address=organisation.address,
        form=receipt.form,
        series=receipt.series,
        number=receipt.shown_number,
        issued_at=receipt.issued_at,
        payer_name=charge.payer_name,
        subject_code=charge.subject_code,
        title=charge.title,
        lines=tuple(
            shapes.ReceiptLine(
                name=line.name,
                unit=line.unit,
                quantity=line.quantity,
                price=line.amount,
                total=line.total,
                exempt_ground=line.exempt_ground,
            )
            for line in read(charge.lines)
        ),
        total=payment.amount,
        total_in_words=in_words(payment.amount),
        method=Method(payment.method).title,
        reference=payment.reference,
        paid_at=payment.paid_at,
        collector_name="" if payment.taken_by_id is None else payment.taken_by_name,
        province=settings.PROVINCE["full_name"],
    )
