"""Putting a version in force, and ending one. What is published is never edited again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, require, roles
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish as announce
from tinhso.modules.procedures.events import ProcedureVersionPublished, ProcedureVersionRetired
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.queries.checking import defects_of_version
from tinhso.modules.procedures.rules import Defect, Definition, read_definition
from tinhso.modules.procedures.services.drafting import locked, require_another, start_draft

Status = ProcedureVersion.Status


class CannotPublish(Exception):
    """The version stays as it was. `defects`: all that must be repaired, each with its path."""

    def __init__(self, message: str, defects: tuple[Defect, ...] = ()) -> None:
        self.defects = defects
        super().__init__("\n".join([message, *(str(defect) for defect in defects)]))


class CannotRetire(ValueError):
    """The version stays in force; the message says why."""


@transaction.atomic
def publish(*, version_id: int, actor: Actor, now: datetime) -> None:
    """Put a submitted version in force from its own `valid_from`; by somebody who did not write or submit it.

    The version before it ends the day before; one that begins the same day, or that was for reference only, is
    replaced. Raises `CannotPublish` with every defect (`queries.checking`), or where a later version is in the way; `Refused` for an author.
    """
    require(actor, "procedures.publish")
    version = locked(version_id)
    if version.status != Status.IN_REVIEW:
        raise CannotPublish(
            f"Phiên bản {version.number} của thủ tục {version.procedure.code} đang ở tình trạng "
            f"«{version.get_status_display()}». Chỉ phiên bản đã trình duyệt mới công bố được."
        )
    require_another(version, actor)
    _put_in_force(version, _whole(version, now.date()), actor, now)


@transaction.atomic
def install_version(*, procedure_id: int, definition: Mapping[str, Any], actor: Actor, now: datetime) -> int:
    """Put a definition that comes with the product in force in one go; returns the version's number in the database.

    Only the system itself: there is no second person on the day of installation. Raises `CannotPublish`.
    """
    require(actor, "procedures.install")
    version = locked(start_draft(procedure_id=procedure_id, definition=definition, actor=actor, now=now))
    _put_in_force(version, _sound(version), actor, now)
    return version.pk


@transaction.atomic
def retire(*, version_id: int, last_day: date, reason: str, actor: Actor, now: datetime) -> None:
    """End a version without a successor: the procedure is no longer offered from the day after.

    Dossiers under it go on by it. Raises `CannotRetire`.
    """
    require(actor, "procedures.publish")
    version = locked(version_id)
    if version.status != Status.PUBLISHED:
        raise CannotRetire(f"Phiên bản {version.number} của thủ tục {version.procedure.code} không còn áp dụng.")
    if not reason.strip():
        raise CannotRetire("Ghi căn cứ thôi áp dụng, ví dụ số quyết định bãi bỏ.")
    if last_day < version.valid_from:
        raise CannotRetire(f"Ngày cuối áp dụng không được trước ngày bắt đầu ({version.valid_from:%d/%m/%Y}).")
    before = None if version.valid_until is None else version.valid_until.isoformat()
    version.valid_until, version.review_note = last_day, reason.strip()[:1000]
    version.save(update_fields=["valid_until", "review_note"])
    record(
        who=actor,
        action="procedures.retire",
        object_ref=f"procedure:{version.procedure_id}",
        reason=version.review_note,
        before={"number": version.number, "valid_until": before},
        after={"number": version.number, "valid_until": last_day.isoformat()},
        now=now,
    )
    announce(
        ProcedureVersionRetired(
            procedure_code=version.procedure.code,
            version_id=version.pk,
            number=version.number,
            valid_until=last_day.isoformat(),
            succeeded=False,
        ),
        key=f"procedure:{version.procedure_id}",
    )


def _sound(version: ProcedureVersion) -> Definition:
    """Its definition, where it can be read at all: what the product brings may leave things unknown."""
    reading = read_definition(json.loads(version.definition or "null"), roles=roles().keys())
    if reading.definition is None:
        raise CannotPublish(_still_wrong(version, reading.defects), reading.defects)
    return reading.definition


def _whole(version: ProcedureVersion, on: date) -> Definition:
    """Its definition, if nothing at all is wrong: also that every step has somebody to do it."""
    defects = defects_of_version(version.procedure_id, json.loads(version.definition or "null"), on=on)
    if defects:
        raise CannotPublish(_still_wrong(version, defects), defects)
    return _sound(version)


def _still_wrong(version: ProcedureVersion, defects: tuple[Defect, ...]) -> str:
    return f"Phiên bản {version.number} của thủ tục {version.procedure.code} còn {len(defects)} lỗi:"


def _put_in_force(version: ProcedureVersion, definition: Definition, actor: Actor, now: datetime) -> None:
    retired_on = version.procedure.retired_on
    if retired_on is not None:
        raise CannotPublish(
            f"Thủ tục {version.procedure.code} đã bị bãi bỏ từ {retired_on:%d/%m/%Y} theo Cơ sở dữ liệu quốc gia. "
            "Nếu thủ tục được khôi phục, hãy đồng bộ và duyệt thay đổi trước."
        )
    ended = _make_room(version, definition.valid_from)
    version.status = Status.PUBLISHED
    version.valid_from = definition.valid_from
    version.decision = definition.decision
    version.decided_on, version.rule_in_force_on = definition.decided_on, definition.rule_in_force_on
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
        object_ref=f"procedure:{version.procedure_id}",
        before={"ended": [other.number for other in ended]},
        after={
            "number": version.number,
            "valid_from": version.valid_from.isoformat(),
            "digest": version.definition_digest,
        },
        now=now,
    )
    announce(
        ProcedureVersionPublished(
            procedure_code=version.procedure.code,
            version_id=version.pk,
            number=version.number,
            valid_from=version.valid_from.isoformat(),
            fileable=version.fileable,
        ),
        key=f"procedure:{version.procedure_id}",
    )
    for other in ended:
        announce(
            ProcedureVersionRetired(
                procedure_code=version.procedure.code,
                version_id=other.pk,
                number=other.number,
                valid_until=(other.valid_until or now.date()).isoformat(),
                succeeded=True,
            ),
            key=f"procedure:{version.procedure_id}",
        )


def _make_room(version: ProcedureVersion, valid_from: date) -> list[ProcedureVersion]:
    """End or replace the published versions that overlap; returns them."""
    others = ProcedureVersion.objects.filter(procedure_id=version.procedure_id, status=Status.PUBLISHED)
    ended = []
    for other in others.exclude(pk=version.pk).order_by("valid_from"):
        if other.definition is None or other.valid_from == valid_from:
            other.status = Status.RETIRED
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
        ended.append(other)
    return ended
