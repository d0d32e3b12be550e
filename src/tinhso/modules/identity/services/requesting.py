"""Asking to act for somebody who cannot give a mandate on line: a child, a ward, an organisation. The paper is shown, an
officer looks at it and confirms or refuses; then it is in force at once, since who asks has agreed."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, User, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files.api import info
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.events import MandateRequestChanged
from tinhso.modules.identity.models import MandateRequest, OrganisationAccount, Person
from tinhso.modules.identity.rules import (
    ASKED_BASES,
    DOCUMENT_MISSING,
    IDENTITY,
    Basis,
    clean_text,
    principal_errors,
)
from tinhso.modules.identity.services.acting import signs_in
from tinhso.modules.identity.services.mandates import (
    CannotMandate,
    Terms,
    Upload,
    in_force,
    is_own,
    keep_document,
    make,
    principal_account,
    terms_errors,
)

CENTRE = "public_service_centre"
GONE = "Yêu cầu này đã được quyết định hoặc đã rút."
ON_THEIR_OWN = (
    "Người này có tài khoản: để họ tự lập ủy quyền, hoặc nhập tại quầy khi có bản chính và người đứng trước mặt. Không xác "
    "nhận qua ảnh chụp."
)
BY_THEIR_HEAD = "Người đại diện theo pháp luật của tổ chức này đang dùng tài khoản: để họ tự giao việc. Không xác nhận qua ảnh chụp."


@transaction.atomic
def ask(
    *,
    principal_number: str,
    principal_name: str,
    terms: Terms,
    document: Upload | None,
    organisation_id: int | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Ask to act for somebody. `terms.holder_*` are the actor's own. Nothing is in force yet, and nothing is made of the
    number and name that were typed. Returns the request's number. Raises `CannotMandate`."""
    require(actor, "identity.request_mandate")
    name = clean_text(principal_name)
    errors = principal_errors(number=principal_number, name=name, basis=terms.basis)
    if terms.basis not in ASKED_BASES:
        errors["basis"] = "Chọn tư cách thay mặt."
    errors |= terms_errors(terms, now)
    on = now.astimezone(VIETNAM).date()
    offices = {one.id for one in directory.organisations(kind=CENTRE, on=on)}
    if organisation_id not in offices:
        errors["organisation"] = "Chọn nơi xem giấy tờ và xác nhận."
    if Person.objects.filter(user_id=account_of(actor), identity_number=principal_number).exists():
        errors["principal_number"] = "Không ai thay mặt chính mình: nhập số của người được thay mặt."
    if document is None:
        errors["document"] = DOCUMENT_MISSING
    if errors or organisation_id is None or terms.valid_from is None or terms.valid_until is None or document is None:
        raise CannotMandate(errors)
    file_id = keep_document(document, actor=actor, now=now)
    try:
        with transaction.atomic():
            row = MandateRequest.objects.create(
                holder_id=account_of(actor), principal_number=principal_number, principal_name=name, basis=terms.basis,
                acts=sorted(terms.acts), procedure_codes=sorted(terms.procedure_codes), valid_from=terms.valid_from,
                valid_until=terms.valid_until, ground=clean_text(terms.ground), document_id=file_id,
                organisation_id=organisation_id, asked_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise CannotMandate(
            {"principal_number": "Bạn đã có một yêu cầu cho số này đang chờ xác nhận. Rút yêu cầu cũ nếu muốn gửi lại."}
        ) from None
    _note(row, "identity.ask_mandate", actor, now, reason=row.ground)
    publish(MandateRequestChanged(request_id=row.pk, what="asked"), key=f"mandate_request:{row.pk}")
    return row.pk


def _note(row: MandateRequest, action: str, actor: Actor, now: datetime, *, reason: str = "") -> None:
    after = {"request": row.pk, "basis": row.basis, "state": row.state}
    record(who=actor, action=action, object_ref=f"user:{row.holder_id}", reason=reason, after=after, now=now)


def _waiting(request_id: int) -> MandateRequest:
    row = MandateRequest.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
    if row is None or row.state != MandateRequest.State.WAITING:
        raise CannotMandate({"": GONE})
    return row


def is_asked_by(request_id: int, user_id: int | None) -> bool:
    """Did this account ask it? One query."""
    return MandateRequest.objects.filter(pk=request_id, holder_id=user_id).exists()


@transaction.atomic
def withdraw(*, request_id: int, actor: Actor, now: datetime) -> None:
    """Who asked does not want it any more. Others' are not found."""
    require(actor, "identity.request_mandate")
    row = _waiting(request_id)
    if row.holder_id != account_of(actor):
        raise CannotMandate({"": GONE})
    row.state, row.decided_by_id, row.decided_at = MandateRequest.State.WITHDRAWN, account_of(actor), now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _note(row, "identity.withdraw_mandate_request", actor, now)


@transaction.atomic
def confirm(*, request_id: int, seen: bool, actor: Actor, now: datetime) -> int:
    """An officer of the office that was asked has looked at the paper and found it right. The mandate is in force from its
    first day. Returns its number. Raises `CannotMandate`."""
    row = _waiting(request_id)
    require(actor, "identity.confirm_mandate", row)
    holder = User.objects.get(pk=row.holder_id)
    if is_own(actor, holder):
        raise CannotMandate({"": "Đây là yêu cầu của chính bạn. Nhờ đồng nghiệp xem giấy tờ và xác nhận."})
    if not seen:
        raise CannotMandate({"seen": "Chỉ xác nhận sau khi đã mở giấy tờ và đối chiếu."})
    if not info(row.document_id).is_readable:
        raise CannotMandate({"": "Giấy tờ đang chờ quét mã độc, chưa xác nhận được. Thử lại sau ít phút."})
    _stands_alone(row, now)
    today = now.astimezone(VIETNAM).date()
    if row.valid_until < today:
        raise CannotMandate({"": "Thời hạn được yêu cầu đã qua. Không xác nhận, để người dân gửi yêu cầu mới."})
    terms = Terms(
        holder_username=holder.username, holder_name=holder.full_name, basis=Basis(row.basis), acts=frozenset(row.acts),
        procedure_codes=tuple(row.procedure_codes), valid_from=max(row.valid_from, today), valid_until=row.valid_until,
        ground=row.ground,
    )  # fmt: skip
    principal_id = principal_account(row.principal_number, row.principal_name, actor, now)
    number = make(
        principal_id, terms, Basis(row.basis), actor, now, organisation_id=row.organisation_id,
        document=row.document_id, needed=True, accepted=True,
    )  # fmt: skip
    row.state, row.decided_by_id, row.decided_at = MandateRequest.State.CONFIRMED, account_of(actor), now
    row.mandate_id = number
    row.save(update_fields=["state", "decided_by", "decided_at", "mandate"])
    _note(row, "identity.confirm_mandate", actor, now)
    return number


def _stands_alone(row: MandateRequest, now: datetime) -> None:
    """A picture is no proof against somebody who can speak for themselves on line."""
    if IDENTITY.match(row.principal_number):
        known = Person.objects.filter(identity_number=row.principal_number, verified_at__isnull=False).first()
        if known is not None and signs_in(known.user_id):
            raise CannotMandate({"": ON_THEIR_OWN})
        return
    organisation = OrganisationAccount.objects.filter(number=row.principal_number).first()
    if organisation is not None:
        living = in_force(now.astimezone(VIETNAM).date())
        if living.filter(principal_id=organisation.user_id, basis=Basis.LEGAL).exists():
            raise CannotMandate({"": BY_THEIR_HEAD})


@transaction.atomic
def refuse(*, request_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """The paper does not say what was asked. The person is told why. Raises `CannotMandate`."""
    row = _waiting(request_id)
    require(actor, "identity.confirm_mandate", row)
    reason = clean_text(reason)
    if is_own(actor, User.objects.get(pk=row.holder_id)):
        raise CannotMandate({"": "Đây là yêu cầu của chính bạn. Nhờ đồng nghiệp quyết định."})
    if not 5 <= len(reason) <= 500:
        raise CannotMandate({"reason": "Ghi lý do không xác nhận, người dân đọc được (5 đến 500 ký tự)."})
    row.state, row.decided_by_id, row.decided_at = MandateRequest.State.REFUSED, account_of(actor), now
    row.reason = reason
    row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    _note(row, "identity.refuse_mandate", actor, now, reason=reason)
    publish(MandateRequestChanged(request_id=row.pk, what="refused"), key=f"mandate_request:{row.pk}")
