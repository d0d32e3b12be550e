"""Mandates: who may act for whom, in what, until when. Granted by the principal, or entered by an officer who saw the
document; in force once accepted; ended at once by either side or an officer, and dead by themselves at their end."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q, QuerySet

from tinhso.kernel.access.api import Actor, Mandated, User, account_of, create_user, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files.api import FileRefused, store
from tinhso.kernel.search import searchable
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.events import MandateChanged
from tinhso.modules.identity.models import Mandate, OrganisationAccount, Person
from tinhso.modules.identity.rules import (
    ACTS,
    BASIS_ACTING_AS,
    DOCUMENT_MISSING,
    DOCUMENT_REFUSED,
    DOCUMENT_TYPES,
    FULL_LEVEL,
    IDENTITY,
    Basis,
    NationalClaims,
    Proof,
    clean_text,
    mandate_errors,
    principal_errors,
    same_name,
)

# What the national identity says of a representative is believed this long; each log-in says it anew.
LEGAL_FOR = timedelta(days=30)
LEGAL_ROLE = "legal_representative"
ANSWER = "Không tìm thấy tài khoản người dân với số điện thoại và họ tên này. Hỏi lại người được ủy quyền."


class CannotMandate(ValueError):
    """The mandate is refused: `errors` maps field → message; "" is the whole of it. Nothing was changed."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Upload:
    """A paper as it was handed in."""

    stream: BinaryIO | File[Any]
    filename: str


def keep_document(upload: Upload, *, actor: Actor, now: datetime) -> int:
    """Take the paper in through the gate of files; the number of the file. Inside the caller's transaction. Raises
    `CannotMandate`."""
    try:
        kept = store(upload.stream, filename=upload.filename, actor=actor, now=now, purpose="identity.mandate")
        if kept.media_type not in DOCUMENT_TYPES:
            raise FileRefused(DOCUMENT_REFUSED)
    except FileRefused as refusal:
        raise CannotMandate({"document": str(refusal)}) from None
    return kept.id


def place_of(row: Mandate, now: datetime) -> frozenset[int]:
    """Where it belongs: the office that saw the paper; one made on line to the province itself. One query at most."""
    if row.organisation_id is not None:
        return frozenset({row.organisation_id})
    root = directory.organisation_by_code(settings.PROVINCE["code"], now.astimezone(VIETNAM).date())
    return frozenset() if root is None else frozenset({root.id})


@dataclass(frozen=True)
class Place:
    """What `allow` is asked on when an officer deals with a mandate."""

    access_organisation_ids: frozenset[int]
    access_owner_id: int | None = None


def stands_on(actor: Actor, row: Mandate) -> bool:
    """Is the actor one of its sides: holder or principal themselves, or who represents the principal by law?"""
    if actor.mandate is None:
        return actor.user_id in (row.holder_id, row.principal_id)
    return row.principal_id == actor.owner_id and _may_manage(actor)


@dataclass(frozen=True)
class Terms:
    """What is granted. `procedure_codes`: empty for all procedures."""

    holder_username: str
    holder_name: str
    basis: Basis
    acts: frozenset[str]
    procedure_codes: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    ground: str


def in_force(on: date) -> QuerySet[Mandate]:
    """Accepted, not ended, on a day of theirs, between living accounts."""
    return Mandate.objects.filter(
        accepted_at__isnull=False, ended_at__isnull=True, valid_from__lte=on, valid_until__gte=on,
        principal__is_active=True, holder__is_active=True,
    )  # fmt: skip


def mandated(holder_id: int, mandate_id: int, on: date) -> Mandated | None:
    """What the kernel asks at each request of a session that acts for somebody; None once it has ended. One query."""
    row = in_force(on).select_related("principal").filter(holder_id=holder_id, pk=mandate_id).first()
    if row is None:
        return None
    return Mandated(
        number=row.pk, principal_id=row.principal_id, principal_name=row.principal.full_name,
        acts=frozenset(row.acts), procedures=frozenset(row.procedure_codes),
    )  # fmt: skip


@transaction.atomic
def grant(*, terms: Terms, actor: Actor, now: datetime, document: Upload | None = None) -> int:
    """The principal gives a mandate of their own; who acts as an organisation's legal representative gives the
    organisation's. They sign it by proving who they are: a paper is kept if there is one. Returns its number. Raises
    `CannotMandate`."""
    require(actor, "identity.grant_mandate")
    principal_id, basis = account_of(actor), Basis.AUTHORISED
    if actor.mandate is not None:
        own = Mandate.objects.filter(pk=actor.mandate.number, basis=Basis.LEGAL).first()
        if own is None:
            raise CannotMandate({"": "Người được ủy quyền không ủy quyền lại."})
        principal_id, basis = own.principal_id, Basis.STAFF
    return make(principal_id, terms, basis, actor, now, organisation_id=None, document=document)


