"""`tinhso simulate`: many made-up dossiers at once, for load tests. Never on an installation that people use.

The rows are written in bulk, not through the services: what is measured afterwards is work on them, not their making.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import timedelta
from uuid import UUID


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dossiers", type=int, required=True, help="số hồ sơ cần sinh")
    parser.add_argument("--agency", default="", help="mã cơ quan nhận tất cả (mặc định: rải khắp các xã, phường)")
    parser.add_argument("--open", type=float, default=0.2, help="phần hồ sơ còn đang xử lý, từ 0 đến 1")
    parser.add_argument("--yes", action="store_true", help="xác nhận rằng đây là hệ thống thử tải")


def run(args: argparse.Namespace) -> int:
    if not args.yes:
        print("Lệnh này ghi hồ sơ giả vào cơ sở dữ liệu. Thêm --yes nếu đây là hệ thống thử tải.", file=sys.stderr)
        return 2
    written = simulate(dossiers=args.dossiers, agency_code=args.agency, open_share=args.open)
    print(f"Đã sinh {written} hồ sơ")
    return 0


def simulate(
    *, dossiers: int, agency_code: str = "", procedure_code: str = "", open_share: float = 0.2, seed: int = 766
) -> int:
    """Write `dossiers` rows with their parties and open tasks; returns how many. The same seed after as many
    rows gives the same rows."""
    from tinhso.kernel.clock import now
    from tinhso.kernel.text import fold
    from tinhso.modules.directory import api as directory
    from tinhso.modules.dossiers.models import Dossier, Party, SupplementRequest, Task
    from tinhso.modules.dossiers.rules import DeliveryState, MoneyState, State, SyncState, TaskKind
    from tinhso.modules.procedures import api as procedures
    from tinhso.modules.procedures.models import ProcedureVersion

    start = Dossier.objects.count()
    chance = random.Random(f"{seed}:{start}")  # noqa: S311 - made-up rows, no secret
    present = now()
    agencies = [
        agency
        for agency in directory.organisations(level="commune", kind="people_committee", on=present.date())
        if agency_code in ("", agency.code)
    ]
    offices = {agency.id: directory.centre_of(agency.id, on=present.date()) or agency for agency in agencies}
    versions = [
        found
        for number in ProcedureVersion.objects.filter(fileable=True, status="published").values_list("pk", flat=True)
        if (found := procedures.version(number)).definition is not None
        and (found.definition.competent_kind, found.definition.competent_level) == ("people_committee", "commune")
        and procedure_code in ("", found.code)
    ]
    if not agencies or not versions:
        raise SystemExit("Chưa có tỉnh mẫu: chạy tinhso prepare trước.")
    for begin in range(0, dossiers, 5000):
        rows, parties, tasks, requests = [], [], [], []
        for number in range(start + begin, start + min(begin + 5000, dossiers)):
            agency = chance.choice(agencies)
            office = offices[agency.id]
            version = chance.choice(versions)
            is_open = chance.random() < open_share
            age = timedelta(days=chance.uniform(0, 12 if is_open else 365))
            received = present - age
            due = received + timedelta(days=chance.choice((1, 3, 5, 7, 10, 15)), hours=chance.uniform(0, 4))
            state = chance.choice((State.ACCEPTED, State.IN_PROGRESS)) if is_open else State.RETURNED
            if not is_open and chance.random() < 0.05:
                state = chance.choice((State.REFUSED, State.WITHDRAWN, State.STOPPED))
            elif is_open and chance.random() < 0.05:
                state = State.SUPPLEMENT_REQUESTED
            finished = min(present, received + (due - received) * chance.uniform(0.3, 1.1))
            has_result = state == State.RETURNED
            name = f"{chance.choice(FAMILY)} {chance.choice(MIDDLE)} {chance.choice(GIVEN)}"
            code = f"{agency.code}-{received:%y%m%d}-{number:07d}"
            row = Dossier(
                public_id=UUID(int=chance.getrandbits(128), version=4),
                code=code,
                version_id=version.id,
                agency_id=agency.id,
                office_id=office.id,
                channel=chance.choice(("online", "online", "counter", "post")),
                state=state,
                money_state=MoneyState.FREE,
                delivery_state=DeliveryState.HANDED_OVER if has_result else DeliveryState.NOT_READY,
                sync_state=SyncState.NOT_CONNECTED,
                applicant_name=name,
                acting_as="self",
                form_data={},
                search_text=fold(f"{code} {name} {version.title}"),
                result_delivery="counter",
                submitted_at=received,
                accepted_at=None if state == State.REFUSED else received,
                term={"amount": 3, "unit": "working_day", "cutoff": None, "note": ""},
                original_due_at=due,
                due_at=due,
                completed_at=finished if has_result else None,
                returned_at=finished if has_result else None,
                closed_at=None if is_open or has_result else finished,
            )
            rows.append(row)
            if state == State.SUPPLEMENT_REQUESTED:
                requests.append(
                    SupplementRequest(
                        dossier=row,
                        office_id=office.id,
                        year=received.year,
                        number=number,
                        reason="Thử tải",
                        requested_at=received,
                        requested_by_name="Thử tải",
                        answer_by_at=present,
                    )
                )
            parties.append(Party(dossier=row, role=Party.Role.APPLICANT, full_name=name, acting_as="self"))
            step = procedures.first_step(version.definition) if version.definition else None
            if is_open and step is not None:
                tasks.append(
                    Task(
                        dossier=row,
                        kind=TaskKind.STEP,
                        key=step.key,
                        title=step.title,
                        role=step.role,
                        organisation_id=agency.id,
                        unit_name=step.unit or "",
                        created_at=received,
                        due_at=due,
                    )
                )
        Dossier.objects.bulk_create(rows, batch_size=1000)
        Party.objects.bulk_create(parties, batch_size=2000)
        Task.objects.bulk_create(tasks, batch_size=2000)
        SupplementRequest.objects.bulk_create(requests, batch_size=2000)
    return dossiers


FAMILY = (
    "Nguyễn",
    "Lê",
    "Trịnh",
    "Phạm",
    "Hà",
    "Đỗ",
    "Bùi",
    "Lương",
    "Cao",
    "Mai",
    "Hoàng",
    "Vũ",
    "Đặng",
    "Lò",
    "Quách",
)
MIDDLE = ("Văn", "Thị", "Đức", "Thu", "Quốc", "Ngọc", "Minh", "Hữu", "Thanh", "Xuân")
GIVEN = ("Lan", "Dũng", "Hương", "Thắng", "Trang", "Việt", "Ánh", "Tài", "Hà", "Sơn", "Bình", "Yến", "Khánh", "Phúc")
