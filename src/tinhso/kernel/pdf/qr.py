"""QR codes as SVG text, small enough to scan from paper at 22 mm."""

from __future__ import annotations

import io

import segno


class Svg(str):
    """SVG markup made by us: the only strings that reach a template untouched."""

    __slots__ = ()


def qr_svg(text: str) -> Svg:
    """A QR code for `text` (normally an https address) as SVG, without a quiet zone: templates leave the margin.

    Error level M: a fold or a stamp over 15 % of it may still be read. Raises ValueError when the text is empty or
    too long for a QR code (over about 2,300 bytes).
    """
    if not text:
        raise ValueError("Không có nội dung cho mã QR.")
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        stream, kind="svg", border=0, xmldecl=False, svgns=True, dark="#000", light=None
    )
    return Svg(stream.getvalue().decode("utf-8"))
