"""Answers for officers, each with its source and approved by a second person (Thông tư 11/2025, function 22)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from tinhso.kernel.search import SearchColumn


class Guidance(models.Model):
    """A question of officers and its answer: hướng dẫn nghiệp vụ. proposed → approved → ended, or withdrawn. Once approved
    it is never edited: a change is another one that takes its place (`replaces`)."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Chờ duyệt"
        APPROVED = "approved", "Đang áp dụng"
        ENDED = "ended", "Hết áp dụng"
        WITHDRAWN = "withdrawn", "Không duyệt"

    # None: of no single procedure.
    procedure = models.ForeignKey("procedures.Procedure", null=True, on_delete=models.PROTECT, related_name="+")
    question = models.CharField("câu hỏi", max_length=300)
    answer = models.TextField("trả lời")
    source = models.CharField("nguồn", max_length=500)
    folded = SearchColumn()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_by_name = models.CharField(max_length=300)
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField("áp dụng từ ngày", null=True)
    valid_until = models.DateField("đến hết ngày", null=True)
    reason = models.CharField("lý do không duyệt, hết áp dụng", max_length=500, blank=True)

    class Meta:
        verbose_name = "hướng dẫn nghiệp vụ"
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="guidance_has_source"),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "ended"]) | Q(valid_from__isnull=False, decided_at__isnull=False),
                name="guidance_approved_from",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_from__isnull=False),
                name="guidance_days",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="guidance_status")]
