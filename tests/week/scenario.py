"""The week itself: who files when, money, post, the hall, leaders' decisions, and the jobs of the night between the days."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.week.ground import END, FRIDAY, MONDAY, OFFICERS, Ground
from tests.week.people import Office, picture
from tinhso.kernel.access.api import NOBODY, SYSTEM
from tinhso.kernel.calendar.api import calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import drain
from tinhso.kernel.signed import signature_of
from tinhso.modules.archive import api as archive
from tinhso.modules.counters import api as counters
from tinhso.modules.counters.models import Counter
from tinhso.modules.counters.services.queueing import miss
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Paper, Rated, Result, SupplementRequest, Task
from tinhso.modules.dossiers.services.digitising import to_scan
from tinhso.modules.notifications.services.sending import ask_to_send
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Attempt, Charge, Payment, Refund
from tinhso.modules.payments.services import online
from tinhso.modules.payments.services.reconciling import fetch_statements
from tinhso.modules.post import api as post
from tinhso.modules.post.models import Consignment
from tinhso.modules.post.services.sending import hand_to_postman

DOSSIERS = int(os.environ.get("TINHSO_WEEK_DOSSIERS", "40"))
TICKS = (time(7, 40), time(8, 30), time(9, 30), time(10, 30), time(13, 10), time(14, 10), time(15, 10), time(16, 10))
CHANNELS = ("online",) * 5 + ("counter",) * 3 + ("post", "elsewhere") + ("joint",) * 3
DAYS = (FRIDAY, *(MONDAY + timedelta(days=number) for number in range((END - MONDAY).days + 1)))


@dataclass
class Planted:
    """What the people outside did wrong on purpose, to be found again at the end."""

    forged: int = 0
    repeated: int = 0
    never_called_back: int = 0
    # (provider, day) → what its statement was made to say.
    statements: dict[tuple[str, date], str] = field(default_factory=dict)


class Week:
    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground = ground
        self.office = Office(ground, seed)
        self.chance = self.office.chance
        self.planted = Planted()

    @property
    def now(self) -> datetime:
        return self.ground.clock.now

    def live(self) -> None:
        each = max(1, DOSSIERS // (len(DAYS) * len(TICKS)))
        for day in DAYS:
            self._morning(day)
            for at in TICKS:
                self.ground.clock.set(datetime.combine(day, at, VIETNAM))
                left = DOSSIERS - self.office.filed
                for _ in range(min(left, each + self.chance.randrange(2))):
                    self._arrive()
                for username in self.chance.sample(OFFICERS, len(OFFICERS)):
                    for _ in range(4):
                        self.office.do_next(username)
                self._leaders()
                self._people_answer()
                self._money()
                self._post()
                self._queue()
                self._scans()
                self._events()
            self._night(day)

    # The day

    def _arrive(self) -> None:
        self.office.file(self.chance.choice(CHANNELS))

    def _morning(self, day: date) -> None:
        self.ground.clock.set(datetime.combine(day, time(7, 20), VIETNAM))
        first = Counter.objects.filter(hall__token=self.ground.hall).order_by("number")[0]
        self.office.post("tiepnhan", "counters:sit", counter=str(first.pk))

    def _leaders(self) -> None:
        """Once in a while: stop, apologise, stand in for somebody absent, close silent opinions, correct a result."""
        office, leader, head = self.office, self.office.actor("chutich"), self.office.actor("truongphong")
        self.ground.clock.tick()
        own = Dossier.objects.filter(agency_id=self.ground.agency_id)
        late = own.filter(due_at__lt=self.now, state__in=[2, 4]).order_by("pk").first()
        if late is not None and self.chance.random() < 0.3:
            due = self._closing(self.now + timedelta(days=3))
            office.tries("apologise", lambda: dossiers.apologise(
                dossier_id=late.pk, reason="Phải chờ xác minh của nơi đăng ký trước đây.", new_due_at=due,
                actor=leader, now=self.now))  # fmt: skip
        running = list(own.filter(state__in=[2, 4]).order_by("pk"))
        if running and self.chance.random() < 0.08:
            one = self.chance.choice(running)
            office.tries("stop", lambda: dossiers.stop(
                dossier_id=one.pk, ground="law", document="Thông báo 15/TB-UBND", reason="Có tranh chấp đang được thụ lý.",
                actor=leader, now=self.now))  # fmt: skip
        unanswered = SupplementRequest.objects.filter(
            answered_at=None, closed_at=None, answer_by_at__lt=self.now, dossier__accepted_at__isnull=False
        ).first()
        if unanswered is not None and self.chance.random() < 0.15:
            office.tries("stop", lambda: dossiers.stop(
                dossier_id=unanswered.dossier_id, ground="not_supplemented", document="",
                reason="Quá hạn bổ sung mà không bổ sung.", actor=leader, now=self.now))  # fmt: skip
        held = Task.objects.filter(
            finished_at=None, kind="step", role="handler", holder__isnull=False, awaits_receipt=False,
            organisation_id=self.ground.agency_id, dossier__state__in=[2, 4],
        ).exclude(holder_id=head.user_id).first()  # fmt: skip
        if held is not None and self.chance.random() < 0.08:
            office.tries("take over", lambda: dossiers.take_over(
                task_id=held.pk, ground="Cán bộ đi công tác.", actor=head, now=self.now))  # fmt: skip
        for task in Task.objects.filter(finished_at=None, kind="opinion", due_at__lt=self.now).order_by("pk")[:2]:
            office.tries("close opinion", lambda task=task: dossiers.close_unanswered(
                task_id=task.pk, ground="Đã đôn đốc hai lần mà không có ý kiến.", actor=head, now=self.now))  # fmt: skip
        wrong = Result.objects.filter(is_current=True, replaces=None, file__isnull=False,
                                      organisation_id=self.ground.agency_id).order_by("pk").last()  # fmt: skip
        if wrong is not None and self.chance.random() < 0.06:
            office.tries("correct", lambda: dossiers.correct_result(
                dossier_id=wrong.dossier_id, reason="Sai tên đệm do lỗi nhập, theo đề nghị của người nộp.", values={},
                actor=leader, now=self.now))  # fmt: skip

    def _closing(self, at: datetime) -> datetime:
        calendar = calendar_for(self.ground.agency_id, around=at.date())
        day = at.date()
        while not calendar.spans_on(day):
            day += timedelta(days=1)
        return datetime.combine(day, time(16), VIETNAM)

    def _people_answer(self) -> None:
        self.ground.clock.tick()
        for dossier in Dossier.objects.filter(state=dossiers.State.SUPPLEMENT_REQUESTED).order_by("pk"):
            if self.chance.random() < 0.12:
                self.office.answer(dossier)
        for dossier in Dossier.objects.filter(state__in=[1, 2, 4, 5, 6]).order_by("pk"):
            if self.chance.random() < 0.004:
                self.office.withdraw(dossier)
        rated = Rated.objects.values("dossier_id")
        for dossier in Dossier.objects.filter(state=dossiers.State.RETURNED).exclude(pk__in=rated).order_by("pk"):
            if self.chance.random() < 0.15:
                self.office.rate(dossier)

    # Money

    def _money(self) -> None:
        self.ground.clock.tick()
        for charge in Charge.objects.filter(state="open", organisation_id=self.ground.office_id).order_by("pk"):
            dice = self.chance.random()
            if dice < 0.10:
                self._pay_online(charge)
            elif dice < 0.14:
                self._pay_by_vietqr(charge)
            elif dice < 0.18:
                self.office.post("tiepnhan", "payments:counter", charge.public_id, do="cash",
                                 tendered=str(charge.amount + 5_000))  # fmt: skip
        self._refunds()

    def _pay_online(self, charge: Charge) -> None:
        """At the provider's page; its callback comes once, twice, forged first, or never (then we ask)."""
        code = self.chance.choice(sorted(self.ground.paying))
        double = self.ground.paying[code]
        payer = self.office.owner_of(Dossier.objects.get(pk=int(charge.subject_ref.partition(":")[2])))
        if payer is None:
            return
        begun = self.office.tries("pay online", lambda: online.start(
            public_id=charge.public_id, code=code, payer_address="127.0.0.1", opened=frozenset(), actor=payer,
            now=self.now))  # fmt: skip
        attempt = Attempt.objects.filter(charge=charge, provider=code).order_by("-pk").first()
        if begun is None or attempt is None or attempt.state != "waiting":
            return
        urllib.request.urlopen(attempt.pay_url).read()
        outcome = "failed" if self.chance.random() < 0.12 else "paid"
        body = urllib.parse.urlencode({"reference": attempt.reference, "outcome": outcome}).encode()
        with pytest.raises(urllib.error.HTTPError, match="303"):
            urllib.request.build_opener(_Stay).open(self._address(code) + "/pay", body)
        order = double.orders[attempt.reference]
        if order.paid_at is not None:
            order.paid_at = self.now.replace(microsecond=0)
        how = self.chance.random()
        if how < 0.15:
            self.planted.never_called_back += outcome == "paid"
            return
        if how < 0.35:
            double.behaviour.lie = self.chance.choice(("forge", "amount"))
            self._carry(code, order)
            double.behaviour.lie = ""
            self.planted.forged += 1
        for _ in range(3 if how > 0.8 else 1):
            self._carry(code, order)
        self.planted.repeated += how > 0.8

    def _address(self, code: str) -> str:
        parts = urllib.parse.urlsplit(settings.PAYMENTS[code]["url"])
        return f"{parts.scheme}://{parts.netloc}"

    def _carry(self, code: str, order: Any) -> None:
        """What the provider would send, to our address."""
        request = self.ground.paying[code].call_back(order)
        address = reverse("payments:callback", args=[code])
        query = urllib.parse.urlsplit(request.full_url).query
        headers = {name: value for name, value in request.header_items() if name.lower().startswith("x-")}
        if request.get_method() == "GET":
            Client().get(f"{address}?{query}")
        else:
            Client().post(address, request.data, content_type="application/json", headers=headers)

    def _pay_by_vietqr(self, charge: Charge) -> None:
        if self.office.post("tiepnhan", "payments:counter", charge.public_id, do="vietqr"):
            self.office.post("tiepnhan", "payments:counter", charge.public_id, do="confirm",
                             bank_reference=f"FT26{charge.pk:09d}")  # fmt: skip

    def _refunds(self) -> None:
        """Asked by one, approved by another, done by a third; of dossiers that ended without a result, and of surplus."""
        ended = [f"dossier:{key}" for key in Dossier.objects.filter(state__in=[3, 7, 8]).values_list("pk", flat=True)]
        asked = Refund.objects.values("payment_id")
        for payment in Payment.objects.filter(charge__subject_ref__in=ended).exclude(pk__in=asked).order_by("pk"):
            if self.chance.random() < 0.4:
                self.office.tries("ask refund", lambda payment=payment: payments.ask_refund(
                    payment_id=payment.pk, amount=payment.amount, reason="Hồ sơ kết thúc không có kết quả, theo đề nghị.",
                    actor=self.office.actor("chuyenvien.kinhte"), now=self.now))  # fmt: skip
        for refund in Refund.objects.filter(state="asked").order_by("pk"):
            if self.chance.random() < 0.5:
                self.office.tries("decide refund", lambda refund=refund: payments.decide_refund(
                    refund_id=refund.pk, approve=self.chance.random() < 0.8, note="Đã xem hồ sơ.",
                    actor=self.office.actor("truongphong"), now=self.now))  # fmt: skip
        for refund in Refund.objects.filter(state="approved").order_by("pk"):
            if self.chance.random() < 0.5:
                self.office.tries("refund", lambda refund=refund: payments.finish_refund(
                    refund_id=refund.pk, reference=f"PC{refund.pk:05d}", actor=self.office.actor("tiepnhan"),
                    now=self.now))  # fmt: skip

    # Post, hall, scans

    def _post(self) -> None:
        self.ground.clock.tick()
        self.ground.post.ahead = (self.now - datetime.now(tz=VIETNAM)).total_seconds()
        for clerk, office_id in (("tiepnhan", self.ground.office_id), ("tiepnhan.samson", self.ground.other_office_id)):
            self._hand_to_postman(clerk, office_id)
        for row in Consignment.objects.exclude(state__in=["ordered", "created", "delivered", "returned"]).order_by(
            "pk"
        ):
            dice = self.chance.random()
            if dice < 0.45:
                following = {
                    "handed_over": "in_transit",
                    "attempted": "delivering",
                    "in_transit": "delivering",
                    "returning": "returned",
                }
                state = following.get(row.state, "delivered" if self.chance.random() < 0.8 else "returning")
                self._say(
                    row.tracking_code, {"state": state, "received_by": row.recipient_name}, times=2 if dice < 0.1 else 1
                )

    def _hand_to_postman(self, clerk: str, office_id: int) -> None:
        ready = list(Consignment.objects.filter(state="created", office_id=office_id).values_list("pk", flat=True))
        if ready and (len(ready) >= 2 or self.chance.random() < 0.3):
            self.office.tries("postman", lambda: hand_to_postman(
                consignment_ids=ready, postman_name="Lê Văn Thư", office_id=office_id,
                actor=self.office.actor(clerk), now=self.now))  # fmt: skip

    def _say(self, code: str, said: dict[str, str], times: int) -> None:
        event = self.ground.post.advance(code, said)
        body = json.dumps(event).encode()
        stamp = str(int(self.now.timestamp()))
        for _ in range(times):
            answer = Client().post(
                reverse("post:message"), body, content_type="application/json",
                headers={"X-Post-Timestamp": stamp, "X-Post-Signature": signature_of("double", stamp, body)},
            )  # fmt: skip
            assert answer.status_code == 200, answer.content

    def _queue(self) -> None:
        for _ in range(self.chance.randrange(3)):
            counters.take_number(token=self.ground.hall, line_id=self.chance.choice(self.ground.lines), priority="",
                                 actor=NOBODY, now=self.now)  # fmt: skip
            self.office.did["ticket"] += 1
        clerk = self.office.actor("tiepnhan")
        called = self.office.tries("call", lambda: counters.call_next(actor=clerk, now=self.now))
        if called is not None and called is not True:
            self.ground.clock.tick(3)
            end = miss if self.chance.random() < 0.15 else counters.finish
            self.office.tries("serve", lambda: end(ticket_id=called.id, actor=clerk, now=self.now))

    def _scans(self) -> None:
        """The clerk digitises a paper that was handed in."""
        kind = archive.kinds(on=self.now.date())[0][0]
        papers = Paper.objects.filter(superseded_at=None, digitisation=None, reuse=None,
                                      dossier__office_id=self.ground.office_id).exclude(dossier__state__in=[3, 7, 8])  # fmt: skip
        for paper in papers.order_by("pk")[:40]:
            if (
                to_scan(dossiers.PaperKind(paper.kind), has_file=paper.file_id is not None)
                and self.chance.random() < 0.3
            ):
                self.office.tries("digitise", lambda paper=paper: dossiers.digitise(
                    paper_id=paper.pk, stream=picture(f"scan{paper.pk}"), filename="quet.png", now=self.now,
                    actor=self.office.actor("tiepnhan"), scan=dossiers.Scan(
                        kind_id=kind, number=f"{paper.pk}/GT", issuer_name="UBND phường", issued_date=date(2026, 1, 5),
                        valid_until=None, indefinite=True, pages=1, compared_with="original", compared=True)))  # fmt: skip
                return

    # Jobs

    def _events(self) -> None:
        """What the worker does all day: events, the post, waiting payments, notices."""
        self.ground.clock.tick()
        drain(self.now)
        post.push_waiting(actor=SYSTEM, now=self.now)
        online.ask_waiting(actor=SYSTEM, now=self.now)
        drain(self.now)

    def _night(self, day: date) -> None:
        """Signs and reminders, statements of the providers (one of them wrong), the post's silent ones, notices."""
        self.ground.clock.set(datetime.combine(day, time(22), VIETNAM))
        dossiers.watch(actor=SYSTEM, now=self.now)
        self._events()
        ask_to_send(actor=SYSTEM, now=self.now)
        post.ask_about_silent(actor=SYSTEM, now=self.now)
        for code, double in sorted(self.ground.paying.items()):
            lie = self.chance.choice(("", "", "drop", "extra", "amount"))
            double.behaviour.statement = lie
            self.planted.statements[code, day] = lie
        self.ground.clock.set(datetime.combine(day + timedelta(days=1), time(2), VIETNAM))
        fetch_statements(day=day, actor=SYSTEM, now=self.now)
        self._events()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
