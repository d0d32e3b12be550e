"""Both doubles run over HTTP and speak the real protocols; slow, down, lying, silent: nothing wrong is ever believed."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from typing import Any

import pytest

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.models import Attempt, Charge, Difference, Payment, ProviderHealth, Statement
from tinhso.modules.payments.rules.messages import Incoming
from tinhso.modules.payments.services import health, online, reconciling
from tinhso.modules.payments.services.providers import base
from tinhso.modules.payments.tests.factories import (
    NOW,
    Till,
    begin,
    connected,
    double_of,
    make_charge,
    make_till,
    running,
)

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("code", ["vnpay", "paygov"])


@pytest.fixture
def till() -> Till:
    return make_till()


class World:
    """A running double with our settings pointing at it. Callbacks are carried to us by hand: the test decides when."""

    def __init__(self, code: str, address: str, double: Any) -> None:
        self.code, self.address, self.double = code, address, double

    def told(self, **behaviour: Any) -> None:
        request = urllib.request.Request(f"{self.address}/control", json.dumps(behaviour).encode(), method="POST")
        assert urllib.request.urlopen(request).status == 200

    def pay(self, attempt: Attempt, outcome: str = "paid") -> None:
        """The payer at the provider's page."""
        assert "Trả tiền" in urllib.request.urlopen(attempt.pay_url).read().decode()
        body = urllib.parse.urlencode({"reference": attempt.reference, "outcome": outcome}).encode()
        with pytest.raises(urllib.error.HTTPError, match="303"):
            urllib.request.build_opener(NoRedirect).open(f"{self.address}/pay", body)

    def call_back(self, attempt: Attempt) -> int:
        """What the double would send us, delivered. Returns the HTTP status."""
        request = self.double.call_back(self.double.orders[attempt.reference])
        incoming = Incoming(
            request.get_method(),
            urllib.parse.urlsplit(request.full_url).query,
            request.data or b"",
            dict(request.header_items()),
        )
        return online.receive(code=self.code, incoming=incoming, actor=SYSTEM, now=NOW)[0]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def world(code: str, settings: Any) -> Any:
    double = double_of(code)
    with running(double) as address:
        settings.PAYMENTS = connected(code, address)
        found = World(code, address, double)
        found.told(call_back="none")
        yield found


def state_of(charge: Charge) -> str:
    charge.refresh_from_db()
    return charge.state


@BOTH
def test_paid_and_called_back(world: World, till: Till, code: str) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge, code)
    world.pay(attempt)
    assert [world.call_back(attempt) for _ in range(2)] == [200, 200]
    assert (state_of(charge), Payment.objects.get().method) == ("paid", code)


@BOTH
def test_given_up_by_the_payer(world: World, till: Till, code: str) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge, code)
    world.pay(attempt, "failed")
    world.call_back(attempt)
    attempt.refresh_from_db()
    assert (state_of(charge), attempt.state) == ("open", "failed")


@BOTH
@pytest.mark.parametrize("lie", ["forge", "amount", "garbage", "order"])
def test_a_lying_callback_is_not_believed(world: World, till: Till, code: str, lie: str) -> None:
    other = begin(till, make_charge(till, number=1), code)
    urllib.request.urlopen(other.pay_url)
    charge = make_charge(till, number=2)
    attempt = begin(till, charge, code)
    world.pay(attempt)
    world.told(lie=lie)
    world.call_back(attempt)
    assert (state_of(charge), Payment.objects.count()) == ("open", 0)
    # Asked itself it lies as well: not believed either. Honest again, it is.
    online.ask(attempt_id=attempt.pk, actor=SYSTEM, now=NOW)
    assert Payment.objects.count() == (1 if lie == "garbage" else 0)
    world.told(lie="")
    online.ask(attempt_id=attempt.pk, actor=SYSTEM, now=NOW)
    assert (state_of(charge), Payment.objects.count()) == ("paid", 1)


@BOTH
def test_a_callback_that_never_comes_is_asked_for(world: World, till: Till, code: str) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge, code)
    world.pay(attempt)
    assert online.ask_waiting(actor=SYSTEM, now=NOW) == 0
    assert online.ask_waiting(actor=SYSTEM, now=NOW + timedelta(minutes=3)) == 1
    assert (state_of(charge), Payment.objects.count()) == ("paid", 1)
    # The callback comes after all: known, applied no second time.
    world.call_back(attempt)
    assert Payment.objects.count() == 1


