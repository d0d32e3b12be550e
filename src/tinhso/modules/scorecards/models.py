"""Figures closed at a time, and the definitions of reports. Nothing here is written over: a correction is another row."""

from __future__ import annotations

from collections.abc import Collection

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
    # Of those, the figures from elsewhere: indicator → {"source", "given_by", "confirmed_by"}.
    given = models.JSONField("số liệu từ nguồn khác", default=dict)
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


class GivenFigure(models.Model):
    """A figure of an indicator that another system or document tells, given by one person and confirmed by another.

    waiting → confirmed or refused; a waiting or confirmed one is replaced by a later one. Only confirmed ones count. What
    was given is never altered (a guard of the database, 0003)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Chờ xác nhận"
        CONFIRMED = "confirmed", "Đã xác nhận"
        REFUSED = "refused", "Không xác nhận"
        REPLACED = "replaced", "Đã được thay"

    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("tháng")
    indicator = models.CharField("chỉ tiêu", max_length=40)
    numerator = models.BigIntegerField("tử số")
    denominator = models.BigIntegerField("mẫu số")
    source = models.CharField("nguồn", max_length=300)
    state = models.CharField("tình trạng", max_length=10, choices=State.choices, default=State.WAITING)
    given_at = models.DateTimeField("nhập lúc")
    given_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    given_by_name = models.CharField(max_length=300)
    decided_at = models.DateTimeField("quyết định lúc", null=True)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by_name = models.CharField(max_length=300, blank=True)
    reason = models.CharField("lý do không xác nhận", max_length=500, blank=True)
    replaced_at = models.DateTimeField("được thay lúc", null=True)

    class Meta:
        verbose_name = "số liệu từ nguồn khác"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "month", "indicator", "state"],
                condition=Q(state__in=["waiting", "confirmed"]),
                name="givenfigure_one_waiting_one_counts",
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0, numerator__lte=F("denominator")), name="givenfigure_is_a_share"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="givenfigure_first_day"),
            models.CheckConstraint(condition=~Q(source=""), name="givenfigure_has_source"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("given_by")), name="givenfigure_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "replaced"])
                | Q(state="confirmed", decided_at__isnull=False, decided_by__isnull=False)
                | (Q(state="refused", decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason="")),
                name="givenfigure_decided_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["month", "state"], name="givenfigure_month")]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.agency_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


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
