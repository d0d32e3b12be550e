"""Taking over the national catalogue: a few statements for thousands of rows."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.search import searchable
from tinhso.kernel.text import sort_key
from tinhso.modules.procedures.models import Field, NationalRecord, Procedure, ProcedureVersion
from tinhso.modules.procedures.rules.catalogue import COLUMNS, CatalogueRow, read_row
from tinhso.modules.procedures.rules.national import Content, content_of_row

_BATCH = 500


class CannotImport(Exception):
    """Nothing was imported. `problems`: one sentence for each row that is wrong."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Không nhập được danh mục thủ tục:\n" + "\n".join(self.problems))


@dataclass(frozen=True)
class ImportReport:
    """How many procedures the file holds, and how many reference versions were made anew or replaced."""

    procedures: int
    new_versions: int
    replaced_versions: int


@transaction.atomic
def import_catalogue(path: Path, *, actor: Actor, now: datetime, source: str = "Danh mục quốc gia") -> ImportReport:
    """Import a catalogue (TSV, columns of `rules.catalogue.COLUMNS`), all or nothing; again without effect.

    Each procedure gets a version for reference (no definition) unless a defined version is published already. A row
    that changed since the last import makes a new reference version; the old one is kept as replaced.
    Raises `CannotImport` with every wrong row.
    """
    require(actor, "procedures.import_catalogue")
    rows, contents = _read(path)
    # What the national database itself has told since, or retired, is newer than any file.
    newer = set(NationalRecord.objects.exclude(stamp="").values_list("code", flat=True))
    newer |= set(Procedure.objects.filter(retired_on__isnull=False).values_list("code", flat=True))
    read = len(rows)
    rows = [row for row in rows if row.code not in newer]
    fields = _fields(rows)
    _procedures(rows, fields, source)
    report = _versions(rows, read, actor, now)
    _remember(rows, contents, now)
    if report.new_versions:
        record(
            who=actor,
            action="procedures.import_catalogue",
            object_ref="catalogue:procedures",
            reason=source,
            after=asdict(report),
            now=now,
        )
    return report


def _remember(rows: list[CatalogueRow], contents: dict[str, Content], now: datetime) -> None:
    """The base against which the national database's changes will be told."""
    NationalRecord.objects.bulk_create(
        [NationalRecord(code=row.code, content=contents[row.code], accepted_at=now) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["content", "accepted_at"],
        batch_size=_BATCH,
    )


def _read(path: Path) -> tuple[list[CatalogueRow], dict[str, Content]]:
    rows: list[CatalogueRow] = []
    contents: dict[str, Content] = {}
    problems: list[str] = []
    seen: set[str] = set()
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise CannotImport([f"Thiếu cột: {', '.join(missing)}"])
        for line, raw in enumerate(reader, start=2):
            try:
                row = read_row(raw)
            except ValueError as error:
                problems.append(f"Dòng {line}: {error}")
                continue
            if row.code in seen:
                problems.append(f"Dòng {line}: mã {row.code} đã có ở dòng trên")
            seen.add(row.code)
            rows.append(row)
            contents[row.code] = content_of_row(raw)
    if problems:
        raise CannotImport(problems)
    return rows, contents


def _fields(rows: list[CatalogueRow]) -> dict[str, int]:
    names = sorted({row.field for row in rows if row.field})
    Field.objects.bulk_create(
        [Field(name=name, folded=searchable(name), sort=sort_key(name)) for name in names],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    return dict(Field.objects.values_list("name", "pk"))


def _procedures(rows: list[CatalogueRow], fields: dict[str, int], source: str) -> None:
    # What people call a procedure is ours, not the catalogue's: it must survive a new import.
    plain_names = dict(Procedure.objects.exclude(plain_name="").values_list("code", "plain_name"))
    Procedure.objects.bulk_create(
        [
            Procedure(
                code=row.code,
                name=row.name,
                folded=searchable(row.code, plain_names.get(row.code), row.name, row.field),
                sort=sort_key(row.name),
                field_id=fields.get(row.field),
                at_ministry="ministry" in row.levels,
                at_province="province" in row.levels,
                at_commune="commune" in row.levels,
                at_other="other" in row.levels,
                ministry=row.ministry,
                portal_url=row.portal_url,
                source=source,
                as_of=row.as_of,
                remark=row.remark,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            *("name", "folded", "sort", "field", "at_ministry", "at_province", "at_commune", "at_other"),
            *("ministry", "portal_url", "source", "as_of", "remark"),
        ],
        batch_size=_BATCH,
    )


def _versions(rows: list[CatalogueRow], read: int, actor: Actor, now: datetime) -> ImportReport:
    procedures = dict(Procedure.objects.values_list("code", "pk"))
    published = ProcedureVersion.objects.filter(status="published")
    defined = set(published.filter(definition__isnull=False).values_list("procedure_id", flat=True))
    reference = {
        procedure_id: (pk, digest)
        for procedure_id, pk, digest in published.filter(definition__isnull=True).values_list(
            "procedure_id", "pk", "definition_digest"
        )
    }
    numbers = dict(
        ProcedureVersion.objects.order_by()
        .values("procedure_id")
        .annotate(last=Max("number"))
        .values_list("procedure_id", "last")
    )
    new: list[ProcedureVersion] = []
    replaced: list[int] = []
    for row in rows:
        procedure_id = procedures[row.code]
        digest = _digest(row)
        known = reference.get(procedure_id)
        if procedure_id in defined or (known is not None and known[1] == digest):
            continue
        if known is not None:
            replaced.append(known[0])
        new.append(_version(row, procedure_id, numbers.get(procedure_id, 0) + 1, digest, actor, now))
    for start in range(0, len(replaced), _BATCH):
        ProcedureVersion.objects.filter(pk__in=replaced[start : start + _BATCH]).update(status="retired")
    ProcedureVersion.objects.bulk_create(new, batch_size=_BATCH)
    return ImportReport(procedures=read, new_versions=len(new), replaced_versions=len(replaced))


def _version(
    row: CatalogueRow, procedure_id: int, number: int, digest: str, actor: Actor, now: datetime
) -> ProcedureVersion:
    return ProcedureVersion(
        procedure_id=procedure_id,
        number=number,
        status="published",
        valid_from=row.seen_from,
        decision=row.decision,
        service_level=row.service_level,
        levels=list(row.levels),
        agency=row.agency,
        time_limit_text=row.time_limit_text,
        time_limit_amount=row.time_limit_amount,
        time_limit_unit=row.time_limit_unit,
        fee_text=row.fee_text,
        is_free=row.is_free,
        channels=list(row.channels),
        definition_digest=digest,
        created_at=now,
        published_at=now,
        published_by_id=actor.user_id,
    )


def _digest(row: CatalogueRow) -> str:
    text = json.dumps(asdict(row), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
