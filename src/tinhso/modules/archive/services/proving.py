"""Whose store is it: an account is tied to a person's number only on proof, never on what it says of itself."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from tinhso.kernel.access.api import Actor, User, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import now as clock_now
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
    link = _link(
        holder, user.pk, Proof.COUNTER, evidence.strip()[:300], actor, now,
        organisation_id=place.organisation_id if place else None,
    )  # fmt: skip
    if kind == HolderKind.PERSON:
        try:
            identity.prove_at_counter(user_id=user.pk, number=number, full_name=full_name.strip(), actor=actor, now=now)
        except identity.CannotComeIn as refusal:
            raise CannotProve(str(refusal), "number") from None
    return link


@transaction.atomic
def prove_by_identity(*, actor: Actor, now: datetime) -> int:
    """A citizen whom the national electronic identity has confirmed opens their own store. Raises `CannotProve`."""
    require(actor, "archive.prove_self")
    known = identity.person(account_of(actor))
    proven = (
        known is not None and known.verified_at is not None and (known.national_level >= 2 or known.proof == "counter")
    )
    if known is None or not known.identity_number or not proven:
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
    if link.is_person:
        identity.release_at_counter(user_id=link.user_id, number=holder.number, actor=actor, now=now)
    record(
        who=actor,
        action="archive.end_link",
        object_ref=holder.ref,
        reason=reason.strip(),
        after={"link": link.pk},
        now=now,
    )


def claim(user_id: int, number: str, full_name: str, now: datetime) -> None:
    """The account's owner is proven (told by identity): the store under their number opens to them, unless it stands
    under another name or is another account's; then they ask at the counter."""
    holder = holder_for(Owner(number, full_name, Proof.IDENTITY), now=now)
    taken = AccountLink.objects.filter(ended_at__isnull=True, is_person=True).filter(
        Q(holder=holder) | Q(user_id=user_id)
    )
    if taken.exists() or not same_name(holder.full_name, full_name):
        return
    actor = Actor("citizen", full_name, user_id)
    _link(holder, user_id, Proof.IDENTITY, "Định danh điện tử quốc gia", actor, now)


def adopt(kept: int, closed: int) -> None:
    """Two accounts became one (told by identity): the stores that the closed one had are the other's now."""
    moment = clock_now()
    for link in AccountLink.objects.select_for_update().filter(user_id=closed, ended_at__isnull=True).order_by("pk"):
        link.ended_at, link.end_reason = moment, "Gộp tài khoản"
        link.save(update_fields=["ended_at", "end_reason"])
        if AccountLink.objects.filter(holder_id=link.holder_id, user_id=kept, ended_at__isnull=True).exists():
            continue
        link.pk, link.user_id, link.ended_at, link.end_reason = None, kept, None, ""
        link.save(force_insert=True)
