"""The tables of inner routes that agencies keep in Excel, read as steps.

What such tables have in common in the decisions that provinces publish: a row per step in order; a header somewhere
below titles, in one or two rows; columns for the number ("STT", "Bước", "B1"), the work ("Nội dung công việc",
"Trình tự", "Bước thực hiện"), who ("Đơn vị thực hiện", "Người thực hiện", "Trách nhiệm"), the time ("Thời gian",
"TGQĐ") in hours or days and often the result; a total at the end; who or when written once over merged rows.

A cell that cannot mean one thing is a problem named by row and column; with a problem nothing is imported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from tinhso.kernel.text import fold
from tinhso.modules.procedures.rules.definition import HOURS_PER_WORKING_DAY
from tinhso.modules.procedures.rules.form_editing import new_key
from tinhso.modules.procedures.rules.route_editing import MOST_STEPS

_HEADERS: dict[str, tuple[str, ...]] = {
    "number": ("stt", "tt", "so tt", "buoc", "so thu tu", "thu tu"),
    "time": ("thoi gian", "tgqd", "thoi han", "tg thuc hien", "so gio", "so ngay"),
    "result": ("ket qua", "san pham", "bieu mau", "ho so", "ghi chu"),
    "who": ("nguoi thuc hien", "trach nhiem", "can bo", "chuc danh", "vi tri", "nguoi chu tri", "thuc hien boi"),
    "where": ("don vi", "co quan", "bo phan", "phong ban", "noi thuc hien"),
    "work": ("noi dung", "cong viec", "trinh tu", "buoc thuc hien", "cac buoc", "ten buoc", "hoat dong", "mo ta"),
}
_TITLES = {"work": "nội dung công việc", "time": "thời gian", "who": "người thực hiện", "where": "đơn vị thực hiện"}
_ROLES: tuple[tuple[str, str], ...] = (
    (r"\b(chu tich|pho chu tich|giam doc|pho giam doc|lanh dao (so|ubnd|uy ban|co quan|ban|chi cuc)|ct ubnd|pct)\b", "leader"),
    (r"\b(truong phong|pho (truong )?phong|lanh dao (phong|van phong)|chanh van phong|pho chanh van phong|truong ban)\b", "unit_head"),
    (r"\b(tiep nhan|mot cua|bo phan tn|tn tkq|tnhs|trung tam (phuc vu )?hanh chinh|ttpvhcc|van thu)\b", "clerk"),
    (r"\b(chuyen vien|cong chuc|can bo|vien chuc|thu ly|tham dinh)\b", "handler"),
)  # fmt: skip
_INTAKE = re.compile(r"^(buoc \d+ )?(tiep nhan|nhan ho so|kiem tra va tiep nhan)")
_RETURN = re.compile(r"^(buoc \d+ )?(tra ket qua|tra kq|thong bao va tra|vao so .*tra ket qua)")
_TOTAL = re.compile(r"^(tong|cong)\b")
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?(?:\s*/\s*\d+)?)\s*(gio|h|phut|p|ngay|buoi)?\b")
_HALF = {"nua": "1/2", "mot phan hai": "1/2", "½": "1/2", "¼": "1/4", "¾": "3/4"}
_HOURS = {"gio": Fraction(1), "phut": Fraction(1, 60), "ngay": Fraction(HOURS_PER_WORKING_DAY), "buoi": Fraction(4)}
_NONE = ("khong tinh", "khong quy dinh", "gio hanh chinh", "ngay sau khi", "khi co", "theo quy dinh", "theo phieu hen")


@dataclass(frozen=True)
class TableStep:
    """`hours`: working hours, a fraction where the table says so; `role`: proposed from who is named, "" if unsure."""

    row: int
    title: str
    who: str
    role: str
    unit: str
    hours: Fraction
    result: str

    @property
    def whole_hours(self) -> int:
        return max(1, ceil(self.hours))


@dataclass(frozen=True)
class TableReading:
    """`steps`: of the inner route; `outside`: rows for receiving and returning, which the law fixes; `total`: what the
    table says in all, in hours. With a problem nothing may be imported."""

    steps: tuple[TableStep, ...]
    outside: tuple[TableStep, ...]
    total: Fraction | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class _Wrong(ValueError):
    pass


def read_table(
    rows: Sequence[Sequence[str]], *, first_row: int = 1, merged: Collection[str] = (), roles: Collection[str] = ()
) -> TableReading:
    """Never raises. `merged`: ranges like "A3:A5"; their cells take the text of the first. `first_row`: its number."""
    problems: list[str] = []
    notes: list[str] = []
    grid = [[" ".join(str(cell).split()) for cell in row] for row in rows]
    header = _header(grid)
    if header is None:
        return TableReading((), (), None, (
            "Không tìm thấy dòng tiêu đề. Bảng cần một dòng có ít nhất cột nội dung công việc (hoặc «Bước thực hiện») và "
            "cột thời gian.",
        ), ())  # fmt: skip
    last_header, columns = header
    for name in ("work", "time"):
        if name not in columns:
            problems.append(f"Dòng {first_row + last_header}: thiếu cột {_TITLES[name]}.")
    if "who" not in columns and "where" not in columns:
        problems.append(f"Dòng {first_row + last_header}: thiếu cột người hoặc đơn vị thực hiện.")
    if problems:
        return TableReading((), (), None, tuple(problems), ())
    spread, shared = _spread(grid, merged, first_row, columns, last_header, problems)
    heading = " ".join(fold(grid[at][columns["time"]]) for at in range(max(0, last_header - 1), last_header + 1)
                       if columns["time"] < len(grid[at]))  # fmt: skip
    usual = "phut" if "phut" in heading else "gio" if "gio" in heading else "ngay" if "ngay" in heading else ""
    reader = _Rows(spread, columns, first_row, usual, shared, roles, problems, notes)
    for number in range(last_header + 1, len(spread)):
        reader.row(number)
    reader.close()
    return TableReading(
        tuple(reader.steps), tuple(reader.outside), reader.total, tuple(problems), tuple(dict.fromkeys(notes))
    )


def _header(grid: list[list[str]]) -> tuple[int, dict[str, int]] | None:
    """(number of the last header row, column by name): the row in which most columns are named, joined with the one
    below where that names more (a header in two rows)."""
    best: tuple[int, dict[str, int]] | None = None
    for number, row in enumerate(grid[:60]):
        named = _named(row)
        if len({*named} & {"work", "time", "who", "where"}) < 2:
            continue
        if number + 1 < len(grid):
            below = _named(grid[number + 1])
            more = {name: at for name, at in below.items() if name not in named}
            if more and len(below) == sum(1 for cell in grid[number + 1] if cell):
                named, number = {**named, **more}, number + 1
        if best is None or len(named) > len(best[1]):
            best = (number, named)
    return best


def _named(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        text = re.sub(r"\(.*?\)", " ", fold(cell))
        text = " ".join(text.split())
        if not text or len(text) > 60:
            continue
        name = _name_of(text)
        if name and name not in found:
            found[name] = at
    # "Bước thực hiện" with no other column for the work: the steps stand there, not their numbers.
    if (
        "work" not in found
        and "number" in found
        and fold(row[found["number"]]) not in ("stt", "tt", "so tt", "so thu tu")
    ):
        found["work"] = found.pop("number")
    return found


def _name_of(text: str) -> str:
    if text in _HEADERS["number"]:
        return "number"
    if "don vi" in text and ("nguoi" in text or "can bo" in text):
        return "who"
    for name in ("time", "work", "who", "where", "result"):
        if any(re.search(rf"\b{word}\b", text) for word in _HEADERS[name]):
            return name
    return "number" if text.startswith(("stt", "so tt")) else ""


def _spread(
    grid: list[list[str]], merged: Collection[str], first_row: int, columns: Mapping[str, int], header: int,
    problems: list[str],
) -> tuple[list[list[str]], dict[int, int]]:  # fmt: skip
    """The grid with merged cells filled in; and for rows that share one time (a merged time cell), row → its first."""
    width = max((len(row) for row in grid), default=0)
    filled = [[*row, *([""] * (width - len(row)))] for row in grid]
    shared: dict[int, int] = {}
    for area in merged:
        match = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", area)
        if match is None:
            continue
        left, top, right, bottom = (
            _column(match[1]),
            int(match[2]) - first_row,
            _column(match[3]),
            int(match[4]) - first_row,
        )
        if top < 0 or bottom >= len(filled) or right >= width or bottom <= header:
            continue
        text = filled[top][left]
        if left == columns["work"] == right and bottom > top and text and not _TOTAL.match(fold(text)):
            problems.append(
                f"Ô {area}: nội dung công việc gộp chung {bottom - top + 1} dòng nên không rõ là mấy bước. Hãy tách ô."
            )
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                filled[row][column] = text
            if left <= columns["time"] <= right and row > top:
                shared[row] = top
    return filled, shared


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Rows:
    def __init__(
        self, grid: list[list[str]], columns: Mapping[str, int], first_row: int, usual: str, shared: Mapping[int, int],
        roles: Collection[str], problems: list[str], notes: list[str],
    ) -> None:  # fmt: skip
        self.grid, self.columns, self.first_row, self.usual, self.shared = grid, columns, first_row, usual, shared
        self.roles, self.problems, self.notes = roles, problems, notes
        self.steps: list[TableStep] = []
        self.outside: list[TableStep] = []
        self.total: Fraction | None = None
        self.summed = Fraction(0)
        self.ended = False

    def cell(self, row: int, name: str) -> str:
        at = self.columns.get(name)
        return self.grid[row][at] if at is not None and at < len(self.grid[row]) else ""

    def complain(self, row: int, name: str, problem: str) -> None:
        at = self.columns[name]
        letter = chr(65 + at) if at < 26 else "A" + chr(65 + at - 26)
        self.problems.append(f"Dòng {row + self.first_row}, cột {letter} ({_TITLES.get(name, name)}): {problem}")

    def row(self, row: int) -> None:
        cells = self.grid[row]
        work, time = self.cell(row, "work"), self.cell(row, "time")
        first = next((fold(cell) for cell in cells if cell), "")
        if not first or self.ended:
            return
        if _TOTAL.match(first) or _TOTAL.match(fold(work)):
            self.ended = True
            text = (
                time
                if time and not _TOTAL.match(fold(time))
                else next((cell for cell in reversed(cells) if re.search(r"\d", cell)), "")
            )
            self.total = self.hours(row, text)
            return
        if not work or fold(work) == fold(self.cell(row, "number")):
            if not time and not (self.cell(row, "who") or self.cell(row, "where")):
                self.notes.append(f"Dòng {row + self.first_row}: bỏ qua «{next(cell for cell in cells if cell)[:60]}».")
            elif not work:
                self.complain(row, "work", "ô trống. Ghi tên bước hoặc xóa dòng này.")
            return
        if len({cell for cell in cells if cell}) == 1:
            self.notes.append(f"Dòng {row + self.first_row}: «{work[:60]}» là dòng tiêu đề nhỏ, không phải bước.")
            return
        if re.fullmatch(r"\(?\d{1,2}\)?", work) and re.fullmatch(r"\(?\d{1,2}\)?", time or "1"):
            return  # the row that numbers the columns
        shared = self.shared.get(row)
        if shared is not None:
            self.notes.append(
                f"Dòng {shared + self.first_row}–{row + self.first_row}: chung một ô thời gian; tính cả vào bước đầu, các bước sau 1 giờ. Hãy sửa lại trước khi xác nhận nếu cần."
            )
            hours: Fraction | None = Fraction(0)
        else:
            hours = self.hours(row, time)
        if hours is None:
            return
        self.summed += hours
        who, where = self.cell(row, "who"), self.cell(row, "where")
        told = who or where
        if not told:
            self.complain(row, "who" if "who" in self.columns else "where", "ô trống. Ghi ai làm bước này.")
            return
        title = re.sub(r"^(bước|b)\s*\d+\s*[:.)-]?\s*", "", work, flags=re.IGNORECASE).strip() or work
        step = TableStep(
            row + self.first_row,
            title[:300],
            told,
            self.role(who, where),
            _unit(who, where),
            hours,
            self.cell(row, "result"),
        )
        plain = fold(title)
        if _RETURN.match(plain) or (_INTAKE.match(plain) and not self.steps):
            self.outside.append(step)
        else:
            self.steps.append(step)

    def role(self, who: str, where: str) -> str:
        for text in (who, where):
            plain = fold(text)
            for pattern, role in _ROLES:
                if re.search(pattern, plain):
                    return role if not self.roles or role in self.roles else ""
        return ""

    def hours(self, row: int, text: str) -> Fraction | None:
        try:
            return hours_of(text, self.usual)
        except _Wrong as wrong:
            self.complain(row, "time", str(wrong))
            return None

    def close(self) -> None:
        if not self.steps and not self.problems:
            self.problems.append("Bảng không có bước nào giữa tiếp nhận và trả kết quả.")
        if len(self.steps) > MOST_STEPS:
            self.problems.append(f"Bảng có {len(self.steps)} bước; quy trình có nhiều nhất {MOST_STEPS} bước.")
        for step in self.outside:
            self.notes.append(
                f"Dòng {step.row}: «{step.title[:60]}» do luật định, không đưa vào quy trình ({shown_hours(step.hours)})."
            )
        for step in self.steps:
            if step.hours.denominator != 1 or step.hours < 1:
                self.notes.append(
                    f"Dòng {step.row}: {shown_hours(step.hours)} được tính tròn lên {step.whole_hours} giờ."
                )
        if self.total is not None and not self.problems and self.total != self.summed:
            self.problems.append(
                f"Dòng tổng ghi {shown_hours(self.total)} nhưng các dòng cộng lại là {shown_hours(self.summed)}."
            )


def hours_of(text: str, usual: str = "") -> Fraction:
    """ "04 giờ" → 4, "1/2 ngày" → 4, "0,5 ngày làm việc" → 4, "01 ngày 4 giờ" → 12, "30 phút" → 1/2. `usual`: the unit of
    a bare number, from the header. Raises ValueError with the reason."""
    plain = text.lower().replace("\u00a0", " ").replace("(", " ").replace(")", " ")
    for sign, written in _HALF.items():
        plain = plain.replace(sign, written)
    plain = _without_marks(plain)
    plain = plain.replace("nua ngay", "1/2 ngay").replace("mot phan hai", "1/2")
    if not plain.strip():
        raise _Wrong("ô trống. Ghi số giờ hoặc số ngày, ví dụ «04 giờ».")
    for phrase in _NONE:
        if phrase in plain and not re.search(r"\d", plain):
            raise _Wrong(f"«{text}» không phải một thời gian. Ghi số giờ hoặc số ngày.")
    if re.search(r"\d\s*(-|–|den|hoac)\s*\d", plain):
        raise _Wrong(f"«{text}» có thể hiểu nhiều cách. Ghi một số giờ hoặc số ngày.")
    found = _AMOUNT.findall(plain)
    if not found:
        raise _Wrong(f"«{text}» không đọc được. Ghi số giờ hoặc số ngày, ví dụ «1/2 ngày».")
    total = Fraction(0)
    for amount, unit in found:
        unit = {"h": "gio", "p": "phut"}.get(unit, unit) or (usual if len(found) == 1 else "")
        if not unit:
            raise _Wrong(f"«{text}» không rõ là giờ hay ngày. Ghi đơn vị, hoặc ghi đơn vị ở tiêu đề cột.")
        above, _, below = amount.replace(" ", "").replace(",", ".").partition("/")
        if below and Fraction(below) == 0:
            raise _Wrong(f"«{text}» không đọc được.")
        value = Fraction(above) / (Fraction(below) if below else 1)
        total += value * _HOURS[unit]
    if total > 5000:
        raise _Wrong(f"«{text}» dài quá. Xem lại đơn vị.")
    return total


def _without_marks(text: str) -> str:
    """As `fold`, but what separates numbers stays."""
    return "".join(fold(part) if part.isalpha() else part for part in re.split(r"([^\W\d_]+)", text))


def shown_hours(hours: Fraction) -> str:
    days, rest = divmod(hours, HOURS_PER_WORKING_DAY)
    number = f"{float(hours):g}".replace(".", ",")
    if not rest and days:
        return f"{number} giờ ({days} ngày làm việc)"
    return f"{number} giờ"


def _unit(who: str, where: str) -> str:
    """The inner unit, where the table names one ("Phòng Kinh tế"); the agency itself is no unit."""
    for text in (where, who):
        match = re.search(r"(Phòng|Văn phòng|Ban|Chi cục|Bộ phận|Trung tâm)\s+[^,;.(]+", text)
        if match and not re.search(r"tiếp nhận|một cửa|hành chính công", match[0], re.IGNORECASE):
            return match[0].strip()
    return ""


def route_of_table(steps: Sequence[Mapping[str, Any]], *, may_return: bool) -> dict[str, Any]:
    """The route that a confirmed table means: one step after the other, the last issues. `steps`: title, role, unit,
    hours; `may_return`: heads and leaders may send back to the step before."""
    keys: list[str] = []
    for step in steps:
        keys.append(new_key(str(step["title"]), keys))
    made: list[dict[str, Any]] = []
    for number, step in enumerate(steps):
        actions: list[dict[str, Any]] = []
        if number + 1 < len(steps):
            title = (
                "Trình lãnh đạo"
                if steps[number + 1]["role"] in ("unit_head", "leader")
                else f"Chuyển: {steps[number + 1]['title']}"
            )
            actions.append({"key": "submit", "title": title, "kind": "forward", "to": keys[number + 1]})
        else:
            actions.append({"key": "approve", "title": "Phê duyệt, ban hành kết quả", "kind": "issue"})
        if may_return and number and step["role"] in ("unit_head", "leader"):
            actions.append({"key": "return", "title": "Trả lại để làm lại", "kind": "back", "to": keys[number - 1]})
        made.append({
            "key": keys[number], "title": step["title"], "role": step["role"], "unit": step["unit"] or None,
            "hours": step["hours"], "actions": actions,
        })  # fmt: skip
    return {"start": keys[0] if keys else "", "steps": made}
