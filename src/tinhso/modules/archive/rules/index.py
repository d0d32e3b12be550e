"""The index of old results: which column is what, and what is wrong in which cell. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tinhso.kernel.text import fold
from tinhso.modules.archive.rules.documents import clean_number, holder_kind_of

MAX_ROWS = 12_000
EARLIEST = date(1945, 9, 2)
EXTENSIONS = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff")
NO_END = ("", "khong thoi han", "vo thoi han", "khong xac dinh", "lau dai")


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    required: bool
    most: int
    others: tuple[str, ...] = ()


COLUMNS: tuple[Column, ...] = (
    Column("number", "Số, ký hiệu", True, 100, ("so ky hieu", "so", "so van ban", "so giay to", "so hieu")),
    Column("name", "Tên giấy tờ", True, 300, ("ten giay to", "ten ket qua", "ten van ban", "trich yeu")),
    Column("kind", "Loại giấy tờ", True, 300, ("loai giay to", "loai", "ma loai", "ma loai giay to")),
    Column("owner_number", "Số định danh của chủ", True, 30, ("so dinh danh cua chu", "so dinh danh", "cccd", "so cccd", "ma so thue")),
    Column("owner_name", "Tên chủ giấy tờ", True, 300, ("ten chu giay to", "chu giay to", "ho va ten", "ho ten", "ten to chuc")),
    Column("issuer", "Mã cơ quan cấp", True, 60, ("ma co quan cap", "ma co quan", "ma dinh danh co quan", "co quan cap")),
    Column("issued", "Ngày cấp", True, 20, ("ngay cap", "ngay ban hanh", "ngay ky")),
    Column("until", "Hết hạn", False, 40, ("het han", "co gia tri den", "ngay het han", "thoi han den")),
    Column("file", "Tên tệp", True, 200, ("ten tep", "tep", "file", "ten file")),
)  # fmt: skip
# Key of a column and what is wrong there.
Tell = Callable[[str, str], None]
BY_KEY = {column.key: column for column in COLUMNS}


@dataclass(frozen=True)
class Fault:
    """One thing to correct. `cell` such as "B7"; `row` 0: the whole index."""

    row: int
    cell: str
    column: str
    reason: str


@dataclass(frozen=True)
class Issuer:
    """An agency as the index may name it, with the days in which the code was its."""

    id: int
    name: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True)
class Known:
    """What the index is judged against. `numbers`: (issuer, number folded) already in the store."""

    kinds: Mapping[str, int]
    issuers: Mapping[str, Sequence[Issuer]]
    reach: Collection[int]
    numbers: Collection[tuple[int, str]]
    today: date


@dataclass(frozen=True)
class Entry:
    """A row that was read and has no fault of its own."""

    row: int
    number: str
    name: str
    kind_id: int
    owner_number: str
    owner_name: str
    issuer_id: int
    issuer_name: str
    issued: date
    until: date | None
    file: str


@dataclass
class Judged:
    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def letter(place: int) -> str:
    """0 → "A", 26 → "AA"."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def guess(header: Sequence[str]) -> dict[str, int]:
    """Key of a column → its place, by the titles that agencies use; a place is taken once."""
    titles = [fold(title) for title in header]
    found: dict[str, int] = {}
    for column in COLUMNS:
        for wanted in (fold(column.title), *column.others):
            place = next((n for n, title in enumerate(titles) if title == wanted and n not in found.values()), None)
            if place is not None:
                found[column.key] = place
                break
    return found


def missing(mapping: Mapping[str, int]) -> list[str]:
    """Titles of required columns that the mapping does not place."""
    return [column.title for column in COLUMNS if column.required and column.key not in mapping]


def day_of(text: str) -> date:
    """ "31/12/2020", "31-12-2020" or "2020-12-31". Raises `ValueError` with the reason."""
    parts = text.replace("-", "/").replace(".", "/").split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("Ngày phải có dạng ngày/tháng/năm, ví dụ 31/12/2020")
    numbers = [int(part) for part in parts]
    year, month, day = numbers if len(parts[0]) == 4 else reversed(numbers)
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"Không có ngày {text} trong lịch") from None
    if found < EARLIEST:
        raise ValueError("Ngày trước 02/9/1945")
    return found


def judge(rows: Sequence[Sequence[str]], mapping: Mapping[str, int], known: Known, *, first_row: int = 2) -> Judged:
    """Every row after the header, each alone and then together. Empty rows are passed over."""
    judged = Judged()
    if len(rows) > MAX_ROWS:
        judged.faults.append(
            Fault(0, "", "", f"Mỗi lần nhập tối đa {MAX_ROWS:,} dòng. Chia chỉ mục.".replace(",", "."))
        )
        return judged
    for place, row in enumerate(rows):
        if any(cell.strip() for cell in row):
            _judge_row(first_row + place, row, mapping, known, judged)
    _judge_together(judged, mapping)
    return judged