@transaction.atomic
def enter(
    *,
    principal_number: str,
    principal_name: str,
    terms: Terms,
    seen: bool,
    document: Upload | None,
    organisation_id: int,
    actor: Actor,
    now: datetime,
) -> int:
    """An officer enters what a document on the desk says, and keeps its picture: parents, guardians, notarised
    authorisations, an organisation's staff. Returns its number. Raises `CannotMandate`."""
    require(actor, "identity.enter_mandate", directory.organisation(organisation_id))
    name = clean_text(principal_name)
    errors = principal_errors(number=principal_number, name=name, basis=terms.basis)
    if not seen:
        errors["seen"] = "Chỉ nhập sau khi đã xem bản chính giấy tờ."
    if document is None:
        errors["document"] = DOCUMENT_MISSING
    errors |= {k: v for k, v in terms_errors(terms, now).items() if k not in errors}
    if errors:
        raise CannotMandate(errors)
    principal_id = principal_account(principal_number, name, actor, now)
    return make(
        principal_id, terms, terms.basis, actor, now, organisation_id=organisation_id, document=document, needed=True
    )


def principal_account(number: str, name: str, actor: Actor, now: datetime) -> int:
    """The account of whom a document names; made when there is none. Raises `CannotMandate`."""
    if IDENTITY.match(number):
        return _person_of(number, name, actor, now)
    return _organisation(number, name, now)


def terms_errors(terms: Terms, now: datetime) -> dict[str, str]:
    return mandate_errors(
        acts=terms.acts, valid_from=terms.valid_from, valid_until=terms.valid_until, ground=clean_text(terms.ground),
        today=now.astimezone(VIETNAM).date(),
    )  # fmt: skip


def _person_of(number: str, name: str, actor: Actor, now: datetime) -> int:
    """The record of this number, or (a child, somebody without an account) a new one that nobody signs in to."""
    known = Person.objects.select_related("user").filter(identity_number=number, verified_at__isnull=False).first()
    if known is not None:
        if not same_name(known.user.full_name, name):
            raise CannotMandate({"principal_name": "Số định danh này đã có hồ sơ đứng tên khác. Kiểm tra lại giấy tờ."})
        return known.user_id
    user = create_user(username=f"nguoi.{uuid.uuid4().hex}", full_name=name, kind=User.Kind.CITIZEN)
    Person.objects.create(user=user, identity_number=number, verified_at=now, proof=Proof.COUNTER, updated_at=now)
    record(who=actor, action="identity.verify", object_ref=f"user:{user.pk}", after={"proof": Proof.COUNTER}, now=now)
    return user.pk


def _organisation(number: str, name: str, now: datetime) -> int:
    known = OrganisationAccount.objects.select_for_update().select_related("user").filter(number=number).first()
    if known is not None:
        return known.user_id
    user = create_user(username=f"tochuc.{number}", full_name=name, kind=User.Kind.CITIZEN)
    OrganisationAccount.objects.create(user=user, number=number, verified_at=now)
    return user.pk


