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

__all__ = [
    "GROUPS",
    "INDICATORS",
    "CannotClose",
    "CannotRead",
    "Inputs",
    "Month",
    "Scorecard",
    "Share",
    "close_month",
    "counted_how",
    "month_of",
    "period_of",
    "province_of",
    "read_inputs",
    "rounded",
    "score",
    "scorecards",
]
