"""An open dossier whose agency ended goes on at the successor; under which names it stood before is kept here."""

from __future__ import annotations

from django.db import models

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import ORGANISATION, REFORM


class Inheritance(models.Model):
    """What one reorganisation changed of one open dossier: the agency and the office as they were, by number and by
    name. Everything that was issued before names them; due times and history are not touched."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    reform = models.ForeignKey(REFORM, on_delete=models.PROTECT, related_name="+")
    effective_date = models.DateField()
    inherited_at = models.DateTimeField()
    agency_before = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    office_before = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    agency_name = models.CharField(max_length=300)
    office_name = models.CharField(max_length=300)
    successor_name = models.CharField(max_length=300)
    # What must not change: a check compares it with the dossier.
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "reform"], name="inheritance_once_per_reform")]
        indexes = [models.Index(fields=["agency_before"], name="inheritance_agency")]
