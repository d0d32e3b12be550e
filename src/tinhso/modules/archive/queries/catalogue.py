"""The catalogue of kinds as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tinhso.kernel.text import sort_key
from tinhso.modules.archive.models import DocumentKind, KindMapping
from tinhso.modules.directory.api import Catalogue, Entry, register_catalogue


@dataclass(frozen=True)
class MappingLine:
    id: int
    procedure_code: str
    is_result: bool
    key: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True)
class KindLine:
    code: str
    name: str
    usual_validity: str
    valid_from: date
    mappings: tuple[MappingLine, ...]


def kinds_page(on: date) -> list[KindLine]:
    """Every kind with its mappings that hold on a day, by name. Two queries."""
    mappings: dict[int, list[MappingLine]] = {}
    for row in KindMapping.objects.order_by("part", "procedure_code", "key"):
        if row.valid_until is None or row.valid_until >= on:
            mappings.setdefault(row.kind_id, []).append(
                MappingLine(row.pk, row.procedure_code, row.part == "result", row.key, row.valid_from, row.valid_until)
            )
    rows = DocumentKind.objects.all()
    return sorted(
        (
            KindLine(row.code, row.name, row.usual_validity, row.valid_from, tuple(mappings.get(row.pk, ())))
            for row in rows
            if row.valid_until is None or row.valid_until >= on
        ),
        key=lambda line: sort_key(line.name),
    )


def register_kinds() -> None:
    """The kinds among the shared catalogues, ended ones too."""
    register_catalogue(
        Catalogue(
            "document-kinds",
            "Loại giấy tờ",
            "Danh mục của tỉnh, theo tên giấy tờ trong thủ tục",
            "Loại đã có giấy tờ trong kho thì chỉ ghi ngày hết hiệu lực; cơ sở dữ liệu không cho xóa.",
            entries=lambda: sorted(
                (
                    Entry(row.code, row.name, row.valid_from, row.valid_until, note=row.note)
                    for row in DocumentKind.objects.all()
                ),
                key=lambda one: sort_key(one.name),
            ),
        )
    )
