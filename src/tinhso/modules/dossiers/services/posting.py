"""The result by the public postal service: ordered by the clerk, returned by the postman's proof, or back at the counter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from tinhso.kernel.access.api import SYSTEM, Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import Dossier, Party
from tinhso.modules.dossiers.rules import DeliveryState, MoneyState, State
from tinhso.modules.dossiers.services.person import require_person
from tinhso.modules.dossiers.services.returning import OUT_AGAIN, CannotReturn, give_back
from tinhso.modules.post import api as post


class CannotPost(CannotReturn):
    """There is no result yet, a fee is owed, it is on its way, or the address is missing. Nothing was changed."""


class CannotChoose(ValueError):
    """The result is on its way or returned, or there is no address. Nothing was changed."""


@transaction.atomic
def send_result(*, dossier_id: int, actor: Actor, now: datetime) -> int:
    """Order a consignment for the result. The dossier stays «Đã xử lý xong» until the postman has delivered. Returns the
    consignment's number. Raises `CannotPost`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.return", dossier)
    again = dossier.state == State.RETURNED and dossier.delivery_state in OUT_AGAIN
    if dossier.state != State.COMPLETED and not again:
        raise CannotPost(f"Hồ sơ {dossier.code} đang «{State(dossier.state).title}», chưa có kết quả để gửi.")
    if dossier.delivery_state == DeliveryState.POSTED:
        raise CannotPost("Kết quả đã được yêu cầu gửi qua bưu chính.")
    if dossier.money_state == MoneyState.DUE:
        raise CannotPost("Hồ sơ chưa nộp phí, lệ phí. Hãy thu và xác nhận trước khi gửi kết quả.")
    person = Party.objects.get(dossier=dossier, role=Party.Role.APPLICANT)
    try:
        number = post.order(
            reference=dossier.ref,
            office_id=dossier.office_id,
            subject=f"Kết quả hồ sơ {dossier.code}",
            recipient_name=person.full_name,
            recipient_phone=person.phone,
            recipient_address=person.address,
            actor=actor,
            now=now,
        )
    except post.CannotSend as refusal:
        raise CannotPost(str(refusal)) from None
    before = dossier.delivery_state
    dossier.delivery_state = DeliveryState.POSTED
    dossier.result_delivery = "post"
    dossier.save(update_fields=["delivery_state", "result_delivery"])
    record(
        who=actor,
        action="dossiers.post_result",
        object_ref=dossier.ref,
        before={"delivery_state": before},
        after={"delivery_state": dossier.delivery_state, "consignment": number},
        now=now,
    )
    return number


def delivered(*, reference: str, consignment_id: int, now: datetime) -> None:
    """The postman delivered, with proof: the result is returned (state 10). Safe to repeat."""
    dossier = Dossier.objects.filter(pk=_dossier_id(reference)).first()
    if dossier is None or dossier.delivery_state != DeliveryState.POSTED:
        return
    proof = post.consignment(consignment_id)
    at = (proof.ended_at or now).astimezone(VIETNAM)
    give_back(
        dossier_id=dossier.pk,
        received_by_name=proof.received_by_name or proof.recipient_name,
        received_by_identity="",
        note=f"Bưu chính công ích phát lúc {at:%H:%M ngày %d/%m/%Y}, mã vận đơn {proof.tracking_code}.",
        actor=SYSTEM,
        now=now,
    )


@transaction.atomic
def came_back(*, reference: str, now: datetime) -> None:
    """It came back to the office: the clerk has the work of returning again. Safe to repeat."""
    dossier = Dossier.objects.select_for_update().filter(pk=_dossier_id(reference)).first()
    if dossier is None or dossier.delivery_state != DeliveryState.POSTED:
        return
    dossier.delivery_state = DeliveryState.POST_BACK
    dossier.save(update_fields=["delivery_state"])
    record(
        who=SYSTEM,
        action="dossiers.post_back",
        object_ref=dossier.ref,
        before={"delivery_state": DeliveryState.POSTED},
        after={"delivery_state": DeliveryState.POST_BACK},
        now=now,
    )


def _dossier_id(reference: str) -> int:
    kind, _, number = reference.partition(":")
    return int(number) if kind == "dossier" and number.isdigit() else 0


@transaction.atomic
def choose_delivery(
    *, dossier_id: int, how: str, address: str, actor: Actor, now: datetime, opened: Collection[str] = ()
) -> None:
    """The person changes how they want the result, until it is on its way. Raises `CannotChoose`."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require_person(actor, "dossiers.choose_delivery", dossier, opened)
    if State(dossier.state) in (State.REFUSED, State.WITHDRAWN, State.STOPPED, State.RETURNED):
        raise CannotChoose(f"Hồ sơ đang «{State(dossier.state).title}» nên không đổi được cách nhận kết quả.")
    if dossier.delivery_state == DeliveryState.POSTED:
        raise CannotChoose("Kết quả đang trên đường bưu chính nên không đổi được nữa.")
    if how not in ("online", "counter", "post"):
        raise CannotChoose("Chọn cách nhận kết quả.")
    person = Party.objects.get(dossier=dossier, role=Party.Role.APPLICANT)
    address = " ".join(address.split())[:300]
    if how == "post":
        if len(address) < 10:
            raise CannotChoose("Nhập địa chỉ đầy đủ (số nhà, đường hoặc thôn, xã hoặc phường, tỉnh).")
        person.address = address
        person.save(update_fields=["address"])
    before = dossier.result_delivery
    dossier.result_delivery = how
    dossier.save(update_fields=["result_delivery"])
    record(
        who=actor,
        action="dossiers.choose_delivery",
        object_ref=dossier.ref,
        before={"result_delivery": before},
        after={"result_delivery": how},
        now=now,
    )
