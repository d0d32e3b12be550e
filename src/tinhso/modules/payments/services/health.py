"""How the providers answer: noted with every call, asked for once in a while, shown to the operator."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from tinhso.kernel.access.api import Actor, require
from tinhso.modules.payments.models import ProviderHealth
from tinhso.modules.payments.rules.messages import Order
from tinhso.modules.payments.services.providers import ProviderAway, providers

# An order that exists nowhere: every provider answers that it knows nothing of it.
PROBE = "TS0000000000000000"


@transaction.atomic
def note(code: str, *, problem: str, now: datetime) -> None:
    """`problem` empty: the provider answered as it should."""
    health, _ = ProviderHealth.objects.get_or_create(provider=code)
    if problem:
        ProviderHealth.objects.filter(pk=health.pk).update(
            failed_at=now, failures=F("failures") + 1, problem=problem[:300]
        )
    else:
        ProviderHealth.objects.filter(pk=health.pk).update(ok_at=now, failures=0, problem="")


def probe(*, actor: Actor, now: datetime) -> dict[str, str]:
    """Ask every connected provider for an order that does not exist. Code → problem, "" when all is well."""
    require(actor, "payments.ask_provider")
    found = {}
    for code, door in providers().items():
        if not door.connected:
            continue
        problem = ""
        try:
            door.ask(Order(PROBE, 1, "PROBE", now, now + timedelta(minutes=1)))
        except ProviderAway as away:
            problem = str(away)
        note(code, problem=problem, now=now)
        found[code] = problem
    return found
