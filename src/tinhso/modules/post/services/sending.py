"""A consignment from the order to the postman's hands."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.kernel.files.api import store
from tinhso.kernel.identifiers.api import next_number
from tinhso.kernel.pdf import print_paper
from tinhso.modules.directory import api as directory
from tinhso.modules.post.events import ConsignmentHandedOver, ConsignmentOrdered
from tinhso.modules.post.models import Consignment, Sheet
from tinhso.modules.post.print import shapes
from tinhso.modules.post.rules import ConsignmentState
from tinhso.modules.post.services import operator

PUSHED_AT_ONCE = 50


class CannotSend(ValueError):
    """An address is missing, or it is on its way already. Nothing was changed."""


class CannotHandToPostman(ValueError):
    """Nothing was chosen, it has no code yet, or the postman is not named. Nothing was changed."""


@transaction.atomic
def order(
    *, reference: str, office_id: int, subject: str, recipient_name: str, recipient_phone: str, recipient_address: str,
    actor: Actor, now: datetime,
) -> int:  # fmt: skip
    """Ask that something be sent. Asked again for the same reference it is the same consignment, unless that came back.
    The operator is told by a job. Raises `CannotSend`."""
    require(actor, "post.order", Consignment(office_id=office_id))
    known = Consignment.objects.select_for_update().filter(reference=reference).exclude(state="returned").first()
    if known is not None:
        return known.pk
    if len(recipient_address.strip()) < 10:
        raise CannotSend("Chưa có địa chỉ nhận đầy đủ (số nhà, thôn hoặc đường, xã hoặc phường, tỉnh).")
    if len(recipient_phone.strip()) < 9:
        raise CannotSend("Chưa có số điện thoại của người nhận để bưu tá gọi.")
    row = Consignment.objects.create(
        office_id=office_id,
        reference=reference,
        subject=subject[:300],
        recipient_name=recipient_name.strip()[:300],
        recipient_phone=recipient_phone.strip()[:20],
        recipient_address=recipient_address.strip()[:300],
        state=ConsignmentState.ORDERED,
        ordered_at=now,
        ordered_by_id=account_of(actor) if actor.kind == "officer" else None,
    )
    record(who=actor, action="post.order", object_ref=f"consignment:{row.pk}", after={"for": reference}, now=now)
    publish(ConsignmentOrdered(consignment_id=row.pk, reference=reference), key=reference)
    return row.pk


def push(*, consignment_id: int, actor: Actor, now: datetime) -> bool:
    """Tell the operator of an order. While it does not answer, the order waits and its page says why. Safe to repeat:
    the order's own number makes it once. Returns whether it has its code now."""
    require(actor, "post.push")
    row = Consignment.objects.select_related("office").get(pk=consignment_id)
    if row.state != ConsignmentState.ORDERED:
        return True
    try:
        taken = operator.create(
            order_id=str(row.public_id),
            sender=row.office.name,
            recipient={
                "name": row.recipient_name, "phone": row.recipient_phone, "address": row.recipient_address,
            },
            subject=row.subject,
        )  # fmt: skip
    except operator.OperatorFailed as failure:
        Consignment.objects.filter(pk=row.pk, state=ConsignmentState.ORDERED).update(
            problem=str(failure)[:300], tries=F("tries") + 1, tried_at=now
        )
        return False
    with transaction.atomic():
        locked = Consignment.objects.select_for_update().get(pk=row.pk)
        if locked.state == ConsignmentState.ORDERED:
            if Consignment.objects.filter(tracking_code=taken.tracking_code).exists():
                locked.problem = "Bưu chính đưa một mã vận đơn đã cấp cho bưu gửi khác."
                locked.tries += 1
                locked.tried_at = now
                locked.save(update_fields=["problem", "tries", "tried_at"])
                return False
            locked.state = ConsignmentState.CREATED
            locked.tracking_code = taken.tracking_code
            locked.fee = taken.fee
            locked.problem = ""
            locked.save(update_fields=["state", "tracking_code", "fee", "problem"])
            record(
                who=actor, action="post.created", object_ref=f"consignment:{row.pk}",
                after={"tracking_code": taken.tracking_code, "fee": taken.fee}, now=now,
            )  # fmt: skip
    return True


