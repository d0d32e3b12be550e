"""Help from a distance, from asking for the person's consent to its end. Who helps, who transacts and for whom stay apart."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import SYSTEM, Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Draft, PinFailure, Support
from tinhso.modules.dossiers.rules import PIN_LOCKOUT, Channel, applicant_errors, clean_applicant
from tinhso.modules.dossiers.rules.supporting import CODE_HOLDS, DAYS_MOST, FAILURES_MOST, SCOPES, WAYS, digest_of
from tinhso.modules.dossiers.services.drafts import CannotStart, competent
from tinhso.modules.dossiers.services.person import require_person
from tinhso.modules.identity import api as identity
from tinhso.modules.notifications import api as notifications
from tinhso.modules.procedures import api as procedures

PERSON_PAGE = "/dossiers/support/person/"
NEEDED = ("full_name", "identity_number", "phone", "email")


class CannotSupport(ValueError):
    """Something is missing or not so: `errors` maps field → message. Nothing was changed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = dict(errors)


class WrongCode(ValueError):
    """The code is wrong, too old, or was guessed too often."""


@transaction.atomic
def ask(
    *, version_id: int, agency_id: int, person: Mapping[str, str], way: str, scope: str, days: int, seen_document: str,
    actor: Actor, now: datetime,
) -> UUID:  # fmt: skip
    """Begin to help somebody. `way` "code": a one-time code goes to their telephone or e-mail and nothing can be done before
    they have told it; "present": they stand there, and `seen_document` says by what they were known. Raises
    `CannotSupport`."""
    on = now.astimezone(VIETNAM).date()
    work = directory.staff_of_user(account_of(actor), on=on) if actor.user_id else None
    require(actor, "dossiers.support")
    if work is None:
        raise CannotSupport({"full_name": "Tài khoản của bạn chưa có nơi làm việc trong danh bạ."})
    place = directory.organisation(work.organisation_id)
    row = Support(
        helper_id=account_of(actor), helper_name=actor.label[:300], place_id=place.id, way=way, scope=scope, asked_at=now,
        until_at=now + timedelta(days=max(1, min(days, DAYS_MOST))),
    )  # fmt: skip
    require(actor, "dossiers.support", row)
    told = clean_applicant({**person, "acting_as": "self", "result_delivery": "online", "address": "-" * 12})
    errors = {name: text for name, text in applicant_errors(told).items() if name in NEEDED}
    own = identity.person(account_of(actor)) if actor.user_id else None
    if own is not None and own.identity_number and own.identity_number == told["identity_number"]:
        errors["identity_number"] = "Người hỗ trợ không được đồng thời là người nộp hồ sơ."
    if way not in WAYS:
        errors["way"] = "Chọn cách người được hỗ trợ đồng ý."
    if scope not in SCOPES:
        errors["scope"] = "Chọn phạm vi người được hỗ trợ đồng ý."
    if not 1 <= days <= DAYS_MOST:
        errors["days"] = f"Thời gian hỗ trợ từ 1 đến {DAYS_MOST} ngày."
    if way == "present" and len(seen_document.strip()) < 5:
        errors["seen_document"] = "Ghi giấy tờ tùy thân đã xem, ví dụ thẻ căn cước bản chính."
    try:
        agency = competent(version_id=version_id, agency_id=agency_id, channel=Channel.ONLINE, now=now)
    except CannotStart as refusal:
        errors["agency"] = str(refusal)
    if errors:
        raise CannotSupport(errors)
    version = procedures.version(version_id)
    row.title = version.title[:1000]
    row.person_name, row.identity_number = told["full_name"], told["identity_number"]
    row.phone, row.email = told["phone"], told["email"]
    row.draft = Draft.objects.create(
        version_id=version_id, agency_id=agency.id, office_id=(directory.centre_of(agency.id, on=on) or agency).id,
        channel=Channel.ONLINE.value, applicant={name: told[name] for name in NEEDED}, created_at=now, updated_at=now,
    )  # fmt: skip
    if way == "present":
        row.consented_at = now
        row.consent_note = f"Có mặt tại {place.name}; đã xem: {' '.join(seen_document.split())}"[:300]
    row.save()
    if way == "code":
        _send_code(row, place_name=place.name, now=now)
    record(
        who=actor, action="dossiers.support_ask", object_ref=row.ref,
        after={"way": way, "scope": scope, "until": row.until_at.isoformat(), "consented": way == "present"}, now=now,
    )  # fmt: skip
    return row.public_id


def _send_code(row: Support, *, place_name: str, now: datetime) -> None:
    code = f"{secrets.randbelow(10**6):06d}"
    row.code_digest = digest_of(settings.SECRET_KEY, str(row.public_id), code)
    row.code_until_at = now + CODE_HOLDS
    row.save(update_fields=["code_digest", "code_until_at"])
    wanted = notifications.Wanted(
        kind=notifications.Kind.SUPPORT_CODE,
        key=f"support:{row.pk}",
        recipient=notifications.Recipient(name=row.person_name, email=row.email, phone=row.phone),
        values={
            "code": code, "procedure": row.title, "agency": place_name, "reason": row.helper_name,
            "date": f"{row.code_until_at.astimezone(VIETNAM):%H:%M %d/%m/%Y}", "office": place_name, "amount": "",
        },
        url=PERSON_PAGE,
        public_url=PERSON_PAGE,
        about=row.ref,
    )  # fmt: skip
    told = notifications.notify(wanted=wanted, actor=SYSTEM, now=now)
    ways = {message.channel for notice in notifications.notices_about(row.ref) for message in notice.messages}
    if not told or not ways:
        raise CannotSupport(
            {
                "phone": "Chưa gửi được mã: kênh SMS chưa kết nối. Ghi thư điện tử của người ấy, hoặc chọn đồng ý trực tiếp."
            }
        )


