"""The records of an import judged together, and against what the directory already holds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tinhso.kernel.text import fold, same
from tinhso.modules.directory.rules import cyclic, periods_overlap, top_down, valid_on
from tinhso.modules.directory.rules.sheets import Fault, RawTable, Record, read_table

Period = tuple[date, date | None]
MAX_LEVELS = 10


@dataclass(frozen=True)
class KnownOrganisation:
    id: int
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True)
class KnownUser:
    id: int
    full_name: str
    kind: str


@dataclass(frozen=True)
class Known:
    """What the directory holds of the codes and accounts that a file mentions.

    `reach`: the organisations over which the importer may act. `empty`: there is no organisation at all yet, so the
    file may bring the root.
    """

    organisations: Mapping[str, Sequence[KnownOrganisation]] = field(default_factory=dict)
    users: Mapping[str, KnownUser] = field(default_factory=dict)
    places: Mapping[tuple[str, int], Sequence[Period]] = field(default_factory=dict)
    units: Collection[tuple[int, str]] = ()
    positions: Collection[str] = ()
    reach: Collection[int] = ()
    empty: bool = False

    def organisation_on(self, code: str, on: date) -> KnownOrganisation | None:
        return next(
            (held for held in self.organisations.get(code, ()) if valid_on(held.valid_from, held.valid_until, on)), None
        )


@dataclass
class Checked:
    """`organisations` stand with parents before children. Nothing may be written while `faults` is not empty."""

    organisations: list[Record] = field(default_factory=list)
    staff: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    new_people: int = 0
    # By name, so that a slip of the pen is seen before it founds something.
    unit_names: list[str] = field(default_factory=list)
    position_titles: list[str] = field(default_factory=list)


def mentioned(tables: Iterable[RawTable]) -> tuple[frozenset[str], frozenset[str]]:
    """The organisation codes and the usernames that a file speaks of: what `Known` has to be asked for."""
    codes: set[str] = set()
    usernames: set[str] = set()
    for table in tables:
        read = read_table(table)
        for record in read.records if read else ():
            codes.update(record.text(key) for key in ("code", "parent_code", "organisation_code"))
            usernames.add(record.text("username"))
    return frozenset(codes - {""}), frozenset(usernames - {""})


def check(tables: Sequence[RawTable], known: Known) -> Checked:
    """Judge a whole file. Every fault is found in one go, cell faults first, in the order of the file."""
    checked = Checked()
    seen: set[str] = set()
    empty: list[str] = []
    for table in tables:
        read = read_table(table)
        if read is None:
            continue
        checked.faults += read.faults
        if read.empty_sheet:
            empty.append(read.empty_sheet)
        if read.kind and read.kind in seen:
            checked.faults.append(Fault(table.sheet, 0, "", "", "Tệp có hai trang tính cùng một mẫu."))
        seen.add(read.kind)
        if read.kind == "organisations":
            checked.organisations += read.records
        elif read.kind == "staff":
            checked.staff += read.records
    if not seen:
        checked.faults.append(Fault("", 0, "", "", "Tệp không có dữ liệu."))
    if not (checked.organisations or checked.staff or checked.faults):
        checked.faults += [Fault(sheet, 0, "", "", "Chưa có dòng dữ liệu nào dưới dòng tiêu đề.") for sheet in empty]
    _check_organisations(checked, known)
    _check_staff(checked, known)
    order = {table.sheet: place for place, table in enumerate(tables)}
    checked.faults.sort(key=lambda fault: (order.get(fault.sheet, -1), fault.row))
    return checked


def _fault(record: Record, key: str, reason: str) -> Fault:
    titles = {
        "code": "Mã định danh", "parent_code": "Mã cơ quan cấp trên", "valid_until": "Đến hết ngày", "valid_from": "Từ ngày",
        "username": "Tên đăng nhập", "organisation_code": "Mã cơ quan", "full_name": "Họ và tên",
    }  # fmt: skip
    return Fault(record.sheet, record.row, record.cells.get(key, ""), titles[key], reason)


def _check_period(record: Record, faults: list[Fault]) -> bool:
    if record.day("valid_from") is None:
        return False
    if record.valid_until is not None and record.valid_until < record.valid_from:
        faults.append(_fault(record, "valid_until", "Ngày kết thúc trước ngày bắt đầu."))
        return False
    return True


def _check_organisations(checked: Checked, known: Known) -> None:
    faults = checked.faults
    by_code: dict[str, Record] = {}
    for record in checked.organisations:
        code = record.text("code")
        dated = _check_period(record, faults)
        if not code:
            continue
        first = by_code.setdefault(code, record)
        if first is not record:
            faults.append(_fault(record, "code", f"Mã {code} đã có ở dòng {first.row} của tệp này."))
        elif dated and any(
            periods_overlap(record.valid_from, record.valid_until, held.valid_from, held.valid_until)
            for held in known.organisations.get(code, ())
        ):
            faults.append(_fault(record, "code", f"Mã {code} đang có cơ quan khác dùng trong thời gian này."))
    parents: dict[str, str | None] = {}
    for code, record in by_code.items():
        parent = record.text("parent_code")
        parents[code] = parent if parent in by_code else None
        _check_parent(record, by_code, known, faults)
    circles = cyclic(parents)
    for code in circles:
        if parents[code] != code:
            faults.append(_fault(by_code[code], "parent_code", "Các cơ quan làm cấp trên của nhau thành vòng tròn."))
    if not circles:
        order = top_down(parents)
        depth: dict[str, int] = {}
        for code in order:
            above = parents[code]
            depth[code] = depth[above] + 1 if above else 1
            if depth[code] == MAX_LEVELS + 1:
                faults.append(_fault(by_code[code], "parent_code", f"Cây cơ quan sâu quá {MAX_LEVELS} cấp."))
        checked.organisations = [by_code[code] for code in order]


def _check_parent(record: Record, by_code: Mapping[str, Record], known: Known, faults: list[Fault]) -> None:
    parent = record.text("parent_code")
    if not parent:
        if record.values.get("parent_code") is None and not known.empty and record.text("code"):
            faults.append(_fault(record, "parent_code", "Chưa nhập mã cơ quan cấp trên."))
        return
    if parent == record.text("code"):
        faults.append(_fault(record, "parent_code", "Cơ quan không thể là cấp trên của chính mình."))
        return
    if parent in by_code:
        above = by_code[parent]
        if (
            record.day("valid_from")
            and above.day("valid_from")
            and not valid_on(above.valid_from, above.valid_until, record.valid_from)
        ):
            faults.append(_fault(record, "parent_code", f"Cơ quan {parent} không hoạt động vào ngày bắt đầu này."))
        return
    if parent not in known.organisations:
        faults.append(_fault(record, "parent_code", f"Không có cơ quan mang mã {parent}."))
        return
    if record.day("valid_from") is None:
        return
    held = known.organisation_on(parent, record.valid_from)
    if held is None:
        faults.append(_fault(record, "parent_code", f"Cơ quan {parent} không hoạt động vào ngày bắt đầu này."))
    elif held.id not in known.reach:
        faults.append(_fault(record, "parent_code", f"Bạn không được giao quản lý cơ quan {parent}."))


def _check_staff(checked: Checked, known: Known) -> None:
    faults = checked.faults
    in_file = {record.text("code"): record for record in checked.organisations}
    named: dict[str, Record] = {}
    taken: dict[tuple[str, str], list[Record]] = {}
    units: dict[tuple[str, str], str] = {}
    titles: dict[str, str] = {}
    people: set[str] = set()
    for record in checked.staff:
        dated = _check_period(record, faults)
        username, code = record.text("username"), record.text("organisation_code")
        title = record.text("position")
        if title and fold(title) not in known.positions:
            titles.setdefault(fold(title), title)
        if username:
            _check_person(record, username, named, known, faults)
            if username not in known.users:
                people.add(username)
        if not code:
            continue
        held = _check_workplace(record, code, in_file, known, faults) if dated else None
        unit = fold(record.text("unit"))
        if unit and (held is None or (held.id, unit) not in known.units):
            units.setdefault((code, unit), f"{record.text('unit')} ({code})")
        if not (username and dated):
            continue
        others = taken.setdefault((username, code), [])
        if any(
            periods_overlap(record.valid_from, record.valid_until, other.valid_from, other.valid_until)
            for other in others
        ):
            faults.append(_fault(record, "username", f"{username} đã có ở dòng {others[0].row} cho cùng cơ quan."))
        elif held is not None and any(
            periods_overlap(record.valid_from, record.valid_until, *period)
            for period in known.places.get((username, held.id), ())
        ):
            faults.append(
                _fault(record, "username", f"{username} đang làm việc tại cơ quan {code} trong thời gian này.")
            )
        others.append(record)
    checked.new_people = len(people)
    checked.unit_names, checked.position_titles = list(units.values()), list(titles.values())


def _check_person(record: Record, username: str, named: dict[str, Record], known: Known, faults: list[Fault]) -> None:
    full_name = record.text("full_name")
    first = named.setdefault(username, record)
    if full_name and first.text("full_name") and not same(first.text("full_name"), full_name):
        faults.append(_fault(record, "username", f"{username} là tên đăng nhập của người khác ở dòng {first.row}."))
        return
    account = known.users.get(username)
    if account is None:
        return
    if account.kind != "officer":
        faults.append(_fault(record, "username", f"{username} không phải tài khoản cán bộ."))
    elif full_name and not same(account.full_name, full_name):
        faults.append(_fault(record, "username", f"{username} là tên đăng nhập đã cấp cho người khác."))


def _check_workplace(
    record: Record, code: str, in_file: Mapping[str, Record], known: Known, faults: list[Fault]
) -> KnownOrganisation | None:
    held = known.organisation_on(code, record.valid_from)
    if held is not None:
        if held.id not in known.reach:
            faults.append(_fault(record, "organisation_code", f"Bạn không được giao quản lý cơ quan {code}."))
        return held
    new = in_file.get(code)
    if new is not None and new.day("valid_from") and valid_on(new.valid_from, new.valid_until, record.valid_from):
        return None
    if new is not None or code in known.organisations:
        faults.append(_fault(record, "organisation_code", f"Cơ quan {code} không hoạt động vào ngày bắt đầu này."))
    else:
        faults.append(_fault(record, "organisation_code", f"Không có cơ quan mang mã {code}."))
    return None
