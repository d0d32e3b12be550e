"""No officers' page costs more queries than tests/query_budgets.json allows, however much there is to show."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import Actor
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Paper
from tinhso.modules.dossiers.rules import Channel
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def test_every_officers_page_keeps_its_budget() -> None:
    stage = f.make_stage()
    for _ in range(3):
        f.accepted(stage)
        f.send(stage)
    asked = f.accepted(stage)
    f.do(asked, "consult", stage.handler)
    new, waiting, done = f.send(stage), f.submitted_to_leader(stage), f.issued(stage)
    draft = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, actor=stage.clerk, now=f.NOW
    )
    paper = Paper.objects.get(dossier=new).pk
    browser(stage.clerk).post(reverse("dossiers:new_pin", args=[done.public_id]))
    pages: list[tuple[str, list[object], str, Actor]] = [
        *(("desk", [], "", actor) for actor in (stage.clerk, stage.handler, stage.head, stage.leader)),
        *(("list", [], "", actor) for actor in (stage.clerk, stage.handler, stage.head, stage.leader)),
        ("list", [], "?holder=work&q=nhung&state=all&due=late&procedure=1.001193", stage.handler),
        ("list_print", [], "", stage.handler),
        ("list_export", [], "", stage.handler),
        ("show", [new.public_id], "", stage.clerk),
        ("show", [new.public_id], f"?open=p{paper}", stage.clerk),
        ("show", [asked.public_id], "", stage.head),
        ("show", [waiting.public_id], "", stage.leader),
        ("show", [done.public_id], "", stage.clerk),
        ("why", [waiting.public_id], "", stage.leader),
        ("audit", [waiting.public_id], "", stage.leader),
        ("file", [new.public_id, paper], "", stage.clerk),
        ("print", [waiting.public_id, "receipt"], "", stage.leader),
        ("preview", [waiting.public_id], "", stage.leader),
        ("refuse", [new.public_id], "", stage.clerk),
        ("counter", [], "", stage.clerk),
        ("counter_applicant", [draft], "", stage.clerk),
        ("counter_form", [draft, "child"], "", stage.clerk),
        ("counter_papers", [draft], "", stage.clerk),
    ]
    over = []
    for name, args, query, actor in pages:
        client = browser(actor)
        address = reverse(f"dossiers:{name}", args=args) + query
        client.get(address)  # The first look writes the visit, the first print the paper.
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        assert response.status_code == 200, address
        if len(queries) > BUDGETS[f"dossiers:{name}"]:
            over.append((name, query, sorted(actor.roles()), len(queries)))
    assert not over, "\n".join(map(str, over))
