"""Mandates over time: both sides are reminded before the end; a person takes theirs away, and sees who looked at the papers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.clock import VIETNAM, now
from tinhso.modules.identity.models import Mandate, MandateLook, MandateRequest
from tinhso.modules.identity.rules import ACTS, ENDING_SOON, Basis
from tinhso.modules.identity.services.holdings import Look, OwnData, OwnFile
from tinhso.modules.identity.services.mandate_pages import view_of
from tinhso.modules.identity.services.mandates import in_force, tell

BATCH = 200


@transaction.atomic
def remind(*, actor: Actor, now: datetime) -> int:
    """Tell both sides of mandates that end soon, once each; returns how many mandates. What the national identity says of a
    legal representative is said anew at each log-in and needs no reminder, nor what lasts a few days only."""
    require(actor, "identity.remind_mandates")
    today = now.astimezone(VIETNAM).date()
    rows = in_force(today).filter(reminded_at__isnull=True, valid_until__lte=today + ENDING_SOON)
    told = 0
    for row in rows.exclude(basis=Basis.LEGAL).select_for_update(of=("self",)).order_by("pk")[:BATCH]:
        row.reminded_at = now
        row.save(update_fields=["reminded_at"])
        if row.valid_until - row.valid_from > ENDING_SOON:
            tell(row, "ending")
            told += 1
    return told


def _of(user_id: int) -> Q:
    return Q(principal_id=user_id) | Q(holder_id=user_id)


def export(user_id: int) -> OwnData:
    """What the person gave and holds, and what they asked for, with the papers. Two queries."""
    today = now().astimezone(VIETNAM).date()
    told: list[dict[str, Any]] = []
    files: list[OwnFile] = []
    rows = Mandate.objects.filter(_of(user_id)).select_related("principal", "holder", "ended_by", "document")
    for row in rows.order_by("pk"):
        told.append(
            {
                "số": row.pk,
                "vai trò của tôi": "người làm thay" if row.holder_id == user_id else "người được thay mặt",
                "người được thay mặt": row.principal.full_name,
                "người làm thay": row.holder.full_name,
                "tư cách": row.get_basis_display(),
                "được làm": [ACTS[act] for act in row.acts if act in ACTS],
                "thủ tục": row.procedure_codes or "tất cả",
                "từ ngày": row.valid_from,
                "đến hết ngày": row.valid_until,
                "căn cứ": row.ground,
                "lập lúc": row.granted_at,
                "nhận lúc": row.accepted_at,
                "tình trạng": view_of(row, today).title,
                "chấm dứt lúc": row.ended_at,
                "chấm dứt bởi": row.ended_by.full_name if row.ended_by else None,
                "lý do chấm dứt": row.end_reason,
            }
        )
        if row.document is not None:
            files.append(OwnFile(row.document.pk, f"uy-quyen/{row.pk}-{row.document.filename}"))
    asked = MandateRequest.objects.filter(holder_id=user_id).select_related("document").order_by("pk")
    for one in asked:
        told.append(
            {
                "yêu cầu": one.pk,
                "người được thay mặt": one.principal_name,
                "số của người được thay mặt": one.principal_number,
                "tư cách": one.get_basis_display(),
                "căn cứ": one.ground,
                "yêu cầu lúc": one.asked_at,
                "tình trạng": one.get_state_display(),
                "lý do": one.reason,
            }
        )
        if one.mandate_id is None:
            files.append(OwnFile(one.document.pk, f"uy-quyen/yeu-cau-{one.pk}-{one.document.filename}"))
    return OwnData(told, tuple(files))


def looks(user_id: int) -> Iterable[Look]:
    """Who opened the papers of the person's mandates, the newest first; not their own looks. One query."""
    mine = (
        Q(mandate__principal_id=user_id)
        | Q(mandate__holder_id=user_id)
        | Q(request__holder_id=user_id)
        | Q(request__mandate__principal_id=user_id)
    )
    rows = MandateLook.objects.filter(mine).exclude(user_id=user_id).order_by("-looked_at", "-pk")[:200]
    for row in rows:
        number = f"ủy quyền số {row.mandate_id}" if row.mandate_id else f"yêu cầu thay mặt số {row.request_id}"
        yield Look(
            at=row.looked_at, who="" if row.workplace else row.user_name, agency=row.workplace,
            what=f"Giấy tờ của {number}", purpose="Đối chiếu giấy tờ" if row.workplace else "Một bên của ủy quyền",
        )  # fmt: skip


@dataclass(frozen=True)
class MandateTold:
    """What both sides are told of a mandate. Times as they are read."""

    number: int
    principal_id: int
    principal_name: str
    holder_id: int
    holder_name: str
    ground: str
    until: str
    accepted: bool
    is_legal: bool
    ended_at: str
    end_reason: str


def mandate_told(mandate_id: int) -> MandateTold | None:
    """One query."""
    row = Mandate.objects.select_related("principal", "holder").filter(pk=mandate_id).first()
    if row is None:
        return None
    ended = "" if row.ended_at is None else f"{row.ended_at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
    return MandateTold(
        row.pk, row.principal_id, row.principal.full_name, row.holder_id, row.holder.full_name, row.ground,
        f"{row.valid_until:%d/%m/%Y}", row.accepted_at is not None, row.basis == Basis.LEGAL, ended, row.end_reason,
    )  # fmt: skip


@dataclass(frozen=True)
class RequestTold:
    """What is told of somebody's request."""

    number: int
    holder_id: int
    organisation_id: int
    principal_name: str
    reason: str
    until: str


def request_told(request_id: int) -> RequestTold | None:
    """One query."""
    row = MandateRequest.objects.filter(pk=request_id).first()
    if row is None:
        return None
    return RequestTold(
        row.pk, row.holder_id, row.organisation_id, row.principal_name, row.reason, f"{row.valid_until:%d/%m/%Y}"
    )
