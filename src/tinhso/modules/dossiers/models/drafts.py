"""What a person is still writing."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import DOCUMENT, ENVELOPE, FILE, ORGANISATION, USER, VERSION
from tinhso.modules.dossiers.rules import Channel

if TYPE_CHECKING:
    from tinhso.modules.dossiers.models.supporting import Support


class Draft(models.Model):
    """What a person is still writing. Sent once: then `dossier` is set and it can never be sent again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(USER, null=True, on_delete=models.CASCADE, related_name="+")
    # Under which somebody else does it for the owner: who transacts, for whom, on what authority.
    mandate = models.ForeignKey("identity.Mandate", null=True, on_delete=models.PROTECT, related_name="+")
    # A clerk who fills it in for a person at the counter.
    written_by = models.ForeignKey(USER, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.ForeignKey(VERSION, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=[(c.value, c.title) for c in Channel])
    # What it came in, when it came by post: one request per envelope.
    envelope = models.OneToOneField(ENVELOPE, null=True, on_delete=models.PROTECT, related_name="+")
    applicant = models.JSONField(default=dict)
    form_data = models.JSONField(default=dict)
    # Grows with each save: the second tab that saves over the first is told.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    dossier = models.OneToOneField(Dossier, null=True, on_delete=models.PROTECT, related_name="+")

    # Set by `services.drafts.find` when somebody works on it under the person's consent; no column.
    helping: Support | None = None

    class Meta:
        verbose_name = "bản nháp"
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="draft_owner_recent"),
            models.Index(fields=["updated_at"], condition=Q(dossier__isnull=True), name="draft_unsent_old"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.agency_id, self.office_id)

    @property
    def access_owner_id(self) -> int | None:
        return self.owner_id

    @property
    def access_procedure(self) -> str:
        """For a mandate of some procedures only: one more query or two."""
        return self.version.procedure.code


class DraftFile(models.Model):
    """A paper uploaded to a draft, or taken from the person's store (`document`; then `file` is the document's)."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="+")
    paper_key = models.CharField(max_length=60)
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(DOCUMENT, null=True, on_delete=models.PROTECT, related_name="+")
    # Scanned by a clerk at the counter, with the number of pages that they counted.
    is_scan = models.BooleanField(default=False)
    declared_pages = models.PositiveSmallIntegerField(null=True)
    added_at = models.DateTimeField()
