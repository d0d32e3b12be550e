"""What the printed papers hold. Pure data; amounts in đồng."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf import Paper

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class ReceiptLine:
    name: str
    unit: str
    quantity: int
    price: int
    total: int
    exempt_ground: str


@dataclass(frozen=True, kw_only=True)
class ReceiptPaper(Paper):
    """Biên lai thu phí, lệ phí (contents by Điều 32 Nghị định 123/2020/NĐ-CP, amended by Nghị định 70/2025/NĐ-CP).
    `collector_name` empty: paid online, nobody took it by hand."""

    template: ClassVar[Path] = _HERE / "receipt.typ"

    organisation_name: str
    parent_name: str
    organisation_code: str
    address: str
    form: str
    series: str
    number: str
    issued_at: datetime
    payer_name: str
    subject_code: str
    title: str
    lines: tuple[ReceiptLine, ...]
    total: int
    total_in_words: str
    method: str
    reference: str
    paid_at: datetime
    collector_name: str
    province: str
