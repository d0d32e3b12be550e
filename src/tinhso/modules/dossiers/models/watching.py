"""Watching due times: the thresholds, the signs that were raised, how the last run went, and why a dossier was late."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import ORGANISATION, USER
from tinhso.modules.dossiers.models.work import Task
from tinhso.modules.dossiers.rules.watching import DELAY_GROUNDS


class WatchThreshold(models.Model):
    """When people are reminded, from a day on. Without an organisation: of the whole province. Never edited."""

    organisation = models.ForeignKey(ORGANISATION, null=True, on_delete=models.CASCADE, related_name="+")
    valid_from = models.DateField("áp dụng từ ngày")
    soon_hours = models.PositiveSmallIntegerField("nhắc trước hạn (giờ làm việc)")
    repeat_days = models.PositiveSmallIntegerField("nhắc lại sau mỗi (ngày làm việc)")
    leader_after_days = models.PositiveSmallIntegerField("báo lãnh đạo khi quá hạn (ngày làm việc)")
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=300)

    class Meta:
        verbose_name = "ngưỡng nhắc hạn"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "valid_from"], name="watchthreshold_once_per_day"),
            models.UniqueConstraint(
                fields=["valid_from"], condition=Q(organisation__isnull=True), name="watchthreshold_province_once"
            ),
            models.CheckConstraint(
                condition=Q(soon_hours__gte=1, soon_hours__lte=240)
                & Q(repeat_days__gte=1, repeat_days__lte=60)
                & Q(leader_after_days__lte=60),
                name="watchthreshold_in_bounds",
            ),
        ]


class Sign(models.Model):
    """A reminder that was raised: once per dossier, due time and stage (`rules.watching.Stage`; 0: to the leader). A new
    due time starts the ladder anew."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    stage = models.PositiveSmallIntegerField()
    raised_at = models.DateTimeField()

    class Meta:
        verbose_name = "lần nhắc hạn"
        constraints = [models.UniqueConstraint(fields=["dossier", "due_at", "stage"], name="sign_once")]
        indexes = [models.Index(fields=["raised_at"], name="sign_raised")]


class WatchRun(models.Model):
    """How the watching of an agency went the last time. `parked_at`: it failed three times in a row and waits for an
    operator; all others go on."""

    agency = models.OneToOneField(ORGANISATION, primary_key=True, on_delete=models.CASCADE, related_name="+")
    ran_at = models.DateTimeField("lần cuối")
    raised = models.PositiveIntegerField("số lần nhắc mới", default=0)
    failures = models.PositiveSmallIntegerField("số lần lỗi liên tiếp", default=0)
    error = models.CharField(max_length=500, blank=True)
    parked_at = models.DateTimeField("tạm dừng lúc", null=True)

    class Meta:
        indexes = [models.Index(fields=["failures"], condition=Q(failures__gt=0), name="watchrun_failing")]


class DelayGround(models.Model):
    """Why a dossier was or will be late, as a leader or head records it: for a step, or for the whole."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="+")
    ground = models.CharField("nguyên nhân", max_length=20, choices=list(DELAY_GROUNDS.items()))
    note = models.TextField("ghi chú", blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by_name = models.CharField(max_length=300)

    class Meta:
        verbose_name = "nguyên nhân chậm"
        indexes = [models.Index(fields=["dossier", "id"], name="delayground_dossier")]
