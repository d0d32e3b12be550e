"""The work on a dossier and the time it has."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import F, Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import ORGANISATION, USER
from tinhso.modules.dossiers.rules import PAUSE_TITLES, TaskKind


class Task(models.Model):
    """One piece of work on a dossier, open or done. The done ones are the control sheet (form 06)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in TaskKind])
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    role = models.CharField(max_length=60)
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField(max_length=300, blank=True)
    holder = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    # For parallel opinions: the step that asked, reopened when all have answered.
    asked_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    is_rework = models.BooleanField("bị trả lại", default=False)
    # Handed over by another agency: nothing is done before the receipt is confirmed.
    awaits_receipt = models.BooleanField("chờ xác nhận nhận bàn giao", default=False)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    # Working minutes: what the route plans; and, measured when the work is finished, waiting to be taken up, at work, and
    # waiting for the person (services.timing).
    planned_minutes = models.PositiveIntegerField(null=True)
    claimed_at = models.DateTimeField(null=True)
    waited_minutes = models.PositiveIntegerField(null=True)
    worked_minutes = models.PositiveIntegerField(null=True)
    person_minutes = models.PositiveIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    finished_by_name = models.CharField(max_length=300, blank=True)
    action = models.CharField(max_length=60, blank=True)
    action_title = models.CharField(max_length=300, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "key"], condition=Q(finished_at__isnull=True), name="task_open_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | ~Q(action=""), name="task_finished_has_action"
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "id"], name="task_dossier"),
            models.Index(
                fields=["holder", "due_at", "id"], condition=Q(finished_at__isnull=True), name="task_open_holder"
            ),
            models.Index(
                fields=["organisation", "role", "due_at", "id"],
                condition=Q(finished_at__isnull=True),
                name="task_open_pool",
            ),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class DeadlineChange(models.Model):
    """Every value that the due time had, who set it and why. The first row is the original."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    changed_at = models.DateTimeField()
    changed_by_name = models.CharField(max_length=300)
    ground = models.TextField()
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)
    # Rows {"date", "counted_minutes", "reason"}: the page "why this date".
    explanation = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["dossier", "id"], name="deadlinechange_dossier")]


class Pause(models.Model):
    """The clock of a dossier stands still: only on a ground that its version names, with a document and an end."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    ground = models.CharField(max_length=20, choices=list(PAUSE_TITLES.items()))
    document = models.CharField("văn bản", max_length=300)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier"], condition=Q(ended_at__isnull=True), name="pause_open_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")), name="pause_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["dossier", "id"], name="pause_dossier")]
