"""The way of a version until it is published: drafted, changed, submitted, sent back, withdrawn.

draft ─submit_for_review→ in_review ─publish (another person)→ published ─(the next one)→ retired
  ↑ └─withdraw→ withdrawn     │
  └──────send_back, take_back─┘
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from tinhso.kernel.access.api import Actor, Refused, require, roles
from tinhso.kernel.audit.api import record
from tinhso.modules.procedures.models import Procedure, ProcedureVersion
from tinhso.modules.procedures.rules import Defect, defects

Status = ProcedureVersion.Status
IN_THE_MAKING = (Status.DRAFT, Status.IN_REVIEW)


class CannotDraft(ValueError):
    """Nothing was changed; the message says why and what to do."""


class CannotSubmit(ValueError):
    """The draft stays a draft. `defects`: all that must be repaired, each with its path."""

    def __init__(self, message: str, defects: tuple[Defect, ...] = ()) -> None:
        self.defects = defects
        super().__init__("\n".join([message, *(str(defect) for defect in defects)]))


def digest_of(definition: Mapping[str, Any]) -> str:
    """SHA-256 of the definition's JSON without spaces. The order of questions counts: it is what people see."""
    text = json.dumps(definition, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def locked(version_id: int) -> ProcedureVersion:
    """The version, with its procedure's row locked: what is done to one procedure goes one after the other."""
    procedure_id = ProcedureVersion.objects.values_list("procedure_id", flat=True).get(pk=version_id)
    Procedure.objects.select_for_update().get(pk=procedure_id)
    return ProcedureVersion.objects.select_related("procedure").get(pk=version_id)


@transaction.atomic
def start_draft(
    *, procedure_id: int, definition: Mapping[str, Any] | None = None, note: str = "", actor: Actor, now: datetime
) -> int:
    """A new draft of a procedure; returns its number in the database. Not checked until it is submitted.

    `definition` None: a copy of the version in force, valid from tomorrow; where that one is for reference only, the
    bare facts of the catalogue. Raises `CannotDraft` while another draft of the procedure is open.
    """
    require(actor, "procedures.edit")
    procedure = Procedure.objects.select_for_update().get(pk=procedure_id)
    versions = ProcedureVersion.objects.filter(procedure=procedure)
    if (open_one := versions.filter(status__in=IN_THE_MAKING).first()) is not None:
        raise CannotDraft(
            f"Thủ tục {procedure.code} đã có phiên bản {open_one.number} đang ở tình trạng "
            f"«{open_one.get_status_display()}». Hãy sửa tiếp bản đó, hoặc bỏ nó rồi soạn bản mới."
        )
    base = versions.filter(status=Status.PUBLISHED).order_by("-valid_from").first()
    if definition is None:
        definition = _copy_of(base, now.date())
    version = ProcedureVersion(
        procedure=procedure,
        number=(versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        name=procedure.name,
        based_on=base,
        status=Status.DRAFT,
        change_note=note.strip()[:2000],
        created_at=now,
    )
    _write(version, definition, actor, now)
    version.save()
    _record(version, "procedures.start_draft", actor, now, after={"digest": version.definition_digest})
    return version.pk


def _copy_of(base: ProcedureVersion | None, today: date) -> dict[str, Any]:
    tomorrow = date.fromordinal(today.toordinal() + 1).isoformat()
    if base is not None and base.definition is not None:
        copied = {**json.loads(base.definition), "valid_from": tomorrow}
        # What is new is by a decision of its own: its days are not those of the version before.
        return {key: value for key, value in copied.items() if key not in ("decided_on", "rule_in_force_on")}
    levels = list(base.levels) if base else []
    return {
        "valid_from": tomorrow,
        "decision": base.decision if base else "",
        "service_level": base.service_level if base else None,
        "levels": levels,
        "competent_kind": "people_committee" if levels == ["commune"] else "department",
        "competent_level": "commune" if levels == ["commune"] else "province",
        "who_may_apply": "",
        "summary": "",
        "steps_text": [],
        "legal_basis": [],
        "conditions": None,
        "channels": list(base.channels) if base else [],
        "papers": [],
        "fees": [] if base and base.is_free else None,
        "deadline": _deadline_of(base),
        "result": [],
        "form": None,
        "route": None,
        "supplement_pauses": False,
        "cautions": [],
    }


def _deadline_of(base: ProcedureVersion | None) -> dict[str, Any] | None:
    if base is None or base.time_limit_amount is None:
        return None
    return {"cases": [{"when": None, "amount": base.time_limit_amount, "unit": base.time_limit_unit}]}


@transaction.atomic
def save_draft(
    *, version_id: int, definition: Mapping[str, Any], seen: str, note: str | None = None, actor: Actor, now: datetime
) -> str:
    """Replace a draft's definition; returns its new digest. What is typed is kept even where it is wrong.

    `seen`: the digest that the editor had before them. Raises `CannotDraft` when it is no draft any more, or when
    somebody else saved in between (nothing is overwritten unseen).
    """
    require(actor, "procedures.edit")
    version = locked(version_id)
    _must_be(version, Status.DRAFT)
    if version.definition_digest != seen:
        raise CannotDraft(
            f"Phiên bản {version.number} của thủ tục {version.procedure.code} vừa được người khác lưu. "
            "Hãy mở lại trang để thấy nội dung mới, rồi ghi lại thay đổi của bạn."
        )
    before = version.definition_digest
    _write(version, definition, actor, now)
    if note is not None:
        version.change_note = note.strip()[:2000]
    if version.definition_digest != before or note is not None:
        version.save()
        _record(
            version, "procedures.save_draft", actor, now,
            before={"digest": before}, after={"digest": version.definition_digest},
        )  # fmt: skip
    return version.definition_digest


def _write(version: ProcedureVersion, definition: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    version.definition = json.dumps(definition, ensure_ascii=False)
    version.definition_digest = digest_of(definition)
    # A date that cannot be read stays a defect of the definition; the row needs one to be ordered by.
    version.valid_from = _day(definition.get("valid_from")) or now.date()
    version.decided_on = _day(definition.get("decided_on"))
    version.rule_in_force_on = _day(definition.get("rule_in_force_on"))
    if actor.user_id is not None and actor.user_id not in version.authors:
        version.authors = [*version.authors, actor.user_id]


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


@transaction.atomic
def submit_for_review(*, version_id: int, actor: Actor, now: datetime) -> None:
    """The draft is whole: somebody else looks at it. Raises `CannotSubmit` with every defect of its definition."""
    require(actor, "procedures.edit")
    version = locked(version_id)
    _must_be(version, Status.DRAFT)
    found = defects(json.loads(version.definition or "null"), roles=roles().keys())
    if found:
        raise CannotSubmit(
            f"Phiên bản {version.number} của thủ tục {version.procedure.code} còn {len(found)} lỗi:", found
        )
    version.status = Status.IN_REVIEW
    version.submitted_at, version.submitted_by_id, version.review_note = now, actor.user_id, ""
    version.save(update_fields=["status", "submitted_at", "submitted_by", "review_note"])
    _record(version, "procedures.submit_for_review", actor, now, after={"digest": version.definition_digest})


@transaction.atomic
def send_back(*, version_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Who reviews gives the draft back to its authors, with the reason. Raises `CannotDraft`."""
    require(actor, "procedures.publish")
    version = locked(version_id)
    _must_be(version, Status.IN_REVIEW)
    if not reason.strip():
        raise CannotDraft("Ghi lý do trả lại để người soạn biết phải sửa gì.")
    version.status, version.review_note = Status.DRAFT, reason.strip()[:1000]
    version.save(update_fields=["status", "review_note"])
    _record(version, "procedures.send_back", actor, now, reason=version.review_note)


@transaction.atomic
def take_back(*, version_id: int, actor: Actor, now: datetime) -> None:
    """An author takes the draft back before it is published, to change it again. Raises `CannotDraft`."""
    require(actor, "procedures.edit")
    version = locked(version_id)
    _must_be(version, Status.IN_REVIEW)
    version.status = Status.DRAFT
    version.save(update_fields=["status"])
    _record(version, "procedures.take_back", actor, now)


@transaction.atomic
def withdraw(*, version_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Give a draft up. Its number and content stay in the history. Raises `CannotDraft`."""
    require(actor, "procedures.edit")
    version = locked(version_id)
    _must_be(version, *IN_THE_MAKING)
    if not reason.strip():
        raise CannotDraft("Ghi lý do bỏ bản nháp; lý do được giữ trong lịch sử của thủ tục.")
    version.status, version.review_note = Status.WITHDRAWN, reason.strip()[:1000]
    version.save(update_fields=["status", "review_note"])
    _record(version, "procedures.withdraw", actor, now, reason=version.review_note)


def require_another(version: ProcedureVersion, actor: Actor) -> None:
    """Separation of duties: nobody puts in force what they wrote or submitted, in their own name or another's."""
    wrote: Collection[int | None] = {*version.authors, version.submitted_by_id}
    if any(actor.stands_for(number) for number in wrote):
        raise Refused(
            "Người soạn hoặc trình một phiên bản không tự công bố phiên bản đó. Hãy để người duyệt khác thực hiện.",
            permission="procedures.publish",
        )


def _must_be(version: ProcedureVersion, *wanted: str) -> None:
    if version.status not in wanted:
        raise CannotDraft(
            f"Phiên bản {version.number} của thủ tục {version.procedure.code} đang ở tình trạng "
            f"«{version.get_status_display()}» nên không làm được việc này. Hãy tải lại trang."
        )


def _record(
    version: ProcedureVersion,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        who=actor,
        action=action,
        object_ref=f"procedure:{version.procedure_id}",
        reason=reason,
        before=before,
        after={"number": version.number, "status": version.status, **(after or {})},
        now=now,
    )
