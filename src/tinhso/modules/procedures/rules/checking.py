"""Everything that is wrong with a version, at once: each defect with its place and its remedy, in Vietnamese.

`defects` is pure. What only the organisations know (does anybody hold the role of a step?) is `staffing_defects`, given
who is there. Both together are what `publish` asks for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tinhso.modules.procedures.rules.cases import never_holds
from tinhso.modules.procedures.rules.conditions import Condition
from tinhso.modules.procedures.rules.conditions import defects_of as defects_of_condition
from tinhso.modules.procedures.rules.definition import Definition
from tinhso.modules.procedures.rules.reading import Defect, read_definition


@dataclass(frozen=True)
class Workplace:
    """An agency that offers the procedure, with who works there: role → names of units ("" for no unit)."""

    name: str
    units_by_role: Mapping[str, frozenset[str]]

    def has(self, role: str, unit: str | None) -> bool:
        units = self.units_by_role.get(role, frozenset())
        return bool(units) if unit is None else unit in units


def defects(raw: Any, *, roles: Collection[str] | None = None) -> tuple[Defect, ...]:
    """All defects of a version's JSON. `roles`: the roles that exist (None: not checked). Empty: nothing is wrong."""
    reading = read_definition(raw, roles=roles)
    found = [*reading.defects, *(Defect(path, problem) for path, problem in _of_substance(reading.parsed, raw))]
    return explained(dict.fromkeys(found), raw)


def explained(found: Collection[Defect], raw: Any) -> tuple[Defect, ...]:
    """The same defects with place and remedy."""
    return tuple(replace(one, place=place_of(raw, one.path), remedy=_remedy(one.problem)) for one in found)


def staffing_defects(
    definition: Definition, offering: Collection[Workplace], asked: Mapping[str, Workplace | None], raw: Any
) -> tuple[Defect, ...]:
    """Steps that nobody can do. `offering`: the agencies that offer the procedure; `asked`: by code, the agencies that
    steps ask (None: no such agency)."""
    return explained([Defect(path, text) for path, text in _unmanned(definition, offering, asked)], raw)


def _unmanned(
    definition: Definition, offering: Collection[Workplace], asked: Mapping[str, Workplace | None]
) -> Iterator[tuple[str, str]]:
    if definition.route is None or not definition.fileable:
        return
    if not offering:
        yield "/competent_kind", "chưa có cơ quan nào thực hiện thủ tục này"
    for number, step in enumerate(definition.route.steps):
        path = f"/route/steps/{number}"
        if step.agency is not None:
            other = asked.get(step.agency)
            if other is None:
                yield f"{path}/agency", f"không có cơ quan mang mã «{step.agency}»"
            elif not other.has(step.role, step.unit):
                yield f"{path}/role", f"không có ai giữ vai trò này{_in_unit(step.unit)} tại {other.name}"
        elif step.place is None and offering and not any(place.has(step.role, step.unit) for place in offering):
            yield f"{path}/role", f"không có ai giữ vai trò này{_in_unit(step.unit)} tại cơ quan thực hiện nào"


def _in_unit(unit: str | None) -> str:
    return "" if unit is None else f" ở «{unit}»"


def _of_substance(definition: Definition, raw: Any) -> Iterator[tuple[str, str]]:
    """What may be read but does not make sense. Asked only of versions by which dossiers are to be filed."""
    if not isinstance(raw, Mapping):
        return
    if definition.route is not None or definition.form is not None:
        if definition.route is None:
            yield "/route", "có biểu mẫu nhưng chưa có tuyến xử lý"
        if definition.form is None:
            yield "/form", "có tuyến xử lý nhưng chưa có biểu mẫu"
        if not definition.results:
            yield "/result", "tuyến xử lý ban hành kết quả nhưng chưa khai kết quả nào"
        if not definition.channels:
            yield "/channels", "chưa chọn cách nộp nào"
        if definition.fees is None:
            yield "/fees", "chưa có quy tắc phí, lệ phí"
    if definition.service_level in ("full", "partial") and definition.channels and "online" not in definition.channels:
        yield "/channels", "dịch vụ công trực tuyến nhưng không nhận hồ sơ trực tuyến"
    if definition.competent_level not in definition.levels:
        yield "/competent_level", "cấp của cơ quan giải quyết không có trong các cấp thực hiện"
    for number, fee in enumerate(definition.fees or ()):
        if fee.amount is None and not fee.note:
            yield f"/fees/{number}", f"khoản «{fee.name}» chưa có mức thu, cũng chưa ghi mức thu theo quy định nào"
    for number, paper in enumerate(definition.papers):
        if paper.required and not paper.present_only and not paper.original and not paper.copy:
            yield f"/papers/{number}", f"giấy tờ «{paper.name}» bắt buộc nhưng chưa ghi số bản chính hoặc bản sao"
    yield from _never(definition)


