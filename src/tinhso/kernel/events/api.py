"""The door of events: say what happened (`publish`), listen (`subscribe`), deliver (`run_relay`, `drain`), operate.

@dataclass(frozen=True)
class DossierAccepted(Event):
    name: ClassVar[str] = "dossiers.accepted"
    dossier_id: int

publish(DossierAccepted(dossier_id=17), key="dossier:17")        # in the service, in its transaction

@subscribe(DossierAccepted, name="notifications.dossier_mail")   # in subscribers.py, imported by the app's ready()
def on_accepted(event: DossierAccepted, context: Context) -> None: ...
"""

from __future__ import annotations

from tinhso.kernel.events.queries import Backlog, StuckDelivery, backlog, failing_deliveries, parked_deliveries
from tinhso.kernel.events.relay import Tally, drain, drop_connection, run_relay
from tinhso.kernel.events.rules import Event, failure_place, pause_after
from tinhso.kernel.events.services import CannotDiscard, CannotRetry, discard, prune, publish, retry
from tinhso.kernel.events.subscriptions import Context, forget, subscribe

__all__ = [
    "Backlog",
    "CannotDiscard",
    "CannotRetry",
    "Context",
    "Event",
    "StuckDelivery",
    "Tally",
    "backlog",
    "discard",
    "drain",
    "drop_connection",
    "failing_deliveries",
    "failure_place",
    "forget",
    "parked_deliveries",
    "pause_after",
    "prune",
    "publish",
    "retry",
    "run_relay",
    "subscribe",
]
