"""The reference province Thanh Hóa: real organisations (see data/README.md), invented people."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from tinhso.kernel.access.api import Actor, grant_role, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.search import searchable
from tinhso.kernel.text import fold, person_sort_key, sort_key
from tinhso.modules.directory.models import Organisation, Position, StaffMember, StaffNumber, Succession, Unit
from tinhso.modules.directory.services.people import invented_names, staff_search_text
from tinhso.modules.directory.services.tree import settle_paths

DATA = Path(__file__).resolve().parent.parent / "data"
ROOT_CODE = "H56"
PLAN_DAY = date(2020, 12, 21)
PLAN = "Kế hoạch 272/KH-UBND ngày 21/12/2020, phụ lục II"
TWO_TIERS_FROM = date(2025, 7, 1)
THREE_TIERS_FROM = date(2025, 1, 1)
LAST_THREE_TIERS = TWO_TIERS_FROM - timedelta(days=1)
CENTRE = "Trung tâm Phục vụ hành chính công"
GROUND = "Dữ liệu của tỉnh mẫu"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DemoOfficer:
    """An account of the demo that signs in by password. Without `organisation`, it works nowhere (an operator)."""

    username: str
    full_name: str
    title: str
    organisation: str = ""
    unit: str = ""
    position: str = ""
    role: str = ""
    role_over: str = ""
    subtree: bool = False
    kind: str = "officer"


_WARD = "UBND phường Hạc Thành"
_WARD_CENTRE = f"{CENTRE} phường Hạc Thành"
_OFFICE = "Văn phòng HĐND và UBND"
_ECONOMY_OF_WARD = "Phòng Kinh tế, Hạ tầng và Đô thị"
_CULTURE = "Phòng Văn hóa - Xã hội"
_JUSTICE = "Sở Tư pháp"
_PROVINCE = "UBND tỉnh Thanh Hóa"
_PROVINCE_CENTRE = f"{CENTRE} tỉnh Thanh Hóa"
_PROVINCE_POLICE = "Công an tỉnh Thanh Hóa"
_CONTROL = "Phòng Kiểm soát thủ tục hành chính"
_INSURANCE = "Bảo hiểm xã hội tỉnh Thanh Hóa"
_WARD_POLICE = "Công an phường Hạc Thành"

DEMO_OFFICERS: tuple[DemoOfficer, ...] = (
    DemoOfficer("tiepnhan", "Lê Thị Mai", "cán bộ tiếp nhận, phường Hạc Thành", _WARD_CENTRE, "", "Chuyên viên", "clerk"),
    DemoOfficer("chuyenvien", "Nguyễn Văn Bình", "chuyên viên Văn phòng HĐND và UBND phường Hạc Thành",
                _WARD, _OFFICE, "Chuyên viên", "handler"),
    DemoOfficer("chuyenvien.kinhte", "Trịnh Đức Long", "chuyên viên Phòng Kinh tế, Hạ tầng và Đô thị phường Hạc Thành",
                _WARD, _ECONOMY_OF_WARD, "Chuyên viên", "handler"),
    DemoOfficer("chuyenvien.vanhoa", "Hà Thu Trang", "chuyên viên Phòng Văn hóa - Xã hội phường Hạc Thành",
                _WARD, _CULTURE, "Chuyên viên", "handler"),
    DemoOfficer("truongphong", "Phạm Quang Hưng", "Chánh Văn phòng HĐND và UBND phường Hạc Thành",
                _WARD, _OFFICE, "Chánh Văn phòng", "unit_head"),
    DemoOfficer("chutich", "Lê Minh Tuấn", "Chủ tịch UBND phường Hạc Thành", _WARD, "", "Chủ tịch UBND", "leader"),
    DemoOfficer("congan", "Lê Hồng Quân", "cán bộ Công an phường Hạc Thành", _WARD_POLICE, "", "Cán bộ", "handler"),
    DemoOfficer("congan.truong", "Nguyễn Hữu Đạt", "Trưởng Công an phường Hạc Thành",
                _WARD_POLICE, "", "Trưởng Công an", "leader"),
    DemoOfficer("bhxh", "Trịnh Thị Hạnh", "chuyên viên Bảo hiểm xã hội tỉnh", _INSURANCE, "", "Chuyên viên", "handler"),
    DemoOfficer("tiepnhan.tinh", "Hoàng Thị Lan", "cán bộ tiếp nhận, Trung tâm PVHCC tỉnh",
                _PROVINCE_CENTRE, "", "Chuyên viên", "clerk"),
    DemoOfficer("chuyenvien.stp", "Bùi Ngọc Ánh", "chuyên viên Sở Tư pháp",
                _JUSTICE, "Phòng Hành chính tư pháp", "Chuyên viên", "handler"),
    DemoOfficer("truongphong.stp", "Vũ Hữu Phúc", "Trưởng phòng Hành chính tư pháp, Sở Tư pháp",
                _JUSTICE, "Phòng Hành chính tư pháp", "Trưởng phòng", "unit_head"),
    DemoOfficer("giamdoc.stp", "Đỗ Thanh Vân", "Giám đốc Sở Tư pháp", _JUSTICE, "", "Giám đốc", "leader"),
    DemoOfficer("luutru", "Nguyễn Thị Hòa", "cán bộ lưu trữ, số hóa, phường Hạc Thành",
                _WARD_CENTRE, "", "Chuyên viên", "archivist", _WARD, True),
    DemoOfficer("tiepnhan.samson", "Ngô Xuân Hải", "cán bộ tiếp nhận, phường Sầm Sơn",
                f"{CENTRE} phường Sầm Sơn", "", "Chuyên viên", "clerk"),
    DemoOfficer("thongke", "Nguyễn Thu Hà", "tổng hợp, thống kê toàn tỉnh (Văn phòng UBND tỉnh)",
                "Văn phòng UBND tỉnh", "Phòng Hành chính - Tổ chức", "Chuyên viên", "statistician", _PROVINCE, True),
    DemoOfficer("quantricanbo", "Mai Phương Thảo", "quản trị tổ chức, cán bộ (Sở Nội vụ)",
                "Sở Nội vụ", "Văn phòng", "Chuyên viên", "staff_admin", _PROVINCE, True),
    DemoOfficer("quantriquyen", "Trần Mạnh Cường", "quản trị quyền (Văn phòng UBND tỉnh)",
                "Văn phòng UBND tỉnh", "Phòng Hành chính - Tổ chức", "Chuyên viên", "rights_admin", _PROVINCE, True),
    DemoOfficer("soandanhmuc", "Lê Ngọc Diệp", "soạn danh mục thủ tục (Văn phòng UBND tỉnh)",
                "Văn phòng UBND tỉnh", _CONTROL, "Chuyên viên", "catalogue_editor", _PROVINCE, True),
    DemoOfficer("duyetdanhmuc", "Nguyễn Trọng Nghĩa", "duyệt danh mục thủ tục (Văn phòng UBND tỉnh)",
                "Văn phòng UBND tỉnh", _CONTROL, "Trưởng phòng", "catalogue_approver", _PROVINCE, True),
    DemoOfficer("giamdoc.snv", "Lê Đức Giang", "phê duyệt sắp xếp đơn vị (Giám đốc Sở Nội vụ)",
                "Sở Nội vụ", "", "Giám đốc", "reform_approver", _PROVINCE, True),
    DemoOfficer("quantriketnoi", "Hồ Sỹ Quang", "quản trị hệ thống kết nối đăng nhập (Sở Khoa học và Công nghệ)",
                "Sở Khoa học và Công nghệ", "Văn phòng", "Chuyên viên", "system_admin", _PROVINCE, True),
    DemoOfficer("quantri", "Lương Công Thành", "quản trị kỹ thuật", kind="operator"),
)  # fmt: skip

# Title → rank: the smaller, the higher in a list.
POSITIONS = {
    "Chủ tịch UBND": 1, "Phó Chủ tịch UBND": 2, "Giám đốc": 5, "Phó Giám đốc": 6, "Trưởng ban": 5, "Phó Trưởng ban": 6,
    "Chánh Thanh tra": 5, "Phó Chánh Thanh tra": 6, "Chánh Văn phòng": 10, "Phó Chánh Văn phòng": 11, "Trưởng phòng": 10,
    "Phó Trưởng phòng": 11, "Trưởng Công an": 5, "Chuyên viên": 20, "Cán bộ": 20,
}  # fmt: skip


@dataclass
class _Place:
    """A job to be filled."""

    organisation: Organisation
    unit: str
    position: str
    role: str
    valid_from: date
    valid_until: date | None = None
    user: Any = None


@dataclass
class _Plan:
    """What is about to be written."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    units: dict[tuple[str, str], Unit] = field(default_factory=dict)
    places: list[_Place] = field(default_factory=list)