def _never(definition: Definition) -> Iterator[tuple[str, str]]:
    """Conditions that no answer fulfils: the paper, fee, term or action would never come."""
    conditions: list[tuple[str, Condition | None]] = [
        *((f"/papers/{n}/when", paper.when) for n, paper in enumerate(definition.papers)),
        *((f"/fees/{n}/when", fee.when) for n, fee in enumerate(definition.fees or ())),
        *((f"/deadline/cases/{n}/when", case.when) for n, case in enumerate(definition.deadline or ())),
    ]
    for number, step in enumerate(definition.route.steps if definition.route else ()):
        conditions += [(f"/route/steps/{number}/actions/{n}/when", a.when) for n, a in enumerate(step.actions)]
    for path, when in conditions:
        if when is not None and not list(defects_of_condition(when, path)) and never_holds(when, definition.form):
            yield path, "điều kiện không bao giờ đúng: không câu trả lời nào của biểu mẫu đáp ứng"


_PARTS = {
    "route": "Tuyến xử lý",
    "form": "Biểu mẫu",
    "papers": "Giấy tờ",
    "fees": "Phí, lệ phí",
    "deadline": "Thời hạn",
    "result": "Kết quả",
    "channels": "Cách nộp",
    "levels": "Cấp thực hiện",
    "competent_kind": "Cơ quan giải quyết",
    "competent_level": "Cấp của cơ quan giải quyết",
    "service_level": "Mức độ dịch vụ công",
    "legal_basis": "Căn cứ pháp lý",
    "valid_from": "Ngày áp dụng",
    "decision": "Quyết định công bố",
    "decided_on": "Ngày quyết định công bố",
    "rule_in_force_on": "Ngày hiệu lực của văn bản quy định",
    "summary": "Tóm tắt",
    "steps_text": "Các bước (lời hướng dẫn)",
    "cautions": "Lưu ý",
}
_ROWS = {
    "steps": "bước",
    "actions": "thao tác",
    "cases": "trường hợp",
    "papers": "giấy tờ",
    "fees": "khoản",
    "result": "kết quả",
    "legal_basis": "văn bản",
    "steps_text": "câu",
    "channels": "cách",
    "levels": "cấp",
    "fields": "trường",
}
_CELLS = {
    "role": "vai trò",
    "unit": "đơn vị",
    "agency": "cơ quan",
    "hours": "số giờ",
    "to": "bước tiếp theo",
    "join": "bước tổng hợp ý kiến",
    "when": "điều kiện",
    "title": "tên",
    "name": "tên",
    "key": "khóa",
    "amount": "mức thu",
    "x-when": "điều kiện",
    "start": "bước đầu",
    "original": "số bản chính",
    "copy": "số bản sao",
}


def place_of(raw: Any, path: str) -> str:
    """Where a path is, as an officer would say it: "Tuyến xử lý, bước 2 «Thẩm tra», thao tác 1 «Trình»"."""
    parts = path.split("/")[1:]
    if not parts or not parts[0]:
        return "Toàn bộ phiên bản"
    words = [_PARTS.get(parts[0], parts[0])]
    value: Any = raw
    for depth, key in enumerate(parts):
        above = parts[depth - 1] if depth else ""
        value = _below(value, key)
        if key.isdecimal():
            name = _name(value)
            words.append(f"{_ROWS.get(above, 'mục')} {int(key) + 1}{f' «{name}»' if name else ''}")
        elif above == "properties":
            words.append(f"«{_name(value) or key}»")
        elif depth and key in _CELLS:
            words.append(_CELLS[key])
    return ", ".join(words)


