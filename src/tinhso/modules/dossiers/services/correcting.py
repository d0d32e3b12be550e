"""A wrong result is replaced by another that names it. The old one stays and its verification page says by what."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.identifiers.api import next_number
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.events import ResultCorrected
from tinhso.modules.dossiers.models import Dossier, Result, Task
from tinhso.modules.dossiers.queries.reading import Access
from tinhso.modules.dossiers.rules import DeliveryState, State, TaskKind, notation_of
from tinhso.modules.dossiers.services.answering import replace_form
from tinhso.modules.dossiers.services.printing import ensure_result
from tinhso.modules.dossiers.services.routing import COMMENT_MAX
from tinhso.modules.dossiers.services.submitting import Problem
from tinhso.modules.dossiers.services.supplement_fields import merged
from tinhso.modules.procedures import api as procedures


class CannotCorrect(ValueError):
    """There is no result, no reason, nothing to put right, or the right values do not pass the form's rules."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


def correct_result(*, dossier_id: int, reason: str, values: Mapping[str, Any], actor: Actor, now: datetime) -> int:
    """Issue a replacement with `values` (pointer → right value) in the place of wrong ones; none: a mistake of ours
    outside the form. Returns the new result's number in the table. Raises `CannotCorrect`."""
    # The old paper must exist as it was issued before anything of the dossier changes; printing is outside the lock.
    if Result.objects.filter(dossier_id=dossier_id, is_current=True, file__isnull=True).exists():
        _require(Dossier.objects.get(pk=dossier_id), actor)
        ensure_result(dossier_id=dossier_id, actor=actor, now=now)
    return _replace(dossier_id, reason.strip(), values, actor, now)


def _require(dossier: Dossier, actor: Actor) -> None:
    require(actor, "dossiers.correct_result", Access(frozenset({_issuer(dossier)}), dossier.owner_id))


def _issuer(dossier: Dossier) -> int:
    """The agency that issued the result in force; in a dossier across agencies not always the competent one."""
    issuer = Result.objects.filter(dossier=dossier, is_current=True).values_list("organisation_id", flat=True).first()
    return dossier.agency_id if issuer is None else issuer


@transaction.atomic
def _replace(dossier_id: int, reason: str, values: Mapping[str, Any], actor: Actor, now: datetime) -> int:
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    _require(dossier, actor)
    old = Result.objects.filter(dossier=dossier, is_current=True).first()
    if old is None or dossier.state not in (State.COMPLETED, State.RETURNED):
        raise CannotCorrect(f"Hồ sơ {dossier.code} đang «{State(dossier.state).title}», chưa có kết quả để thay thế.")
    if old.file_id is None:
        raise CannotCorrect("Bản kết quả cũ đang được in. Hãy thử lại sau ít phút.")
    _require_issuing_role(dossier, actor)
    if len(reason) < 10:
        raise CannotCorrect("Nêu rõ sai sót và căn cứ thay thế (ít nhất 10 ký tự).")
    if len(reason) > COMMENT_MAX:
        raise CannotCorrect(f"Lý do dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại.")
    definition = procedures.version(dossier.version_id).definition
    if definition is None:
        raise CannotCorrect("Phiên bản thủ tục của hồ sơ này thiếu nội dung. Hãy báo quản trị danh mục.")
    if values:
        context = {"applicant": {"acting_as": dossier.acting_as}}
        data, errors = procedures.clean(
            definition.form or {"type": "object", "properties": {}},
            merged(dossier.form_data, values),
            today=now.astimezone(VIETNAM).date(),
            context=context,
        )
        if errors:
            problems = tuple(Problem("form", pointer, message) for pointer, message in errors.items())
            raise CannotCorrect("Nội dung sửa chưa hợp lệ. Xem các chỗ được đánh dấu.", problems)
        replace_form(dossier, data, ground=f"Thay thế kết quả số {old.notation}: {reason}", actor=actor, now=now)
    agency = directory.organisation(_issuer(dossier))
    signer = directory.staff_of_user(account_of(actor), on=now.date())
    kind = definition.results[0].kind if definition.results else "notice"
    number = next_number(f"result:{agency.id}:{now.year}:{kind}")
    old.is_current = False
    old.save(update_fields=["is_current"])
    new = Result.objects.create(
        dossier=dossier,
        organisation_id=agency.id,
        replaces=old,
        correction_reason=reason,
        name=old.name,
        number=number,
        notation=notation_of(number, kind=kind, organisation_kind=agency.kind, short_name=agency.short_name),
        issued_at=now,
        signer_id=account_of(actor),
        signer_name=actor.label,
        signer_title=signer.position_title if signer else "",
        verify_token=secrets.token_urlsafe(18),
    )
    _hand_out_again(dossier, now)
    record(
        who=actor,
        action="dossiers.correct_result",
        object_ref=dossier.ref,
        reason=reason,
        before={"result": old.pk, "number": old.number},
        after={"result": new.pk, "number": number, "fields": sorted(values)},
        now=now,
    )
    publish(ResultCorrected(dossier_id=dossier.pk, code=dossier.code, result_id=new.pk), key=dossier.ref)
    return new.pk


def _require_issuing_role(dossier: Dossier, actor: Actor) -> None:
    """Nobody replaces what somebody of a higher role signed."""
    issuing = Task.objects.filter(dossier=dossier, kind=TaskKind.STEP, finished_at=dossier.completed_at).last()
    issuer = issuing.organisation_id if issuing is not None else dossier.agency_id
    here = {g.role for g in actor.grants if issuer in g.organisation_ids}
    if issuing is not None and issuing.role not in here:
        raise CannotCorrect("Chỉ người giữ vai trò đã ban hành kết quả này được thay thế kết quả.")


def _hand_out_again(dossier: Dossier, now: datetime) -> None:
    """A result that was returned already is exchanged: the counter has work again, the legal state stays."""
    dossier.delivery_state = DeliveryState.WAITING
    dossier.save(update_fields=["delivery_state"])
    if not Task.objects.filter(dossier=dossier, key="return", finished_at__isnull=True).exists():
        Task.objects.create(
            dossier=dossier,
            kind=TaskKind.RETURN,
            key="return",
            title="Trả kết quả thay thế, thu lại bản cũ",
            role="clerk",
            organisation_id=dossier.office_id,
            created_at=now,
        )
