"""`tinhso reference`: docs/reference.md, what each door offers, drawn from the docstrings of every `api.py`."""

from __future__ import annotations

import argparse
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tinhso.config.drawn import add_arguments, write_or_check

__all__ = ["add_arguments", "draw", "run"]

PACKAGE = Path(__file__).resolve().parents[2]


def run(args: argparse.Namespace) -> int:
    return write_or_check("reference.md", draw, check=args.check)


def draw() -> str:
    """The whole reference as Markdown. The same code gives the same text."""
    lines = [
        "# Reference of the doors",
        "",
        "Drawn by `make map` from the docstrings of every `api.py`; do not edit. A test holds it to the code.",
        "Modules and kernel packages are entered by these names only ([ADR 1](adr/0001-walls-that-fail.md)).",
        "",
    ]
    for container in ("modules", "kernel"):
        for path in sorted((PACKAGE / container).glob("*/api.py")):
            lines += _door(importlib.import_module(f"tinhso.{container}.{path.parent.name}.api"))
    return "\n".join(lines).rstrip() + "\n"


def _door(module: ModuleType) -> Iterator[str]:
    name = module.__name__.removesuffix(".api").removeprefix("tinhso.")
    yield from (f"## {name}", "", *_text(module), "")
    names = getattr(module, "__all__", None) or [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
    for key in sorted(names):
        value = getattr(module, key)
        if inspect.isclass(value):
            yield from (f"### class `{key}`", "", *_text(value), "")
        elif callable(value):
            yield from (f"### `{key}`", "", *_signature(key, value), *_text(value), "")


def _signature(name: str, function: object) -> Iterator[str]:
    """As written, one parameter a line when it is long. Annotations are kept as text: the same on every machine."""
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return
    parts = [_parameter(parameter) for parameter in signature.parameters.values()]
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    back = signature.return_annotation
    arrow = "" if back is inspect.Signature.empty else f" -> {_annotation(back)}"
    line = f"{name}({', '.join(parts)}){arrow}"
    if len(line) > 110:
        line = f"{name}(\n    " + ",\n    ".join(parts) + f",\n){arrow}"
    yield from ("```python", line, "```", "")


def _parameter(parameter: inspect.Parameter) -> str:
    star = ""
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        star = "*"
    elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
        star = "**"
    text = star + parameter.name
    annotated = parameter.annotation is not inspect.Parameter.empty
    if annotated:
        text += f": {_annotation(parameter.annotation)}"
    if parameter.default is not inspect.Parameter.empty:
        shown = repr(parameter.default)
        # Objects that print their address would differ from run to run.
        text += (" = " if annotated else "=") + ("…" if " at 0x" in shown or len(shown) > 40 else shown)
    return text


def _annotation(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else str(getattr(annotation, "__name__", annotation))


def _text(value: object) -> Iterator[str]:
    """The docstring, unless it is the signature that `dataclass` makes up. Indented lines become code."""
    doc = inspect.getdoc(value) or ""
    if doc and not doc.startswith(f"{getattr(value, '__name__', '')}("):
        yield from doc.splitlines()
