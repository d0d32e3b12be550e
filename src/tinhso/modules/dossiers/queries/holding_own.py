"""Who looked at what dossiers keep of a person. Asked by identity."""

from __future__ import annotations

from tinhso.kernel.audit.api import lines_of
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.queries.seeing import LOOKED
from tinhso.modules.identity import api as identity

SHOWN = 200
# The last dossiers of an account whose looks are listed on a page.
DOSSIERS = 500


def looks(user_id: int) -> list[identity.Look]:
    """Officers' looks at the account's dossiers, the newest first: where they work and as what. Three queries."""
    codes = {
        f"dossier:{number}": code
        for number, code in Dossier.objects.filter(owner_id=user_id)
        .order_by("-pk")
        .values_list("pk", "code")[:DOSSIERS]
    }
    if not codes:
        return []
    lines = [line for line in lines_of(list(codes), actions=list(LOOKED), most=SHOWN) if line.who_kind == "officer"]
    places = directory.places_of({line.who_user_id for line in lines if line.who_user_id is not None})
    found = []
    for line in lines:
        place = next((p for p in places.get(line.who_user_id or 0, ()) if p.held_on(line.at.date())), None)
        urgent = line.action == "dossiers.break_glass"
        found.append(
            identity.Look(
                at=line.at,
                who=place.position_title if place else "",
                agency=place.organisation_name if place else "",
                what=f"Hồ sơ {codes[line.object_ref]}",
                purpose=f"Mở khẩn cấp: {line.reason}" if urgent else "Giải quyết hồ sơ",
            )
        )
    return found