def seed_reference_province(
    *, now: datetime, actor: Actor, password: str | None = None, progress: Progress | None = None
) -> str:
    """Write the reference province once; a later call changes nothing. Returns a line of counts, in Vietnamese.

    `password` is given to the accounts of `DEMO_OFFICERS`; all others cannot sign in. `progress(title, done, total)`
    is called after each part.
    """
    require(actor, "directory.import")
    if Organisation.objects.filter(code=ROOT_CODE).exists():
        return "đã có sẵn"
    tell = progress or (lambda title, done, total: None)
    with transaction.atomic():
        tell("cơ quan", 0, 4)
        plan = _Plan()
        _write_organisations(plan)
        _write_successions(plan)
        tell("đơn vị", 1, 4)
        _plan_departments(plan)
        _plan_province(plan)
        _plan_communes(plan)
        Unit.objects.bulk_create(plan.units.values())
        tell("cán bộ", 2, 4)
        people = _write_people(plan, password)
        tell("vai trò", 3, 4)
        _grant_roles(plan, actor, now)
        record(
            who=actor,
            action="directory.seed",
            object_ref=f"organisation:{plan.organisations[ROOT_CODE].pk}",
            reason=GROUND,
            after={"organisations": len(plan.organisations), "units": len(plan.units), "people": people},
            now=now,
        )
        tell("xong", 4, 4)
    return f"{len(plan.organisations)} cơ quan, {people} cán bộ"


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _spoken(name: str) -> str:
    """A unit's name inside a sentence: "Phường Hạc Thành" → "phường Hạc Thành"."""
    return name[:1].lower() + name[1:]


