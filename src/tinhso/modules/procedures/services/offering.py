"""Which agencies offer a procedure, where the rule by kind and level is not enough."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.procedures.models import Procedure, ProcedureOffering


@transaction.atomic
def set_offerings(
    *, code: str, organisation_ids: Collection[int], valid_from: date, ground: str, actor: Actor, now: datetime
) -> None:
    """From a day on, exactly these agencies offer the procedure. The same list again changes nothing."""
    require(actor, "procedures.publish")
    procedure = Procedure.objects.select_for_update().get(code=code)
    open_rows = ProcedureOffering.objects.filter(procedure=procedure).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=valid_from)
    )
    before = set(open_rows.values_list("organisation_id", flat=True))
    wanted = set(organisation_ids)
    if before == wanted:
        return
    gone = open_rows.filter(organisation_id__in=before - wanted)
    gone.filter(valid_from__gte=valid_from).delete()
    gone.update(valid_until=date.fromordinal(valid_from.toordinal() - 1))
    ProcedureOffering.objects.bulk_create(
        [
            ProcedureOffering(procedure=procedure, organisation_id=number, valid_from=valid_from)
            for number in sorted(wanted - before)
        ]
    )
    record(
        who=actor,
        action="procedures.set_offerings",
        object_ref=f"procedure:{procedure.pk}",
        reason=ground,
        before={"organisation_ids": sorted(before)},
        after={"organisation_ids": sorted(wanted)},
        now=now,
    )
