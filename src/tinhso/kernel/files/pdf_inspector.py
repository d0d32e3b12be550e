"""Looks into PDFs for what must not be stored. Run as a program of its own by `pdf`, never imported by the server.

Each line on standard input is a path; each line on standard output a verdict: ok, encrypted, active, embedded,
empty, broken or complex. "pages:" before a path asks for the number of its pages. Hostile files can make a parser loop or eat memory: here that hurts nobody else.
"""

import logging
import re
import resource
import sys

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

# Before a path: the number of its pages is asked for, not a verdict.
COUNT = "pages:"
MEMORY_BYTES = 1024 * 1024 * 1024
MAX_OBJECTS = 300_000
MAX_NODES = 3_000_000

ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
EMBEDDED_KEYS = {"/EmbeddedFiles", "/EF"}
ACTIVE_ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/GoToE",
    "/Rendition",
    "/Movie",
    "/Sound",
    "/GoTo3DView",
    "/RichMediaExecute",
}
ACTIVE_SUBTYPES = {"/RichMedia", "/Movie", "/Screen", "/3D", "/Sound"}

# Long enough never to come up by chance in packed data; #xx spells a letter, «/J#61vaScript».
RAW_ACTIVE = re.compile(rb"/(?:JavaScript|SubmitForm|RichMedia|ImportData)\b")
HEX_NAME = re.compile(rb"/(?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){2,40}")


def judge(path: str) -> str:
    with open(path, "rb") as file:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted:
            return "encrypted"
        found = walk(reader)
        if found != "ok":
            return found
        if not pages_exist(reader):
            return "empty"
        file.seek(0)
        return raw(file.read())


def raw(data: bytes) -> str:
    """What the reader did not reach (older revisions, orphans) but another reader might."""
    if RAW_ACTIVE.search(data):
        return "active"
    if b"#" in data:
        for name in HEX_NAME.findall(data):
            if b"#" in name:
                plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), name)
                if RAW_ACTIVE.match(plain) or plain in (b"/JS", b"/Launch"):
                    return "active"
    return "ok"


def walk(reader: PdfReader) -> str:
    """Every object of the file, whether or not a page leads to it."""
    numbers = [(generation, number) for generation, table in reader.xref.items() for number in table]
    numbers += [(0, number) for number in reader.xref_objStm]
    if len(numbers) > MAX_OBJECTS:
        return "complex"
    nodes = 0
    stack: list[object] = [reader.trailer]
    for generation, number in numbers:
        try:
            stack.append(reader.get_object(IndirectObject(number, generation, reader)))
        except RecursionError:
            return "complex"
        except MemoryError:
            raise
        except Exception:  # noqa: S112 - one broken object; what can be read is judged
            continue
        while stack:
            nodes += 1
            if nodes > MAX_NODES:
                return "complex"
            node = stack.pop()
            if isinstance(node, DictionaryObject):
                found = judge_dictionary(node)
                if found != "ok":
                    return found
                stack.extend(value for value in node.values() if isinstance(value, (DictionaryObject, ArrayObject)))
            elif isinstance(node, ArrayObject):
                stack.extend(value for value in node if isinstance(value, (DictionaryObject, ArrayObject)))
    return "ok"


def judge_dictionary(node: DictionaryObject) -> str:
    keys = node.keys()
    if keys & ACTIVE_KEYS:
        return "active"
    if keys & EMBEDDED_KEYS or named(node, "/Type") == "/EmbeddedFile":
        return "embedded"
    if named(node, "/S") in ACTIVE_ACTIONS or named(node, "/Subtype") in ACTIVE_SUBTYPES:
        return "active"
    if named(node, "/Subtype") == "/FileAttachment":
        return "embedded"
    return "ok"


def named(node: DictionaryObject, key: str) -> str:
    value = node.raw_get(key) if key in node else None
    if isinstance(value, IndirectObject):
        value = value.get_object()
    return str(value) if isinstance(value, NameObject) else ""


def pages_exist(reader: PdfReader) -> bool:
    return next(iter(reader.pages), None) is not None


def count(path: str) -> str:
    """How many pages a PDF has."""
    with open(path, "rb") as file:
        return str(len(PdfReader(file, strict=False).pages))


def main() -> None:
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        try:
            asked = line.rstrip("\n")
            verdict = count(asked.removeprefix(COUNT)) if asked.startswith(COUNT) else judge(asked)
        except (RecursionError, MemoryError):
            verdict = "complex"
        except Exception:
            verdict = "broken"
        sys.stdout.write(verdict + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