def _judge_row(number: int, row: Sequence[str], mapping: Mapping[str, int], known: Known, judged: Judged) -> None:
    before = len(judged.faults)

    def fault(key: str, reason: str) -> None:
        place = mapping.get(key)
        cell = f"{letter(place)}{number}" if place is not None else ""
        judged.faults.append(Fault(number, cell, BY_KEY[key].title, reason))

    values: dict[str, str] = {}
    for column in COLUMNS:
        place = mapping.get(column.key)
        text = " ".join(row[place].split()) if place is not None and place < len(row) else ""
        values[column.key] = text
        if column.required and not text:
            fault(column.key, "Còn trống")
        elif len(text) > column.most:
            fault(column.key, f"Dài quá {column.most} ký tự")
    kind = known.kinds.get(values["kind"]) or known.kinds.get(fold(values["kind"]))
    if values["kind"] and kind is None:
        fault("kind", "Không có loại giấy tờ này trong danh mục. Ghi mã hoặc đúng tên loại")
    owner = clean_number(values["owner_number"])
    if owner and holder_kind_of(owner) is None:
        fault("owner_number", "Số định danh phải có 12 chữ số; mã số thuế 10 hoặc 13 chữ số")
    issued = _day(values["issued"], "issued", fault)
    if issued is not None and issued > known.today:
        fault("issued", "Ngày cấp ở tương lai")
    until = None if fold(values["until"]) in NO_END else _day(values["until"], "until", fault)
    if issued is not None and until is not None and until < issued:
        fault("until", "Hết hạn trước ngày cấp")
    issuer = _issuer(values["issuer"], issued, known, fault)
    _file(values["file"], fault)
    if issuer is not None and (issuer.id, fold(values["number"])) in known.numbers:
        fault("number", "Số này của cơ quan cấp đã có trong kho")
    if len(judged.faults) == before and issued is not None and issuer is not None and kind is not None:
        judged.entries.append(
            Entry(
                number, values["number"], values["name"], kind, owner, values["owner_name"], issuer.id, issuer.name,
                issued, until, values["file"],
            )
        )  # fmt: skip


def _day(text: str, key: str, fault: Tell) -> date | None:
    if not text:
        return None
    try:
        return day_of(text)
    except ValueError as wrong:
        fault(key, str(wrong))
        return None


def _issuer(code: str, issued: date | None, known: Known, fault: Tell) -> Issuer | None:
    if not code:
        return None
    holders = known.issuers.get(code.upper(), ())
    if not holders:
        fault("issuer", "Không có cơ quan mang mã này")
        return None
    on = issued or known.today
    found = next(
        (h for h in holders if h.valid_from <= on and (h.valid_until is None or on <= h.valid_until)), holders[-1]
    )
    if found.id not in known.reach:
        fault("issuer", f"{found.name} ngoài phạm vi được nhập của bạn")
        return None
    return found


def _file(name: str, fault: Tell) -> None:
    if not name:
        return
    if any(part in name for part in ("/", "\\", "..", "\0", ":")):
        fault("file", "Chỉ ghi tên tệp, không ghi thư mục")
    elif not name.lower().endswith(EXTENSIONS):
        fault("file", "Chỉ nhận tệp PDF, JPG, PNG hoặc TIFF")


def _judge_together(judged: Judged, mapping: Mapping[str, int]) -> None:
    """The same number of an issuer and kind, or the same file, stands twice."""
    numbers: dict[tuple[int, int, str], int] = {}
    files: dict[str, int] = {}
    doubled = set()
    for entry in judged.entries:
        first = numbers.setdefault((entry.issuer_id, entry.kind_id, fold(entry.number)), entry.row)
        if first != entry.row:
            judged.faults.append(_at(entry.row, "number", mapping, f"Trùng số với dòng {first}"))
            doubled.add(entry.row)
        first = files.setdefault(entry.file.lower(), entry.row)
        if first != entry.row:
            judged.faults.append(_at(entry.row, "file", mapping, f"Trùng tên tệp với dòng {first}"))
            doubled.add(entry.row)
    judged.entries = [entry for entry in judged.entries if entry.row not in doubled]
    judged.faults.sort(key=lambda one: (one.row, one.cell))


def _at(row: int, key: str, mapping: Mapping[str, int], reason: str) -> Fault:
    return Fault(row, f"{letter(mapping[key])}{row}", BY_KEY[key].title, reason)