@BOTH
def test_never_paid_runs_out_and_a_late_payment_is_still_found(world: World, till: Till, code: str) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge, code)
    urllib.request.urlopen(attempt.pay_url)
    online.ask_waiting(actor=SYSTEM, now=NOW + timedelta(minutes=3))
    attempt.refresh_from_db()
    assert (attempt.state, attempt.asks) == ("waiting", 1)
    online.ask_waiting(actor=SYSTEM, now=NOW + timedelta(minutes=30))
    attempt.refresh_from_db()
    assert (attempt.state, state_of(charge)) == ("expired", "open")
    world.pay(attempt)
    online.ask_waiting(actor=SYSTEM, now=NOW + timedelta(hours=2))
    assert state_of(charge) == "paid"


@BOTH
def test_down_or_slow_nothing_is_taken_and_it_is_told(
    world: World, till: Till, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge, code)
    world.pay(attempt)
    world.told(down=True)
    online.ask_waiting(actor=SYSTEM, now=NOW + timedelta(hours=1))
    attempt.refresh_from_db()
    # While it is away nobody knows: the waiting does not end.
    assert (attempt.state, state_of(charge)) == ("waiting", "open")
    assert ProviderHealth.objects.get(provider=code).failures == 1
    if code == "paygov":
        with pytest.raises(online.CannotPay, match="chưa trừ tiền"):
            begin(till, make_charge(till, number=5), code)
    world.told(down=False, delay=1)
    monkeypatch.setattr(base, "TIMEOUT", (1, 0.2))
    assert health.probe(actor=SYSTEM, now=NOW)[code] == "Cổng trả lời quá chậm."
    world.told(delay=0)
    monkeypatch.setattr(base, "TIMEOUT", (3, 8))
    assert health.probe(actor=SYSTEM, now=NOW)[code] == ""
    assert ProviderHealth.objects.get(provider=code).failures == 0
    online.ask_waiting(actor=SYSTEM, now=NOW + timedelta(hours=3))
    assert state_of(charge) == "paid"


def test_a_gateway_that_sends_elsewhere_is_not_followed(till: Till, settings: Any) -> None:
    double = double_of("paygov")
    honest = double.begin
    double.begin = lambda given, host: honest(given, "evil.example")  # type: ignore[attr-defined]
    with running(double) as address:
        settings.PAYMENTS = connected("paygov", address)
        with pytest.raises(online.CannotPay):
            begin(till, make_charge(till), "paygov")


@BOTH
@pytest.mark.parametrize(
    ("lie", "kinds"),
    [
        ("", []),
        ("drop", ["not_there"]),
        ("extra", ["not_here"]),
        ("amount", ["amount"]),
        ("twice", ["twice"]),
    ],
)
def test_the_statement_of_the_day_is_fetched_and_every_difference_found(
    world: World, till: Till, code: str, lie: str, kinds: list[str]
) -> None:
    now = datetime.now(VIETNAM)
    for number in (1, 2):
        attempt = begin(till, make_charge(till, number=number, now=now), code, now)
        world.pay(attempt)
        world.call_back(attempt)
    world.told(statement=lie)
    fetched = reconciling.fetch_statements(day=now.date(), actor=SYSTEM, now=now)
    assert fetched[code] == ""
    found = Difference.objects.all()
    assert [one.kind for one in found] == kinds
    # The same again changes nothing; the right statement closes what it explains.
    reconciling.fetch_statements(day=now.date(), actor=SYSTEM, now=now)
    assert Difference.objects.count() == len(kinds)
    world.told(statement="")
    reconciling.fetch_statements(day=now.date(), actor=SYSTEM, now=now)
    assert not Difference.objects.filter(settled_at=None).exists()
    assert Statement.objects.filter(superseded_at=None, provider=code).count() == 1


@BOTH
def test_a_refund_there_that_is_not_here_is_found(world: World, till: Till, code: str) -> None:
    now = datetime.now(VIETNAM)
    attempt = begin(till, make_charge(till, now=now), code, now)
    world.pay(attempt)
    world.call_back(attempt)
    world.told(refund=attempt.reference)
    reconciling.fetch_statements(day=now.date(), actor=SYSTEM, now=now)
    found = Difference.objects.get()
    assert (found.kind, found.here, found.there, found.charge_id) == ("refund", 0, 16_000, attempt.charge_id)


@BOTH
def test_the_double_calls_back_by_itself(world: World, till: Till, code: str) -> None:
    """Over HTTP, to an address that takes it: several times when told so."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    came: list[str] = []

    class Taker(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    taker = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=taker.serve_forever, daemon=True)
    thread.start()
    attempt = begin(till, make_charge(till), code)
    urllib.request.urlopen(attempt.pay_url)
    world.double.orders[attempt.reference].notify_url = f"http://127.0.0.1:{taker.server_port}/x"
    world.told(call_back="soon", repeat=3)
    world.double.orders[attempt.reference].status = "paid"
    world.double.tell(world.double.orders[attempt.reference])
    taker.shutdown()
    taker.server_close()
    assert len(came) == 3
