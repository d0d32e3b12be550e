"""The catalogue of kinds: loaded from the file that comes with the product, extended by archivists, never thinned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.archive.models import DocumentKind, KindMapping
from tinhso.modules.procedures import api as procedures

DATA = Path(__file__).resolve().parents[1] / "data" / "kinds.json"


class CannotMap(ValueError):
    """The mapping cannot be made or ended; the message says why."""


@dataclass(frozen=True)
class Loaded:
    kinds: int
    mappings: int


@transaction.atomic
def load_kinds(*, actor: Actor, now: datetime) -> Loaded:
    """Bring in the kinds and mappings of `data/kinds.json` that are missing; again without effect."""
    require(actor, "archive.load_kinds")
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    since = date.fromisoformat(content["valid_from"])
    kinds = [
        DocumentKind(code=row["code"], name=row["name"], usual_validity=row.get("validity", ""), valid_from=since)
        for row in content["kinds"]
    ]
    before = DocumentKind.objects.count(), KindMapping.objects.count()
    DocumentKind.objects.bulk_create(kinds, ignore_conflicts=True)
    by_code = dict(DocumentKind.objects.values_list("code", "pk"))
    KindMapping.objects.bulk_create(
        (
            KindMapping(
                kind_id=by_code[row["code"]], procedure_code=place.split("/")[0], part=part, key=place.split("/")[1],
                valid_from=since,
            )
            for row in content["kinds"]
            for part, places in (("paper", row.get("papers", ())), ("result", row.get("results", ())))
            for place in places
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    made = Loaded(DocumentKind.objects.count() - before[0], KindMapping.objects.count() - before[1])
    if made.kinds or made.mappings:
        record(
            who=actor,
            action="archive.load_kinds",
            object_ref="archive_kinds:1",
            after={"kinds": made.kinds, "mappings": made.mappings},
            now=now,
        )
    return made


def kind_of_result(*, procedure_code: str, result_key: str, result_name: str, validity: str | None, on: date) -> int:
    """The kind of a procedure's result. One without a mapping gets a kind of its own, so that no result is left out
    of the store. Inside the caller's transaction."""
    known = (
        KindMapping.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=on),
            procedure_code=procedure_code, part=KindMapping.Part.RESULT, key=result_key, valid_from__lte=on,
        )
        .order_by("pk")
        .values_list("kind_id", flat=True)
        .first()
    )  # fmt: skip
    if known is not None:
        return known
    kind, _ = DocumentKind.objects.get_or_create(
        code=f"KQ.{procedure_code}.{result_key}"[:60],
        defaults={
            "name": result_name[:300],
            "usual_validity": validity or "",
            "note": f"Kết quả của thủ tục {procedure_code}",
            "valid_from": on,
        },
    )
    return kind.pk


@transaction.atomic
def map_paper(
    *, kind_id: int, procedure_code: str, part: str, key: str, valid_from: date, actor: Actor, now: datetime
) -> int:
    """Say that a paper asked for by a procedure (or its result) is of a kind, from a day on. Raises `CannotMap`."""
    require(actor, "archive.edit_kinds")
    kind = DocumentKind.objects.filter(pk=kind_id).first()
    if kind is None or (kind.valid_until is not None and kind.valid_until < valid_from):
        raise CannotMap("Chọn một loại giấy tờ đang có hiệu lực.")
    version = procedures.current_version(procedure_code.strip(), valid_from)
    if version is None or version.definition is None:
        raise CannotMap(f"Không có thủ tục mã {procedure_code.strip()[:30]} đang áp dụng với nội dung đầy đủ.")
    known = {
        KindMapping.Part.PAPER: {paper.key for paper in version.definition.papers},
        KindMapping.Part.RESULT: {result.key for result in version.definition.results},
    }
    if part not in known or key not in known[KindMapping.Part(part)]:
        raise CannotMap("Thủ tục này không có giấy tờ mang mã đó. Chọn trong danh sách.")
    try:
        with transaction.atomic():
            row = KindMapping.objects.create(
                kind=kind, procedure_code=version.code, part=part, key=key, valid_from=valid_from
            )
    except IntegrityError:
        raise CannotMap("Giấy tờ này của thủ tục đã được xếp vào loại đó.") from None
    record(
        who=actor,
        action="archive.map_paper",
        object_ref=f"archive_kind:{kind.pk}",
        after={"procedure": version.code, "part": part, "key": key, "valid_from": str(valid_from)},
        now=now,
    )
    return row.pk


@transaction.atomic
def end_mapping(*, mapping_id: int, last_day: date, actor: Actor, now: datetime) -> None:
    """From the day after, the paper is no longer taken for this kind. Raises `CannotMap`."""
    require(actor, "archive.edit_kinds")
    row = KindMapping.objects.select_for_update().filter(pk=mapping_id, valid_until__isnull=True).first()
    if row is None:
        raise CannotMap("Dòng này đã được kết thúc hoặc không có.")
    row.valid_until = max(last_day, row.valid_from)
    row.save(update_fields=["valid_until"])
    record(
        who=actor,
        action="archive.end_mapping",
        object_ref=f"archive_kind:{row.kind_id}",
        after={"procedure": row.procedure_code, "part": row.part, "key": row.key, "valid_until": str(row.valid_until)},
        now=now,
    )
