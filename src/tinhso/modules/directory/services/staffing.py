"""Joining, moving, leaving, each in one operation: place, rights, open work, sessions, with a line in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import (
    Actor,
    RoleGrant,
    User,
    account_of,
    create_user,
    deactivate,
    end_sessions,
    require,
    roles,
    withdraw_rights,
)
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.text import person_sort_key
from tinhso.modules.directory.events import StaffLeft
from tinhso.modules.directory.models import Departure, Organisation, Position, StaffMember, Unit
from tinhso.modules.directory.queries import descendant_ids, in_force
from tinhso.modules.directory.services.open_work import Leaving, OpenWork, open_work
from tinhso.modules.directory.services.people import staff_search_text

GROUND_MIN = 5


class CannotChangeStaff(ValueError):
    """The change makes no sense or something is missing; the message says what, in Vietnamese. Nothing was changed."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Place:
    """Where somebody works: an organisation, perhaps a unit of it, and a position."""

    organisation_id: int
    unit_id: int | None
    position_id: int


def _checked(place: Place, on: date, actor: Actor) -> tuple[Organisation, Unit | None, Position]:
    organisation = Organisation.objects.filter(in_force(on), pk=place.organisation_id).first()
    if organisation is None:
        raise CannotChangeStaff("Không có cơ quan đang hoạt động với mã này vào ngày đó.", "organisation")
    require(actor, "directory.manage_staff", organisation)
    unit = None
    if place.unit_id is not None:
        unit = Unit.objects.filter(in_force(on), pk=place.unit_id, organisation=organisation).first()
        if unit is None:
            raise CannotChangeStaff("Phòng, bộ phận này không thuộc cơ quan đã chọn.", "unit")
    position = Position.objects.filter(pk=place.position_id).first()
    if position is None:
        raise CannotChangeStaff("Chọn chức danh.", "position")
    return organisation, unit, position


@transaction.atomic
def join(
    *,
    username: str,
    full_name: str,
    email: str,
    place: Place,
    valid_from: date,
    ground: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Somebody begins to work: a new account (without a password until its owner sets one), or a known officer's,
    woken up if it slept. No role comes with it: roles are asked for. Returns the account's number."""
    require(actor, "directory.manage_staff")
    organisation, unit, position = _checked(place, valid_from, actor)
    _require_ground(ground)
    username = username.strip().lower()
    if not username or not username.isascii() or len(username) > 150 or any(c.isspace() for c in username):
        raise CannotChangeStaff("Tên đăng nhập viết liền, không dấu, ví dụ nguyenvana.", "username")
    user = User.objects.filter(username=username).first()
    if user is None:
        if len(full_name.strip()) < 2:
            raise CannotChangeStaff("Nhập họ và tên.", "full_name")
        name = " ".join(full_name.split())[:300]
        user = create_user(username=username, full_name=name, kind="officer", email=email.strip()[:254])
    elif user.kind != "officer":
        raise CannotChangeStaff("Tên đăng nhập này thuộc một tài khoản không phải cán bộ.", "username")
    elif full_name.strip() and " ".join(full_name.split()) != user.full_name:
        raise CannotChangeStaff(f"Tên đăng nhập này là của {user.full_name}. Chọn tên đăng nhập khác.", "username")
    elif not user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=True)
    _place(user, organisation, unit, position, valid_from)
    record(
        who=actor,
        action="directory.join",
        object_ref=f"user:{user.pk}",
        reason=ground.strip(),
        after={"organisation_id": organisation.pk, "position": position.title, "valid_from": str(valid_from)},
        now=now,
    )
    return user.pk


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _place(user: User, organisation: Organisation, unit: Unit | None, position: Position, valid_from: date) -> int:
    try:
        with transaction.atomic():
            return StaffMember.objects.create(
                user=user,
                organisation=organisation,
                unit=unit,
                position=position,
                valid_from=valid_from,
                search_text=staff_search_text(
                    user.full_name, position.title, organisation.name, unit.name if unit else ""
                ),
                sort_key=person_sort_key(user.full_name),
            ).pk
    except IntegrityError as error:
        raise CannotChangeStaff(f"{user.full_name} đang làm việc tại {organisation.name}.", "organisation") from error


