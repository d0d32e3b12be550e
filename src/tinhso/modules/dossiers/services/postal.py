"""What came by post and cannot be taken in: written down, refused with form 03, and sent back with its papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.modules.dossiers.models import Dossier, Paper
from tinhso.modules.dossiers.rules import applicant_errors
from tinhso.modules.dossiers.services.drafts import find
from tinhso.modules.dossiers.services.intake import envelope_arrival, refuse
from tinhso.modules.dossiers.services.submitting import (
    CannotSubmit,
    Problem,
    ReceivedPaper,
    Submitted,
    create_dossier,
    current_pin,
    problems_of,
)
from tinhso.modules.post import api as post
from tinhso.modules.procedures import api as procedures

# Without these neither form 03 nor the envelope back can be written; the rest of the form may be missing: that is why.
NEEDED = ("full_name", "phone", "address")


@transaction.atomic
def refuse_envelope(
    *, public_id: UUID, ground: str, papers: Sequence[ReceivedPaper], actor: Actor, now: datetime
) -> Submitted:
    """The dossier of an envelope is refused (form 03) and its papers go back to the sender. Repeated: the same dossier.
    Raises `CannotSubmit`, `CannotRefuse`, `DraftNotFound`."""
    draft = find(public_id=public_id, actor=actor, keys=(), lock=True)
    require(actor, "dossiers.counter_intake", draft)
    if draft.dossier_id is not None:
        dossier = Dossier.objects.get(pk=draft.dossier_id)
        return Submitted(dossier.pk, dossier.public_id, dossier.code, current_pin(dossier), already=True)
    if draft.envelope_id is None:
        raise CannotSubmit([Problem("papers", "", "Hồ sơ này không đến bằng phong bì.")])
    errors = applicant_errors({"acting_as": "self", "result_delivery": "post", **draft.applicant})
    problems = [Problem("applicant", name, errors[name]) for name in NEEDED if name in errors]
    if problems:
        raise CannotSubmit(problems)
    arrived_at = envelope_arrival(draft, actor=actor)
    version = procedures.version(draft.version_id)
    cleaned, _ = problems_of(draft, now=now, papers_needed=False)
    draft.applicant = {**dict.fromkeys(("email", "identity_number", "subject_name", "subject_identity", "authority"), ""),
                       "acting_as": "self", "result_delivery": "post", **draft.applicant}  # fmt: skip
    dossier = create_dossier(
        draft=draft, version=version, form_data=cleaned, actor=actor, now=now, submitted_at=arrived_at
    )
    names = {paper.key: paper.name for paper in version.definition.papers} if version.definition else {}
    Paper.objects.bulk_create(
        Paper(
            dossier=dossier,
            key=paper.key,
            name=names[paper.key],
            kind=paper.kind,
            quantity=max(1, paper.quantity),
            added_at=now,
        )
        for paper in papers
        if paper.key in names
    )
    refuse(dossier_id=dossier.pk, ground=ground, actor=actor, now=now)
    try:
        post.send_back(
            envelope_id=draft.envelope_id,
            reason=ground,
            recipient_name=draft.applicant["full_name"],
            recipient_phone=draft.applicant["phone"],
            recipient_address=draft.applicant["address"],
            reference=dossier.ref,
            actor=actor,
            now=now,
        )
    except post.CannotHandle as refusal:
        raise CannotSubmit([Problem("papers", "", str(refusal))]) from None
    return Submitted(dossier.pk, dossier.public_id, dossier.code, current_pin(dossier), already=False)
