"""What people are told when something happens to a dossier: once per event, through the notifications module."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tinhso.kernel.access.api import Actor
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Apology, Closing, Dossier, Party, PaymentRequest, SupplementRequest, Task
from tinhso.modules.dossiers.services.ratings import rating_path
from tinhso.modules.identity import api as identity
from tinhso.modules.notifications import api as notifications

TRACKING = "/dossiers/track/"
REASON_MOST = 1500


def tell_person(
    *, kind: notifications.Kind, event_id: int, dossier_id: int, actor: Actor, now: datetime, source_id: int = 0
) -> bool:
    """Tell whoever filed the dossier; of one filed under a mandate the principal, and who acts for them now. `source_id`: the
    request or apology that the event names. False: told before, or there is neither an account nor an address."""
    dossier = Dossier.objects.select_related("version__procedure", "agency", "office").get(pk=dossier_id)
    party = Party.objects.filter(dossier=dossier, role=Party.Role.APPLICANT).first()
    at, reason, amount = _facts(kind, dossier, source_id)
    procedure = dossier.version.procedure
    one = notifications.Wanted(
        kind=kind,
        key=f"{kind}:{event_id}",
        recipient=notifications.Recipient(
            user_id=dossier.owner_id,
            name=dossier.applicant_name,
            email=party.email if party else "",
            phone=party.phone if party else "",
        ),
        values={
            "procedure": procedure.plain_name or procedure.name,
            "code": dossier.code,
            "date": day_text(at),
            "reason": reason[:REASON_MOST],
            "amount": f"{amount:,} đồng".replace(",", "."),
            "agency": dossier.agency.name,
            "office": dossier.office.name,
        },
        # On weak channels nothing but the tracking page.
        url=_page_of(kind, dossier),
        public_url=TRACKING,
        about=dossier.ref,
    )
    wanted = [one] if dossier.mandate_id is None else _under_mandate(one, dossier, dossier.mandate_id, now)
    return notifications.notify_many(wanted=wanted, actor=actor, now=now) > 0


def _under_mandate(
    one: notifications.Wanted, dossier: Dossier, mandate_id: int, now: datetime
) -> list[notifications.Wanted]:
    """The principal on the ways of their own account, never on what the representative wrote; the representative only
    while a mandate of theirs holds."""
    told = identity.told_under(
        mandate_id, procedure_code=dossier.version.procedure.code, on=now.astimezone(VIETNAM).date()
    )
    filed_by = identity.holder_of(mandate_id)
    people = [notifications.Recipient(user_id=dossier.owner_id)]
    for number in told:
        # What was written on the applicant's page is theirs who filed it.
        written = one.recipient if number == filed_by else notifications.Recipient()
        people.append(replace(written, user_id=number))
    return [replace(one, recipient=who) for who in people]


def _page_of(kind: notifications.Kind, dossier: Dossier) -> str:
    """Where the person has something to do: after the return the one-time link of the rating."""
    if kind == notifications.Kind.RETURNED:
        return rating_path(dossier.public_id)
    here = f"/dossiers/follow/{dossier.public_id}/"
    return f"{here}supplement/" if kind == notifications.Kind.SUPPLEMENT else here


def _facts(kind: notifications.Kind, dossier: Dossier, source_id: int) -> tuple[datetime | None, str, int]:
    """The instant, the reason and the amount that the event is about."""
    kinds = notifications.Kind
    if kind == kinds.SUPPLEMENT:
        request = SupplementRequest.objects.get(pk=source_id)
        return request.answer_by_at, request.reason, 0
    if kind == kinds.APOLOGY:
        apology = Apology.objects.get(pk=source_id)
        return apology.new_due_at, apology.reason, 0
    if kind == kinds.PAYMENT:
        asked = PaymentRequest.objects.filter(dossier=dossier).order_by("-pk").first()
        return None, asked.reason if asked else "", asked.amount if asked else dossier.fee_total or 0
    if kind == kinds.STOPPED:
        closing = Closing.objects.filter(dossier=dossier).first()
        return None, " ".join(filter(None, [closing.ground, closing.reason])) if closing else "", 0
    return dossier.due_at, dossier.closed_reason, 0


def tell_office(*, dossier_id: int, waiting: str, actor: Actor, now: datetime) -> int:
    """Tell the clerks of the office that received it that something waits for them: once an hour each for one kind of
    work, however many dossiers come. `waiting`: what is to be done. Returns how many notices are new."""
    dossier = Dossier.objects.select_related("version__procedure", "agency").get(pk=dossier_id)
    local = now.astimezone(VIETNAM)
    procedure = dossier.version.procedure
    wanted = [
        notifications.Wanted(
            kind=notifications.Kind.NEW_WORK,
            key=f"new_work:{dossier.office_id}:{waiting}:{local:%Y%m%d%H}",
            recipient=notifications.Recipient(user_id=clerk.user_id),
            values={
                "procedure": procedure.plain_name or procedure.name,
                "code": dossier.code,
                "date": day_text(dossier.due_at),
                "agency": dossier.agency.name,
                "step": waiting,
            },
            url="/dossiers/desk/",
        )
        for clerk in directory.colleagues(dossier.office_id, "clerk", on=local.date())
    ]
    return notifications.notify_many(wanted=wanted, actor=actor, now=now)


def tell_assigned(*, event_id: int, task_id: int, actor: Actor, now: datetime) -> bool:
    """Tell an officer that work was given to them. Not told: what they have finished or handed on meanwhile."""
    task = Task.objects.select_related("dossier__version__procedure", "dossier__agency").get(pk=task_id)
    if task.holder_id is None or task.finished_at is not None:
        return False
    dossier = task.dossier
    procedure = dossier.version.procedure
    wanted = notifications.Wanted(
        kind=notifications.Kind.ASSIGNED,
        key=f"assigned:{event_id}",
        recipient=notifications.Recipient(user_id=task.holder_id),
        values={
            "procedure": procedure.plain_name or procedure.name,
            "code": dossier.code,
            "date": day_text(dossier.due_at) or "chưa tính",
            "agency": dossier.agency.name,
            "step": task.title,
        },
        url=f"/dossiers/{dossier.public_id}/",
    )
    return notifications.notify(wanted=wanted, actor=actor, now=now)


def day_text(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
