"""`tinhso map`: docs/map.md drawn from the code: modules and their arrows, tables, addresses, permissions, events."""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tinhso.config.drawn import add_arguments, write_or_check

__all__ = ["add_arguments", "draw", "run"]

PACKAGE = Path(__file__).resolve().parents[2]


def run(args: argparse.Namespace) -> int:
    return write_or_check("map.md", draw, check=args.check)


def draw() -> str:
    """The whole map as Markdown. The same code gives the same text."""
    parts = [
        "# Map of the code",
        "",
        "Drawn by `make map` from the code itself; do not edit. A test holds it to the code.",
        "",
        "## Modules",
        "",
        "An arrow means «calls». Arrows point down only (`.importlinter`).",
        "",
        "```mermaid",
        "flowchart TD",
        *_arrows(),
        "```",
        "",
        *_rooms("modules", "Modules"),
        *_rooms("kernel", "Kernel"),
        *_tables(),
        *_addresses(),
        *_permissions(),
        *_events(),
    ]
    return "\n".join(parts) + "\n"


def _packages(container: str) -> list[Path]:
    return sorted(path for path in (PACKAGE / container).iterdir() if (path / "__init__.py").exists())


def _sources(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(package).parts):
            yield path


def _arrows() -> Iterator[str]:
    for package in _packages("modules"):
        called = set()
        for path in _sources(package):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                for name in names:
                    words = name.split(".")
                    if words[:2] == ["tinhso", "modules"] and len(words) > 2 and words[2] != package.name:
                        called.add(words[2])
        for name in sorted(called):
            yield f"    {package.name} --> {name}"
        yield f"    {package.name} --> kernel"


def _rooms(container: str, title: str) -> Iterator[str]:
    """What each folder holds. No counts of lines or tests: the map changes only when the structure does."""
    yield from (f"## {title}: what each holds", "", "| folder | what |", "|---|---|")
    for package in _packages(container):
        yield f"| `{container}/{package.name}` | {_first_line(package)} |"
    yield ""


def _first_line(package: Path) -> str:
    """The first sentence of the package's README, or of its docstring."""
    readme = package / "README.md"
    if readme.exists():
        for line in readme.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                return line.split(". ")[0].rstrip(".").replace("|", "/")
    doc = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return doc.split("\n")[0].rstrip(".").replace("|", "/")


def _tables() -> Iterator[str]:
    from django.apps import apps

    yield from ("## Tables", "", "| table | what | points to |", "|---|---|---|")
    for model in sorted(apps.get_models(), key=lambda model: model._meta.db_table):
        if not model.__module__.startswith("tinhso."):
            continue
        targets = sorted(
            {
                field.related_model._meta.db_table
                for field in model._meta.get_fields()
                if field.is_relation
                and field.concrete
                and field.related_model
                and hasattr(field.related_model, "_meta")
            }
        )
        doc = (model.__doc__ or "").strip().split("\n")[0].replace("|", "/")
        yield f"| `{model._meta.db_table}` | {doc} | {', '.join(f'`{t}`' for t in targets)} |"
    yield ""


def _addresses() -> Iterator[str]:
    from django.urls import URLPattern, URLResolver, get_resolver

    def walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[tuple[str, str, str]]:
        for entry in resolver.url_patterns:
            where = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, where, f"{space}{entry.namespace}:" if entry.namespace else space)
            elif isinstance(entry, URLPattern) and entry.callback.__module__.startswith("tinhso."):
                yield where, f"{space}{entry.name}", str(getattr(entry.callback, "permission", ""))

    yield from ("## Addresses and their permissions", "", "| address | name | permission |", "|---|---|---|")
    for where, name, permission in sorted(walk(get_resolver(), "", "")):
        yield f"| `/{where}` | `{name}` | `{permission}` |"
    yield ""


def _permissions() -> Iterator[str]:
    from tinhso.kernel.access.api import permissions, roles

    yield from ("## Permissions", "", "| permission | on screen | without a role | roles |", "|---|---|---|---|")
    titles = roles()
    for name, permission in sorted(permissions().items()):
        kinds = ", ".join(sorted(permission.kinds))
        held = ", ".join(titles[role] for role in sorted(permission.roles))
        yield f"| `{name}` | {permission.title} | {kinds} | {held} |"
    yield ""


def _events() -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    for container in ("kernel", "modules"):
        for package in _packages(container):
            path = package / "events.py"
            if not path.is_file():
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    doc = (ast.get_docstring(node) or "").split("\n")[0]
                    found[package.name].append(f"| `{package.name}` | `{node.name}` | {doc} |")
    yield from ("## Events", "", "| module | event | when |", "|---|---|---|")
    for name in sorted(found):
        yield from found[name]