def push_waiting(*, actor: Actor, now: datetime) -> int:
    """Try again what the operator has not taken; each on its own, so that one does not stop the others."""
    require(actor, "post.push")
    if not operator.is_connected():
        return 0
    waiting = Consignment.objects.filter(state=ConsignmentState.ORDERED).order_by("tried_at", "pk")
    return sum(
        push(consignment_id=number, actor=actor, now=now)
        for number in waiting.values_list("pk", flat=True)[:PUSHED_AT_ONCE]
    )


def label(*, consignment_id: int, actor: Actor, now: datetime) -> bytes:
    """The label for the envelope as PDF. Raises `CannotSend` before there is a code."""
    row = Consignment.objects.select_related("office").get(pk=consignment_id)
    require(actor, "post.hand_over", row)
    if not row.tracking_code:
        raise CannotSend("Bưu chính chưa cấp mã vận đơn nên chưa in được nhãn.")
    return print_paper(
        shapes.Label(
            printed_at=now,
            tracking_code=row.tracking_code,
            sender_name=row.office.name,
            sender_address=row.office.address,
            sender_phone=row.office.phone,
            recipient_name=row.recipient_name,
            recipient_phone=row.recipient_phone,
            recipient_address=row.recipient_address,
            fee="" if row.fee is None else f"{row.fee:,} đồng".replace(",", "."),
        )
    )


@transaction.atomic
def hand_to_postman(
    *, consignment_ids: Sequence[int], postman_name: str, office_id: int, actor: Actor, now: datetime
) -> int:
    """The postman takes the chosen consignments; both sign the sheet. Returns the sheet's number in the table. Raises
    `CannotHandToPostman`."""
    require(actor, "post.hand_over", Consignment(office_id=office_id))
    postman_name = " ".join(postman_name.split())
    if not postman_name:
        raise CannotHandToPostman("Nhập họ tên bưu tá nhận bàn giao.")
    rows = list(
        Consignment.objects.select_for_update()
        .filter(pk__in=list(consignment_ids)[:500], office_id=office_id)
        .order_by("pk")
    )
    if not rows:
        raise CannotHandToPostman("Đánh dấu ít nhất một bưu gửi để bàn giao.")
    wrong = [row for row in rows if row.state != ConsignmentState.CREATED]
    if wrong:
        raise CannotHandToPostman(
            f"Bưu gửi {wrong[0].tracking_code or wrong[0].subject} chưa có mã vận đơn hoặc đã bàn giao rồi. Tải lại trang."
        )
    number = next_number(f"postsheet:{office_id}:{now.year}")
    office = directory.organisation(office_id)
    paper = shapes.HandOverSheet(
        printed_at=now,
        office_name=office.name,
        number=f"{number:02d}",
        postman_name=postman_name,
        officer_name=actor.label,
        handed_at=now,
        lines=tuple(
            shapes.SheetLine(
                tracking_code=row.tracking_code, subject=row.subject, recipient_name=row.recipient_name,
                recipient_address=row.recipient_address,
            )
            for row in rows
        ),
    )  # fmt: skip
    file = store(
        io.BytesIO(print_paper(paper)), filename=f"ban-giao-buu-chinh-{number:02d}.pdf", actor=actor, now=now,
        purpose="post.sheet",
    )  # fmt: skip
    sheet = Sheet.objects.create(
        office_id=office_id, year=now.year, number=number, postman_name=postman_name[:300], handed_at=now,
        handed_by_name=actor.label[:300], file_id=file.id,
    )  # fmt: skip
    for row in rows:
        row.state = ConsignmentState.HANDED_OVER
        row.sheet = sheet
        row.save(update_fields=["state", "sheet"])
        publish(ConsignmentHandedOver(consignment_id=row.pk, reference=row.reference), key=row.reference)
    record(
        who=actor, action="post.hand_over", object_ref=f"sheet:{sheet.pk}",
        after={"consignments": [row.pk for row in rows], "number": number}, now=now,
    )  # fmt: skip
    return sheet.pk
