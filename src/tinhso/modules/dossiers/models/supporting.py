"""Help from a distance: who helps whom, what the person agreed to, how, and until when."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.drafts import Draft
from tinhso.modules.dossiers.models.references import ORGANISATION, USER
from tinhso.modules.dossiers.rules.supporting import SCOPES, WAYS


class Support(models.Model):
    """An officer of any office helps a person to fill in and send a dossier online. The person transacts, never the helper;
    without their consent, and after its end, the helper sees nothing."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    helper = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    helper_name = models.CharField("người hỗ trợ", max_length=300)
    place = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    draft = models.OneToOneField(Draft, null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField("thủ tục", max_length=1000)
    person_name = models.CharField("người được hỗ trợ", max_length=300)
    identity_number = models.CharField(max_length=20)
    phone = models.CharField(max_length=20)
    email = models.CharField(max_length=300, blank=True)
    scope = models.CharField("phạm vi đồng ý", max_length=10, choices=list(SCOPES.items()))
    way = models.CharField("cách đồng ý", max_length=10, choices=list(WAYS.items()))
    asked_at = models.DateTimeField()
    # Of the one-time code only a digest is kept.
    code_digest = models.CharField(max_length=64, blank=True)
    code_until_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    consented_at = models.DateTimeField("đồng ý lúc", null=True)
    consent_note = models.CharField("đồng ý thế nào", max_length=300, blank=True)
    until_at = models.DateTimeField("đến")
    ended_at = models.DateTimeField("kết thúc lúc", null=True)
    ended_by_name = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(consented_at__isnull=True) | ~Q(consent_note=""), name="support_consent_says_how"
            )
        ]
        indexes = [models.Index(fields=["helper", "-asked_at"], name="support_helper")]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.place_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None

    @property
    def ref(self) -> str:
        return f"support:{self.pk}"
