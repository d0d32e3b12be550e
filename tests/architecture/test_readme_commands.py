"""Every command that the documents show exists, with its options; what costs nothing is run. Every link leads somewhere."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinhso.config import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs/guides").glob("*.md")])
DRAWN = {"map.md", "reference.md"}
# What a generated document or a set-up makes, hence perhaps not there in a fresh checkout.
MADE = {"docs/map.md", "docs/reference.md"}


def shown() -> Iterator[tuple[str, str]]:
    """(document, command): lines of code blocks and inline code."""
    for path in DOCUMENTS:
        if path.name in DRAWN:
            continue
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
        for line in [line for block in blocks for line in block.splitlines()] + inline:
            yield path.relative_to(ROOT).as_posix(), line.split(" # ")[0].strip()


def tinhso_commands() -> list[tuple[str, list[str]]]:
    found = []
    for document, line in shown():
        words = shlex.split(re.sub(r"^([A-Z_]+=\S+ )+", "", line)) if line.count('"') % 2 == 0 else []
        if words and re.fullmatch(r"(\.venv/bin/|/opt/tinhso/bin/)?tinhso", words[0]) and len(words) > 1:
            found.append((document, words[1:]))
    return found


def test_every_make_target_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {(document, name) for document, line in shown() for name in re.findall(r"\bmake ([a-z-]+)", line)}
    assert asked
    assert sorted((document, name) for document, name in asked if name not in targets) == []


def test_every_command_of_tinhso_shown_exists_with_its_options() -> None:
    wrong = []
    for document, words in tinhso_commands():
        name, given = words[0], words[1:]
        if name not in cli.COMMANDS:
            wrong.append(f"{document}: tinhso {name}")
            continue
        if name == "manage":
            continue
        parser = argparse.ArgumentParser()
        cli._module(name).add_arguments(parser)
        known = {option for action in parser._actions for option in action.option_strings}
        wrong += [f"{document}: tinhso {name} {word}" for word in given if word.startswith("--") and word not in known]
    assert wrong == []
    assert len(tinhso_commands()) > 10


def test_the_deadline_of_the_readme_is_computed(capsys: pytest.CaptureFixture[str]) -> None:
    (words,) = [words for document, words in tinhso_commands() if document == "README.md" and words[0] == "deadline"]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    # Received in the afternoon before Tết of 2026: the days off do not count.
    assert told["due"].startswith("2026-02-2")
    assert all(set(line) == {"date", "counted_minutes", "reason"} for line in told["explanation"])


def test_every_link_and_picture_leads_somewhere() -> None:
    broken = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / target).resolve()
            if not there.exists() and there.relative_to(ROOT).as_posix() not in MADE:
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_picture_is_shown_and_small() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    pictures = list((ROOT / "docs/images").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if f"images/{picture.name}" not in text] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > 300_000] == []


def test_every_variable_of_the_environment_is_in_the_example() -> None:
    read = set()
    for path in (ROOT / "src/tinhso/config").rglob("*.py"):
        read |= set(re.findall(r"""environ(?:\.get\(|\[)\s*"(TINHSO_[A-Z_]+)""", path.read_text(encoding="utf-8")))
    example = (ROOT / "deploy/tinhso.env.example").read_text(encoding="utf-8")
    assert sorted(name for name in read if f"{name}=" not in example) == []
