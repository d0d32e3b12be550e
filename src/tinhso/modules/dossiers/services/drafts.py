"""Writing a draft: start, save page by page, attach papers. Nothing typed is refused here; sending is what checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import F

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.files.api import store
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Draft, DraftFile, Support
from tinhso.modules.dossiers.rules import Channel, clean_applicant, storable
from tinhso.modules.dossiers.rules.supporting import holds
from tinhso.modules.identity import api as identity
from tinhso.modules.procedures import api as procedures

FILES_PER_PAPER = 10
UNSENT_DAYS = 90


class DraftNotFound(LookupError):
    """No such draft for this person. The same answer whether it exists or not."""


class CannotStart(ValueError):
    """The procedure cannot be filed here; the message says why and where to go."""


class CannotSave(ValueError):
    """The draft has been sent, or was saved elsewhere in the meantime."""


@transaction.atomic
def start(
    *,
    version_id: int,
    agency_id: int,
    channel: Channel,
    actor: Actor,
    now: datetime,
    office_id: int | None = None,
    envelope_id: int | None = None,
) -> UUID:
    """A new draft of a published, fileable version at a competent agency. `office_id`: the clerk's own office where it
    receives for an agency elsewhere in the province (phi địa giới). `envelope_id`: what it came in by post; the same one
    again is the same draft. Raises `CannotStart`."""
    require(actor, "dossiers.draft")
    scope = actor.mandate.procedures if actor.mandate else frozenset()
    if scope and procedures.version(version_id).code not in scope:
        raise CannotStart("Ủy quyền mà bạn đang dùng không gồm thủ tục này.")
    agency = competent(version_id=version_id, agency_id=agency_id, channel=channel, now=now)
    # Where there is no public service centre, the agency receives for itself.
    office = directory.centre_of(agency_id, on=now.date()) or agency
    if office_id is not None and office_id != office.id:
        office = directory.organisation(office_id)
        require(actor, "dossiers.counter_intake", office)
        if office.kind != "public_service_centre":
            raise CannotStart(f"{office.name} không phải nơi tiếp nhận hồ sơ của cơ quan khác.")
    known = envelope_id and Draft.objects.filter(envelope_id=envelope_id).select_related("written_by").first()
    if known:
        if known.written_by_id != actor.user_id:
            who = known.written_by.full_name if known.written_by else "cán bộ khác"
            raise CannotStart(f"{who} đang lập hồ sơ từ phong bì này.")
        return known.public_id
    draft = Draft.objects.create(
        version_id=version_id,
        agency_id=agency_id,
        office_id=office.id,
        channel=channel,
        envelope_id=envelope_id,
        owner_id=actor.owner_id if actor.kind == "citizen" else None,
        mandate_id=actor.mandate.number if actor.mandate else None,
        written_by_id=actor.user_id if actor.kind != "citizen" else None,
        created_at=now,
        updated_at=now,
    )
    return draft.public_id


def competent(*, version_id: int, agency_id: int, channel: Channel, now: datetime) -> directory.OrganisationInfo:
    """The agency, when it may settle this version of a dossier that comes by this channel. Raises `CannotStart`."""
    version = procedures.version(version_id)
    definition = version.definition
    if not version.is_in_force(now.date()):
        raise CannotStart("Nội dung này của thủ tục không còn áp dụng. Mở lại trang thủ tục để nộp theo nội dung mới.")
    if not version.fileable or definition is None:
        raise CannotStart("Thủ tục này chưa nhận hồ sơ trên hệ thống. Hãy xem nơi nộp trên trang thủ tục.")
    if str(Channel.ONLINE if channel == Channel.NATIONAL else channel) not in definition.channels:
        raise CannotStart(f"Thủ tục này không nhận hồ sơ theo kênh «{channel.title}».")
    agency = directory.organisation(agency_id)
    if (agency.kind, agency.level) != (definition.competent_kind, definition.competent_level):
        raise CannotStart(f"{agency.name} không có thẩm quyền giải quyết thủ tục này. Hãy chọn lại cơ quan.")
    if agency.valid_until is not None and agency.valid_until < now.date():
        raise CannotStart(f"{agency.name} đã kết thúc hoạt động. Hãy chọn cơ quan kế thừa.")
    return agency


def find(
    *, public_id: UUID, actor: Actor, keys: Collection[str], lock: bool = False, now: datetime | None = None
) -> Draft:
    """The draft, if it is this person's: its owner's, its writer's, or (written without an account) of the browser
    whose session holds its key; with `now` also for who helps from a distance, while the person's consent holds (then
    `helping` is set). Raises `DraftNotFound`."""
    drafts = Draft.objects.select_for_update(of=("self",)) if lock else Draft.objects.all()
    draft = drafts.select_related("version").defer("version__definition").filter(public_id=public_id).first()
    if draft is None:
        raise DraftNotFound
    by_account = actor.owner_id is not None and actor.owner_id in (draft.owner_id, draft.written_by_id)
    by_browser = draft.owner_id is None and draft.written_by_id is None and str(public_id) in keys
    if not (by_account or by_browser):
        support = None if now is None else helping(draft, actor, now=now)
        if support is None:
            raise DraftNotFound
        require(actor, "dossiers.support", support)
        draft.helping = support
        return draft
    if draft.written_by_id is not None:
        require(actor, "dossiers.counter_intake")
    else:
        require(actor, "dossiers.draft", draft)
    return draft


def helping(draft: Draft, actor: Actor, *, now: datetime) -> Support | None:
    """The consent under which this officer may work on somebody's draft; None: there is none that holds. One query."""
    somebodys = draft.owner_id is not None and draft.dossier_id is None
    if actor.kind != "officer" or somebodys or draft.written_by_id is not None:
        return None
    row = Support.objects.filter(draft=draft, helper_id=actor.user_id).first()
    if row is None or not holds(consented_at=row.consented_at, ended_at=row.ended_at, until_at=row.until_at, now=now):
        return None
    return row


