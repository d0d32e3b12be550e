"""The label of a consignment and the sheet signed with the postman: data for `kernel.pdf.print_paper`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf import Paper

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Label(Paper):
    """A label of 100 × 75 mm. `fee` in words, collected by the postman."""

    template: ClassVar[Path] = _HERE / "label.typ"

    tracking_code: str
    sender_name: str
    sender_address: str
    sender_phone: str
    recipient_name: str
    recipient_phone: str
    recipient_address: str
    fee: str = ""

    @property
    def qr_text(self) -> str:
        return self.tracking_code


@dataclass(frozen=True, kw_only=True)
class SheetLine:
    tracking_code: str
    subject: str
    recipient_name: str
    recipient_address: str


@dataclass(frozen=True, kw_only=True)
class HandOverSheet(Paper):
    """Biên bản bàn giao bưu gửi, in two originals."""

    template: ClassVar[Path] = _HERE / "sheet.typ"

    office_name: str
    number: str
    postman_name: str
    officer_name: str
    handed_at: datetime
    lines: tuple[SheetLine, ...]
