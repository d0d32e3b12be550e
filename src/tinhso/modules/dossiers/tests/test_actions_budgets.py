"""No page of the actions costs more queries than tests/query_budgets.json allows."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tinhso.kernel.access.api import Actor
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import SupplementFile
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.action_steps import answer, ask, at, field, free, paper, write_answer
from tinhso.modules.dossiers.tests.test_actions_pages import browser

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=5))


def test_every_page_of_an_action_keeps_its_budget() -> None:
    stage = f.make_stage()
    new, held, waiting, done = f.send(stage), f.accepted(stage), f.submitted_to_leader(stage), f.issued(stage)
    dossiers.claim(task_id=f.open_task(held).pk, actor=stage.handler, now=f.NOW)
    # Asked twice, answered once, apologised for: a long history costs no more.
    asked = f.accepted(stage)
    dossiers.apologise(
        dossier_id=asked.pk, reason="Chờ xác minh nơi cư trú.", new_due_at=at(days=10), actor=stage.leader, now=at()
    )
    ask(asked, stage.handler)
    answer(asked, stage.citizen)
    request = ask(asked, stage.handler, field(), field("/members", "Kê khai đủ."), paper(), free())
    write_answer(asked, stage.citizen, papers=("birth_proof", "item-4"))
    row = SupplementFile.objects.filter(request=request).latest("pk").pk
    paying, ended = f.accepted(stage), f.accepted(stage)
    dossiers.request_payment(dossier_id=paying.pk, amount=5000, reason="Lệ phí.", actor=stage.handler, now=f.NOW)
    ask(ended, stage.handler)
    dossiers.withdraw(dossier_id=ended.pk, confirmed=True, actor=stage.citizen, now=f.NOW)
    task = f.open_task(held).pk
    opinion = f.accepted(stage)
    f.do(opinion, "consult", stage.handler)
    pages: list[tuple[str, list[Any], Actor]] = [
        *(("actions", [one.public_id], stage.leader) for one in (waiting, held, done, asked, paying, ended)),
        ("request_supplement", [new.public_id], stage.clerk),
        ("request_payment", [new.public_id], stage.clerk),
        ("resume_payment", [paying.public_id], stage.clerk),
        ("apologise", [held.public_id], stage.leader),
        ("stop", [held.public_id], stage.leader),
        ("correct_result", [done.public_id], stage.leader),
        *(("control_sheet", [asked.public_id, kind], stage.leader) for kind in ("pdf", "xlsx")),
        *((name, [held.public_id, task], stage.handler) for name in ("transfer", "ask_opinions", "send_back")),
        ("take_over", [held.public_id, task], stage.head),
        ("close_opinion", [opinion.public_id, f.open_task(opinion, "culture").pk], stage.handler),
        ("book", [], stage.clerk),
        *(("supplement", [asked.public_id], actor) for actor in (stage.citizen, stage.clerk)),
        ("supplement_file", [asked.public_id, row], stage.citizen),
        *(("withdraw", [held.public_id], actor) for actor in (stage.citizen, stage.clerk)),
        *(("follow", [one.public_id], stage.citizen) for one in (asked, paying, ended)),
        *(("form_pdf", [asked.public_id, "supplement", request.pk], actor) for actor in (stage.citizen, stage.clerk)),
    ]
    over = []
    for name, args, actor in pages:
        client = browser(actor)
        address = reverse(f"dossiers:{name}", args=args)
        client.get(address)  # The first look writes the visit, the first print the paper.
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, (name, actor.label)
        if len(queries) > BUDGETS.get(f"dossiers:{name}", 0):
            over.append((name, actor.label, len(queries)))
    assert over == [], "\n".join(map(str, over))