def _open(
    public_id: UUID, actor: Actor, keys: Collection[str], revision: int | None, now: datetime | None = None
) -> Draft:
    draft = find(public_id=public_id, actor=actor, keys=keys, lock=True, now=now)
    if draft.dossier_id is not None:
        raise CannotSave("Hồ sơ này đã được gửi nên không sửa được nữa.")
    if revision is not None and revision != draft.revision:
        raise CannotSave(
            "Bản nháp vừa được lưu ở một cửa sổ khác. Nội dung bạn vừa nhập vẫn còn bên dưới: "
            "hãy xem lại rồi lưu lần nữa."
        )
    return draft


def person_of(support: Support) -> dict[str, str]:
    """The applicant's fields that a consent fixes."""
    return {
        "full_name": support.person_name,
        "identity_number": support.identity_number,
        "phone": support.phone,
        "email": support.email,
    }


def _save(draft: Draft, now: datetime, *fields: str) -> int:
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=[*fields, "revision", "updated_at"])
    return draft.revision


@transaction.atomic
def save_applicant(
    *,
    public_id: UUID,
    values: Mapping[str, Any],
    revision: int | None,
    actor: Actor,
    keys: Collection[str],
    now: datetime,
) -> int:
    """Keep the applicant's page as typed (trimmed). Returns the new revision. Raises `CannotSave`."""
    draft = _open(public_id, actor, keys, revision, now)
    draft.applicant = clean_applicant(values)
    if draft.helping is not None:
        # Who agreed is who transacts: a helper cannot put anybody else there, least of all themselves.
        draft.applicant |= person_of(draft.helping)
    if actor.mandate is not None:
        # For whom it is the mandate says, whatever was typed.
        draft.applicant |= identity.mandate_subject(actor.mandate.number)
    return _save(draft, now, "applicant")


@transaction.atomic
def save_group(
    *,
    public_id: UUID,
    group: str,
    values: Any,
    revision: int | None,
    actor: Actor,
    keys: Collection[str],
    now: datetime,
) -> int:
    """Keep one page of the form as typed. Returns the new revision. Raises `CannotSave`."""
    draft = _open(public_id, actor, keys, revision, now)
    draft.form_data = {**draft.form_data, group: storable(values)}
    return _save(draft, now, "form_data")


@transaction.atomic
def attach(
    *,
    public_id: UUID,
    paper_key: str,
    stream: BinaryIO,
    filename: str,
    actor: Actor,
    keys: Collection[str],
    now: datetime,
) -> int:
    """Attach a file to a paper. Raises `CannotSave`, or `FileRefused` of kernel.files. Returns the row's number."""
    draft = _open(public_id, actor, keys, None, now)
    version = procedures.version(draft.version_id)
    if version.definition is None or paper_key not in {paper.key for paper in version.definition.papers}:
        raise CannotSave("Loại giấy tờ này không có trong thủ tục.")
    if DraftFile.objects.filter(draft=draft, paper_key=paper_key).count() >= FILES_PER_PAPER:
        raise CannotSave(f"Mỗi loại giấy tờ nhận tối đa {FILES_PER_PAPER} tệp. Hãy xóa bớt hoặc gộp thành một tệp PDF.")
    stored = store(
        stream,
        filename=filename,
        actor=actor,
        now=now,
        purpose="dossiers.paper",
        owner_user_id=draft.owner_id or draft.written_by_id,
    )
    same = DraftFile.objects.filter(draft=draft, paper_key=paper_key, file__blob__sha256=stored.sha256).first()
    if same is not None:
        return same.pk  # The same picture sent twice (double click, back button) is one.
    return DraftFile.objects.create(draft=draft, paper_key=paper_key, file_id=stored.id, added_at=now).pk


@transaction.atomic
def detach(*, public_id: UUID, draft_file_id: int, actor: Actor, keys: Collection[str], now: datetime) -> None:
    """Take a file off the draft; the stored bytes stay until they are swept. Missing already: nothing happens."""
    draft = _open(public_id, actor, keys, None, now)
    DraftFile.objects.filter(draft=draft, pk=draft_file_id).delete()


@transaction.atomic
def discard(*, public_id: UUID, actor: Actor, keys: Collection[str]) -> None:
    """Throw an unsent draft away."""
    _open(public_id, actor, keys, None).delete()


@transaction.atomic
def adopt(*, actor: Actor, keys: Collection[str]) -> int:
    """After signing in, the drafts that this browser wrote without an account become the person's own."""
    require(actor, "dossiers.draft")
    if actor.kind != "citizen" or actor.mandate is not None or not keys:
        return 0
    return Draft.objects.filter(
        public_id__in=list(keys), owner__isnull=True, written_by__isnull=True, dossier__isnull=True
    ).update(owner_id=actor.user_id, revision=F("revision") + 1)


@transaction.atomic
def sweep_unsent(*, actor: Actor, now: datetime) -> int:
    """Forget drafts that nobody has touched for `UNSENT_DAYS`. Personal data is not kept without need."""
    require(actor, "dossiers.sweep")
    deleted, _ = Draft.objects.filter(dossier__isnull=True, updated_at__lt=now - timedelta(days=UNSENT_DAYS)).delete()
    return deleted
