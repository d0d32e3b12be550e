"""What is read of plans of reorganisation: the rows, the judged plan, what it touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from tinhso.kernel.access.api import User, roles
from tinhso.modules.directory.models import Organisation, Reform, ReformAction, StaffMember
from tinhso.modules.directory.queries.pages import PAGE_SIZE, Listing, listing_of
from tinhso.modules.directory.rules import path_ids
from tinhso.modules.directory.rules.reforms import ENDING, Action, Plan, Problem, Standing, digest_of, judge

SHOWN = 200
# One person holds each of these at an agency; more than one after joining is for the leaders to settle.
HEADS = frozenset({"Chủ tịch UBND", "Giám đốc", "Trưởng Công an", "Chánh Văn phòng", "Trưởng ban", "Chánh Thanh tra"})


def action_of(row: ReformAction) -> Action:
    return Action(
        number=row.number, kind=row.kind, old_code=row.old_code, new_code=row.new_code, name=row.name,
        short_name=row.short_name, level=row.level, organisation_kind=row.organisation_kind, parent_code=row.parent_code,
        admin_unit_code=row.admin_unit_code, address=row.address, takes=row.takes, fields=tuple(row.fields),
        note=row.note, doubt=row.doubt, settled=row.settled_at is not None,
    )  # fmt: skip


def actions_of(reform_id: int) -> list[Action]:
    """The rows of a plan in their order. One query."""
    return [action_of(row) for row in ReformAction.objects.filter(reform_id=reform_id).order_by("number")]


def standing(day: date) -> list[Standing]:
    """All organisations that have not ended before the day. One query."""
    rows = Organisation.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))
    return [
        Standing(
            id=row["pk"], code=row["code"], name=row["name"], level=row["level"], kind=row["kind"],
            parent_id=row["parent_id"], valid_from=row["valid_from"], valid_until=row["valid_until"],
            short_name=row["short_name"], admin_unit_code=row["admin_unit_code"], address=row["address"],
            phone=row["phone"],
        )
        for row in rows.order_by("pk").values(
            "pk", "code", "name", "level", "kind", "parent_id", "valid_from", "valid_until", "short_name",
            "admin_unit_code", "address", "phone",
        )
    ]  # fmt: skip


def plan_of(actions: Sequence[Action], day: date) -> Plan:
    """The judged plan, without what depends on the work it touches. One query."""
    return judge(actions, standing(day), day)


def reform(reform_id: int) -> Reform | None:
    """One plan with its people."""
    return Reform.objects.select_related("drafted_by", "decided_by").filter(pk=reform_id).first()


def recent() -> list[Reform]:
    """The newest first, at most `SHOWN`, each with `size`: its number of rows. One query."""
    rows = Reform.objects.select_related("drafted_by", "decided_by")
    size = ReformAction.objects.filter(reform=OuterRef("pk")).order_by().values("reform").annotate(n=Count("pk"))
    return list(rows.annotate(size=Coalesce(Subquery(size.values("n")), 0)).order_by("-pk")[:SHOWN])


def action_listing(reform_id: int, *, doubts: bool, text: str, page: int) -> Listing:
    """One page of rows, with the names behind the codes as `old_name`, `new_name`. Three queries."""
    rows = ReformAction.objects.filter(reform_id=reform_id).select_related("old", "successor", "made")
    if doubts:
        rows = rows.exclude(doubt="")
    if text:
        rows = rows.filter(
            Q(old_code__icontains=text)
            | Q(new_code__icontains=text)
            | Q(name__icontains=text)
            | Q(note__icontains=text)
        )
    found = listing_of(rows.order_by("number"), page, PAGE_SIZE)
    codes = {code for row in found.rows for code in (row.old_code, row.new_code) if code}
    names = dict(Organisation.objects.filter(code__in=codes).order_by("valid_from").values_list("code", "name"))
    made = dict(
        ReformAction.objects.filter(reform_id=reform_id, kind__in=("create", "rename"), new_code__in=codes).values_list(
            "new_code", "name"
        )
    )
    for row in found.rows:
        row.old_name = row.old.name if row.old else names.get(row.old_code, "")
        row.new_name = row.successor.name if row.successor else made.get(row.new_code) or names.get(row.new_code, "")
    return found


def action_rows(reform_id: int) -> list[ReformAction]:
    """All rows with the organisations that they came to. One query."""
    rows = ReformAction.objects.filter(reform_id=reform_id).select_related("old", "successor")
    return list(rows.order_by("number"))


def doubtful_numbers(reform_id: int) -> list[int]:
    """The rows that a person has to decide and has not."""
    rows = ReformAction.objects.filter(reform_id=reform_id, settled_at__isnull=True).exclude(doubt="")
    return list(rows.order_by("number").values_list("number", flat=True))


def doubt_count(reform_id: int) -> int:
    return ReformAction.objects.filter(reform_id=reform_id).exclude(doubt="").count()


def ended_ids(reform_id: int) -> list[int]:
    """The organisations that an applied plan ended."""
    rows = ReformAction.objects.filter(reform_id=reform_id, old__isnull=False, kind__in=list(ENDING))
    return list(rows.values_list("old_id", flat=True).distinct())


def names_of(organisation_ids: Collection[int]) -> dict[int, str]:
    return dict(Organisation.objects.filter(pk__in=organisation_ids).values_list("pk", "name"))


def digest_now(reform: Reform) -> str:
    return digest_of(reform.effective_date, actions_of(reform.pk))


@dataclass(frozen=True)
class Kind:
    """How many rows of one kind a plan touches. `stays`: records that do not move and only change their keeper."""

    name: str
    title: str
    count: int
    stays: bool = False


@dataclass(frozen=True)
class Impact:
    """A plan with what it touches. `by_old`: organisation → kind → rows."""

    plan: Plan
    kinds: tuple[Kind, ...]
    by_old: Mapping[int, Mapping[str, int]]
    problems: tuple[Problem, ...]
    names: Mapping[int, str] = field(default_factory=dict)

    def of(self, severity: str) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == severity)

    @property
    def blocked(self) -> bool:
        return any(p.severity != "warning" for p in self.problems)


def staff_heads(organisations: Collection[int], day: date) -> list[tuple[int, int, str]]:
    """(organisation, user, title) of those at the top on the day. One query."""
    rows = StaffMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        organisation_id__in=organisations,
        position__title__in=HEADS,
        unit__isnull=True,
    )
    return list(rows.order_by("organisation_id", "pk").values_list("organisation_id", "user_id", "position__title"))


def full_names(user_ids: Collection[int]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "full_name"))


def role_title(role: str) -> str:
    return roles().get(role, role)


def above_of(organisation_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Organisation → those above it and itself."""
    return {
        number: path_ids(path)
        for number, path in Organisation.objects.filter(pk__in=organisation_ids).values_list("pk", "path")
    }


def successions_of(reform_id: int) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """(code, name) of each heir → the names of those it carries on, in the order of the plan; and the names of those that
    ended without an heir. One query."""
    rows = ReformAction.objects.filter(reform_id=reform_id, kind__in=list(ENDING), old__isnull=False)
    heirs: dict[tuple[str, str], list[str]] = {}
    alone: list[str] = []
    for code, name, old in rows.order_by("number").values_list("successor__code", "successor__name", "old__name"):
        if code is None:
            alone.append(old)
        else:
            heirs.setdefault((code, name), []).append(old)
    return heirs, alone
