"""The whole country as it was on 30 June 2025, at the level of units: 63 provinces, their districts and communes.

`python -m bench.old_country seed` fills the empty database of the environment; names and places come from the notes of
tools/data/reform_2025_national.csv. Each commune and province has one officer with a role, so that people and rights
have somewhere to go. `python -m bench.old_country decide 1` does what people do on the pages of plan 1: one settles
the doubts and submits, another approves; that it cannot be submitted before is tried first. Rows are written in bulk.
"""

from __future__ import annotations

import argparse
import csv
from datetime import date
from pathlib import Path

PLAN = Path(__file__).resolve().parents[1] / "tools/data/reform_2025_national.csv"
SINCE = date(2025, 1, 1)
LEVELS = {"T": "province", "Q": "district", "X": "commune"}
DRAFTER, APPROVER = "soan", "duyet"


def units() -> list[tuple[str, str, str]]:
    """(code, name, code of the one above or ""), those above before those below."""
    with PLAN.open(encoding="utf-8", newline="") as stream:
        notes = {row["old_code"]: row["note"] for row in csv.DictReader(stream) if row["old_code"]}
    code_of = {note: code for code, note in notes.items() if code[0] in "TQ"}
    found = []
    for code in sorted(notes, key=lambda one: ("TQX".index(one[0]), one)):
        name, _, above = notes[code].partition(", ")
        found.append((code, name, code_of[above] if above else ""))
    return found


def seed() -> None:
    from django.db import transaction

    from tinhso.kernel.search import searchable
    from tinhso.kernel.text import sort_key
    from tinhso.modules.directory.models import Organisation
    from tinhso.modules.directory.services.tree import settle_paths

    with transaction.atomic():
        made: dict[str, Organisation] = {}
        rows = units()
        for letter, level in LEVELS.items():
            layer = {
                code: Organisation(
                    name=name, code=code, code_source="official", level=level, kind="other", parent=made.get(above),
                    admin_unit_code=code[1:], valid_from=SINCE, search_text=searchable(name, code),
                    sort_key=sort_key(name),
                )
                for code, name, above in rows
                if code[0] == letter
            }  # fmt: skip
            Organisation.objects.bulk_create(layer.values(), batch_size=1000)
            made |= layer
        settle_paths()
        _people({code: row.pk for code, row in made.items() if code[0] in "TX"})


def _people(agencies: dict[str, int]) -> None:
    from django.contrib.auth.hashers import make_password

    from tinhso.kernel.access.api import RoleGrant, User
    from tinhso.kernel.search import searchable
    from tinhso.kernel.text import person_sort_key
    from tinhso.modules.directory.models import Position, StaffMember
    from tinhso.modules.directory.services.people import invented_names

    names, unusable = invented_names("bench:R5"), make_password(None)
    position = Position.objects.create(title="Chuyên viên")
    users = [User(username=f"r5.{code}", full_name=next(names), kind="officer", password=unusable) for code in agencies]
    User.objects.bulk_create(users, batch_size=1000)
    StaffMember.objects.bulk_create(
        (
            StaffMember(user=user, organisation_id=agency, position=position, valid_from=SINCE,
                        search_text=searchable(user.full_name), sort_key=person_sort_key(user.full_name))
            for user, agency in zip(users, agencies.values(), strict=True)
        ),
        batch_size=1000,
    )  # fmt: skip
    grants = [
        RoleGrant(user=user, role="clerk", organisation_id=agency, valid_from=SINCE, ground="Quyết định phân công")
        for user, agency in zip(users, agencies.values(), strict=True)
    ]
    for username, role in ((DRAFTER, "staff_admin"), (APPROVER, "reform_approver")):
        user = User.objects.create(username=username, full_name=next(names), kind="officer", password=unusable)
        grants += [
            RoleGrant(user=user, role=role, organisation_id=agency, subtree=True, valid_from=SINCE, ground="Quyết định")
            for code, agency in agencies.items()
            if code[0] == "T"
        ]
    RoleGrant.objects.bulk_create(grants, batch_size=1000)


def decide(reform_id: int) -> None:
    from tinhso.kernel.access.api import Actor, User, actor_of
    from tinhso.kernel.clock import now
    from tinhso.modules.directory import api as directory
    from tinhso.modules.directory.queries.reforms import doubtful_numbers

    def signed_in(username: str) -> Actor:
        return actor_of(User.objects.get(username=username), on=now().date())

    drafter, approver = signed_in(DRAFTER), signed_in(APPROVER)
    try:
        directory.submit_reform(reform_id=reform_id, actor=drafter, now=now())
        raise SystemExit("a plan with open doubts was submitted")
    except directory.CannotReform as refused:
        print(refused)
    directory.settle_doubts(
        reform_id=reform_id, numbers=doubtful_numbers(reform_id), ground="Nơi nhận mặc định của bộ dữ liệu, để thử",
        actor=drafter, now=now(),
    )  # fmt: skip
    directory.submit_reform(reform_id=reform_id, actor=drafter, now=now())
    directory.decide_reform(reform_id=reform_id, approve=True, note="", actor=approver, now=now())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("seed", "decide"))
    parser.add_argument("number", type=int, nargs="?", default=0)
    import django

    args = parser.parse_args()
    django.setup()
    if args.what == "seed":
        seed()
    else:
        decide(args.number)


if __name__ == "__main__":
    main()
