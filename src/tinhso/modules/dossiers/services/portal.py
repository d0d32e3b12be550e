"""The national portal's door: a dossier that was sent there arrives here once, whole or not at all.

Who knocks proves itself by its signature and is then an account like any other: what it may do is a dated grant over the
agencies of the province, asked by `allow`. See docs/adr/0028-national-portal-door.md.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from tinhso.kernel.access.api import Actor, RoleGrant, User, actor_of, create_user, grant_role, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import FileRefused, store
from tinhso.kernel.signed import is_genuine
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Draft, DraftFile, Paper, PortalPacket
from tinhso.modules.dossiers.rules import Channel, PaperKind, State, SyncState, clean_applicant, storable
from tinhso.modules.dossiers.rules import portal as rules
from tinhso.modules.dossiers.rules.portal import Packet, PacketRefused
from tinhso.modules.dossiers.services.drafts import FILES_PER_PAPER, CannotStart, competent
from tinhso.modules.dossiers.services.submitting import create_dossier, current_pin, files_asked, papers_of, problems_of
from tinhso.modules.payments import api as payments
from tinhso.modules.procedures import api as procedures


class NotGenuine(ValueError):
    """Not signed by the portal, too old, or its account is not (or no longer) there."""


@dataclass(frozen=True)
class Received:
    """What the portal is answered. `pin`: for the person only, whom the portal shows it to."""

    public_id: UUID
    portal_code: str
    code: str
    pin: str
    state: State
    agency_name: str
    already: bool


def portal_actor(*, account: str, timestamp: str, body: bytes, signature: str, now: datetime) -> Actor:
    """Who knocked, with the grants that hold today. Raises `NotGenuine`: the same for every reason."""
    known: dict[str, str] = settings.NATIONAL_PORTAL
    genuine = is_genuine(known["secret"], timestamp, body, signature, now=now, account=account)
    if not genuine or account != known["account"]:
        raise NotGenuine
    user = User.objects.filter(username=account, kind=User.Kind.SERVICE, is_active=True).first()
    if user is None:
        raise NotGenuine
    return actor_of(user, on=now.astimezone(VIETNAM).date())


def receive_from_portal(*, data: Any, actor: Actor, now: datetime) -> Received:
    """Take a dossier in. The same packet again gives the same answer (`already`). Raises `PacketRefused` (nothing was
    kept) and `Refused`."""
    require(actor, "dossiers.receive_from_portal")
    packet = rules.read_packet(data)
    if packet.sent_at > now + timedelta(minutes=10):
        raise PacketRefused(rules.MALFORMED, "NgayNopHoSo ở tương lai.", {"NgayNopHoSo": "Thời điểm chưa đến."})
    known = _known(packet, actor=actor, now=now)
    if known is not None:
        return known
    try:
        return _take_in(packet, actor=actor, now=now)
    except IntegrityError:
        # The same packet twice at once: the other one was first, and of this one nothing is left.
        known = _known(packet, actor=actor, now=now)
        if known is None:
            raise
        return known


def _known(packet: Packet, *, actor: Actor, now: datetime) -> Received | None:
    row = PortalPacket.objects.select_related("dossier__agency").filter(portal_code=packet.portal_code).first()
    if row is None:
        return None
    require(actor, "dossiers.receive_from_portal", row.dossier)
    rows = PortalPacket.objects.filter(pk=row.pk)
    if row.digest == packet.digest:
        rows.update(repeats=F("repeats") + 1)
        return _answer(row, already=True)
    with transaction.atomic():
        rows.update(contested=F("contested") + 1, contested_at=now)
        record(
            who=actor,
            action="dossiers.portal_contested",
            object_ref=row.dossier.ref,
            reason="Cổng quốc gia gửi lại cùng mã với nội dung khác; giữ nội dung nhận lần đầu",
            now=now,
        )
    raise PacketRefused(
        rules.CHANGED,
        f"Mã hồ sơ {packet.portal_code} đã nhận trước đó với nội dung khác, tại {row.dossier.agency.name}, mã {row.dossier.code}. "
        "Hồ sơ đã nhận được giữ nguyên; thay đổi phải qua yêu cầu bổ sung.",
    )


@transaction.atomic
def _take_in(packet: Packet, *, actor: Actor, now: datetime) -> Received:
    version, agency = _where(packet, now=now)
    draft = Draft(
        version_id=version.id,
        agency_id=agency.id,
        office_id=(directory.centre_of(agency.id, on=now.date()) or agency).id,
        channel=Channel.NATIONAL.value,
        applicant=clean_applicant(packet.applicant),
        form_data=storable(packet.form),
        created_at=now,
        updated_at=now,
    )
    require(actor, "dossiers.receive_from_portal", draft)
    draft.save()
    _attach(draft, packet, version, actor=actor, now=now)
    cleaned, problems = problems_of(draft, now=now)
    if problems:
        raise PacketRefused(
            rules.CONTENT,
            f"Hồ sơ còn {len(problems)} chỗ thiếu hoặc sai theo quy định của thủ tục.",
            {f"{one.page}:{one.field}": one.message for one in problems},
        )
    dossier = create_dossier(
        draft=draft, version=version, form_data=cleaned, actor=actor, now=now,
        by_national_identity=packet.by_national_identity,
    )  # fmt: skip
    # The files of a draft stand in the order of the packet; all of them were asked for, or the packet was refused.
    stored = dict(
        zip(
            DraftFile.objects.filter(draft=draft).order_by("pk").values_list("pk", flat=True),
            packet.papers,
            strict=True,
        )
    )
    Paper.objects.bulk_create(
        Paper(
            dossier=dossier, key=paper.key, name=paper.name, kind=PaperKind.DIGITISED, file_id=row.file_id, added_at=now,
            from_national_store=stored[row.pk].from_national_store,
        )
        for row, paper in files_asked(draft, version, cleaned)
    )  # fmt: skip
    row = PortalPacket.objects.create(
        dossier=dossier,
        portal_code=packet.portal_code,
        digest=packet.digest,
        sent_at=packet.sent_at,
        received_at=now,
    )
    _note_payment(dossier, packet, actor=actor, now=now)
    record(
        who=actor,
        action="dossiers.receive_from_portal",
        object_ref=dossier.ref,
        after={"portal_code": packet.portal_code, "sync_state": dossier.sync_state},
        now=now,
    )
    return _answer(row, already=False)


def _where(packet: Packet, *, now: datetime) -> tuple[procedures.VersionInfo, directory.OrganisationInfo]:
    """The version in force and the agency that settles it. Raises `PacketRefused`."""
    version = procedures.current_version(packet.procedure_code, now.date())
    if version is None:
        raise PacketRefused(
            rules.PROCEDURE, f"Không có thủ tục {packet.procedure_code} đang áp dụng: sai mã, hoặc đã bãi bỏ, thay thế."
        )
    agency = directory.organisation_by_code(packet.agency_code, now.date())
    if agency is None:
        raise PacketRefused(rules.AGENCY, f"Không có cơ quan nào đang mang mã {packet.agency_code} trong tỉnh.")
    try:
        competent(version_id=version.id, agency_id=agency.id, channel=Channel.NATIONAL, now=now)
    except CannotStart as refusal:
        unfit = rules.PROCEDURE if not version.fileable else rules.AGENCY
        raise PacketRefused(unfit, str(refusal)) from None
    if agency.id not in {one.id for one in procedures.agencies_offering(version.id, now.date())}:
        raise PacketRefused(rules.AGENCY, f"{agency.name} không giải quyết thủ tục {packet.procedure_code}.")
    return version, agency


def _attach(draft: Draft, packet: Packet, version: procedures.VersionInfo, *, actor: Actor, now: datetime) -> None:
    keys = {paper.key for paper in version.definition.papers} if version.definition else set()
    asked = {paper.key for paper in papers_of(version, {**draft.form_data, "applicant": draft.applicant})}
    errors = {}
    count: dict[str, int] = {}
    for number, paper in enumerate(packet.papers):
        where = f"TaiLieuNop[{number}]"
        count[paper.key] = count.get(paper.key, 0) + 1
        if paper.key not in keys or paper.key not in asked:
            errors[where] = "Thành phần hồ sơ này không có trong thủ tục, hoặc trường hợp này không yêu cầu."
        elif count[paper.key] > FILES_PER_PAPER:
            errors[where] = f"Mỗi loại giấy tờ nhận tối đa {FILES_PER_PAPER} tệp."
        else:
            try:
                stored = store(
                    io.BytesIO(paper.content), filename=paper.filename, actor=actor, now=now, purpose="dossiers.paper"
                )
            except FileRefused as refusal:
                errors[where] = str(refusal)
            else:
                DraftFile.objects.create(draft=draft, paper_key=paper.key, file_id=stored.id, added_at=now)
    if errors:
        raise PacketRefused(rules.FILES, "Có tệp không nhận được.", errors)


def _note_payment(dossier: Dossier, packet: Packet, *, actor: Actor, now: datetime) -> None:
    """What was paid at the portal is money of the dossier's charge: the right amount settles it, another one is kept as
    a surplus and the charge stays open."""
    if packet.paid is None:
        return
    if dossier.charge_id is None:
        raise PacketRefused(rules.MONEY, "Gói tin báo đã thanh toán nhưng trường hợp này không thu phí, lệ phí.")
    try:
        payments.note_portal_payment(
            charge_id=dossier.charge_id,
            amount=packet.paid.amount,
            reference=packet.paid.reference,
            paid_at=packet.paid.paid_at,
            actor=actor,
            now=now,
        )
    except payments.CannotTake as refusal:
        raise PacketRefused(rules.MONEY, str(refusal)) from None


def _answer(row: PortalPacket, *, already: bool) -> Received:
    dossier = row.dossier
    return Received(
        dossier.public_id,
        row.portal_code,
        dossier.code,
        current_pin(dossier),
        State(dossier.state),
        dossier.agency.name,
        already,
    )


def look_up(*, data: Any, actor: Actor, now: datetime) -> tuple[Received, Dossier]:
    """`TraCuuHoSo`: how a dossier stands, by the portal's code. With `TrangThaiHoSo` the portal says which state it holds:
    only the present one counts as delivered. Raises `PacketRefused`, `Refused`."""
    require(actor, "dossiers.receive_from_portal")
    code, held = data.get("MaHoSo"), data.get("TrangThaiHoSo")
    if not isinstance(code, str):
        raise PacketRefused(rules.MALFORMED, "Cần «MaHoSo».", {"MaHoSo": "Còn thiếu."})
    if held is not None and str(held) not in {str(int(state)) for state in State}:
        raise PacketRefused(
            rules.MALFORMED, "«TrangThaiHoSo» từ 1 đến 10.", {"TrangThaiHoSo": "Không có trạng thái này."}
        )
    with transaction.atomic():
        row = PortalPacket.objects.select_related("dossier__agency").filter(portal_code=code[:60]).first()
        if row is None:
            raise PacketRefused(rules.UNKNOWN, f"Chưa nhận hồ sơ nào có mã {code[:60]}.")
        dossier = row.dossier
        require(actor, "dossiers.receive_from_portal", dossier)
        if held is not None:
            _note_held(row, State(int(held)), actor=actor, now=now)
            dossier.refresh_from_db(fields=["sync_state"])
    return _answer(row, already=True), dossier


def _note_held(row: PortalPacket, held: State, *, actor: Actor, now: datetime) -> None:
    dossier = Dossier.objects.select_for_update().get(pk=row.dossier_id)
    before, after = dossier.sync_state, rules.sync_after_portal(State(dossier.state), held)
    PortalPacket.objects.filter(pk=row.pk).update(held_state=held, held_at=now)
    if before == after:
        return
    dossier.sync_state = after
    dossier.save(update_fields=["sync_state"])
    record(
        who=actor,
        action="dossiers.portal_holds",
        object_ref=dossier.ref,
        before={"sync_state": before},
        after={"sync_state": after, "held": int(held)},
        now=now,
    )


@transaction.atomic
def queue_for_portal(*, dossier_id: int, actor: Actor, now: datetime) -> None:
    """The dossier changed: the portal is to be told again. Safe to repeat; nothing for dossiers of other channels."""
    require(actor, "dossiers.sync_portal")
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    row = PortalPacket.objects.filter(dossier=dossier).first()
    if row is None or row.held_state == dossier.state:
        return
    after = rules.sync_after_change(SyncState(dossier.sync_state))
    if after != dossier.sync_state:
        Dossier.objects.filter(pk=dossier_id).update(sync_state=after)


@transaction.atomic
def ensure_portal_account(*, actor: Actor, now: datetime) -> str:
    """The account of the portal, which cannot sign in by password and may do nothing until its role is granted: asked for
    by one officer at the address that is told, approved by another. Again without effect."""
    require(actor, "dossiers.make_portal_account")
    username = settings.NATIONAL_PORTAL["account"]
    user = User.objects.filter(username=username).first()
    if user is not None:
        return "đã có"
    user = create_user(username=username, full_name="Cổng Dịch vụ công quốc gia", kind=User.Kind.SERVICE)
    record(who=actor, action="dossiers.make_portal_account", object_ref=f"user:{user.pk}", now=now)
    return f"mới; đề nghị cấp vai trò tại /directory/rights/request/?user={user.pk}"


@transaction.atomic
def grant_portal_for_trial(*, actor: Actor, now: datetime) -> str:
    """In the demo the portal may send to the whole province from the first day."""
    require(actor, "dossiers.make_portal_account")
    user = User.objects.filter(username=settings.NATIONAL_PORTAL["account"], kind=User.Kind.SERVICE).first()
    province = directory.organisation_by_code(settings.PROVINCE["code"])
    if user is None or province is None or RoleGrant.objects.filter(user=user).exists():
        return "đã có sẵn"
    grant_role(
        user_id=user.pk, role="national_portal", organisation_id=province.id, subtree=True,
        valid_from=now.astimezone(VIETNAM).date(), ground="Bản dùng thử", actor=actor, now=now,
    )  # fmt: skip
    return "được cấp vai trò"
