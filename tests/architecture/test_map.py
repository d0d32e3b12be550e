"""docs/map.md is what the code is."""

from __future__ import annotations

import argparse

from tinhso.config.commands import map as map_command


def test_the_map_shows_the_code_as_it_is(capsys) -> None:
    assert map_command.run(argparse.Namespace(check=True)) == 0, capsys.readouterr().out
