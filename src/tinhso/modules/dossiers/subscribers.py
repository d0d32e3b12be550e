"""What dossiers do when something happened: papers are printed right after, so that they are there when asked for.

Safe to repeat: `printing` makes each paper once.
"""

from __future__ import annotations

from typing import Any

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.events.api import subscribe
from tinhso.modules.dossiers.events import DossierAccepted, DossierCompleted, DossierRefused
from tinhso.modules.dossiers.services import printing


def on_accepted(event: DossierAccepted, context: Any) -> None:
    printing.ensure_receipt(dossier_id=event.dossier_id, actor=SYSTEM, now=context.now)


def on_refused(event: DossierRefused, context: Any) -> None:
    printing.ensure_refusal(dossier_id=event.dossier_id, actor=SYSTEM, now=context.now)


def on_completed(event: DossierCompleted, context: Any) -> None:
    printing.ensure_result(dossier_id=event.dossier_id, actor=SYSTEM, now=context.now)


def subscribe_all() -> None:
    subscribe(DossierAccepted, name="dossiers.print_receipt")(on_accepted)
    subscribe(DossierRefused, name="dossiers.print_refusal")(on_refused)
    subscribe(DossierCompleted, name="dossiers.print_result")(on_completed)
