"""What is known of a dossier at the national portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.modules.dossiers.models import PortalPacket
from tinhso.modules.dossiers.rules import State


@dataclass(frozen=True)
class PortalInfo:
    """`held_state`: what the portal said last that it holds, in words. `contested`: how often other content came."""

    portal_code: str
    sent_at: datetime
    repeats: int
    contested: int
    contested_at: datetime | None
    held_state: str
    held_at: datetime | None


def portal_packet(dossier_id: int) -> PortalInfo | None:
    """None: it did not come from the portal. One query."""
    row = PortalPacket.objects.filter(dossier_id=dossier_id).first()
    if row is None:
        return None
    held = "" if row.held_state is None else f"«{State(row.held_state).title}»"
    return PortalInfo(row.portal_code, row.sent_at, row.repeats, row.contested, row.contested_at, held, row.held_at)
