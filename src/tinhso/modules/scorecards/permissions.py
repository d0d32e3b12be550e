"""Who may look at figures. What of them each sees is their reach over organisations (`dossiers.statistics`)."""

from __future__ import annotations

from tinhso.kernel.access.api import declare

READERS = {"clerk", "handler", "unit_head", "leader", "statistician"}


def declare_all() -> None:
    declare("scorecards.progress", title="Xem bảng tiến độ giải quyết", roles=READERS)
    declare("scorecards.index", title="Xem điểm theo Quyết định 766", roles=READERS)