def confirm(*, public_id: UUID, code: str, actor: Actor, now: datetime) -> None:
    """The helper types the code that the person told them. Raises `WrongCode`; five wrong ones end it."""
    row = Support.objects.get(public_id=public_id)
    require(actor, "dossiers.support", row)
    if row.helper_id != account_of(actor):
        raise WrongCode("Chỉ người đã xin hỗ trợ nhập mã.")
    with transaction.atomic():
        row = Support.objects.select_for_update().get(pk=row.pk)
        if row.consented_at is not None:
            return
        fault = _fault(row, code, now)
        if not fault:
            row.consented_at = now
            row.consent_note = _where_sent(row)
            row.save(update_fields=["consented_at", "consent_note"])
            record(
                who=actor,
                action="dossiers.support_consent",
                object_ref=row.ref,
                after={"how": row.consent_note},
                now=now,
            )
    if fault:
        raise WrongCode(fault)


def _fault(row: Support, code: str, now: datetime) -> str:
    """What is wrong with a code; a wrong one is counted."""
    digits = "".join(char for char in code if char.isascii() and char.isdigit())[:12]
    if row.ended_at is not None or row.failures >= FAILURES_MOST:
        return "Đã nhập sai quá nhiều lần hoặc việc hỗ trợ đã kết thúc. Xin lại từ đầu."
    if row.code_until_at is None or now > row.code_until_at:
        return "Mã đã hết hạn. Xin lại từ đầu để người ấy nhận mã mới."
    if secrets.compare_digest(digest_of(settings.SECRET_KEY, str(row.public_id), digits), row.code_digest):
        return ""
    row.failures += 1
    row.save(update_fields=["failures"])
    return f"Mã không đúng. Còn {FAILURES_MOST - row.failures} lần."


def _where_sent(row: Support) -> str:
    sent = {message.channel for notice in notifications.notices_about(row.ref) for message in notice.messages}
    if sent - {notifications.Channel.EMAIL}:
        return f"Mã một lần gửi tới số …{row.phone[-3:]}"
    name, _, host = row.email.partition("@")
    return f"Mã một lần gửi tới thư {name[:1]}…@{host}"[:300]


@transaction.atomic
def end(*, public_id: UUID, actor: Actor, now: datetime) -> None:
    """The helper stops. Ended already: nothing happens."""
    row = Support.objects.select_for_update().get(public_id=public_id)
    require(actor, "dossiers.support", row)
    if row.helper_id == account_of(actor):
        _end(row, by=row.helper_name, actor=actor, now=now)


@transaction.atomic
def end_by_person(*, dossier_id: int, actor: Actor, now: datetime, opened: Collection[str] = ()) -> None:
    """The person ends the help on their dossier, from its page."""
    dossier = Dossier.objects.get(pk=dossier_id)
    require_person(actor, "dossiers.end_support", dossier, opened)
    row = Support.objects.select_for_update().filter(draft__dossier=dossier).first()
    if row is not None:
        _end(row, by=row.person_name, actor=actor, now=now)


def open_by_code(*, phone: str, code: str, actor: Actor, now: datetime) -> Support:
    """What is known to the person of help that was asked for in the last days, by their number and the code they got. Raises
    `WrongCode`, the same for every reason; wrong codes close the number for a while, as with a PIN."""
    require(actor, "dossiers.support_person")
    digits = "".join(char for char in code if char.isascii() and char.isdigit())[:12]
    known = f"HT{''.join(char for char in phone if char.isdigit())[:20]}"
    since = now - timedelta(minutes=PIN_LOCKOUT.minutes)
    if PinFailure.objects.filter(code=known, failed_at__gt=since).count() >= PIN_LOCKOUT.failures:
        raise WrongCode(f"Đã nhập sai nhiều lần. Thử lại sau {PIN_LOCKOUT.minutes} phút.")
    rows = Support.objects.filter(phone=phone, way="code", until_at__gt=now)
    for row in rows.order_by("-pk")[:10]:
        if secrets.compare_digest(digest_of(settings.SECRET_KEY, str(row.public_id), digits), row.code_digest):
            return row
    with transaction.atomic():
        PinFailure.objects.create(code=known, failed_at=now)
    raise WrongCode("Số điện thoại và mã không khớp, hoặc việc hỗ trợ đã hết hạn.")


@transaction.atomic
def end_by_code(*, phone: str, code: str, actor: Actor, now: datetime) -> Support:
    """The person ends the help before the dossier is sent, or after. Raises `WrongCode`."""
    found = open_by_code(phone=phone, code=code, actor=actor, now=now)
    row = Support.objects.select_for_update().get(pk=found.pk)
    _end(row, by=row.person_name, actor=actor, now=now)
    return row


def _end(row: Support, *, by: str, actor: Actor, now: datetime) -> None:
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by_name = now, by
    row.save(update_fields=["ended_at", "ended_by_name"])
    record(who=actor, action="dossiers.support_end", object_ref=row.ref, after={"by": by}, now=now)
