"""Sending a draft: everything is checked again, and one draft makes one dossier, however often it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, User, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import dossier_code, next_number
from tinhso.kernel.text import fold
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import DossierSubmitted
from tinhso.modules.dossiers.models import Dossier, Draft, DraftFile, Paper, Party, Support, Task
from tinhso.modules.dossiers.rules import (
    Channel,
    DeliveryState,
    MoneyState,
    PaperKind,
    State,
    SyncState,
    TaskKind,
    applicant_errors,
    pin_of,
)
from tinhso.modules.dossiers.services.drafts import find, person_of
from tinhso.modules.dossiers.services.money import owe_by_version
from tinhso.modules.dossiers.services.reusing import no_longer_usable, prove_use
from tinhso.modules.identity import api as identity
from tinhso.modules.procedures import api as procedures


@dataclass(frozen=True)
class Problem:
    """What keeps a draft from being sent: the page ("applicant", a group's key or "papers"), the field's pointer
    within the page, and the sentence."""

    page: str
    field: str
    message: str


class CannotSubmit(ValueError):
    """The draft is not complete. `problems` are in the order of the pages."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"Hồ sơ còn {len(problems)} chỗ cần sửa trước khi gửi.")
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Submitted:
    """What the receipt shows. `pin` is for the person who sent it only."""

    dossier_id: int
    public_id: UUID
    code: str
    pin: str
    already: bool


@dataclass(frozen=True)
class ReceivedPaper:
    """A paper handed over at the counter, or (`document`) taken from the person's store instead."""

    key: str
    kind: PaperKind
    quantity: int = 1
    document: UUID | None = None


def current_pin(dossier: Dossier) -> str:
    """The PIN in force. Callers have asked `allow` for showing it."""
    if not dossier.pin_serial:
        return ""  # Filed under a mandate: it is followed by signing in, so that it ends with the mandate.
    return pin_of(secret=settings.SECRET_KEY, public_id=str(dossier.public_id), serial=dossier.pin_serial)


def applicant_context(draft: Draft) -> dict[str, Any]:
    """What of the applicant's page the conditions of a version may ask."""
    return {"applicant": {"acting_as": draft.applicant.get("acting_as", "")}}


def papers_of(version: procedures.VersionInfo, case: Mapping[str, Any]) -> tuple[procedures.Paper, ...]:
    """The papers that a case asks for. No query."""
    return () if version.definition is None else procedures.papers_asked(version.definition, case)


def problems_of(draft: Draft, *, now: datetime, papers_needed: bool = True) -> tuple[dict[str, Any], list[Problem]]:
    """The cleaned form and all that is wrong with a draft, without changing it."""
    version = procedures.version(draft.version_id)
    problems = [Problem("applicant", field, text) for field, text in applicant_errors(draft.applicant).items()]
    if not version.is_in_force(now.date()):
        problems.append(Problem("applicant", "full_name", "Thủ tục vừa thay đổi. Mở lại bản nháp để xem nội dung mới."))
    form = version.definition.form if version.definition else None
    context = applicant_context(draft)
    cleaned, errors = procedures.clean(form or {}, draft.form_data, today=now.date(), context=context)
    for pointer, text in errors.items():
        problems.append(Problem(pointer.strip("/").split("/")[0], pointer, text))
    if papers_needed:
        attached = set(DraftFile.objects.filter(draft=draft).values_list("paper_key", flat=True))
        for paper in papers_of(version, {**cleaned, **context}):
            if paper.required and not paper.present_only and paper.key not in attached:
                problems.append(Problem("papers", paper.key, f"Tải lên: {paper.name}"))
        problems += [Problem("papers", key, why) for key, why in no_longer_usable(draft, now=now).items()]
    return cleaned, problems


@transaction.atomic
def submit(*, public_id: UUID, actor: Actor, keys: Collection[str], now: datetime) -> Submitted:
    """Send the draft. A second call gives the same dossier (`already`). Raises `CannotSubmit`, `DraftNotFound`."""
    draft = find(public_id=public_id, actor=actor, keys=keys, lock=True, now=now)
    if draft.helping is None:
        require(actor, "dossiers.submit", draft)
    elif draft.dossier_id is None:
        before_sending(draft, draft.helping)
    if draft.dossier_id is not None:
        return _submitted(Dossier.objects.get(pk=draft.dossier_id), already=True)
    cleaned, problems = problems_of(draft, now=now)
    if problems:
        raise CannotSubmit(problems)
    version = procedures.version(draft.version_id)
    dossier = create_dossier(draft=draft, version=version, form_data=cleaned, actor=actor, now=now)
    Paper.objects.bulk_create(
        Paper(
            dossier=dossier,
            key=paper.key,
            name=paper.name,
            kind=PaperKind.DIGITISED,
            file_id=row.file_id,
            reuse_id=None
            if row.document_id is None
            else prove_use(
                dossier,
                document_id=row.document_id,
                paper=paper,
                applicant=draft.applicant,
                actor=actor,
                now=now,
            ),
            added_at=now,
        )
        for row, paper in files_asked(draft, version, cleaned)
    )
    if draft.helping is not None:
        record(
            who=actor,
            action="dossiers.support_sent",
            object_ref=dossier.ref,
            after={"support": draft.helping.pk, "way": draft.helping.way, "scope": draft.helping.scope},
            now=now,
        )
    return _submitted(dossier, already=False)


def before_sending(draft: Draft, support: Support) -> None:
    """Sent by a helper: the person who agreed is the applicant, and theirs it is when their telephone has an account and
    they answered from it."""
    draft.applicant |= person_of(support)
    if support.way == "code":
        account = User.objects.filter(username=support.phone, kind=User.Kind.CITIZEN, is_active=True).first()
        if account is not None and support.phone and support.consent_note.startswith("Mã một lần gửi tới số"):
            draft.owner_id = account.pk
            draft.save(update_fields=["owner"])


def _submitted(dossier: Dossier, *, already: bool) -> Submitted:
    return Submitted(dossier.pk, dossier.public_id, dossier.code, current_pin(dossier), already)


def files_asked(
    draft: Draft, version: procedures.VersionInfo, cleaned: Mapping[str, Any]
) -> list[tuple[DraftFile, procedures.Paper]]:
    """Files of papers that the case asks for; those of papers it no longer asks for stay with the draft."""
    case = {**cleaned, **applicant_context(draft)}
    asked = {paper.key: paper for paper in papers_of(version, case)}
    rows = DraftFile.objects.filter(draft=draft).order_by("pk")
    return [(row, asked[row.paper_key]) for row in rows if row.paper_key in asked]


def create_dossier(
    *,
    draft: Draft,
    version: procedures.VersionInfo,
    form_data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    submitted_at: datetime | None = None,
    by_national_identity: bool | None = None,
) -> Dossier:
    """The dossier of a checked draft, waiting at the counter. Inside the caller's transaction. `submitted_at`: when it came,
    where that was before it is written down. `by_national_identity` None: as the sender's account here tells."""
    agency = directory.organisation(draft.agency_id)
    if actor.mandate is not None:
        # For whom and on what authority the mandate says, whatever was typed.
        draft.applicant = {**draft.applicant, **identity.mandate_subject(actor.mandate.number)}
        draft.save(update_fields=["applicant"])
    case = {**form_data, **applicant_context(draft)}
    applicant = draft.applicant
    # The day's number is drawn late: its row stays locked until this transaction ends.
    number = next_number(f"dossier:{settings.PROVINCE['code']}:{now:%y%m%d}")
    code = dossier_code(agency.code, now.date(), number)
    dossier = Dossier.objects.create(
        code=code,
        version_id=draft.version_id,
        agency_id=agency.id,
        office_id=draft.office_id,
        owner_id=draft.owner_id or _proven_owner(draft, applicant),
        mandate_id=actor.mandate.number if actor.mandate else None,
        pin_serial=0 if actor.mandate else 1,
        channel=draft.channel,
        by_national_identity=_is_vouched_for(draft, actor) if by_national_identity is None else by_national_identity,
        state=State.REGISTERED,
        money_state=MoneyState.UNKNOWN,
        delivery_state=DeliveryState.NOT_READY,
        sync_state=SyncState.QUEUED if draft.channel == Channel.NATIONAL else SyncState.NOT_CONNECTED,
        applicant_name=applicant["full_name"],
        acting_as=applicant["acting_as"],
        form_data=form_data,
        search_text=fold(f"{code} {applicant['full_name']} {applicant['subject_name']} {version.title}"),
        result_delivery=applicant["result_delivery"],
        submitted_at=submitted_at or now,
    )
    Party.objects.bulk_create(_parties(dossier, applicant, actor))
    Task.objects.create(
        dossier=dossier,
        kind=TaskKind.INTAKE,
        key="intake",
        title="Kiểm tra và tiếp nhận hồ sơ",
        role="clerk",
        organisation_id=draft.office_id,
        created_at=now,
    )
    draft.dossier = dossier
    draft.save(update_fields=["dossier"])
    owe_by_version(dossier, case, actor=actor, now=now)
    dossier.save(update_fields=["charge", "fee_total", "money_state"])
    record(
        who=actor,
        action="dossiers.submit",
        object_ref=dossier.ref,
        after={"code": code, "state": State.REGISTERED, "channel": draft.channel, "version_id": draft.version_id},
        now=now,
    )
    publish(DossierSubmitted(dossier_id=dossier.pk, code=code, channel=draft.channel), key=dossier.ref)
    return dossier


def _is_vouched_for(draft: Draft, actor: Actor) -> bool:
    """By the account that sends it, under a mandate too; sent by a helper, by the account of whom it is. At the counter and by
    post no account sends. At most one query."""
    sender = actor.user_id if actor.kind == "citizen" else draft.owner_id
    return draft.channel == Channel.ONLINE and sender is not None and identity.vouched_nationally(sender)


def _proven_owner(draft: Draft, applicant: Mapping[str, str]) -> int | None:
    """At the counter: the account of the person who stands there, if their number and name are proven to be its owner's."""
    if draft.channel != Channel.COUNTER or not applicant["identity_number"]:
        return None
    return identity.proven_account(number=applicant["identity_number"], full_name=applicant["full_name"])


def _parties(dossier: Dossier, applicant: Mapping[str, str], actor: Actor) -> list[Party]:
    parties = [
        Party(
            dossier=dossier,
            role=Party.Role.APPLICANT,
            full_name=applicant["full_name"],
            identity_number=applicant["identity_number"],
            phone=applicant["phone"],
            email=applicant["email"],
            address=applicant["address"],
            acting_as=applicant["acting_as"],
            authority=applicant["authority"],
        )
    ]
    if applicant["acting_as"] != "self":
        parties.append(
            Party(
                dossier=dossier,
                role=Party.Role.SUBJECT,
                full_name=applicant["subject_name"],
                identity_number=applicant["subject_identity"],
            )
        )
    if actor.kind == "officer":
        work = directory.staff_of_user(actor.user_id, on=dossier.submitted_at.date()) if actor.user_id else None
        place = "" if work is None else directory.organisation(work.organisation_id).name
        parties.append(Party(dossier=dossier, role=Party.Role.HELPER, full_name=actor.label, place=place))
    return parties
