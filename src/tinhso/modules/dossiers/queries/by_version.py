"""How many dossiers go by each version of a procedure: asked before a new version is drawn."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count

from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.rules import State

# The work inside is done with COMPLETED: its route matters no more.
_UNDER_WAY = [
    State.REGISTERED,
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.SUPPLEMENT_REQUESTED,
    State.PAYMENT_REQUESTED,
]


def open_by_version(procedure_id: int) -> Mapping[int, int]:
    """Version's number in the database → dossiers still under way. One query, over the index of the version."""
    found = Dossier.objects.filter(version__procedure_id=procedure_id, state__in=_UNDER_WAY).order_by()
    return dict(found.values("version_id").annotate(number=Count("pk")).values_list("version_id", "number"))
