"""Who holds what. The queue itself is the table of django-tasks-db; see README.md for why these stand beside it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Claim(models.Model):
    """A task that runs now. The holder renews it; one that ran out tells that its worker died."""

    task_id = models.UUIDField("công việc", primary_key=True)
    holder = models.CharField("tiến trình giữ", max_length=64)
    expires_at = models.DateTimeField("hết hạn lúc", db_index=True)

    class Meta:
        verbose_name = "công việc đang chạy"

    def __str__(self) -> str:
        return f"{self.task_id} @ {self.holder}"


class PeriodState(models.Model):
    """When a periodic function is due next, and which worker runs it now, if any."""

    name = models.CharField("tên", max_length=100, primary_key=True)
    next_run_at = models.DateTimeField("chạy tiếp lúc")
    holder = models.CharField("tiến trình giữ", max_length=64, blank=True, default="")
    expires_at = models.DateTimeField("hết hạn giữ lúc", null=True)
    failures = models.PositiveIntegerField("số lần lỗi liên tiếp", default=0)
    last_error = models.TextField("lỗi gần nhất", blank=True, default="")
    last_finished_at = models.DateTimeField("xong lần gần nhất lúc", null=True)

    class Meta:
        verbose_name = "việc định kỳ"
        constraints = [
            models.CheckConstraint(
                condition=Q(holder="", expires_at__isnull=True) | (~Q(holder="") & Q(expires_at__isnull=False)),
                name="periodstate_held_until",
            ),
        ]

    def __str__(self) -> str:
        return self.name
