"""Files of every kind, made here: good ones as citizens send them, and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject


def picture(format: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, format)
    return out.getvalue()


def heic(width: int = 4032, height: int = 3024, brand: bytes = b"heic") -> bytes:
    ftyp = struct.pack(">I4s4sI4s4s", 24, b"ftyp", brand, 0, b"mif1", b"heic")
    ispe = struct.pack(">I4sIII", 20, b"ispe", 0, width, height)
    return ftyp + struct.pack(">I4sI", 12 + len(ispe), b"meta", 0) + ispe + b"\x00\x01" * 200


def pdf(pages: int = 1, *, password: str | None = None, owner_password: str | None = None, change=None) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if change:
        change(writer)
    if password is not None or owner_password is not None:
        writer.encrypt(password or "", owner_password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_action(action: str, **more: str):
    def change(writer: PdfWriter) -> None:
        entries = {NameObject("/S"): NameObject(action)}
        entries |= {NameObject("/" + key): TextStringObject(value) for key, value in more.items()}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(entries)

    return change


def with_script(writer: PdfWriter) -> None:
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x()")})
    names = ArrayObject([TextStringObject("a"), writer._add_object(script)])
    tree = DictionaryObject({NameObject("/JavaScript"): DictionaryObject({NameObject("/Names"): names})})
    writer.root_object[NameObject("/Names")] = tree


def with_annotation(subtype: str):
    def change(writer: PdfWriter) -> None:
        box = ArrayObject(NumberObject(n) for n in (0, 0, 9, 9))
        note = DictionaryObject({NameObject("/Subtype"): NameObject(subtype), NameObject("/Rect"): box})
        writer.pages[0][NameObject("/Annots")] = ArrayObject([note])

    return change


def with_xfa(writer: PdfWriter) -> None:
    form = DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>"), NameObject("/Fields"): ArrayObject()})
    writer.root_object[NameObject("/AcroForm")] = form


_MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}


def office(
    kind: str = "docx", *, parts: dict[str, bytes] | None = None, relations: str = "", types: bytes | None = None
) -> bytes:
    content_types = (
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/main.xml" ContentType="{_MAIN[kind]}"/></Types>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", content_types if types is None else types)
        package.writestr("main.xml", "<document/>")
        package.writestr(
            "word/_rels/settings.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{relations}</Relationships>",
        )
        for name, content in (parts or {}).items():
            package.writestr(name, content)
    return out.getvalue()


def relation(kind: str) -> str:
    return (
        f'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
        'Target="http://example.com/x" TargetMode="External"/>'
    )


def archive(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in entries.items():
            package.writestr(name, content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
