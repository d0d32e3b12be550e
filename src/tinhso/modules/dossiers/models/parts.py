"""A dossier that passes through several agencies (liên thông): a part for each, and how it went from one to the next.

A part is late by its own time; the dossier by its own. An agency that takes longer does not make the next one late.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import FILE, ORGANISATION, USER
from tinhso.modules.dossiers.models.work import Task

PENDING = Q(confirmed_at__isnull=True, refused_at__isnull=True)


class Part(models.Model):
    """What one agency does of a dossier: phần việc. Planned at intake for every agency on the way, started when the
    dossier comes to it. An agency may have more than one part; it is counted once."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField("thứ tự")
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    title = models.CharField("việc", max_length=300)
    keys = models.JSONField("các bước của quy trình")
    hours = models.PositiveIntegerField("giờ làm việc theo quy trình")
    # What was still left of its time when it last came to the agency, and since when that runs.
    minutes = models.PositiveIntegerField()
    running_since = models.DateTimeField(null=True)
    started_at = models.DateTimeField("nhận lúc", null=True)
    due_at = models.DateTimeField("hạn của phần việc", null=True)
    done_at = models.DateTimeField("xong lúc", null=True)
    is_skipped = models.BooleanField("không phải qua", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier", "number"], name="part_number_once"),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(started_at__isnull=False, done_at__isnull=True),
                name="part_open_once",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(started_at__isnull=False), name="part_done_was_started"
            ),
        ]
        indexes = [
            # The agency's own list and counts.
            models.Index(
                fields=["organisation", "due_at", "id"],
                condition=Q(started_at__isnull=False, done_at__isnull=True),
                name="part_open_agency_due",
            ),
            models.Index(
                fields=["organisation", "started_at", "id"],
                condition=Q(started_at__isnull=False),
                name="part_agency_started",
            ),
        ]


class HandOver(models.Model):
    """A dossier went from one agency to the next: bàn giao. Confirmed or refused by who receives; never written over."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    from_organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    to_organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    # The work that was finished by handing over, and what was opened there.
    from_task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    to_task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    is_return = models.BooleanField("trả lại cơ quan trước", default=False)
    handed_at = models.DateTimeField("bàn giao lúc")
    handed_by_name = models.CharField(max_length=300)
    confirmed_at = models.DateTimeField("xác nhận nhận lúc", null=True)
    confirmed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by_name = models.CharField(max_length=300, blank=True)
    refused_at = models.DateTimeField("từ chối nhận lúc", null=True)
    refused_by_name = models.CharField(max_length=300, blank=True)
    ground = models.TextField("lý do từ chối nhận", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier"], condition=PENDING, name="handover_pending_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(refused_at__isnull=True), name="handover_answered_once"
            ),
            models.CheckConstraint(
                condition=Q(refused_at__isnull=True) | ~Q(ground=""), name="handover_refused_with_ground"
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "id"], name="handover_dossier"),
            models.Index(fields=["to_organisation", "id"], condition=PENDING, name="handover_pending"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.to_organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class PartResult(models.Model):
    """What an agency made for its part: kết quả của phần việc, its own paper, handed on to the next agency with the dossier and
    shown to the person. A wrong one is replaced by another of the same name; both are kept."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="+")
    name = models.CharField("tên", max_length=300)
    notation = models.CharField("số, ký hiệu", max_length=60)
    issued_date = models.DateField("ngày ký")
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    added_by_name = models.CharField(max_length=300)
    superseded_at = models.DateTimeField("được thay lúc", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "name"], condition=Q(superseded_at__isnull=True), name="part_result_once_per_name"
            )
        ]