def _require_ground(ground: str) -> None:
    if len(ground.strip()) < GROUND_MIN:
        raise CannotChangeStaff("Ghi căn cứ: số, ngày của quyết định.", "ground")


@dataclass(frozen=True)
class Preview:
    """What follows from somebody's leaving, before it is confirmed. `rights`: (title, organisation) that end."""

    member: StaffMember
    rights: tuple[tuple[str, str], ...]
    work: tuple[OpenWork, ...]
    account_stays: bool
    has_successor: bool

    @property
    def lacks_successor(self) -> bool:
        """It cannot be confirmed yet: there is work, and nobody named who takes it."""
        return bool(self.work) and not self.has_successor

    @property
    def work_count(self) -> int:
        return sum(found.count for found in self.work)


def preview_departure(
    *, member_id: int, successor_id: int | None, last_day: date, moves: bool, actor: Actor
) -> Preview:
    """Bounded: five queries and those of the registered counts. Raises `CannotChangeStaff`."""
    member = _member(member_id, actor)
    _check_successor(member, successor_id, last_day)
    ending = _ending_grants(member, last_day)
    names = dict(Organisation.objects.filter(pk__in={row.organisation_id for row in ending}).values_list("pk", "name"))
    titles = roles()
    rights = tuple((titles.get(r.role, r.role), names.get(r.organisation_id, "")) for r in ending)
    leaving = Leaving(member.user_id, member.organisation_id, successor_id, last_day)
    return Preview(
        member,
        rights,
        tuple(open_work(leaving)),
        moves or bool(_other_places(member, last_day)),
        successor_id is not None,
    )


def _member(member_id: int, actor: Actor) -> StaffMember:
    member = StaffMember.objects.select_related("user", "organisation", "position", "unit").filter(pk=member_id).first()
    if member is None:
        raise CannotChangeStaff("Không có cán bộ này.")
    require(actor, "directory.manage_staff", member)
    return member


def _other_places(member: StaffMember, last_day: date) -> set[int]:
    """Organisations where the person still works after the last day."""
    after = last_day + timedelta(days=1)
    rows = StaffMember.objects.filter(in_force(after), user_id=member.user_id).exclude(pk=member.pk)
    return set(rows.values_list("organisation_id", flat=True))


def _kept(member: StaffMember, last_day: date) -> frozenset[int]:
    return frozenset().union(*descendant_ids(_other_places(member, last_day)).values())


def _ending_grants(member: StaffMember, last_day: date) -> list[RoleGrant]:
    rows = RoleGrant.objects.filter(user_id=member.user_id, revoked_at__isnull=True)
    rows = rows.exclude(valid_until__lte=last_day).exclude(organisation_id__in=_kept(member, last_day))
    return list(rows.order_by("role", "pk"))


