"""The base of every printable paper: a frozen dataclass that knows its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf.compiling import render
from tinhso.kernel.pdf.qr import qr_svg


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What a paper says. Subclasses add fields and name their `template`; `qr_text` is what their QR code holds.

    `printed_at` (aware) is the PDF's creation time: the same data give the same bytes.
    """

    template: ClassVar[Path]

    printed_at: datetime

    @property
    def qr_text(self) -> str:
        """The address behind the QR code; empty for papers without one."""
        return ""

    def data(self) -> Mapping[str, object]:
        """The template's data: each field by its name, and `qr_svg` when the paper has a QR code."""
        content: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.qr_text:
            content["qr_svg"] = qr_svg(self.qr_text)
        return content


def print_paper(paper: Paper, *, system_fonts: bool = True) -> bytes:
    """The paper as PDF/A-2b bytes; see `render`."""
    return render(paper.template, paper.data(), system_fonts=system_fonts)