def make(
    principal_id: int,
    terms: Terms,
    basis: Basis,
    actor: Actor,
    now: datetime,
    *,
    organisation_id: int | None,
    document: Upload | int | None = None,
    needed: bool = False,
    accepted: bool = False,
) -> int:
    """The row itself, inside the caller's transaction; the caller has asked the right. `document`: handed in now, or the
    number of a file. Raises `CannotMandate`."""
    ground = clean_text(terms.ground)
    errors = terms_errors(terms, now)
    rows = User.objects.filter(username=terms.holder_username.strip(), kind=User.Kind.CITIZEN, is_active=True)
    holder = rows.first()
    # One answer for both, so that nobody learns which numbers have accounts.
    people = holder is not None and not OrganisationAccount.objects.filter(user=holder).exists()
    if holder is None or not people or not same_name(holder.full_name, terms.holder_name):
        errors.setdefault("holder_username", ANSWER)
    elif holder.pk in (principal_id, actor.user_id if organisation_id is None else None):
        errors["holder_username"] = "Không ai thay mặt chính mình: hãy nhập người khác."
    elif actor.kind == "officer" and is_own(actor, holder):
        errors["holder_username"] = "Đây là tài khoản của chính bạn. Nhờ đồng nghiệp xem giấy tờ và nhập."
    if errors or holder is None or terms.valid_from is None or terms.valid_until is None:
        raise CannotMandate(errors)
    # Both rows are the lock, in one order: two grants at once see each other.
    list(User.objects.select_for_update().filter(pk__in=[principal_id, holder.pk]).order_by("pk"))
    living = Mandate.objects.filter(
        ended_at__isnull=True, valid_from__lte=terms.valid_until, valid_until__gte=terms.valid_from
    )
    for row in living.filter(principal_id=principal_id, holder=holder):
        if (
            not row.procedure_codes
            or not terms.procedure_codes
            or set(row.procedure_codes) & set(terms.procedure_codes)
        ):
            raise CannotMandate(
                {"valid_from": f"Đã có ủy quyền cho người này từ {row.valid_from:%d/%m/%Y} đến {row.valid_until:%d/%m/%Y}. "
                               "Kết thúc ủy quyền cũ, hoặc chọn thời gian, thủ tục khác."}
            )  # fmt: skip
    if _reaches(living, holder.pk, principal_id):
        raise CannotMandate({"holder_username": "Người này (trực tiếp hoặc qua người khác) đang được bạn thay mặt: ủy quyền "
                                                "vòng quanh không được nhận."})  # fmt: skip
    file_id = keep_document(document, actor=actor, now=now) if isinstance(document, Upload) else document
    principal_name = User.objects.values_list("full_name", flat=True).get(pk=principal_id)
    row = Mandate.objects.create(
        principal_id=principal_id, holder=holder, basis=basis, acts=sorted(terms.acts),
        procedure_codes=sorted(terms.procedure_codes), valid_from=terms.valid_from, valid_until=terms.valid_until,
        ground=ground, granted_by_id=account_of(actor), granted_at=now, organisation_id=organisation_id,
        document_id=file_id, document_needed=needed, accepted_at=now if accepted else None,
        search_text=searchable(principal_name, holder.full_name),
    )  # fmt: skip
    _note(row, "identity.grant_mandate", actor, now, reason=ground)
    tell(row, "made")
    return row.pk


def is_own(actor: Actor, holder: User) -> bool:
    """Does the officer (or the absent one in whose place they act) seem to be the person behind this account? By
    telephone or e-mail, the only things that an officer's and a citizen's account have in common."""
    mine = User.objects.filter(pk__in=[number for number in (actor.user_id, actor.on_behalf_of) if number])
    return any(
        one.pk == holder.pk
        or (one.phone and one.phone in (holder.phone, holder.username))
        or (one.email and one.email.casefold() == holder.email.casefold())
        for one in mine
    )


def tell(row: Mandate, what: str) -> None:
    publish(MandateChanged(mandate_id=row.pk, what=what), key=f"mandate:{row.pk}")


def _reaches(living: QuerySet[Mandate], start: int, goal: int) -> bool:
    """Does `start` give its things, over any number of hands, to `goal`?"""
    seen, edge = {start}, {start}
    while edge:
        edge = set(living.filter(principal_id__in=edge).values_list("holder_id", flat=True)) - seen
        if goal in edge:
            return True
        seen |= edge
    return False


def _note(row: Mandate, action: str, actor: Actor, now: datetime, *, reason: str = "") -> None:
    after = {"mandate": row.pk, "basis": row.basis, "acts": row.acts, "until": str(row.valid_until)}
    for user_id in sorted({row.principal_id, row.holder_id}):
        record(who=actor, action=action, object_ref=f"user:{user_id}", reason=reason, after=after, now=now)


@transaction.atomic
def accept(*, mandate_id: int, actor: Actor, now: datetime) -> None:
    """Whoever is to act agrees. Others' are not found."""
    require(actor, "identity.mandates")
    rows = Mandate.objects.select_for_update().filter(pk=mandate_id, holder_id=account_of(actor), ended_at__isnull=True)
    row = rows.first()
    if row is None or row.valid_until < now.astimezone(VIETNAM).date():
        raise CannotMandate({"": "Ủy quyền này không còn."})
    if row.accepted_at is None:
        row.accepted_at = now
        row.save(update_fields=["accepted_at"])
        _note(row, "identity.accept_mandate", actor, now)
        tell(row, "accepted")


