"""What people think of how their dossier was settled. Who was asked and what was answered are kept apart: no row, and
no order of rows, leads from an answer back to a dossier, a person or an officer."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import FILE, ORGANISATION, USER
from tinhso.modules.dossiers.rules import RatingWay

WAYS = [(way.value, way.title) for way in RatingWay]


class Rated(models.Model):
    """The dossier has been rated: it cannot be again. Only the day is kept, and no answer."""

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="+")
    rated_date = models.DateField("đánh giá ngày")
    way = models.CharField("cách đánh giá", max_length=6, choices=WAYS)
    # Of a paper form: who typed it in, and its scan.
    entered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(way="paper", entered_by__isnull=False) | (~Q(way="paper") & Q(entered_by__isnull=True)),
                name="rated_paper_has_clerk",
            )
        ]


class Rating(models.Model):
    """One set of answers, from 1 (worst) to 5, about an agency in a month."""

    # At random: numbers in a row would tell which dossier was rated next.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("tháng")
    question_set = models.CharField("bộ câu hỏi", max_length=20)
    answers = models.JSONField("điểm từng câu")
    overall = models.PositiveSmallIntegerField("hài lòng chung")
    comment = models.TextField("ý kiến", blank=True)
    # The index takes off the late ones and the dissatisfied ones: who is both counts once.
    was_late = models.BooleanField("hồ sơ quá hạn")
    way = models.CharField("cách đánh giá", max_length=6, choices=WAYS)
    scan = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overall__gte=1, overall__lte=5), name="rating_one_to_five"),
            models.CheckConstraint(condition=Q(month__day=1), name="rating_month_first_day"),
            models.CheckConstraint(
                condition=Q(way="paper", scan__isnull=False) | (~Q(way="paper") & Q(scan__isnull=True)),
                name="rating_paper_has_scan",
            ),
        ]
        indexes = [models.Index(fields=["month", "agency"], name="rating_month_agency")]