def _organisation(**values: Any) -> Organisation:
    made = Organisation(code_source=values.pop("code_source", "generated"), **values)
    # A former commune is looked for with its district ("xã Quảng Hải huyện Quảng Xương").
    district = made.parent.name if made.parent and made.parent.level == "district" else ""
    made.search_text = searchable(made.name, made.short_name, made.code, district)
    made.sort_key = sort_key(made.name)
    return made


def _write_organisations(plan: _Plan) -> None:
    """From the top down, one bulk insert per level of the tree, then all paths."""

    def insert(rows: dict[str, Organisation]) -> None:
        Organisation.objects.bulk_create(rows.values())
        plan.organisations.update(rows)

    insert({ROOT_CODE: _organisation(
        code=ROOT_CODE, code_source="official", name=_PROVINCE, short_name="UBND tỉnh", level="province",
        kind="people_committee", admin_unit_code="38", valid_from=PLAN_DAY,
        note="Ngày bắt đầu là ngày của tài liệu sớm nhất có trong bộ dữ liệu.",
    )})  # fmt: skip
    root = plan.organisations[ROOT_CODE]
    second = {
        row["key"]: _organisation(
            code=row["code"], name=row["name"], short_name=row["short_name"], level="province", kind="department",
            parent=root, valid_from=_day(row["valid_from"]), valid_until=_day(row["valid_until"]), note=row["note"],
        )
        for row in _rows("agencies.csv")
    }  # fmt: skip
    second["centre"] = _organisation(
        code="H56.22", name=_PROVINCE_CENTRE, short_name="Trung tâm PVHCC tỉnh", level="province",
        kind="public_service_centre", parent=root, valid_from=PLAN_DAY,
    )  # fmt: skip
    second["police"] = _organisation(
        code="H56.29", name=_PROVINCE_POLICE, short_name="Công an tỉnh", level="province", kind="police", parent=root,
        valid_from=PLAN_DAY, note="Thuộc Bộ Công an; đặt dưới tỉnh để tiếp nhận hồ sơ tại Trung tâm PVHCC tỉnh.",
    )  # fmt: skip
    second["insurance"] = _organisation(
        code="H56.30", name=_INSURANCE, short_name="BHXH tỉnh", level="province", kind="other", parent=root,
        valid_from=PLAN_DAY, note="Ngành dọc thuộc trung ương; đặt dưới tỉnh để nhận phần việc của hồ sơ liên thông.",
    )  # fmt: skip
    district_code: dict[str, str] = {}
    for place, row in enumerate(_rows("former_districts.csv")):
        district_code[row["code"]] = f"H56.{31 + place}"
        second[f"district:{row['code']}"] = _organisation(
            code=f"H56.{31 + place}", name=f"UBND {_spoken(row['name'])}", level="district", kind="people_committee",
            parent=root, admin_unit_code=row["code"], valid_from=THREE_TIERS_FROM, valid_until=LAST_THREE_TIERS,
            note="Cấp huyện kết thúc hoạt động từ 01/7/2025.",
        )  # fmt: skip
    for place, row in enumerate(_rows("communes.csv")):
        seat = f" (trụ sở {row['former_seat']} trước 01/7/2025)" if row["former_seat"] else ""
        second[f"commune:{row['code']}"] = _organisation(
            code=f"H56.{101 + place}", name=f"UBND {_spoken(row['name'])}", level="commune", kind="people_committee",
            parent=root, admin_unit_code=row["code"], valid_from=TWO_TIERS_FROM,
            address=f"{row['name']}{seat}, tỉnh Thanh Hóa",
        )  # fmt: skip
    insert(second)
    third: dict[str, Organisation] = {}
    for row in _rows("communes.csv"):
        committee = second[f"commune:{row['code']}"]
        third[f"centre:{row['code']}"] = _organisation(
            code=f"{committee.code}.01", name=f"{CENTRE} {_spoken(row['name'])}", level="commune",
            short_name=f"Trung tâm PVHCC {_spoken(row['name'])}", kind="public_service_centre", parent=committee,
            admin_unit_code=row["code"], valid_from=TWO_TIERS_FROM, address=committee.address,
        )  # fmt: skip
        third[f"police:{row['code']}"] = _organisation(
            code=f"{committee.code}.02", name=f"Công an {_spoken(row['name'])}", level="commune", kind="police",
            parent=committee, admin_unit_code=row["code"], valid_from=TWO_TIERS_FROM, address=committee.address,
            note="Thuộc Công an tỉnh; đặt dưới xã, phường để tiếp nhận hồ sơ tại Trung tâm PVHCC của xã, phường.",
        )  # fmt: skip
    in_district: dict[str, int] = {}
    for row in _rows("former_communes.csv"):
        number = in_district[row["district_code"]] = in_district.get(row["district_code"], 0) + 1
        third[f"former:{row['code']}"] = _organisation(
            code=f"{district_code[row['district_code']]}.{number:02}", name=f"UBND {_spoken(row['name'])}", level="commune",
            kind="people_committee", parent=second[f"district:{row['district_code']}"], admin_unit_code=row["code"],
            valid_from=THREE_TIERS_FROM, valid_until=LAST_THREE_TIERS,
        )  # fmt: skip
    insert(third)
    settle_paths()
    StaffNumber.objects.bulk_create(
        StaffNumber(organisation=second[row["key"]], as_of_date=PLAN_DAY, people=int(row["people_2020"]), source=PLAN)
        for row in _rows("agencies.csv")
        if row["people_2020"]
    )


