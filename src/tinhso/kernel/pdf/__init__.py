"""Papers as PDF/A-2b: Typst templates, data handed over as data, never as markup.

Public: `render`, `print_paper`, `Paper`, `qr_svg`, `Svg`, `PdfError`. Anything else is private.
"""

from __future__ import annotations

from tinhso.kernel.pdf.compiling import PdfError, render
from tinhso.kernel.pdf.paper import Paper, print_paper
from tinhso.kernel.pdf.qr import Svg, qr_svg

__all__ = ["Paper", "PdfError", "Svg", "print_paper", "qr_svg", "render"]
