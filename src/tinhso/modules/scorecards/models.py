"""Figures closed at a time, and the definitions of reports. Nothing here is written over: a correction is another row."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

ORGANISATION = "directory.Organisation"
USER = "access.User"


class ClosedMonth(models.Model):
    """What the index counted of an agency in a month, closed after its end: the ranking and the trend stand on it."""

    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("tháng")
    # Indicator → [numerator, denominator]; an indicator without data is absent.
    shares = models.JSONField("số liệu")
    closed_at = models.DateTimeField("chốt lúc")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "month"], name="closedmonth_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="closedmonth_first_day"),
        ]
        indexes = [models.Index(fields=["month"], name="closedmonth_month")]


class ClosedProvince(models.Model):
    """The same of all agencies together, where procedures count once: it cannot be added up from the agencies."""

    month = models.DateField("tháng", unique=True)
    shares = models.JSONField("số liệu")
    closed_at = models.DateTimeField("chốt lúc")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="closedprovince_first_day")]


class Report(models.Model):
    """A report that is made again and again: a name and an owner; what it asks stands in its versions."""

    name = models.CharField("tên báo cáo", max_length=150)
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="report_name_once")]


class ReportVersion(models.Model):
    """What a report asked from a moment on: grouping and narrowing, as they stand in the address of the table."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    query = models.JSONField("cách lập")
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="reportversion_number_once")]


class ReportClosing(models.Model):
    """A report of a period as it stood when it was closed: numbers, scope, source and who closed it."""

    version = models.ForeignKey(ReportVersion, on_delete=models.PROTECT, related_name="+")
    since = models.DateField("từ ngày")
    until = models.DateField("đến ngày")
    as_of = models.DateTimeField("số liệu đến lúc")
    scope = models.TextField("phạm vi")
    # Rows {"key", "name", "numbers": {number: count}}.
    rows = models.JSONField("số liệu")
    closed_at = models.DateTimeField("chốt lúc")
    closed_by_name = models.CharField(max_length=300)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("since")), name="reportclosing_days_in_order")]
        indexes = [models.Index(fields=["version", "id"], name="reportclosing_version")]
