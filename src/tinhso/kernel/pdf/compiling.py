"""From template and data to PDF bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typst

from tinhso.kernel.pdf.fonts import document_fonts
from tinhso.kernel.pdf.printable import plain

#: Templates import the shared library from here: `#import "/kernel/pdf/typst/lib.typ": *`.
PACKAGE_ROOT = Path(__file__).resolve().parents[2]

#: For the archive (PDF/A-2b) and for screen readers (PDF/UA-1) at once.
_STANDARDS: list[typst.PDFStandard] = ["a-2b", "ua-1"]


class PdfError(Exception):
    """The paper could not be made. The message is for people; `diagnostic` is for the log of the developer only,
    since it may quote the data."""

    def __init__(self, message: str, *, diagnostic: str = "") -> None:
        super().__init__(message)
        self.diagnostic = diagnostic


def render(template: Path, data: Mapping[str, object], *, root: Path | None = None, system_fonts: bool = True) -> bytes:
    """The PDF/A-2b bytes of `template` (a .typ file under `root`, by default the tinhso package) filled with `data`.

    `data` may hold text, numbers, dates, aware instants, lists, mappings, dataclasses and `Svg`; the template reads it
    as `json(bytes(sys.inputs.data))`, so text is printed literally whatever it contains. `data["printed_at"]` (aware
    datetime) becomes the creation time: the same data and fonts give the same bytes. `system_fonts=False` uses the
    packaged faces alone, alike on every machine. Safe to call from several threads. Raises PdfError.
    """
    printed_at = data.get("printed_at")
    if not isinstance(printed_at, datetime):
        raise PdfError("Bản in thiếu thời điểm in.", diagnostic="data['printed_at'] must be an aware datetime")
    name = template.stem
    try:
        handed_over = json.dumps(plain(data), ensure_ascii=False, allow_nan=False)
        return typst.compile(
            str(template),
            root=str(root or PACKAGE_ROOT),
            font_paths=document_fonts(system_fonts=system_fonts),
            format="pdf",
            pdf_standards=_STANDARDS,
            timestamp=int(printed_at.timestamp()),
            sys_inputs={"data": handed_over},
        )
    except typst.TypstError as error:
        raise PdfError(f"Không tạo được bản in “{name}”.", diagnostic=error.diagnostic) from error
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise PdfError(f"Không tạo được bản in “{name}”.", diagnostic=str(error)) from error
