"""Whose store is it: an account is tied to a person's number only on proof, never on what it says of itself."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, User, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.modules.archive.models import AccountLink, Holder
from tinhso.modules.archive.rules.documents import (
    HolderKind,
    Proof,
    clean_number,
    holder_kind_of,
    same_name,
)
from tinhso.modules.archive.services.keeping import Owner, holder_for
from tinhso.modules.directory import api as directory
from tinhso.modules.identity import api as identity

SAME_ANSWER = (
    "Không xác nhận được: không có tài khoản người dân với số điện thoại này, hoặc tên của tài khoản khác tên trên "
    "giấy tờ. Đề nghị người dân sửa «Thông tin cá nhân» cho đúng thẻ căn cước rồi làm lại."
)


class CannotProve(ValueError):
    """The account is not shown to be the holder's: `field` names what is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def prove_at_counter(
    *, username: str, number: str, full_name: str, evidence: str, seen: bool, actor: Actor, now: datetime
) -> int:
    """A clerk has seen the identity card (of an organisation: the papers of its representative) and opens the store
    to the account. Returns the link's number; again for the same pair, the same. Raises `CannotProve`."""
    require(actor, "archive.prove_owner")
    number = clean_number(number)
    kind = holder_kind_of(number)
    if kind is None:
        raise CannotProve("Số định danh gồm 12 chữ số; mã số thuế của tổ chức gồm 10 hoặc 13 chữ số.", "number")
    if not seen:
        raise CannotProve(
            "Chỉ xác nhận sau khi đã xem giấy tờ tùy thân bản chính và đối chiếu người đứng trước mặt.", "seen"
        )
    if not evidence.strip():
        raise CannotProve("Ghi đã xem giấy tờ gì, số nào.", "evidence")
    user = User.objects.filter(username=username.strip(), kind=User.Kind.CITIZEN, is_active=True).first()
    # One answer for both, so that nobody learns which numbers have accounts.
    if user is None or (kind == HolderKind.PERSON and not same_name(user.full_name, full_name)):
        raise CannotProve(SAME_ANSWER, "username")
    place = directory.staff_of_user(account_of(actor), on=now.date())
    holder = holder_for(Owner(number, full_name.strip(), Proof.COUNTER), now=now)
    if kind == HolderKind.PERSON and not same_name(holder.full_name, full_name):
        raise CannotProve("Số định danh này đã có kho đứng tên khác. Chuyển cán bộ lưu trữ kiểm tra.", "number")
    return _link(
        holder, user.pk, Proof.COUNTER, evidence.strip()[:300], actor, now,
        organisation_id=place.organisation_id if place else None,
    )  # fmt: skip


@transaction.atomic
def prove_by_identity(*, actor: Actor, now: datetime) -> int:
    """A citizen whom the national electronic identity has confirmed opens their own store. Raises `CannotProve`."""
    require(actor, "archive.own")
    known = identity.person(account_of(actor))
    if known is None or known.verified_at is None or not known.identity_number:
        raise CannotProve("Tài khoản chưa được định danh điện tử. Hãy đến quầy một cửa kèm thẻ căn cước để mở kho.")
    holder = holder_for(Owner(known.identity_number, known.full_name, Proof.IDENTITY), now=now)
    if not same_name(holder.full_name, known.full_name):
        raise CannotProve("Số định danh này đã có kho đứng tên khác. Hãy đến quầy một cửa kèm thẻ căn cước.")
    return _link(holder, account_of(actor), Proof.IDENTITY, "Định danh điện tử quốc gia", actor, now)


def _link(
    holder: Holder,
    user_id: int,
    proof: Proof,
    evidence: str,
    actor: Actor,
    now: datetime,
    organisation_id: int | None = None,
) -> int:
    known = AccountLink.objects.filter(holder=holder, user_id=user_id, ended_at__isnull=True).first()
    if known is not None:
        return known.pk
    try:
        with transaction.atomic():
            row = AccountLink.objects.create(
                holder=holder,
                user_id=user_id,
                is_person=holder.kind == HolderKind.PERSON,
                proof=proof,
                evidence=evidence,
                proven_at=now,
                proven_by_id=actor.user_id,
                proven_by_name=actor.label[:300],
                organisation_id=organisation_id,
            )
    except IntegrityError:
        raise CannotProve(
            "Kho này đang thuộc một tài khoản khác, hoặc tài khoản này đang là chủ một kho khác. "
            "Kết thúc liên kết cũ trước khi xác nhận lại."
        ) from None
    record(
        who=actor,
        action="archive.prove_owner",
        object_ref=holder.ref,
        after={"link": row.pk, "user": user_id, "proof": proof},
        now=now,
    )
    return row.pk


@transaction.atomic
def end_link(*, number: str, reason: str, actor: Actor, now: datetime) -> None:
    """The account is no longer the holder's (lost telephone, mistaken proof). Raises `CannotProve`."""
    require(actor, "archive.prove_owner")
    holder = Holder.objects.filter(number=clean_number(number)).first()
    link = (
        AccountLink.objects.select_for_update().filter(holder=holder, ended_at__isnull=True).order_by("pk").first()
        if holder
        else None
    )
    if holder is None or link is None:
        raise CannotProve("Không có tài khoản nào đang gắn với kho của số này.", "number")
    if len(reason.strip()) < 10:
        raise CannotProve("Ghi rõ lý do kết thúc (ít nhất 10 ký tự).", "reason")
    link.ended_at, link.end_reason = now, reason.strip()[:300]
    link.save(update_fields=["ended_at", "end_reason"])
    record(
        who=actor,
        action="archive.end_link",
        object_ref=holder.ref,
        reason=reason.strip(),
        after={"link": link.pk},
        now=now,
    )