@transaction.atomic
def decide_departure(
    *,
    member_id: int,
    last_day: date,
    successor_id: int | None,
    move_to: Place | None,
    ground: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Somebody leaves a place for good, or moves. The place and the rights over it end with the last day; open work,
    sessions and the account follow when that day is over: at once for a day that has passed. Returns the number of the
    departure. Raises `CannotChangeStaff`."""
    require(actor, "directory.manage_staff")
    member = _member(member_id, actor)
    _require_ground(ground)
    today = now.astimezone(VIETNAM).date()
    if member.valid_until is not None and member.valid_until < today:
        raise CannotChangeStaff("Người này đã rời cơ quan trước đó.")
    if last_day < member.valid_from:
        raise CannotChangeStaff("Ngày cuối cùng không được trước ngày bắt đầu làm việc.", "last_day")
    if member.user_id == actor.user_id:
        raise CannotChangeStaff("Việc của chính bạn do người quản trị cán bộ khác thực hiện.")
    _check_successor(member, successor_id, last_day)
    if successor_id is None and open_work(Leaving(member.user_id, member.organisation_id, None, last_day)):
        raise CannotChangeStaff("Người này còn việc đang làm. Chọn người nhận bàn giao.", "successor")
    to = _checked(move_to, last_day + timedelta(days=1), actor) if move_to else None
    try:
        with transaction.atomic():
            departure = Departure.objects.create(
                user_id=member.user_id,
                organisation_id=member.organisation_id,
                kind="move" if to else "leave",
                last_day=last_day,
                successor_id=successor_id,
                to_organisation=to[0] if to else None,
                ground=ground.strip()[:500],
                decided_by_id=account_of(actor),
                decided_at=now,
            )
    except IntegrityError as error:
        raise CannotChangeStaff("Đã có quyết định cho người này rời cơ quan, đang chờ đến ngày.") from error
    departure.before = {"member": member.pk, "valid_until": _iso(member.valid_until)}
    member.valid_until = last_day
    member.save(update_fields=["valid_until"])
    if to:
        departure.before["new_member"] = _place(member.user, *to, last_day + timedelta(days=1))
    withdrawn = withdraw_rights(
        user_id=member.user_id,
        keep_organisation_ids=_kept(member, last_day)
        - (descendant_ids([member.organisation_id])[member.organisation_id]),
        last_day=last_day,
        reason=ground.strip(),
        actor=actor,
        now=now,
    )
    record(
        who=actor,
        action=f"directory.{departure.kind}",
        object_ref=f"user:{member.user_id}",
        reason=ground.strip(),
        after={
            "organisation_id": member.organisation_id,
            "last_day": str(last_day),
            "successor_id": successor_id,
            "to_organisation_id": to[0].pk if to else None,
            "rights_withdrawn": len(withdrawn),
        },
        now=now,
    )
    departure.before["grants"] = {str(number): _iso(end) for number, end in withdrawn.items()}
    departure.save(update_fields=["before"])
    if last_day < today:
        _finish(departure, now)
    return departure.pk


def _check_successor(member: StaffMember, successor_id: int | None, last_day: date) -> None:
    if successor_id is None:
        return
    if successor_id == member.user_id:
        raise CannotChangeStaff("Không bàn giao cho chính người rời đi được.", "successor")
    after = last_day + timedelta(days=1)
    there = StaffMember.objects.filter(
        in_force(after), user_id=successor_id, organisation_id=member.organisation_id, user__is_active=True
    )
    if not there.exists():
        raise CannotChangeStaff("Người nhận bàn giao phải đang làm việc cùng cơ quan.", "successor")


def finish_departures(*, actor: Actor, now: datetime) -> int:
    """Carry out what was decided for days that are over; each in its own transaction, safe to repeat. Returns how many."""
    require(actor, "directory.finish_departures")
    today = now.astimezone(VIETNAM).date()
    due = Departure.objects.filter(done_at__isnull=True, last_day__lt=today).order_by("pk")
    done = 0
    for number in list(due.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            departure = Departure.objects.select_for_update().get(pk=number)
            if departure.done_at is None:
                _finish(departure, now)
                done += 1
    return done


def _finish(departure: Departure, now: datetime) -> None:
    """Open work is handed on by those who own it; all sessions end; an account without a place sleeps."""
    publish(
        StaffLeft(
            user_id=departure.user_id,
            organisation_id=departure.organisation_id,
            successor_id=departure.successor_id,
            moved_to_id=departure.to_organisation_id,
            ground=departure.ground,
        ),
        key=f"user:{departure.user_id}",
    )
    today = now.astimezone(VIETNAM).date()
    still = StaffMember.objects.filter(user_id=departure.user_id).exclude(valid_until__lt=today).exists()
    (end_sessions if still else deactivate)(departure.user_id)
    departure.done_at = now
    departure.save(update_fields=["done_at"])