@transaction.atomic
def end(*, mandate_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Ended at once, by the principal (or who represents an organisation by law), the holder, or an officer who answers
    for it. The next request of who acts under it is refused; what was filed stays. Both sides are told."""
    row = Mandate.objects.select_for_update().filter(pk=mandate_id, ended_at__isnull=True).first()
    mine = {account_of(actor), actor.owner_id}
    if row is None:
        raise CannotMandate({"": "Ủy quyền này không còn."})
    if actor.kind == "citizen":
        require(actor, "identity.mandates")
        if row.holder_id != account_of(actor) and not (row.principal_id in mine and _may_manage(actor)):
            raise CannotMandate({"": "Ủy quyền này không còn."})
    else:
        require(actor, "identity.end_mandate", Place(place_of(row, now)))
    if len(reason.strip()) < 5:
        raise CannotMandate({"reason": "Ghi lý do kết thúc, ít nhất 5 ký tự."})
    row.ended_at, row.ended_by_id, row.end_reason = now, account_of(actor), reason.strip()[:500]
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])
    _note(row, "identity.end_mandate", actor, now, reason=row.end_reason)
    tell(row, "ended")


def _may_manage(actor: Actor) -> bool:
    """One's own, or an organisation's by its legal representative."""
    return actor.mandate is None or Mandate.objects.filter(pk=actor.mandate.number, basis=Basis.LEGAL).exists()


@transaction.atomic
def represent(*, claims: NationalClaims, user_id: int, now: datetime) -> int | None:
    """The person came in with an organisation's account: for a while they represent it by law. Returns the mandate's
    number; None for a person's account, a low level, or another role than the legal representative's."""
    told = claims.organisation
    if told is None or told.role != LEGAL_ROLE or claims.level < FULL_LEVEL:
        return None
    principal_id = _organisation(told.number, told.name, now)
    today = now.astimezone(VIETNAM).date()
    row = in_force(today).select_for_update(of=("self",)).filter(
        principal_id=principal_id, holder_id=user_id, basis=Basis.LEGAL
    ).first()  # fmt: skip
    if row is None:
        row = Mandate.objects.create(
            principal_id=principal_id, holder_id=user_id, basis=Basis.LEGAL, acts=sorted(ACTS), procedure_codes=[],
            valid_from=today, valid_until=today + LEGAL_FOR, ground="Tài khoản định danh điện tử của tổ chức",
            granted_by_id=user_id, granted_at=now, accepted_at=now, search_text=searchable(told.name, claims.full_name),
        )  # fmt: skip
        _note(row, "identity.grant_mandate", Actor("citizen", claims.full_name, user_id), now)
    elif row.valid_until < today + LEGAL_FOR or row.acts != sorted(ACTS):
        row.valid_until, row.acts = today + LEGAL_FOR, sorted(ACTS)
        row.save(update_fields=["valid_until", "acts"])
    return row.pk


def is_of(mandate_id: int, *, user_ids: Collection[int | None]) -> bool:
    """Is it given or held by one of these accounts? One query."""
    mine = Q(principal_id__in=user_ids) | Q(holder_id__in=user_ids)
    return Mandate.objects.filter(mine, pk=mandate_id).exists()


def own(*, user_ids: Collection[int], most: int = 100) -> list[Mandate]:
    """Given and held by these accounts, living ones first, at most `most`. One query."""
    rows = Mandate.objects.filter(Q(principal_id__in=user_ids) | Q(holder_id__in=user_ids))
    return list(rows.select_related("principal", "holder").order_by("ended_at", "-valid_until", "-pk")[:most])


@dataclass(frozen=True)
class Representative:
    """Who acts for somebody, as what, in what, until when and on what ground."""

    full_name: str
    basis_title: str
    acts: tuple[str, ...]
    valid_until: date
    ground: str


def representatives(principal_id: int | None, *, procedure_code: str, on: date) -> list[Representative]:
    """Who may act for the account in a matter of this procedure on a day, at most fifty. One query, none for nobody."""
    if principal_id is None:
        return []
    rows = in_force(on).filter(principal_id=principal_id).select_related("holder").order_by("pk")[:50]
    return [
        Representative(
            row.holder.full_name, row.get_basis_display(), tuple(ACTS[a] for a in row.acts if a in ACTS),
            row.valid_until, row.ground,
        )
        for row in rows
        if not row.procedure_codes or procedure_code in row.procedure_codes
    ]  # fmt: skip


def mandate_subject(mandate_id: int) -> dict[str, str]:
    """What a dossier filed under it says of whom it is for: the fields of the applicant's page. Three queries at most."""
    row = Mandate.objects.select_related("principal").get(pk=mandate_id)
    person = Person.objects.filter(user_id=row.principal_id).first()
    organisation = OrganisationAccount.objects.filter(user_id=row.principal_id).first()
    number = organisation.number if organisation else person.identity_number if person and person.verified_at else ""
    return {
        "acting_as": BASIS_ACTING_AS[Basis(row.basis)],
        "subject_name": row.principal.full_name,
        "subject_identity": number,
        "authority": f"{row.get_basis_display()}, số {row.pk}, đến {row.valid_until:%d/%m/%Y}: {row.ground}"[:300],
    }