def _write_successions(plan: _Plan) -> None:
    rows = [
        Succession(
            predecessor=plan.organisations[row["predecessor"]],
            successor=plan.organisations[row["successor"]],
            effective_date=date.fromisoformat(row["effective_date"]),
            kind=row["kind"],
            note=row["note"],
        )
        for row in _rows("agency_successions.csv")
    ]
    outcome = {"kept": "continued", "merged": "merged", "divided": "split"}
    for row in _rows("former_communes.csv"):
        rows.extend(
            Succession(
                predecessor=plan.organisations[f"former:{row['code']}"],
                successor=plan.organisations[f"commune:{code}"],
                effective_date=TWO_TIERS_FROM,
                kind=outcome[row["outcome"]],
                note="Chỉ một phần địa bàn." if row["outcome"] == "divided" else "",
            )
            for code in row["successor_codes"].split()
        )
    Succession.objects.bulk_create(rows)


def _unit(plan: _Plan, key: str, name: str, rank: int, valid_from: date, valid_until: date | None) -> None:
    plan.units[key, name] = Unit(
        organisation=plan.organisations[key], name=name, rank=rank, valid_from=valid_from, valid_until=valid_until
    )


def _titles(department: str) -> tuple[str, str]:
    if department.startswith("Thanh tra"):
        return "Chánh Thanh tra", "Phó Chánh Thanh tra"
    if department.startswith("Ban"):
        return "Trưởng ban", "Phó Trưởng ban"
    if department.startswith("Văn phòng"):
        return "Chánh Văn phòng", "Phó Chánh Văn phòng"
    return "Giám đốc", "Phó Giám đốc"


