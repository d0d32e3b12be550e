"""Taking over what the national database changed, or not. What is the province's own stays: form, route, fees, extra
papers, hours, plain name, offerings. Dossiers keep the version they came under."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish as announce
from tinhso.kernel.search import searchable
from tinhso.kernel.text import sort_key
from tinhso.modules.procedures.events import ProcedureVersionPublished, ProcedureVersionRetired
from tinhso.modules.procedures.models import (
    CatalogueChange,
    Field,
    NationalRecord,
    Procedure,
    ProcedureOffering,
    ProcedureVersion,
    SyncRun,
)
from tinhso.modules.procedures.rules import read_definition
from tinhso.modules.procedures.rules.carrying import carry_over
from tinhso.modules.procedures.rules.catalogue import CatalogueRow
from tinhso.modules.procedures.rules.national import FIELDS, catalogue_row
from tinhso.modules.procedures.services.drafting import IN_THE_MAKING, digest_of
from tinhso.modules.procedures.services.synchronising import settle_if_decided

Status = ProcedureVersion.Status


class CannotDecide(ValueError):
    """Nothing was changed; the message says why."""


@dataclass(frozen=True)
class Decided:
    """`drafted`: of the applied, those that an editor has to finish."""

    applied: int
    drafted: int


@transaction.atomic
def approve_changes(*, change_ids: Collection[int], actor: Actor, now: datetime) -> Decided:
    """Take over changes of the national database; all or none. Those decided already are passed over.

    Raises `CannotDecide` when a change belongs to a run that is held.
    """
    require(actor, "procedures.decide_change")
    changes = _locked(change_ids)
    drafted = 0
    for change in changes:
        change.version_id = None
        if change.kind == CatalogueChange.Kind.RETIRED:
            _retire(change, actor, now)
            change.state = "applied"
        else:
            change.state = _take_over(change, actor, now)
        drafted += change.state == "drafted"
        _decided(change, "", actor, now)
    _settle(changes, now)
    return Decided(len(changes), drafted)


@transaction.atomic
def refuse_changes(*, change_ids: Collection[int], reason: str, actor: Actor, now: datetime) -> int:
    """Leave the catalogue as it is; the same change is not asked again. Returns how many. Raises `CannotDecide`."""
    require(actor, "procedures.decide_change")
    if not reason.strip():
        raise CannotDecide("Ghi lý do không áp dụng; thay đổi này sẽ không được hỏi lại.")
    changes = _locked(change_ids)
    for change in changes:
        change.state = "refused"
        _decided(change, reason.strip()[:1000], actor, now)
    _settle(changes, now)
    return len(changes)


def _locked(change_ids: Collection[int]) -> list[CatalogueChange]:
    changes = list(
        CatalogueChange.objects.select_for_update()
        .filter(pk__in=set(change_ids), state="open")
        # Retirements last: what replaces a code must be there before it goes.
        .order_by("kind", "code")
    )
    held = SyncRun.objects.filter(pk__in={change.run_id for change in changes}, state="held").first()
    if held is not None:
        raise CannotDecide(
            "Lần đồng bộ này đang bị tạm giữ vì kết quả bất thường. Hãy xem lý do và quyết định lần đồng bộ trước."
        )
    order = {"new": 0, "changed": 1, "retired": 2}
    return sorted(changes, key=lambda change: (order[change.kind], change.code))


def _settle(changes: list[CatalogueChange], now: datetime) -> None:
    for run in SyncRun.objects.select_for_update().filter(pk__in={change.run_id for change in changes}):
        settle_if_decided(run, now)
        run.save(update_fields=["state", "decided_at"])


def _decided(change: CatalogueChange, reason: str, actor: Actor, now: datetime) -> None:
    change.decided_at, change.decided_by_id, change.reason = now, actor.user_id, reason
    change.save()
    record(
        who=actor,
        action="procedures.decide_change",
        object_ref=f"procedure:{change.procedure_id}" if change.procedure_id else f"catalogue:{change.run_id}",
        reason=reason,
        after={
            "change": change.pk,
            "kind": change.kind,
            "state": change.state,
            "fields": [one["key"] for one in change.fields],
        },
        now=now,
    )


def _take_over(change: CatalogueChange, actor: Actor, now: datetime) -> str:
    """New or changed: the procedure's own facts, then a dated version. Returns the change's state."""
    row = catalogue_row(change.code, change.content or {}, as_of=now.date())
    before = Procedure.objects.select_for_update().filter(code=change.code).first()
    if before is not None:
        # Versions before keep the name they had.
        ProcedureVersion.objects.filter(procedure=before, name="").update(name=before.name)
    procedure = _procedure(row, before)
    change.procedure = procedure
    NationalRecord.objects.update_or_create(
        code=change.code, defaults={"content": change.content, "stamp": change.stamp, "accepted_at": now}
    )
    current = (
        ProcedureVersion.objects.filter(procedure=procedure, status=Status.PUBLISHED)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=now.date()))
        .order_by("-valid_from")
        .first()
    )
    if current is not None and all(one["before"] is None for one in change.fields):
        return "applied"  # more is known, nothing is different: no new version
    # The law's own day, unless it is gone: what people saw until today is not rewritten.
    starts = max(change.valid_from or now.date(), now.date())
    if current is not None and current.valid_from > starts:
        starts = current.valid_from
    if current is None or current.definition is None:
        version = _reference(row, procedure, starts, actor, now)
        _follow(current, version, now)
        change.version = version
        return "applied"
    return _carry(change, row, current, starts, actor, now)


def _procedure(row: CatalogueRow, before: Procedure | None) -> Procedure:
    subject = None
    if row.field:
        subject, _ = Field.objects.get_or_create(
            name=row.field, defaults={"folded": searchable(row.field), "sort": sort_key(row.field)}
        )
    procedure = before or Procedure(code=row.code)
    procedure.name, procedure.sort, procedure.field = row.name, sort_key(row.name), subject
    procedure.folded = searchable(row.code, procedure.plain_name, row.name, row.field)
    procedure.at_ministry, procedure.at_other = "ministry" in row.levels, "other" in row.levels
    procedure.at_province, procedure.at_commune = "province" in row.levels, "commune" in row.levels
    procedure.ministry, procedure.portal_url = row.ministry, row.portal_url
    procedure.source, procedure.as_of = "Cơ sở dữ liệu quốc gia về TTHC", row.as_of
    procedure.retired_on, procedure.replaced_by = None, None
    procedure.save()
    return procedure


def _reference(row: CatalogueRow, procedure: Procedure, starts: date, actor: Actor, now: datetime) -> ProcedureVersion:
    return ProcedureVersion(
        procedure=procedure,
        number=_next_number(procedure),
        name=row.name,
        status=Status.PUBLISHED,
        valid_from=starts,
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
        created_at=now,
        published_at=now,
        published_by_id=actor.user_id,
    )


def _carry(
    change: CatalogueChange,
    row: CatalogueRow,
    current: ProcedureVersion,
    starts: date,
    actor: Actor,
    now: datetime,
) -> str:
    """A procedure that is filed here: what can mean one thing is carried into its definition; the rest is for an editor."""
    carried = carry_over(json.loads(current.definition or "null"), row, change.fields, starts)
    _tell_drafts(change, row, current, carried.left, now)
    sound = read_definition(carried.definition)
    if carried.left or sound.definition is None:
        if not _has_draft(current):
            _draft(change, carried.definition, current, carried.left, now)
        return "drafted"
    version = ProcedureVersion(
        procedure_id=current.procedure_id,
        number=_next_number(current.procedure),
        name=row.name,
        based_on=current,
        status=Status.PUBLISHED,
        valid_from=starts,
        decision=row.decision,
        service_level=sound.definition.service_level,
        levels=list(sound.definition.levels),
        agency=row.agency,
        competent_kind=current.competent_kind,
        competent_level=current.competent_level,
        time_limit_text=row.time_limit_text,
        fee_text=row.fee_text,
        is_free=current.is_free,
        channels=list(sound.definition.channels),
        definition=json.dumps(carried.definition, ensure_ascii=False),
        definition_digest=digest_of(carried.definition),
        fileable=sound.definition.fileable,
        change_note=_note(change),
        created_at=now,
        published_at=now,
        published_by_id=actor.user_id,
    )
    _follow(current, version, now)
    ProcedureVersion.objects.filter(procedure_id=version.procedure_id, status__in=IN_THE_MAKING).update(
        based_on=version
    )
    change.version = version
    return "applied"


def _follow(current: ProcedureVersion | None, version: ProcedureVersion, now: datetime) -> None:
    """`version` takes the place of `current` on its first day."""
    if current is not None:
        if current.valid_from >= version.valid_from:
            current.status = Status.RETIRED
        else:
            current.valid_until = version.valid_from - timedelta(days=1)
        current.save(update_fields=["status", "valid_until"])
    version.save()
    code = version.procedure.code
    announce(
        ProcedureVersionPublished(
            procedure_code=code,
            version_id=version.pk,
            number=version.number,
            valid_from=version.valid_from.isoformat(),
            fileable=version.fileable,
        ),
        key=f"procedure:{version.procedure_id}",
    )
    if current is not None:
        announce(
            ProcedureVersionRetired(
                procedure_code=code,
                version_id=current.pk,
                number=current.number,
                valid_until=(current.valid_until or now.date()).isoformat(),
                succeeded=True,
            ),
            key=f"procedure:{version.procedure_id}",
        )


def _has_draft(current: ProcedureVersion) -> bool:
    return ProcedureVersion.objects.filter(procedure_id=current.procedure_id, status__in=IN_THE_MAKING).exists()


def _tell_drafts(
    change: CatalogueChange, row: CatalogueRow, current: ProcedureVersion, left: tuple[str, ...], now: datetime
) -> None:
    """An open draft goes on from the new facts; one in review goes back to its author, who is told why."""
    draft = ProcedureVersion.objects.filter(procedure_id=current.procedure_id, status__in=IN_THE_MAKING).first()
    if draft is None:
        return
    raw = json.loads(draft.definition or "null")
    if isinstance(raw, dict):
        carried = carry_over(raw, row, change.fields, None).definition
        draft.definition, draft.definition_digest = json.dumps(carried, ensure_ascii=False), digest_of(carried)
    draft.status = Status.DRAFT
    draft.name = row.name
    draft.change_note = f"{draft.change_note}\n{_note(change)}".strip()[:2000]
    draft.review_note = (
        f"Cơ sở dữ liệu quốc gia vừa đổi thủ tục này ({now:%d/%m/%Y}). Phần mang sang được đã ghi vào bản nháp"
        + (f"; còn phải tự sửa: {', '.join(FIELDS[key][0].lower() for key in left)}." if left else ".")
    )[:1000]
    draft.save()
    change.version = draft


def _draft(
    change: CatalogueChange, definition: dict[str, Any], current: ProcedureVersion, left: tuple[str, ...], now: datetime
) -> None:
    change.version = ProcedureVersion.objects.create(
        procedure_id=current.procedure_id,
        number=_next_number(current.procedure),
        name=change.name,
        based_on=current,
        status=Status.DRAFT,
        valid_from=date.fromisoformat(definition["valid_from"]),
        definition=json.dumps(definition, ensure_ascii=False),
        definition_digest=digest_of(definition),
        change_note=_note(change),
        review_note=(
            "Theo Cơ sở dữ liệu quốc gia, cần sửa: " + ", ".join(FIELDS[key][0].lower() for key in left) + "."
            if left
            else "Nội dung mới không hợp với tuyến xử lý hoặc biểu mẫu đang dùng; xem các lỗi được nêu."
        ),
        created_at=now,
    )


def _note(change: CatalogueChange) -> str:
    lines = [
        f"{FIELDS[one['key']][0]}: {_shown(one['before']) or 'chưa có'} → {_shown(one['after']) or 'không còn'}"
        for one in change.fields
    ]
    return ("Theo Cơ sở dữ liệu quốc gia. " + "\n".join(lines))[:2000]


def _shown(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _next_number(procedure: Procedure) -> int:
    last = ProcedureVersion.objects.filter(procedure=procedure).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _retire(change: CatalogueChange, actor: Actor, now: datetime) -> None:
    """Nothing of the procedure is in force any more from the day after its last; its code and history stay."""
    procedure = Procedure.objects.select_for_update().get(code=change.code)
    yesterday = now.date() - timedelta(days=1)
    last_day = min(change.valid_until or yesterday, yesterday)
    change.procedure = procedure
    ending = list(
        ProcedureVersion.objects.filter(procedure=procedure, status=Status.PUBLISHED).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=yesterday)
        )
    )
    for version in ending:
        if version.valid_from > yesterday:
            version.status = Status.RETIRED
        else:
            version.valid_until = yesterday
        version.review_note = "Không còn trong Cơ sở dữ liệu quốc gia về TTHC."
        version.save(update_fields=["status", "valid_until", "review_note"])
        change.version = version
    ProcedureVersion.objects.filter(procedure=procedure, status__in=IN_THE_MAKING).update(
        status=Status.WITHDRAWN, review_note="Thủ tục đã bị bãi bỏ theo Cơ sở dữ liệu quốc gia."
    )
    offered = ProcedureOffering.objects.filter(procedure=procedure)
    offered.filter(valid_from__lte=yesterday).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=yesterday)).update(
        valid_until=yesterday
    )
    procedure.retired_on = last_day + timedelta(days=1)
    procedure.replaced_by = Procedure.objects.filter(code=change.replaced_by).first() if change.replaced_by else None
    procedure.save(update_fields=["retired_on", "replaced_by"])
    for version in ending:
        announce(
            ProcedureVersionRetired(
                procedure_code=procedure.code,
                version_id=version.pk,
                number=version.number,
                valid_until=yesterday.isoformat(),
                succeeded=False,
            ),
            key=f"procedure:{procedure.pk}",
        )
