"""Thanh Hóa as it was on 30 June 2025: 26 districts and 547 communes at work, with people, rights and open dossiers.

`python -m bench.old_province --dossiers 100000` fills the empty database of the environment; the approved plan of
tools/data/reform_2025_thanh_hoa.csv is in it, its number is printed. Rows are written in bulk: what is measured
afterwards is the reform, not their making.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
PLAN = ROOT / "tools/data/reform_2025_thanh_hoa.csv"
DIRECTORY = ROOT / "src/tinhso/modules/directory/data"
SINCE, DAY = date(2025, 1, 1), date(2025, 7, 1)
UNITS = ("Văn phòng HĐND và UBND", "Phòng Tư pháp", "Phòng Kinh tế")
# Position, unit (or none), role: the people of a commune; a district has them twice.
JOBS = (
    ("Chủ tịch UBND", None, "leader"), ("Chánh Văn phòng", 0, "unit_head"), ("Chuyên viên", 0, "clerk"),
    ("Chuyên viên", 1, "handler"), ("Chuyên viên", 2, "handler"),
)  # fmt: skip
AT_ONCE = 5000


def seed(dossiers: int) -> int:
    """Write the province; returns the number of the approved plan."""
    from django.db import transaction

    with transaction.atomic():
        agencies = _organisations()
        people = _people(agencies)
        reform_id = _plan()
    for start in range(0, dossiers, AT_ONCE):
        with transaction.atomic():
            _dossiers(range(start, min(start + AT_ONCE, dossiers)), agencies, people)
    return reform_id


def _table(name: str) -> list[dict[str, str]]:
    with (DIRECTORY / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _organisations() -> list[tuple[int, str, str]]:
    """(number, code, level) of all districts and communes."""
    from tinhso.kernel.search import searchable
    from tinhso.kernel.text import sort_key
    from tinhso.modules.directory.models import Organisation
    from tinhso.modules.directory.services.tree import settle_paths

    def made(name: str, code: str, level: str, parent: Organisation | None) -> Organisation:
        return Organisation(
            name=name, code=code, code_source="generated", level=level, kind="people_committee", parent=parent,
            valid_from=SINCE, search_text=searchable(name, code), sort_key=sort_key(name),
        )  # fmt: skip

    root = made("UBND tỉnh Thanh Hóa", "H56", "province", None)
    root.save()
    districts = {
        one["code"]: made(f"UBND {one['name'].lower()}", f"H56.{31 + place}", "district", root)
        for place, one in enumerate(_table("former_districts.csv"))
    }
    Organisation.objects.bulk_create(districts.values())
    numbers: dict[str, itertools.count[int]] = {code: itertools.count(1) for code in districts}
    communes = [
        made(f"UBND {one['name'][:1].lower()}{one['name'][1:]}",
             f"{districts[one['district_code']].code}.{next(numbers[one['district_code']]):02}", "commune",
             districts[one["district_code"]])
        for one in _table("former_communes.csv")
    ]  # fmt: skip
    Organisation.objects.bulk_create(communes)
    settle_paths()
    return [(row.pk, row.code, row.level) for row in (*districts.values(), *communes)]


def _people(agencies: list[tuple[int, str, str]]) -> dict[tuple[int, str], list[int]]:
    """(agency, role) → the accounts that hold it there."""
    from django.contrib.auth.hashers import make_password

    from tinhso.kernel.access.api import SYSTEM, RoleGrant, User, grant_role
    from tinhso.kernel.clock import now
    from tinhso.kernel.search import searchable
    from tinhso.kernel.text import person_sort_key
    from tinhso.modules.directory.models import Organisation, Position, StaffMember, Unit
    from tinhso.modules.directory.services.people import invented_names

    names = invented_names("bench:R4")
    unusable = make_password(None)
    titles = {title: Position.objects.get_or_create(title=title)[0] for title, _, _ in JOBS}
    units = {
        (agency, place): Unit(organisation_id=agency, name=name, rank=place, valid_from=SINCE)
        for agency, _, _ in agencies
        for place, name in enumerate(UNITS)
    }
    Unit.objects.bulk_create(units.values(), batch_size=1000)
    jobs = [
        (agency, *job) for agency, _, level in agencies for job in JOBS for _ in range(2 if level == "district" else 1)
    ]
    users = [
        User(username=f"r4.{number:05}", full_name=next(names), kind="officer", password=unusable)
        for number in range(len(jobs))
    ]
    User.objects.bulk_create(users, batch_size=1000)
    StaffMember.objects.bulk_create(
        (
            StaffMember(
                user=user, organisation_id=agency, unit=None if unit is None else units[agency, unit],
                position=titles[title], valid_from=SINCE, search_text=searchable(user.full_name),
                sort_key=person_sort_key(user.full_name),
            )
            for user, (agency, title, unit, _) in zip(users, jobs, strict=True)
        ),
        batch_size=1000,
    )  # fmt: skip
    RoleGrant.objects.bulk_create(
        (
            RoleGrant(user=user, role=role, organisation_id=agency, valid_from=SINCE, ground="Quyết định phân công")
            for user, (agency, _, _, role) in zip(users, jobs, strict=True)
        ),
        batch_size=1000,
    )
    root = Organisation.objects.get(code="H56").pk
    for username, name, role in (
        ("soan", "Mai Phương Thảo", "staff_admin"),
        ("duyet", "Lê Đức Giang", "reform_approver"),
    ):
        user = User.objects.create(username=username, full_name=name, kind="officer", password=unusable)
        grant_role(user_id=user.pk, role=role, organisation_id=root, subtree=True, valid_from=SINCE,
                   ground="Quyết định", actor=SYSTEM, now=now())  # fmt: skip
    found: dict[tuple[int, str], list[int]] = {}
    for user, (agency, _, _, role) in zip(users, jobs, strict=True):
        found.setdefault((agency, role), []).append(user.pk)
    return found


def _plan() -> int:
    from tinhso.kernel.access.api import User, actor_of
    from tinhso.kernel.clock import now
    from tinhso.modules.directory import api as directory

    at = now()
    drafter, approver = (actor_of(User.objects.get(username=username), on=at.date()) for username in ("soan", "duyet"))
    number = directory.draft_reform(
        title="Sắp xếp 26 huyện, 547 xã thành 166 xã, phường", ground="Nghị quyết 1686/NQ-UBTVQH15",
        effective_date=DAY, actor=drafter, now=at,
    )  # fmt: skip
    rows = directory.import_actions(
        reform_id=number, content=PLAN.read_bytes(), filename=PLAN.name, actor=drafter, now=at
    )
    directory.settle_doubts(
        reform_id=number, numbers=range(1, rows + 1), ground="Theo phân công của tỉnh", actor=drafter, now=at
    )
    directory.submit_reform(reform_id=number, actor=drafter, now=at)
    directory.decide_reform(reform_id=number, approve=True, note="", actor=approver, now=at)
    return number


def _versions() -> list[int]:
    from tinhso.kernel.clock import now
    from tinhso.modules.procedures.models import Field, Procedure, ProcedureVersion

    found = list(ProcedureVersion.objects.order_by("pk").values_list("pk", flat=True))
    if found:
        return found
    for place, name in enumerate(("Hộ tịch", "Đất đai", "Bảo trợ xã hội", "Thành lập và hoạt động hộ kinh doanh")):
        procedure = Procedure.objects.create(
            code=f"9.00{place}", name=f"Thủ tục về {name.lower()}", field=Field.objects.create(name=name)
        )
        found.append(
            ProcedureVersion.objects.create(
                procedure=procedure,
                number=1,
                status="published",
                valid_from=SINCE,
                created_at=now(),
                published_at=now(),
            ).pk
        )
    return found


def _dossiers(numbers: range, agencies: list[tuple[int, str, str]], people: dict[tuple[int, str], list[int]]) -> None:
    from tinhso.kernel.access.api import SYSTEM
    from tinhso.kernel.audit.api import Change, record_many
    from tinhso.kernel.clock import now
    from tinhso.modules.dossiers.models import Dossier, Draft, Party, Task

    versions = _versions()
    chance = random.Random(numbers.start)
    rows, parties, tasks, drafts = [], [], [], []
    for number in numbers:
        agency, code, _ = chance.choice(agencies)
        received = now() - timedelta(days=chance.uniform(0, 20))
        due = received + timedelta(days=chance.choice((1, 3, 5, 10, 15, 30)), hours=chance.uniform(0, 4))
        row = Dossier(
            public_id=UUID(int=chance.getrandbits(128), version=4), code=f"{code}-{received:%y%m%d}-{number:07d}",
            version_id=chance.choice(versions), agency_id=agency, office_id=agency, channel="online",
            state=chance.choice((1, 2, 4, 4, 4, 5, 9)), money_state="free", delivery_state="not_ready",
            sync_state="not_connected", applicant_name=f"Người nộp {number}", acting_as="self", form_data={},
            search_text=code.lower(), result_delivery="counter", submitted_at=received, accepted_at=received,
            term={"amount": 3, "unit": "working_day", "cutoff": None, "note": ""}, original_due_at=due, due_at=due,
        )  # fmt: skip
        if row.state == 9:
            row.completed_at = received + timedelta(hours=1)
        rows.append(row)
        parties.append(Party(dossier=row, role="applicant", full_name=row.applicant_name, acting_as="self"))
        role = "clerk" if row.state in (1, 9) else "handler"
        task = Task(
            dossier=row, kind="step", key="examine", title="Thẩm tra", role=role, organisation_id=agency,
            unit_name=UNITS[1], holder_id=chance.choice(people[agency, role]) if chance.random() < 0.6 else None,
            created_at=received, due_at=due,
        )  # fmt: skip
        tasks.append(task)
        if number % 20 == 0:
            drafts.append(
                Draft(version_id=row.version_id, agency_id=agency, office_id=agency, channel="online",
                      created_at=received, updated_at=received)
            )  # fmt: skip
    Dossier.objects.bulk_create(rows, batch_size=1000)
    Party.objects.bulk_create(parties, batch_size=2000)
    Task.objects.bulk_create(tasks, batch_size=2000)
    Draft.objects.bulk_create(drafts, batch_size=2000)
    record_many(
        who=SYSTEM, action="dossiers.accept", changes=[Change(row.ref, None, {"state": row.state}) for row in rows],
        now=now(),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, required=True)
    import django

    args = parser.parse_args()
    django.setup()
    print(seed(args.dossiers))


if __name__ == "__main__":
    main()
