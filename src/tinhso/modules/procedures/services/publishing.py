"""Drafting and publishing a version. What is published is never edited again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from tinhso.kernel.access.api import Actor, require, roles
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish as announce
from tinhso.modules.procedures.events import ProcedureVersionPublished
from tinhso.modules.procedures.models import Procedure, ProcedureVersion
from tinhso.modules.procedures.rules import Defect, read_definition


class CannotPublish(Exception):
    """The version stays as it was. `defects`: all that must be repaired, each with its path."""

    def __init__(self, message: str, defects: tuple[Defect, ...] = ()) -> None:
        self.defects = defects
        super().__init__("\n".join([message, *(str(defect) for defect in defects)]))


def digest_of(definition: Mapping[str, Any]) -> str:
    """SHA-256 of the definition's JSON without spaces. The order of questions counts: it is what people see."""
    text = json.dumps(definition, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def draft_version(*, procedure_id: int, definition: Mapping[str, Any], actor: Actor, now: datetime) -> int:
    """Keep a new draft of a procedure; returns its number in the database. Not checked until it is published."""
    require(actor, "procedures.publish")
    procedure = Procedure.objects.select_for_update().get(pk=procedure_id)
    last = ProcedureVersion.objects.filter(procedure=procedure).aggregate(last=Max("number"))["last"] or 0
    reading = read_definition(definition)
    valid_from = reading.definition.valid_from if reading.definition else now.date()
    version = ProcedureVersion.objects.create(
        procedure=procedure,
        number=last + 1,
        status="draft",
        valid_from=valid_from,
        definition=json.dumps(definition, ensure_ascii=False),
        definition_digest=digest_of(definition),
        created_at=now,
    )
    record(
        who=actor,
        action="procedures.draft_version",
        object_ref=f"procedure:{procedure.pk}",
        after={"number": version.number, "digest": version.definition_digest},
        now=now,
    )
    return version.pk


@transaction.atomic
def publish(*, version_id: int, actor: Actor, now: datetime) -> None:
    """Put a drafted version in force from its own `valid_from`.

    The version before it ends the day before; one that begins the same day, or that was for reference only, is
    replaced. Raises `CannotPublish` with every defect of the definition, or where a later version is in the way.
    """
    require(actor, "procedures.publish")
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version_id)
    # The procedure's row is the lock: two publications of one procedure go one after the other.
    procedure = Procedure.objects.select_for_update().get(pk=version.procedure_id)
    version.refresh_from_db()
    if version.status != ProcedureVersion.Status.DRAFT:
        raise CannotPublish(f"Phiên bản {version.number} của thủ tục {procedure.code} đã được công bố.")
    raw = None if version.definition is None else json.loads(version.definition)
    reading = read_definition(raw, roles=roles().keys())
    definition = reading.definition
    if definition is None:
        raise CannotPublish(
            f"Phiên bản {version.number} của thủ tục {procedure.code} còn {len(reading.defects)} lỗi:", reading.defects
        )
    ended = _make_room(version, definition.valid_from)
    version.status = ProcedureVersion.Status.PUBLISHED
    version.valid_from = definition.valid_from
    version.decision = definition.decision
    version.service_level = definition.service_level
    version.levels = list(definition.levels)
    version.competent_kind = definition.competent_kind
    version.competent_level = definition.competent_level
    version.channels = list(definition.channels)
    version.is_free = None if definition.fees is None else not definition.fees
    version.fileable = definition.fileable
    version.published_at = now
    version.published_by_id = actor.user_id
    version.save()
    record(
        who=actor,
        action="procedures.publish",
        object_ref=f"procedure:{procedure.pk}",
        before={"ended": ended},
        after={
            "number": version.number,
            "valid_from": version.valid_from.isoformat(),
            "digest": version.definition_digest,
        },
        now=now,
    )
    announce(
        ProcedureVersionPublished(
            procedure_code=procedure.code,
            version_id=version.pk,
            number=version.number,
            valid_from=version.valid_from.isoformat(),
            fileable=version.fileable,
        ),
        key=f"procedure:{procedure.pk}",
    )


def _make_room(version: ProcedureVersion, valid_from: date) -> list[int]:
    """End or replace the published versions that overlap; returns their numbers."""
    others = list(
        ProcedureVersion.objects.filter(procedure_id=version.procedure_id, status="published")
        .exclude(pk=version.pk)
        .order_by("valid_from")
    )
    ended = []
    for other in others:
        if other.definition is None or other.valid_from == valid_from:
            other.status = ProcedureVersion.Status.RETIRED
            # What the catalogue alone knows (names of agencies, texts) goes on with its successor.
            version.agency = version.agency or other.agency
            version.time_limit_text = version.time_limit_text or other.time_limit_text
            version.fee_text = version.fee_text or other.fee_text
        elif other.valid_from > valid_from:
            raise CannotPublish(
                f"Phiên bản {other.number} áp dụng từ {other.valid_from:%d/%m/%Y}: không công bố được phiên bản có "
                f"ngày áp dụng sớm hơn ({valid_from:%d/%m/%Y})."
            )
        elif other.valid_until is None or other.valid_until >= valid_from:
            other.valid_until = valid_from - timedelta(days=1)
        else:
            continue
        other.save(update_fields=["status", "valid_until"])
        ended.append(other.number)
    return ended
