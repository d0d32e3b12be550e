"""What the pages of mandates show: one's own, an office's list, one mandate with its life and what was filed under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from tinhso.kernel.access.api import Actor, allow, reach, require
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.search import folded_filter
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import Mandate, MandateLook, MandateRequest, OrganisationAccount, Person
from tinhso.modules.identity.rules import (
    ACTS,
    ENDING_SOON,
    MANDATE_STANDINGS,
    MandateStanding,
    mandate_standing,
)
from tinhso.modules.identity.services.filings import Filing, filed_counts, filed_under
from tinhso.modules.identity.services.mandates import Place, place_of, stands_on

LIST = "identity.list_mandates"
PAGE = 30
LOOKS_SHOWN = 50


class NotHere(LookupError):
    """There is none, or it is not within the reader's reach; the two look the same."""


@dataclass(frozen=True)
class Event:
    """One thing in the life of a mandate."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""


@dataclass(frozen=True)
class MandateView:
    """One mandate with its place in its life. `filed`: how many dossiers were sent under it, where that was asked."""

    row: Mandate
    standing: MandateStanding
    filed: int = 0

    @property
    def tone(self) -> str:
        return MANDATE_STANDINGS[self.standing][0]

    @property
    def title(self) -> str:
        return MANDATE_STANDINGS[self.standing][1]

    @property
    def usable(self) -> bool:
        return self.standing in (MandateStanding.IN_FORCE, MandateStanding.ENDING)

    @property
    def is_over(self) -> bool:
        return self.standing in (MandateStanding.ENDED, MandateStanding.EXPIRED)

    @property
    def acts(self) -> list[str]:
        return [title for key, title in ACTS.items() if key in self.row.acts]


def view_of(row: Mandate, today: date, filed: int = 0) -> MandateView:
    standing = mandate_standing(
        accepted=row.accepted_at is not None, ended=row.ended_at is not None, valid_from=row.valid_from,
        valid_until=row.valid_until, today=today,
    )  # fmt: skip
    return MandateView(row, standing, filed)


def life_of(row: Mandate) -> list[Event]:
    """From its beginning to its end, as far as it has come. No query with the row's people read."""
    made = "Cán bộ xem giấy tờ và lập" if row.organisation_id else "Được lập"
    place = row.organisation.name if row.organisation else ""
    who = ", ".join(filter(None, [row.granted_by.full_name, place]))
    found = [Event(row.granted_at, made, who, row.ground)]
    if row.accepted_at is not None and row.accepted_at != row.granted_at:
        found.append(Event(row.accepted_at, "Người làm thay nhận", row.holder.full_name))
    if row.reminded_at is not None:
        found.append(Event(row.reminded_at, "Nhắc hai bên là sắp hết hạn"))
    if row.ended_at is not None:
        ended_by = row.ended_by.full_name if row.ended_by else ""
        found.append(Event(row.ended_at, "Chấm dứt", ended_by, row.end_reason))
    return found


_PEOPLE = ("principal", "holder", "granted_by", "ended_by", "organisation", "document")


@dataclass(frozen=True)
class MandatePage:
    """All that is told of one mandate to somebody who may read it."""

    view: MandateView
    life: list[Event]
    filed: list[Filing]
    looks: list[MandateLook]
    may_end: bool


def page_for_side(*, mandate_id: int, actor: Actor, now: datetime) -> MandatePage:
    """For the holder, the principal, or who represents it by law. Raises `NotHere`."""
    require(actor, "identity.mandates")
    row = Mandate.objects.select_related(*_PEOPLE).filter(pk=mandate_id).first()
    if row is None or not stands_on(actor, row):
        raise NotHere
    return _page(row, actor, now, may_end=row.ended_at is None)


def page_for_officer(*, mandate_id: int, actor: Actor, now: datetime) -> MandatePage:
    """For an officer within whose reach it is. Raises `NotHere`."""
    require(actor, LIST)
    row = Mandate.objects.select_related(*_PEOPLE).filter(pk=mandate_id).first()
    place = Place(place_of(row, now)) if row is not None else None
    if row is None or not allow(actor, LIST, place):
        raise NotHere
    may_end = row.ended_at is None and bool(allow(actor, "identity.end_mandate", place))
    return _page(row, actor, now, may_end=may_end)


def _page(row: Mandate, actor: Actor, now: datetime, *, may_end: bool) -> MandatePage:
    view = view_of(row, now.astimezone(VIETNAM).date())
    looks = MandateLook.objects.filter(Q(mandate=row) | Q(request__mandate=row)).order_by("-looked_at", "-pk")
    return MandatePage(
        view, life_of(row), filed_under(row.pk, actor), list(looks[:LOOKS_SHOWN]), may_end and not view.is_over
    )


@dataclass(frozen=True)
class Wanted:
    """What is looked for in the list. `standing`: one of `MandateStanding`, "" for all."""

    text: str = ""
    standing: str = ""
    before_id: int | None = None


