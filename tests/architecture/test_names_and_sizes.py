"""Names that say nothing, files too long to read, and hidden flows are refused."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tinhso"
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "misc",
    "base_utils",
    "extras",
}
MAX_LINES = 500
# The tokens, and their values in the dark and on paper.
TOKEN_FILES = {"tokens.css", "dark.css", "print.css"}


def python_files() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]


def test_no_file_is_named_for_nothing() -> None:
    named = [str(p.relative_to(ROOT)) for p in SOURCE.rglob("*") if p.stem.lower() in FORBIDDEN_NAMES]
    assert named == []


def test_no_file_is_too_long_to_read() -> None:
    endings = {".py", ".html", ".css", ".js", ".typ"}
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for folder in (SOURCE, ROOT / "tests", ROOT / "bench", ROOT / "tools")
        for path in folder.rglob("*")
        if path.suffix in endings and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    ]
    assert long == []


def test_no_django_signals_and_no_overridden_save() -> None:
    found = []
    for path in python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("django.dispatch", "django.db.models.signals")
            ):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} signals")
            if isinstance(node, ast.ClassDef):
                names = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                if path.name == "models.py" and names & {"save", "delete"}:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} overrides save or delete")
    assert found == []


def test_only_config_reads_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if "config" not in path.relative_to(SOURCE).parts[:1]
        and "tests" not in path.parts
        and re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    ]
    assert readers == []


def test_every_public_function_of_a_door_is_documented() -> None:
    missing = []
    for path in SOURCE.rglob("api.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree):
            missing.append(str(path.relative_to(ROOT)))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert missing == []


def test_templates_carry_no_inline_script_or_style() -> None:
    """The content security policy would block them; better told here than by a blank page."""
    pattern = re.compile(
        r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*(\bsrc=|application/json|type=\"importmap\"))", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in SOURCE.rglob("*.html")
        if (
            match := pattern.search(
                re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            )
        )
    ]
    assert found == []


def test_colours_and_fonts_come_from_the_tokens_only() -> None:
    pattern = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(")
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in SOURCE.rglob("*.css")
        if path.name not in TOKEN_FILES
        and (match := pattern.search(re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)))
    ]
    assert found == []


def test_a_template_includes_only_its_own_parts_and_the_kernels() -> None:
    pattern = re.compile(r"{%\s*(?:include|extends)\s+[\"']([^\"']+)[\"']")
    allowed_of = {"dossiers": {"dossiers", "procedures", "ui"}}
    wrong = []
    for module in (SOURCE / "modules").iterdir():
        for path in module.rglob("*.html"):
            for name in pattern.findall(path.read_text(encoding="utf-8")):
                if name.split("/")[0] not in allowed_of.get(module.name, {module.name, "ui"}):
                    wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []
