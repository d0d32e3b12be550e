"""Who is told of signs: whoever holds the step, the head of its unit (where there is none, all who may take it up), the leader. One notice per person, kind and run,
however many dossiers it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, F, Min
from django.db.models.functions import Coalesce

from tinhso.kernel.access.api import Actor, User, require
from tinhso.kernel.calendar.api import calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Task
from tinhso.modules.dossiers.queries.work import RUNNING, part_due
from tinhso.modules.dossiers.rules.watching import ESCALATED, Stage
from tinhso.modules.dossiers.services.telling import day_text
from tinhso.modules.notifications import api as notifications

KINDS = {
    ESCALATED: notifications.Kind.ESCALATED,
    Stage.SOON: notifications.Kind.DUE_SOON,
    Stage.TODAY: notifications.Kind.DUE_TODAY,
    Stage.OVERDUE: notifications.Kind.OVERDUE,
}
_DUE = {
    notifications.Kind.DUE_SOON: "soon",
    notifications.Kind.DUE_TODAY: "today",
    notifications.Kind.OVERDUE: "late",
    notifications.Kind.ESCALATED: "late",
}


class Of(StrEnum):
    """Whose time a sign is about: the dossier's, or that of the agency that has it now (its part)."""

    DOSSIERS = "dossiers"
    PARTS = "parts"


_DIGEST_HOURS = range(7, 9)
_CHUNK = 500
_URL_MOST = 300


@dataclass
class _Share:
    """What one person is told of one kind: how many dossiers, the one due first, and of which units (of the leader: none)."""

    count: int = 0
    first: str = ""
    own: bool = True
    units: set[str] = field(default_factory=set)

    def add(self, count: int, first: str, own: bool, unit: str | None) -> None:
        self.units |= set() if unit is None else {unit}
        self.count += count
        self.first = min(filter(None, (self.first, first)))
        self.own = self.own and own


@dataclass
class _People:
    """Heads and leaders of the organisations of one run, asked once each."""

    on: datetime
    found: dict[tuple[int, str], list[directory.StaffInfo]] = field(default_factory=dict)

    def of_role(self, organisation_id: int, role: str) -> list[directory.StaffInfo]:
        key = (organisation_id, role)
        if key not in self.found:
            self.found[key] = directory.colleagues(organisation_id, role, on=self.on.date())
        return self.found[key]

    def heads_of(self, organisation_id: int, unit_name: str) -> Iterable[int]:
        """The heads of a unit as routes call it ("Phòng Kinh tế" also means "Phòng Kinh tế, Hạ tầng và Đô thị")."""
        for person in self.of_role(organisation_id, "unit_head"):
            named = person.unit_name == unit_name or person.unit_name.startswith(f"{unit_name}, ")
            if not unit_name or not person.unit_name or named:
                yield person.user_id

    def who_hear(self, organisation_id: int, unit_name: str, role: str, holder_id: int | None) -> Iterable[int]:
        """The heads; of what nobody holds where there is no head, everybody of the role."""
        heads = list(self.heads_of(organisation_id, unit_name))
        if heads or holder_id is not None:
            return heads
        return [person.user_id for person in self.of_role(organisation_id, role)]


def remind(*, agency_id: int, of: Of, raised_at: datetime, leader_before: datetime, actor: Actor) -> int:
    """Tell of the signs that a run raised for an agency, of its dossiers or of its parts of dossiers across agencies; returns how many notices were made. One query over the set, three
    for the people of each organisation concerned, seven for the notices."""
    shares: dict[tuple[notifications.Kind, int], _Share] = {}

    def share(
        kind: notifications.Kind, user_id: int, count: int, first: str, *, own: bool, unit: str | None = None
    ) -> None:
        shares.setdefault((kind, user_id), _Share()).add(count, first, own, unit)

    people = _People(raised_at)
    to_leader, first_late = 0, ""
    for stage, organisation_id, unit_name, role, holder_id, count, first in _groups(agency_id, of, raised_at):
        if stage == ESCALATED:
            to_leader += count
            first_late = min(filter(None, (first_late, first)))
            continue
        kind = KINDS[stage]
        if holder_id is not None:
            share(kind, holder_id, count, first, own=True)
        # The head hears of what nobody has taken up, and of all that is late.
        if holder_id is None or stage == Stage.OVERDUE:
            for head in people.who_hear(organisation_id, unit_name, role, holder_id):
                if head != holder_id:
                    share(kind, head, count, first, own=False, unit=unit_name)
    if to_leader:
        for leader in directory.colleagues(agency_id, "leader", on=raised_at.date()):
            share(notifications.Kind.ESCALATED, leader.user_id, to_leader, first_late, own=False)
    if not shares:
        return 0
    agency = directory.organisation(agency_id)
    wanted = [
        notifications.Wanted(
            kind=kind,
            key=f"watch:{agency_id}:{int(raised_at.timestamp() * 1_000_000)}:{of}:{kind}",
            recipient=notifications.Recipient(user_id=user_id),
            values={"agency": agency.name, **_values(found)},
            url=_url(agency_id, of, kind, found),
        )
        for (kind, user_id), found in shares.items()
    ]
    return notifications.notify_many(wanted=wanted, actor=actor, now=raised_at)


