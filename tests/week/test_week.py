"""A week of mixed work by ten simulated officers ends with every count reconciled. See README.md beside this file."""

from __future__ import annotations

import os
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.week import accounts, books
from tests.week.ground import END, MONDAY, prepared
from tests.week.ledger import Ledger
from tests.week.recount import Recount
from tests.week.scenario import Week
from tinhso.kernel.audit.api import seal, verify
from tinhso.kernel.clock import VIETNAM

SEED = int(os.environ.get("TINHSO_WEEK_SEED", "766"))
# What a week has to contain for its end to prove anything.
NEEDED = (
    "accept", "refuse", "act", "claim", "supplement", "answer", "withdraw", "stop", "confirm_hand_over", "take_fee",
    "return", "post_result", "pay online", "rate", "ticket", "digitise", "send back", "opinions",
)  # fmt: skip


@pytest.mark.django_db
def test_a_week_ends_with_every_count_reconciled(tmp_path: Path, settings: Any) -> None:
    known = settings.NOTIFICATIONS_PROVIDERS
    settings.NOTIFICATIONS_PROVIDERS = {**known, **{one: {**known[one], "url": ""} for one in ("sms", "zalo")}}
    with prepared(tmp_path, SEED) as ground:
        week = Week(ground, SEED)
        week.live()
        did, refused = dict(week.office.did), dict(week.office.refused)
        print(f"seed {SEED}: {did}\nrefused: {refused}\nplanted: {week.planted}")
        missing = [what for what in NEEDED if not did.get(what)]
        ledger = Ledger()
        ledger.same("kinds of work that the week lacks", missing, [])
        # Saturday morning: everything is looked at.
        ground.clock.set(datetime.combine(END + timedelta(days=1), time(8), VIETNAM))
        again = Recount(MONDAY, END, ground.clock.now)
        books.all_of(ledger, week.office, ground, again)
        accounts.all_of(ledger, week.office, ground, again, week.planted)
        # After the month: what is shown only then.
        ground.clock.set(datetime(2027, 1, 4, 8, tzinfo=VIETNAM))
        accounts.after_the_month(ledger, week.office, ground, again)
        seal(now=ground.clock.now)
        ledger.same("verify: the trail is whole", verify().ok, True)
        print(f"compared {ledger.compared} counts over {len(again.dossiers)} dossiers")
        assert not ledger.disagreements, "\n".join(ledger.disagreements[:60])