@dataclass(frozen=True)
class MandateList:
    rows: list[MandateView]
    older: int | None


def mandate_list(*, wanted: Wanted, actor: Actor, now: datetime) -> MandateList:
    """Those within the reader's reach, the newest first. Five queries at most."""
    require(actor, LIST)
    today = now.astimezone(VIETNAM).date()
    here = _within(actor, today)
    rows = Mandate.objects.filter(here)
    if wanted.standing in MANDATE_STANDINGS:
        rows = rows.filter(_standing_is(MandateStanding(wanted.standing), today))
    rows = _narrowed(rows, wanted.text)
    if wanted.before_id is not None:
        rows = rows.filter(pk__lt=wanted.before_id)
    found = list(rows.select_related("principal", "holder", "organisation").order_by("-pk")[: PAGE + 1])
    counts = filed_counts([row.pk for row in found[:PAGE]])
    views = [view_of(row, today, counts.get(row.pk, 0)) for row in found[:PAGE]]
    return MandateList(views, views[-1].row.pk if len(found) > PAGE else None)


def _within(actor: Actor, today: date) -> Q:
    places = reach(actor, LIST)
    root = directory.organisation_by_code(settings.PROVINCE["code"], today)
    here = Q(organisation_id__in=places)
    # Made on line they are no office's: whoever has the whole province.
    return here | Q(organisation__isnull=True) if root is not None and root.id in places else here


def _standing_is(standing: MandateStanding, today: date) -> Q:
    living = Q(ended_at__isnull=True, valid_until__gte=today)
    soon = today + ENDING_SOON
    return {
        MandateStanding.ENDED: Q(ended_at__isnull=False),
        MandateStanding.EXPIRED: Q(ended_at__isnull=True, valid_until__lt=today),
        MandateStanding.WAITING: living & Q(accepted_at__isnull=True),
        MandateStanding.COMING: living & Q(accepted_at__isnull=False, valid_from__gt=today),
        MandateStanding.IN_FORCE: living & Q(accepted_at__isnull=False, valid_from__lte=today, valid_until__gt=soon),
        MandateStanding.ENDING: living & Q(accepted_at__isnull=False, valid_from__lte=today, valid_until__lte=soon),
    }[standing]


def _narrowed(rows: QuerySet[Mandate], text: str) -> QuerySet[Mandate]:
    """By a name, the number of a person or an organisation, or the mandate's own."""
    digits = "".join(char for char in text if char.isdigit())
    if not digits or len(digits) < len("".join(text.split())) - 3:
        return folded_filter(rows, "search_text", text)
    if len(digits) < 10:
        return rows.filter(pk=int(digits))
    people = list(Person.objects.filter(identity_number=digits, verified_at__isnull=False).values_list("user_id")[:5])
    people += list(OrganisationAccount.objects.filter(number=digits).values_list("user_id")[:1])
    users = [user_id for (user_id,) in people]
    return rows.filter(Q(principal_id__in=users) | Q(holder_id__in=users))


# Requests


def request_list(*, waiting: bool, actor: Actor, now: datetime) -> Sequence[MandateRequest]:
    """Those asked of the offices in the reader's reach: waiting ones, the oldest first; or decided ones. One query."""
    require(actor, LIST)
    rows = MandateRequest.objects.filter(organisation_id__in=reach(actor, LIST))
    state = MandateRequest.State.WAITING
    rows = rows.filter(state=state).order_by("pk") if waiting else rows.exclude(state=state).order_by("-decided_at")
    return list(rows.select_related("holder", "organisation", "decided_by")[:100])


@dataclass(frozen=True)
class RequestPage:
    row: MandateRequest
    acts: list[str]
    looks: list[MandateLook]
    may_decide: bool


def request_page(*, request_id: int, actor: Actor, now: datetime) -> RequestPage:
    """For an officer of the office that was asked. Raises `NotHere`."""
    require(actor, LIST)
    rows = MandateRequest.objects.select_related("holder", "organisation", "decided_by", "document")
    row = rows.filter(pk=request_id).first()
    if row is None or not allow(actor, LIST, row):
        raise NotHere
    looks = MandateLook.objects.filter(request=row).order_by("-looked_at", "-pk")[:LOOKS_SHOWN]
    waiting = row.state == MandateRequest.State.WAITING
    return RequestPage(
        row, [title for key, title in ACTS.items() if key in row.acts], list(looks),
        waiting and bool(allow(actor, "identity.confirm_mandate", row)),
    )  # fmt: skip


def own_requests(user_id: int, now: datetime) -> list[MandateRequest]:
    """What the person asked: waiting ones, and those decided lately. One query."""
    lately = now - timedelta(days=180)
    rows = MandateRequest.objects.filter(holder_id=user_id).filter(
        Q(state=MandateRequest.State.WAITING) | Q(decided_at__gte=lately, state=MandateRequest.State.REFUSED)
    )
    return list(rows.select_related("organisation").order_by("-pk")[:20])
