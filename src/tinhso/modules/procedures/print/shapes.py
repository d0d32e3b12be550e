"""What the printable guide of a procedure holds. Pure data, printed by `kernel.pdf.print_paper`.

`None` always means unknown and is printed as "chưa có thông tin"; an empty tuple means there is none (no papers, no fee).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf import Paper


@dataclass(frozen=True, kw_only=True)
class GuidePaper:
    """A paper to bring. `condition` says in words when it is needed; `present_only`: shown, not handed in."""

    name: str
    originals: int | None
    copies: int | None
    required: bool = True
    present_only: bool = False
    condition: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class GuideFee:
    """`amount` already written for people: "8.000 đồng/bản"; None = the amount is unknown."""

    name: str
    amount: str | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    title: str
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Guide(Paper):
    """A procedure as a citizen needs it at the table: what to bring, how long, what it costs, where."""

    template: ClassVar[Path] = Path(__file__).resolve().parent / "guide.typ"

    code: str
    name: str
    plain_name: str = ""
    summary: str = ""
    field_name: str | None
    who_may_apply: str | None
    competent_agency: str | None
    service_level: str | None
    channels: tuple[str, ...] | None
    where: tuple[str, ...] | None
    papers: tuple[GuidePaper, ...] | None
    fees: tuple[GuideFee, ...] | None
    deadlines: tuple[str, ...] | None
    steps: tuple[str, ...] | None
    results: tuple[str, ...] | None
    legal_basis: tuple[LegalBasis, ...] | None
    conditions: str | None = ""
    cautions: tuple[str, ...] = ()
    decision: str = ""
    valid_from: date | None = None
    page_url: str = ""

    @property
    def qr_text(self) -> str:
        return self.page_url
