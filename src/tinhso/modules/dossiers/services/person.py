"""The person of a dossier acts on it: signed in as its owner, or with code and PIN, or helped by a clerk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from tinhso.kernel.access.api import Actor, Refused, require
from tinhso.modules.dossiers.models import Dossier


def require_person(actor: Actor, permission: str, dossier: Dossier, opened: Collection[str]) -> None:
    """Raise `Refused` unless `actor` may do this to the person's dossier. `opened`: the public ids that this session
    opened by code and PIN."""
    if str(dossier.public_id) in opened:
        require(actor, permission)
        return
    if actor.kind == "nobody":
        raise Refused("Hãy mở hồ sơ bằng mã hồ sơ và mã PIN, hoặc đăng nhập, rồi thử lại.")
    require(actor, permission, dossier)


def named(actor: Actor, dossier: Dossier) -> Actor:
    """Who the trail and the papers name: without an account it is whoever held the PIN, under the applicant's name."""
    return replace(actor, label=f"{dossier.applicant_name} (mã PIN)") if actor.kind == "nobody" else actor


def name_of(actor: Actor, dossier: Dossier) -> str:
    return named(actor, dossier).label[:300]