def _below(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return value[int(key)]
    return None


def _name(value: Any) -> str:
    if isinstance(value, Mapping):
        for key in ("title", "name", "key"):
            if isinstance(value.get(key), str) and value[key]:
                return str(value[key])[:80]
    return ""


# What to do about it, by how the problem is worded. The first that fits.
_REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        ("không có ai giữ vai trò", "Cấp vai trò này cho cán bộ của đơn vị, hoặc đổi vai trò, đơn vị của bước."),
        ("chưa có cơ quan nào thực hiện", "Khai nơi thực hiện thủ tục, hoặc sửa loại và cấp của cơ quan giải quyết."),
        ("không có cơ quan mang mã", "Chọn lại cơ quan được hỏi ý kiến trong danh mục cơ quan đang hoạt động."),
        ("không có vai trò", "Chọn một vai trò có trong hệ thống."),
        ("không có lối ra: không hành động", "Thêm thao tác «ban hành kết quả» ở bước phê duyệt."),
        ("không có lối ra", "Thêm ở bước này một thao tác dẫn tiếp đến bước ban hành kết quả."),
        ("không đi tiếp được đến kết quả", "Thêm thao tác cho trường hợp này, hoặc bỏ điều kiện của một thao tác."),
        ("chỉ có thao tác có điều kiện", "Để lại ít nhất một thao tác không điều kiện."),
        ("không đường nào dẫn đến", "Nối một thao tác đến bước này, hoặc bỏ bước."),
        ("dẫn đến bước không có|không có bước", "Chọn một bước có trong tuyến, hoặc thêm bước còn thiếu."),
        ("quay lại bước đã qua", "Đổi thao tác đó thành «trả lại» (kind «back»)."),
        ("không đứng trước bước", "Đổi thành «chuyển bước», hoặc chọn một bước đã qua để trả lại."),
        ("không dẫn về bước tổng hợp", "Cho bước lấy ý kiến chuyển về bước tổng hợp."),
        ("khi các ý kiến chưa về đủ", "Chuyển việc ban hành kết quả sang sau bước tổng hợp ý kiến."),
        (
            "quá thời hạn của trường hợp",
            "Giảm giờ của các bước trên đường dài nhất, hoặc sửa thời hạn cho đúng quyết định.",
        ),
        ("số giờ phải từ 1", "Ghi số giờ làm việc của bước, từ 1 trở lên."),
        ("có tuyến xử lý thì phải có thời hạn", "Khai thời hạn giải quyết theo quyết định công bố."),
        (
            "phải có ít nhất một trường hợp|thiếu trường hợp còn lại",
            "Thêm trường hợp không điều kiện ở cuối bảng thời hạn.",
        ),
        ("điều kiện dựa vào", "Chuyển trường được hỏi lên trước, hoặc sửa điều kiện."),
        ("điều kiện không bao giờ đúng", "Chọn lại giá trị trong các lựa chọn của trường, hoặc bỏ điều kiện."),
        ("biểu mẫu không có trường", "Thêm trường này vào biểu mẫu, hoặc bỏ nó khỏi đây."),
        ("có ở nhiều nhóm", "Ghi đủ đường dẫn /nhóm/trường."),
        ("chưa có mức thu", "Ghi mức thu bằng đồng, hoặc ghi ở phần chú thích mức thu theo văn bản nào."),
        ("chưa có quy tắc phí", "Khai từng khoản phí, hoặc chọn «không thu phí»."),
        ("chưa ghi số bản", "Ghi số bản chính, bản sao; hoặc chọn «chỉ xuất trình»."),
        ("chưa khai kết quả", "Khai ít nhất một kết quả và mẫu in của nó."),
        ("chưa chọn cách nộp|không nhận hồ sơ trực tuyến", "Chọn cách nộp: trực tuyến, trực tiếp, bưu chính."),
        ("chưa có tuyến xử lý", "Vẽ tuyến xử lý, hoặc bỏ biểu mẫu nếu chỉ công bố thông tin."),
        ("chưa có biểu mẫu", "Thêm biểu mẫu, hoặc bỏ tuyến xử lý nếu chỉ công bố thông tin."),
        ("không có trong các cấp thực hiện", "Thêm cấp đó vào các cấp thực hiện, hoặc chọn lại cấp giải quyết."),
        ("dùng nhiều lần", "Đổi khóa để mỗi mục có một khóa riêng."),
        ("khóa lạ", "Bỏ khóa này; phần mềm không hiểu nó."),
        ("thiếu|để trống|phải là một câu", "Điền nội dung còn thiếu."),
        ("không phải một trong", "Chọn một trong các giá trị được nêu."),
        ("phải là ngày", "Ghi ngày theo dạng năm-tháng-ngày, ví dụ 2026-12-01."),
    )
)


def _remedy(problem: str) -> str:
    return next(
        (remedy for pattern, remedy in _REMEDIES if pattern.search(problem)), "Sửa tại chỗ nêu rồi kiểm tra lại."
    )
