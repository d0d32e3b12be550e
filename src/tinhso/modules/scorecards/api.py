"""The door of scorecards: the index of Quyết định 766 from given figures or from the dossiers of a period."""

from __future__ import annotations

from tinhso.modules.scorecards.queries.scores import Month, month_of, period_of, scorecards
from tinhso.modules.scorecards.rules import (
    GROUPS,
    INDICATORS,
    CannotRead,
    Inputs,
    Scorecard,
    Share,
    counted_how,
    province_of,
    read_inputs,
    rounded,
    score,
)
from tinhso.modules.scorecards.services.closing import CannotClose, close_month
from tinhso.modules.scorecards.services.given import Figure
from tinhso.modules.scorecards.services.given import confirm as confirm_figures
from tinhso.modules.scorecards.services.given import give as give_figures

__all__ = [
    "GROUPS",
    "INDICATORS",
    "CannotClose",
    "CannotRead",
    "Figure",
    "Inputs",
    "Month",
    "Scorecard",
    "Share",
    "close_month",
    "confirm_figures",
    "counted_how",
    "give_figures",
    "month_of",
    "period_of",
    "province_of",
    "read_inputs",
    "rounded",
    "score",
    "scorecards",
]
