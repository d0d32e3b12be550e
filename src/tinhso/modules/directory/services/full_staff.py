"""The whole staff of the province as the plan of 2020 counts it: 4,119 in the agencies of the province, 13,610 in the
communes, 58,165 in public service units. Invented people in the real agencies; only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import cycle

from django.contrib.auth.hashers import make_password
from django.db import transaction

from tinhso.kernel.access.api import Actor, User, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.search import searchable
from tinhso.kernel.text import fold, person_sort_key, sort_key
from tinhso.modules.directory.models import Organisation, Position, StaffMember
from tinhso.modules.directory.services.people import invented_names, staff_search_text
from tinhso.modules.directory.services.seeding import GROUND, ROOT_CODE, TWO_TIERS_FROM
from tinhso.modules.directory.services.tree import settle_paths

AGENCIES, COMMUNES, UNITS = 4_119, 13_610, 58_165
# Of a commune's units: how they are called, what their people are, how large a share of the 58,165.
KINDS = (
    ("Trường Mầm non", "Giáo viên"), ("Trường Tiểu học", "Giáo viên"), ("Trường Trung học cơ sở", "Giáo viên"),
    ("Trạm Y tế", "Nhân viên y tế"),
)  # fmt: skip
AT_ONCE = 5_000
MARK = "toantinh"


def seed_full_staff(*, actor: Actor, now: datetime) -> str:
    """Fill the province up to the numbers of the plan, once. Returns a line in Vietnamese."""
    require(actor, "directory.import")
    if User.objects.filter(username=f"{MARK}.00001").exists():
        return "đã có sẵn"
    with transaction.atomic():
        root = Organisation.objects.get(code=ROOT_CODE)
        open_now = Organisation.objects.filter(valid_until__isnull=True).exclude(pk=root.pk)
        agencies = list(open_now.filter(level="province", kind="department").order_by("pk"))
        communes = list(open_now.filter(level="commune", kind="people_committee").order_by("pk"))
        units = _units(communes)
        # The police are not the province's to count.
        here = StaffMember.objects.filter(valid_until__isnull=True).exclude(organisation__kind="police")
        plan = [
            (agencies, AGENCIES - here.filter(organisation__level="province").count(), "Chuyên viên"),
            (communes, COMMUNES - here.filter(organisation__level="commune").count(), "Công chức"),
        ]
        share = UNITS // len(KINDS)
        for place, (_, title) in enumerate(KINDS):
            more = UNITS - share * len(KINDS) if place == 0 else 0
            plan.append((units[place], share + more, title))
        written = _write(_places(plan))
        record(
            who=actor, action="directory.seed", object_ref=f"organisation:{root.pk}", reason=GROUND,
            after={"people": written}, now=now,
        )  # fmt: skip
    return f"{written} người thêm vào, {AGENCIES + COMMUNES + UNITS} người theo kế hoạch"


def _units(communes: list[Organisation]) -> list[list[Organisation]]:
    """One public service unit of each kind below every commune."""
    rows = []
    for number, (title, _) in enumerate(KINDS):
        for commune in communes:
            name = f"{title} {commune.name.removeprefix('UBND ')}"
            rows.append(
                Organisation(
                    name=name, code=f"{commune.code}.{11 + number}", code_source="generated", level="commune", kind="unit",
                    parent=commune, admin_unit_code=commune.admin_unit_code, valid_from=TWO_TIERS_FROM,
                    search_text=searchable(name, f"{commune.code}.{11 + number}"), sort_key=sort_key(name),
                )
            )  # fmt: skip
    Organisation.objects.bulk_create(rows, batch_size=500)
    settle_paths()
    return [rows[start : start + len(communes)] for start in range(0, len(rows), len(communes))]


def _places(plan: list[tuple[list[Organisation], int, str]]) -> Iterator[tuple[Organisation, str]]:
    """As many places as are missing, spread evenly."""
    for organisations, count, title in plan:
        turn = cycle(organisations)
        for _ in range(count):
            yield next(turn), title


def _write(places: Iterator[tuple[Organisation, str]]) -> int:
    names = invented_names("tinhso:toan-tinh")
    unusable = make_password(None)
    positions: dict[str, Position] = {}
    keys: dict[str, tuple[str, str]] = {}
    written = 0
    batch: list[tuple[User, StaffMember]] = []

    def store() -> None:
        User.objects.bulk_create([user for user, _ in batch], batch_size=1000)
        StaffMember.objects.bulk_create([member for _, member in batch], batch_size=1000)
        batch.clear()

    for written, (organisation, title) in enumerate(places, start=1):
        if title not in positions:
            positions[title], _ = Position.objects.get_or_create(title=title, defaults={"rank": 20})
        name = next(names)
        # The same names come often: their keys are made once.
        if name not in keys:
            keys[name] = (fold(name), person_sort_key(name))
        user = User(username=f"{MARK}.{written:05}", full_name=name, kind="officer", password=unusable)
        member = StaffMember(
            user=user, organisation=organisation, position=positions[title], valid_from=TWO_TIERS_FROM,
            search_text=f"{keys[name][0]} {staff_search_text('', title, organisation.name)}", sort_key=keys[name][1],
        )  # fmt: skip
        batch.append((user, member))
        if len(batch) == AT_ONCE:
            store()
    store()
    return written