def _jobs(department: str, units: Sequence[str], people: int) -> Iterator[tuple[str, str, str]]:
    """(unit, position, role) for `people` people: the head, three deputies, two heads per unit, officers in turn."""
    head, deputy = _titles(department)
    jobs = [("", head, "leader"), *[("", deputy, "leader")] * 3]
    for unit in units:
        office = unit == "Văn phòng"
        jobs.append((unit, "Chánh Văn phòng" if office else "Trưởng phòng", "unit_head"))
        jobs.append((unit, "Phó Chánh Văn phòng" if office else "Phó Trưởng phòng", "unit_head"))
    yield from jobs[:people]
    for place in range(people - len(jobs)):
        yield units[place % len(units)], "Chuyên viên", "handler"


def _plan_departments(plan: _Plan) -> None:
    """The people of appendix II in the agencies of 2020; who worked in one that ended goes on in its successor.

    The same `_Place.user` object stands for the same person in both: the first place fills it.
    """
    rows = {row["key"]: row for row in _rows("agencies.csv")}
    moved: dict[str, list[_Place]] = {}
    joined = {row["predecessor"]: row["successor"] for row in reversed(_rows("agency_successions.csv"))}
    for key, row in rows.items():
        valid_from, valid_until = _day(row["valid_from"]) or PLAN_DAY, _day(row["valid_until"])
        units = row["units"].split(";")
        for rank, name in enumerate(units):
            _unit(plan, key, name, rank, valid_from, valid_until)
        before = moved.get(key, [])
        people = int(row["people_2020"]) if row["people_2020"] else len(before)
        for number, (unit, position, role) in enumerate(_jobs(row["name"], units, people)):
            place = _Place(plan.organisations[key], unit, position, role, valid_from, valid_until)
            place.user = before[number] if before else None
            plan.places.append(place)
            if valid_until is not None:
                moved.setdefault(joined[key], []).append(place)


def _plan_province(plan: _Plan) -> None:
    root, centre = plan.organisations[ROOT_CODE], plan.organisations["centre"]
    plan.places.append(_Place(root, "", "Chủ tịch UBND", "leader", TWO_TIERS_FROM))
    plan.places += [_Place(root, "", "Phó Chủ tịch UBND", "leader", TWO_TIERS_FROM) for _ in range(3)]
    plan.places.append(_Place(centre, "", "Giám đốc", "leader", TWO_TIERS_FROM))
    plan.places += [_Place(centre, "", "Chuyên viên", "clerk", TWO_TIERS_FROM) for _ in range(8)]
    plan.places += [
        _Place(plan.organisations["insurance"], "", position, role, TWO_TIERS_FROM)
        for position, role in (("Giám đốc", "leader"), ("Chuyên viên", "handler"), ("Chuyên viên", "handler"))
    ]
    _plan_police(plan, "police", "Giám đốc")
    plan.places.append(_Place(plan.organisations["police"], "", "Trưởng phòng", "unit_head", TWO_TIERS_FROM))


def _plan_police(plan: _Plan, key: str, head: str) -> None:
    """Police settle residence and similar procedures: a head who signs and two who examine."""
    police = plan.organisations[key]
    plan.places.append(_Place(police, "", head, "leader", TWO_TIERS_FROM))
    plan.places += [_Place(police, "", "Cán bộ", "handler", TWO_TIERS_FROM) for _ in range(2)]


