"""How officers and visitors look at dossiers."""

from __future__ import annotations

from django.db import models

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import USER


class SavedFilter(models.Model):
    """A list's filters that an officer keeps under a name."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="savedfilter_name_once")]


class Visit(models.Model):
    """An officer's look into a dossier. The trail gets one line per officer, dossier and day (`recorded_date`);
    `before_at` is the end of the visit before this one: what came after it is new to the officer."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    recorded_date = models.DateField()
    seen_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "user"], name="visit_once_per_officer")]


class PinFailure(models.Model):
    """A wrong PIN for a code, kept for the lock-out window only."""

    code = models.CharField(max_length=60)
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["code", "failed_at"], name="pinfailure_code")]
