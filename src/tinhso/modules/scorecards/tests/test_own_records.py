"""The index from the product's own dossiers, and the command that prints it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tinhso.config.commands import stats
from tinhso.kernel.access.api import NOBODY, SYSTEM, Refused
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.api import organisation
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.tests.factories import NOW, Stage, accepted, at_counter, issued, make_stage
from tinhso.modules.scorecards.api import Scorecard, scorecards

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 12, 31, 12, tzinfo=VIETNAM)
MONTH = {"since": date(2026, 11, 1), "until": date(2026, 11, 30)}


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def shares(card: Scorecard) -> dict[str, tuple[int, int]]:
    return {
        one.indicator.key: (one.share.numerator, one.share.denominator)
        for group in card.groups
        for one in group.indicators
        if one.share is not None
    }


def test_a_month_of_dossiers_counted_by_hand(stage: Stage) -> None:
    issued(stage)
    late = accepted(stage)
    asked_twice = accepted(stage)
    at_counter(stage)
    Dossier.objects.update(due_at=LATER + timedelta(days=9))
    Dossier.objects.filter(pk=late.pk).update(due_at=NOW + timedelta(hours=2))
    Dossier.objects.filter(pk=asked_twice.pk).update(supplement_count=2)

    (card,) = scorecards(**MONTH, actor=SYSTEM, now=LATER)

    found = shares(card)
    assert card.agency == organisation(stage.agency_id).name
    assert found["settled_on_time"] == (2, 4)
    assert found["dossiers_online"][1] == 4
    assert card.groups[1].points == 10
    # Nothing is recorded of complaints: no score, not 0. Of payments it is: three charges, none paid online.
    assert card.groups[5].points is None
    assert found["dossiers_paid_online"][0] == 0
    assert card.groups[3].known_max == 10


def test_one_supplement_request_is_not_late(stage: Stage) -> None:
    accepted(stage)
    Dossier.objects.update(supplement_count=1, due_at=LATER)
    (card,) = scorecards(**MONTH, actor=SYSTEM, now=LATER)
    assert shares(card)["settled_on_time"] == (1, 1)


def test_only_agencies_within_reach(stage: Stage) -> None:
    accepted(stage)
    assert len(scorecards(**MONTH, actor=stage.leader, now=LATER)) == 1
    for actor in (NOBODY, stage.citizen):
        with pytest.raises(Refused):
            scorecards(**MONTH, actor=actor, now=LATER)


def test_a_few_queries_however_many_agencies(stage: Stage, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    accepted(stage)
    with django_assert_num_queries(14):
        scorecards(**MONTH, actor=SYSTEM, now=LATER)


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    stats.add_arguments(parser)
    return stats.run(parser.parse_args(["--table", "766-score", *arguments]))


def test_the_command_prints_the_month(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    accepted(stage)
    month = datetime.now(VIETNAM).strftime("%Y-%m")
    assert run("--month", month, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["max"] == 100
    assert printed["from"] == f"{month}-01"


def test_the_command_scores_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"
    share = {"numerator": 144_625, "denominator": 184_513}
    path.write_text(json.dumps({"agencies": [{"agency": "Tỉnh", "inputs": {"settled_on_time": share}}]}))
    assert run("--inputs", str(path), "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["score"], row["known_max"]) == (15.68, 20)
    assert row["groups"][0]["score"] is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"agencies": [{"agency": "A", "inputs": {"x": 1}}]}'])
def test_a_file_that_makes_no_sense_is_told(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"
    path.write_text(content)
    assert run("--inputs", str(path)) == 2
    assert capsys.readouterr().err
    assert run("--inputs", str(tmp_path / "none.json")) == 2


@pytest.mark.parametrize("arguments", [(), ("--month", "2026-13"), ("--from", "2026-11-30", "--to", "2026-11-01")])
def test_a_period_that_makes_no_sense_is_told(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert capsys.readouterr().err
