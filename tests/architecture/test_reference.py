"""docs/reference.md is what the doors say of themselves."""

from __future__ import annotations

import argparse

from tinhso.config.commands import reference


def test_the_reference_shows_the_doors_as_they_are(capsys) -> None:
    assert reference.run(argparse.Namespace(check=True)) == 0, capsys.readouterr().out
