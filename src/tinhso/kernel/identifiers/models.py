"""Counters that neither repeat nor skip."""

from __future__ import annotations

from django.db import models


class Sequence(models.Model):
    """The last number drawn in a scope. The row stays locked until the drawing transaction ends."""

    scope = models.CharField("phạm vi", max_length=120, unique=True)
    value = models.BigIntegerField("số cuối")

    class Meta:
        verbose_name = "dãy số"
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=1), name="identifiers_sequence_positive"),
        ]