def _url(agency_id: int, of: Of, kind: notifications.Kind, found: _Share) -> str:
    """The list of what is told."""
    if of == Of.PARTS:
        return "/dossiers/parts/?late=1" if _DUE[kind] == "late" else "/dossiers/parts/"
    query = {"due": _DUE[kind]}
    query |= {"holder": "me"} if found.own else {"agency": str(agency_id)}
    whole = f"/dossiers/list/?{urlencode(query)}"
    if found.own or len(found.units) != 1:
        return whole
    narrowed = f"{whole}&{urlencode({'unit': next(iter(found.units)) or '-'})}"
    return narrowed if len(narrowed) <= _URL_MOST else whole


# Which signs of a run are about what. A part that ends with its dossier is told with the dossier.
_SIGNED = {
    Of.DOSSIERS: """dossiers_sign s JOIN dossiers_dossier d
        ON d.id = s.dossier_id AND d.agency_id = %s AND d.due_at = s.due_at""",
    Of.PARTS: """dossiers_sign s JOIN dossiers_dossier d ON d.id = s.dossier_id AND d.due_at <> s.due_at
        JOIN dossiers_part p ON p.dossier_id = s.dossier_id AND p.organisation_id = %s AND p.due_at = s.due_at
        AND p.started_at IS NOT NULL AND p.done_at IS NULL""",
}


def _groups(agency_id: int, of: Of, raised_at: datetime) -> list[tuple[int, int, str, str, int | None, int, str]]:
    """Of the signs of a run: (stage, organisation, unit, role, holder, dossiers, "due instant|code" of the first). A dossier whose
    opinions are asked in parallel counts with each of them; to the leader it counts once."""
    late = int(Stage.OVERDUE)
    due = "s.due_at AT TIME ZONE 'UTC'" if connection.vendor == "postgresql" else "s.due_at"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT CASE WHEN s.stage > {late} THEN {late} ELSE s.stage END AS step,
                t.organisation_id, t.unit_name, t.role, t.holder_id, COUNT(DISTINCT s.dossier_id),
                MIN(CAST({due} AS text) || '|' || d.code)
            FROM {_SIGNED[of]}
            JOIN dossiers_task t ON t.dossier_id = s.dossier_id AND t.finished_at IS NULL
            WHERE s.raised_at = %s AND s.stage <> {ESCALATED}
            GROUP BY step, t.organisation_id, t.unit_name, t.role, t.holder_id
            UNION ALL
            SELECT {ESCALATED}, NULL, '', '', NULL, COUNT(*), MIN(CAST({due} AS text) || '|' || d.code)
            FROM {_SIGNED[of]}
            WHERE s.raised_at = %s AND s.stage = {ESCALATED} GROUP BY s.stage""",  # noqa: S608 - numbers of this program
            [agency_id, at := connection.ops.adapt_datetimefield_value(raised_at), agency_id, at],
        )
        return list(cursor.fetchall())


def _values(found: _Share) -> dict[str, str]:
    due, _, code = found.first.partition("|")
    return {"count": f"{found.count:,}".replace(",", "."), "code": code, "date": day_text(_instant(due))}


def _instant(text: str) -> datetime:
    """An instant as both databases write it without its zone, which is UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def send_digest(*, actor: Actor, now: datetime) -> int:
    """Early on a working day: to everybody who holds running dossiers, how many and which is due first. Once a day each;
    returns how many notices are new."""
    require(actor, "dossiers.run_watch")
    local = now.astimezone(VIETNAM)
    if local.hour not in _DIGEST_HOURS or not calendar_for(None, around=local.date()).spans_on(local.date()):
        return 0
    held = (
        Task.objects.filter(
            finished_at__isnull=True, holder_id__isnull=False, dossier__state__in=[state.value for state in RUNNING]
        )
        .annotate(own_due_at=Coalesce(part_due(), F("dossier__due_at")))
        .order_by()
        .values("holder_id")
        .annotate(many=Count("dossier_id", distinct=True), due=Min("own_due_at"))
    )
    many = {row["holder_id"]: row["many"] for row in held}
    dues: dict[int, datetime] = {row["holder_id"]: row["due"] for row in held if row["due"] is not None}
    firsts = _first_codes(dues)
    names = dict(User.objects.filter(pk__in=dues).values_list("pk", "full_name"))
    wanted = [
        notifications.Wanted(
            kind=notifications.Kind.DIGEST,
            key=f"digest:{local:%Y%m%d}",
            recipient=notifications.Recipient(user_id=user_id, name=names.get(user_id, "")),
            values={"count": str(many[user_id]), "code": firsts.get(user_id, ""), "date": day_text(due)},
            url="/dossiers/desk/",
        )
        for user_id, due in dues.items()
    ]
    return sum(
        notifications.notify_many(wanted=wanted[start : start + _CHUNK], actor=actor, now=now)
        for start in range(0, len(wanted), _CHUNK)
    )


def _first_codes(dues: dict[int, datetime]) -> dict[int, str]:
    """Holder → the code of what is due first. One query."""
    found: dict[int, str] = {}
    firsts = set(dues.values())
    tasks = Task.objects.filter(finished_at__isnull=True, holder_id__in=list(dues)).annotate(
        own_due_at=Coalesce(part_due(), F("dossier__due_at"))
    )
    rows = tasks.filter(own_due_at__in=firsts).values_list("holder_id", "own_due_at", "dossier__code")
    for holder_id, due_at, code in rows.order_by("-pk"):
        if holder_id is not None and dues[holder_id] == due_at:
            found[holder_id] = code
    return found
