"""Routes from files: drawings (BPMN) and tables (XLSX, CSV). Read and shown first, then taken over whole or not at all.

The file itself is kept as it was handed in, also where nothing could be read of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, require, roles
from tinhso.kernel.audit.api import record
from tinhso.modules.directory.api import CannotRead, read_upload
from tinhso.modules.procedures.models import ProcedureVersion, RouteFile
from tinhso.modules.procedures.rules.bpmn_reading import MOST_BYTES, read_bpmn
from tinhso.modules.procedures.rules.route_editing import MOST_HOURS
from tinhso.modules.procedures.rules.route_tables import TableReading, read_table, route_of_table
from tinhso.modules.procedures.services.designing import change_draft
from tinhso.modules.procedures.services.drafting import CannotDraft

MOST_FILES = 40


class CannotImportRoute(ValueError):
    """Nothing was changed. `errors`: control → what is wrong, where the page can be put right."""

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        self.errors = dict(errors or {})
        super().__init__(message)


def upload_route(*, version_id: int, content: bytes, filename: str, actor: Actor, now: datetime) -> int:
    """Keep a file and what could be read of it; returns its number. The route of the draft stays as it is.
    Raises `CannotImportRoute` for an empty or too large file (which is not kept)."""
    require(actor, "procedures.edit")
    if not content.strip():
        raise CannotImportRoute("Tệp rỗng. Hãy chọn lại tệp.")
    if len(content) > MOST_BYTES:
        raise CannotImportRoute(
            f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB nên không được nhận. Một quy trình chỉ vài trăm KB: hãy xóa hình "
            "ảnh, trang thừa trong tệp rồi tải lại."
        )
    kind, reading, problems, notes = _read(content, filename)
    with transaction.atomic():
        version = ProcedureVersion.objects.select_for_update().get(pk=version_id)
        if version.status != ProcedureVersion.Status.DRAFT:
            raise CannotImportRoute("Phiên bản này không còn là bản nháp nên không nhận tệp.")
        if RouteFile.objects.filter(version=version).count() >= MOST_FILES:
            raise CannotImportRoute(f"Bản nháp này đã có {MOST_FILES} tệp. Hãy dùng một tệp đã tải lên.")
        kept = RouteFile.objects.create(
            version=version,
            kind=kind,
            state=RouteFile.State.REFUSED if problems else RouteFile.State.READY,
            filename=filename.replace("\0", "").replace("\\", "/").rsplit("/", 1)[-1][-255:] or "tep",
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            reading=reading,
            problems=list(problems),
            notes=list(notes),
            uploaded_by_id=actor.user_id,
            uploaded_at=now,
        )
        record(
            who=actor,
            action="procedures.upload_route",
            object_ref=f"procedure:{version.procedure_id}",
            after={"number": version.number, "kind": kind, "sha256": kept.sha256, "problems": len(problems)},
            now=now,
        )
    return kept.pk


_Read = tuple[str, dict[str, Any], Sequence[str], Sequence[str]]


def _read(content: bytes, filename: str) -> _Read:
    start = content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:200].replace(b"\0", b"")
    if start.startswith(b"<") or filename.lower().endswith((".bpmn", ".xml")):
        drawing = read_bpmn(content)
        kept = {"route": drawing.route, "lanes": drawing.lanes, "ours": drawing.ours, "lane_of": drawing.lane_of}
        return RouteFile.Kind.BPMN, kept, drawing.problems, drawing.notes
    try:
        tables, _ = read_upload(content, filename)
    except CannotRead as reason:
        return RouteFile.Kind.TABLE, {}, [str(reason)], []
    readings = [
        (table.sheet, read_table(table.rows, first_row=table.first_row, merged=table.merged, roles=roles()))
        for table in tables
        if any(any(cell.strip() for cell in row) for row in table.rows)
    ]
    # A sheet without a header is a cover or a list beside; with one good sheet it does not matter.
    with_header = [(sheet, one) for sheet, one in readings if one.steps or one.outside or not _headless(one)]
    if len(with_header) > 1:
        names = ", ".join(f"«{sheet[:40]}»" for sheet, _ in with_header)
        return (
            RouteFile.Kind.TABLE,
            {},
            [f"Tệp có nhiều trang có bảng quy trình: {names}. Hãy giữ một trang rồi tải lại."],
            [],
        )
    if not readings:
        return RouteFile.Kind.TABLE, {}, ["Tệp không có dòng nào."], []
    sheet, table = (with_header or readings)[0]
    notes = [
        *table.notes,
        *(f"Bỏ qua trang tính «{other[:40]}»: không có bảng quy trình." for other, _ in readings if other != sheet),
    ]
    return RouteFile.Kind.TABLE, _kept(table), table.problems, notes


def _headless(table: TableReading) -> bool:
    return any(problem.startswith("Không tìm thấy dòng tiêu đề") for problem in table.problems)


def _kept(table: TableReading) -> dict[str, Any]:
    steps = [{**asdict(step), "hours": step.whole_hours, "exact": str(step.hours)} for step in table.steps]
    outside = [{"title": step.title, "who": step.who, "hours": float(step.hours)} for step in table.outside]
    return {"steps": steps, "outside": outside, "total": None if table.total is None else float(table.total)}


@transaction.atomic
def take_over_table(
    *, file_id: int, steps: Sequence[Mapping[str, Any]], may_return: bool, seen: str, actor: Actor, now: datetime
) -> None:
    """The route that the confirmed rows mean replaces the draft's. `steps`: title, role, unit, hours as the officer left
    them; a row without a title is left out. Raises `CannotImportRoute`, `CannotDraft`."""
    require(actor, "procedures.edit")
    kept = _ready(file_id)
    errors: dict[str, str] = {}
    wanted = []
    for number, step in enumerate(steps):
        if not str(step["title"]).strip():
            continue
        wanted.append({
            "title": str(step["title"]).strip()[:300], "role": _role(step["role"], f"role_{number}", errors),
            "unit": str(step["unit"]).strip()[:200] or None, "hours": _hours(step["hours"], f"hours_{number}", errors),
        })  # fmt: skip
    if not wanted:
        errors["title_0"] = "Giữ lại ít nhất một bước."
    if errors:
        raise CannotImportRoute("Chưa đưa vào được: còn chỗ chưa chọn.", errors)
    _write(kept, route_of_table(wanted, may_return=may_return), seen, actor, now)


@transaction.atomic
def take_over_drawing(
    *,
    file_id: int,
    lanes: Mapping[str, Mapping[str, str]],
    hours: Mapping[str, str],
    seen: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The drawn route replaces the draft's. `lanes`: lane → role and unit; `hours`: step's key → hours; both only for
    drawings that are not ours. Raises `CannotImportRoute`, `CannotDraft`."""
    require(actor, "procedures.edit")
    kept = _ready(file_id)
    reading = kept.reading
    route = json.loads(json.dumps(reading["route"]))
    errors: dict[str, str] = {}
    if not reading["ours"]:
        names = list(reading["lanes"])
        for number, step in enumerate(route["steps"]):
            if step["role"]:
                continue
            lane = reading["lane_of"].get(step["key"], "")
            place = names.index(lane) if lane in names else 0
            given = lanes.get(lane, {})
            step["role"] = _role(given.get("role", ""), f"lane_role_{place}", errors)
            step["unit"] = given.get("unit", "").strip()[:200] or None
            step["hours"] = _hours(hours.get(step["key"], ""), f"hours_{number}", errors)
    if errors:
        raise CannotImportRoute("Chưa đưa vào được: còn chỗ chưa chọn.", errors)
    _write(kept, route, seen, actor, now)


