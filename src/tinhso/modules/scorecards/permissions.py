"""Who may look at figures. What of them each sees is their reach over organisations (`dossiers.statistics`)."""

from __future__ import annotations

from tinhso.kernel.access.api import declare

READERS = {"clerk", "handler", "unit_head", "leader", "statistician"}


def declare_all() -> None:
    declare("scorecards.progress", title="Xem bảng tiến độ giải quyết", roles=READERS)
    declare("scorecards.index", title="Xem điểm theo Quyết định 766", roles=READERS)
    declare("scorecards.satisfaction", title="Xem mức độ hài lòng", roles=READERS)
    # Figures from elsewhere: who gives one never confirms it (services, and a constraint of the database).
    declare("scorecards.see_given", title="Xem số liệu từ nguồn khác", roles={"unit_head", "leader", "statistician"})
    declare("scorecards.give_figures", title="Nhập số liệu từ nguồn khác", roles={"unit_head", "statistician"})
    declare("scorecards.confirm_figures", title="Xác nhận số liệu từ nguồn khác", roles={"leader", "statistician"})
    # A period of the system; nobody closes a month by hand.
    declare("scorecards.close_month", title="Chốt số liệu chấm điểm của tháng")
    declare("scorecards.report", title="Lưu và chốt báo cáo", roles={"unit_head", "leader", "statistician"})
