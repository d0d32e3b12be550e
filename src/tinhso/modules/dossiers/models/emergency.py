"""Access in an emergency: a dossier opened outside one's reach, for an hour, with a ground, under the eyes of others."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import USER


class EmergencyAccess(models.Model):
    """An officer opened a dossier that their roles do not cover. Read only, until `until_at`; the office of rights looks
    at each one afterwards."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField("lý do khẩn cấp", max_length=500)
    opened_at = models.DateTimeField("mở lúc")
    until_at = models.DateTimeField("đến lúc")
    reviewed_at = models.DateTimeField("xem xét lúc", null=True, blank=True)
    reviewed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review_note = models.CharField("nhận xét", max_length=500, blank=True)

    class Meta:
        verbose_name = "lần mở khẩn cấp"
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gt=F("opened_at")), name="emergencyaccess_ends_later"),
            models.CheckConstraint(condition=~Q(ground=""), name="emergencyaccess_has_ground"),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("user")),
                name="emergencyaccess_reviewed_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "user", "until_at"], name="emergencyaccess_open"),
            models.Index(fields=["opened_at"], condition=Q(reviewed_at__isnull=True), name="emergencyaccess_waiting"),
        ]