def _plan_communes(plan: _Plan) -> None:
    """A commune's staff in little: leaders, each office with its head and a handler, the centre with two clerks."""
    for row in _rows("communes.csv"):
        key = f"commune:{row['code']}"
        committee, centre = plan.organisations[key], plan.organisations[f"centre:{row['code']}"]
        economy = _ECONOMY_OF_WARD if row["name"].startswith("Phường") else "Phòng Kinh tế"
        plan.places.append(_Place(committee, "", "Chủ tịch UBND", "leader", TWO_TIERS_FROM))
        for rank, unit in enumerate((_OFFICE, economy, _CULTURE)):
            _unit(plan, key, unit, rank, TWO_TIERS_FROM, None)
            head = "Chánh Văn phòng" if unit == _OFFICE else "Trưởng phòng"
            plan.places.append(_Place(committee, unit, head, "unit_head", TWO_TIERS_FROM))
            plan.places.append(_Place(committee, unit, "Chuyên viên", "handler", TWO_TIERS_FROM))
        plan.places += [_Place(centre, "", "Chuyên viên", "clerk", TWO_TIERS_FROM) for _ in range(2)]
        _plan_police(plan, f"police:{row['code']}", "Trưởng Công an")


def _write_people(plan: _Plan, password: str | None) -> int:
    """Accounts and places. The demo officers take the first fitting place; their own account replaces an invented one."""
    user_model: Any = get_user_model()
    names = invented_names("tinhso:H56")
    unusable = make_password(None)
    users: list[Any] = []
    for officer in DEMO_OFFICERS:
        user = user_model(username=officer.username, full_name=officer.full_name, kind=officer.kind)
        user.password = make_password(password) if password else unusable
        users.append(user)
        if officer.organisation:
            _fitting(plan, officer).user = user
    for number, place in enumerate(plan.places):
        if place.user is None:
            full_name = next(names)
            given, *others = reversed(fold(full_name).split())
            initials = "".join(word[0] for word in reversed(others))
            user = user_model(
                username=f"{given}.{initials}.{number:05}", full_name=full_name, kind="officer", password=unusable
            )
            users.append(user)
            place.user = user
        elif isinstance(place.user, _Place):
            place.user = place.user.user
    user_model.objects.bulk_create(users, batch_size=500)
    positions = {title: Position(title=title, rank=rank) for title, rank in POSITIONS.items()}
    Position.objects.bulk_create(positions.values())
    keys = {organisation.pk: key for key, organisation in plan.organisations.items()}
    StaffMember.objects.bulk_create(
        (
            StaffMember(
                user=place.user,
                organisation=place.organisation,
                unit=plan.units[keys[place.organisation.pk], place.unit] if place.unit else None,
                position=positions[place.position],
                valid_from=place.valid_from,
                valid_until=place.valid_until,
                search_text=staff_search_text(
                    place.user.full_name, place.position, place.organisation.name, place.unit
                ),
                sort_key=person_sort_key(place.user.full_name),
            )
            for place in plan.places
        ),
        batch_size=500,
    )
    return len(users)


def _fitting(plan: _Plan, officer: DemoOfficer) -> _Place:
    """The officer's place among those still in force; the place the person came from is followed back."""
    for place in plan.places:
        if (
            place.valid_until is None
            and place.organisation.name == officer.organisation
            and place.unit == officer.unit
            and place.position == officer.position
            and (place.user is None or isinstance(place.user, _Place))
        ):
            return place
    raise LookupError(f"no place for {officer.username}")


def _grant_roles(plan: _Plan, actor: Actor, now: datetime) -> None:
    """The role of each place that is still held. An administrator of staff or rights holds only that role."""
    by_name = {row.name: row for row in plan.organisations.values() if row.valid_until is None}
    special = {officer.username: officer for officer in DEMO_OFFICERS if officer.role_over}
    for place in plan.places:
        if place.valid_until is not None:
            continue
        officer = special.get(place.user.username)
        grant_role(
            user_id=place.user.pk,
            role=officer.role if officer else place.role,
            organisation_id=by_name[officer.role_over].pk if officer else place.organisation.pk,
            subtree=officer.subtree if officer else False,
            valid_from=place.valid_from,
            ground=GROUND,
            actor=actor,
            now=now,
        )