def _ready(file_id: int) -> RouteFile:
    kept = RouteFile.objects.select_for_update().get(pk=file_id)
    if kept.state == RouteFile.State.REFUSED:
        raise CannotImportRoute("Tệp này còn điều không nhập được. Hãy sửa tệp rồi tải lên lại.")
    return kept


def _role(given: object, control: str, errors: dict[str, str]) -> str:
    role = str(given)
    if role not in roles():
        errors[control] = "Chọn vai trò."
    return role


def _hours(given: object, control: str, errors: dict[str, str]) -> int:
    text = str(given).strip()
    hours = int(text) if text.isdecimal() and len(text) < 5 else 0
    if not 1 <= hours <= MOST_HOURS:
        errors[control] = "Ghi số giờ làm việc, từ 1 trở lên."
    return hours


def _write(kept: RouteFile, route: dict[str, Any], seen: str, actor: Actor, now: datetime) -> None:
    version = ProcedureVersion.objects.get(pk=kept.version_id)
    definition = json.loads(version.definition or "null")
    if not isinstance(definition, dict):
        raise CannotDraft("Phiên bản này không có nội dung để đưa quy trình vào.")
    change_draft(
        version_id=version.pk, definition={**definition, "route": route}, seen=seen,
        what=f"Nhập quy trình từ «{kept.filename[:60]}»", actor=actor, now=now,
    )  # fmt: skip
    kept.state, kept.applied_at = RouteFile.State.APPLIED, now
    kept.save(update_fields=["state", "applied_at"])
