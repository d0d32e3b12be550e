"""Envelopes that people send: told by the operator, put into the book when they arrive, taken in or sent back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.signed import is_genuine
from tinhso.modules.directory import api as directory
from tinhso.modules.post.models import Envelope
from tinhso.modules.post.rules import (
    FRESH,
    OLDEST_ARRIVAL,
    TRACKING_CODE,
    CannotRead,
    EnvelopeState,
    read_announcement,
)
from tinhso.modules.post.services.sending import CannotSend, order
from tinhso.modules.post.services.telling import NotGenuine


class CannotRegister(ValueError):
    """Something of the envelope is missing or not so: `errors` maps field → message. Nothing was changed."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = errors


class CannotHandle(ValueError):
    """It is not lying here (any more), or no reason or address is given. Nothing was changed."""


class UnknownOffice(LookupError):
    """No office of ours has this code."""


def announce(*, body: bytes, timestamp: str, signature: str, actor: Actor, now: datetime) -> bool:
    """A signed message of the operator: an envelope is on its way. False: it was known. Raises `NotGenuine`, `CannotRead`,
    `UnknownOffice`."""
    require(actor, "post.tell")
    if not is_genuine(settings.POST_OPERATOR["secret"], timestamp, body, signature, now=now, fresh=FRESH):
        raise NotGenuine
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise CannotRead("not JSON") from None
    said = read_announcement(raw)
    office = directory.organisation_by_code(said.office_code, now.date())
    if office is None:
        raise UnknownOffice
    with transaction.atomic():
        row, fresh = Envelope.objects.get_or_create(
            tracking_code=said.tracking_code,
            defaults={
                "office_id": office.id,
                "sender_name": said.sender_name,
                "sender_phone": said.sender_phone,
                "sender_address": said.sender_address,
                "state": EnvelopeState.ANNOUNCED,
                "announced_at": min(said.at, now),
            },
        )
        if fresh:
            record(who=actor, action="post.announce", object_ref=row.ref, after={"office_id": office.id}, now=now)
    return fresh


@transaction.atomic
def register(
    *, office_id: int, tracking_code: str, sender_name: str, sender_phone: str, sender_address: str, postman_name: str,
    arrived_at: datetime | None, actor: Actor, now: datetime,
) -> int:  # fmt: skip
    """An envelope lies at the office: into the book, with when it came. Announced before, it is the same one. Returns its
    number in the table. Raises `CannotRegister`."""
    require(actor, "post.receive", Envelope(office_id=office_id))
    code = "".join(tracking_code.upper().split())
    errors = {}
    if TRACKING_CODE.fullmatch(code) is None:
        errors["tracking_code"] = "Mã vận đơn gồm hai chữ cái, chín chữ số và VN, ví dụ RA000000012VN."
    if not sender_name.strip():
        errors["sender_name"] = "Nhập tên người gửi như ghi trên phong bì."
    if arrived_at is None:
        errors["arrived_at"] = "Nhập ngày, giờ bưu tá giao phong bì."
    elif arrived_at > now + timedelta(minutes=1):
        errors["arrived_at"] = "Thời điểm nhận chưa đến. Kiểm tra lại ngày, giờ."
    elif arrived_at < now - OLDEST_ARRIVAL:
        errors["arrived_at"] = f"Thời điểm nhận cách đây quá {OLDEST_ARRIVAL.days} ngày. Kiểm tra lại ngày, giờ."
    row = Envelope.objects.select_for_update().filter(tracking_code=code).select_related("office").first()
    if row is not None and row.state != EnvelopeState.ANNOUNCED:
        errors["tracking_code"] = "Mã vận đơn này đã vào sổ" + (
            "." if row.office_id == office_id else f" tại {row.office.name}."
        )
    elif row is not None and row.office_id != office_id:
        errors["tracking_code"] = f"Bưu chính báo phong bì này gửi tới {row.office.name}. Chuyển lại cho bưu tá."
    if errors:
        raise CannotRegister(errors)
    row = row or Envelope(office_id=office_id, tracking_code=code)
    row.sender_name = " ".join(sender_name.split())[:300]
    row.sender_phone = sender_phone.strip()[:20]
    row.sender_address = " ".join(sender_address.split())[:300]
    row.postman_name = " ".join(postman_name.split())[:300]
    row.state = EnvelopeState.ARRIVED
    row.arrived_at, row.registered_at, row.registered_by_name = arrived_at, now, actor.label[:300]
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise CannotRegister({"tracking_code": "Mã vận đơn này vừa được người khác vào sổ."}) from None
    record(
        who=actor, action="post.arrive", object_ref=row.ref,
        after={"arrived_at": row.arrived_at.isoformat() if row.arrived_at else "", "office_id": office_id}, now=now,
    )  # fmt: skip
    return row.pk


def _lying(envelope_id: int, actor: Actor) -> Envelope:
    row = Envelope.objects.select_for_update().filter(pk=envelope_id).first()
    if row is None:
        raise CannotHandle("Không có phong bì này.")
    require(actor, "post.receive", row)
    if row.state != EnvelopeState.ARRIVED:
        raise CannotHandle(f"Phong bì {row.tracking_code} đang «{row.get_state_display()}», không làm được việc này.")
    return row


@transaction.atomic
def take_in(*, envelope_id: int, reference: str, actor: Actor, now: datetime) -> datetime:
    """What was in it became `reference`. Returns when the office received it. Raises `CannotHandle`."""
    row = _lying(envelope_id, actor)
    row.state, row.reference = EnvelopeState.TAKEN_IN, reference
    row.handled_at, row.handled_by_name = now, actor.label[:300]
    row.save(update_fields=["state", "reference", "handled_at", "handled_by_name"])
    record(who=actor, action="post.take_in", object_ref=row.ref, after={"for": reference}, now=now)
    return row.arrived_at or now


@transaction.atomic
def send_back(
    *, envelope_id: int, reason: str, recipient_name: str, recipient_phone: str, recipient_address: str, actor: Actor,
    now: datetime, reference: str = "",
) -> int:  # fmt: skip
    """It cannot be taken in: back to who sent it, as a consignment of ours. `reference`: the refused request it held, if one
    was written down. Returns the consignment's number. Raises `CannotHandle`."""
    row = _lying(envelope_id, actor)
    reason = reason.strip()
    if len(reason) < 10:
        raise CannotHandle("Nêu rõ lý do gửi trả (ít nhất 10 ký tự) để người gửi biết cần làm gì.")
    row.state, row.reason, row.reference = EnvelopeState.SENT_BACK, reason[:1000], reference
    row.handled_at, row.handled_by_name = now, actor.label[:300]
    row.save(update_fields=["state", "reason", "reference", "handled_at", "handled_by_name"])
    record(who=actor, action="post.send_back", object_ref=row.ref, reason=row.reason, after={"for": reference}, now=now)
    try:
        return order(
            reference=row.ref,
            office_id=row.office_id,
            subject=f"Gửi trả phong bì {row.tracking_code}",
            recipient_name=recipient_name,
            recipient_phone=recipient_phone,
            recipient_address=recipient_address,
            actor=actor,
            now=now,
        )
    except CannotSend as refusal:
        raise CannotHandle(str(refusal)) from None
