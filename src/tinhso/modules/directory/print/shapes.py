"""The report of a reorganisation that was carried out: data for `kernel.pdf.print_paper`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf import Paper

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Heir:
    """An organisation with those whose work it carries on."""

    code: str
    name: str
    predecessors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How much of one kind followed."""

    title: str
    total: int
    moved: int


@dataclass(frozen=True, kw_only=True)
class ReformReport(Paper):
    """Báo cáo kết quả sắp xếp. `ended_alone`: organisations that ended without a successor."""

    template: ClassVar[Path] = _HERE / "reform_report.typ"

    title: str
    ground: str
    effective_date: date
    drafted_by: str
    approved_by: str
    approved_at: datetime
    applied_at: datetime
    seconds: str
    ended: int
    founded: int
    moved: int
    kinds: tuple[Kept, ...]
    heirs: tuple[Heir, ...]
    ended_alone: tuple[str, ...]
    warnings: tuple[str, ...]
