"""Decisions about working time that the national calendar does not know, each with its date and ground."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class HolidayOverride(models.Model):
    """One day that is off, or worked, by a decision: for the whole province, or for one organisation."""

    class Kind(models.TextChoices):
        OFF = "off", "Nghỉ"
        WORK = "work", "Làm việc"

    day = models.DateField("ngày")
    kind = models.CharField("loại", max_length=4, choices=Kind.choices)
    # The organisation lives in a higher layer (directory); empty: all organisations.
    organisation_id = models.BigIntegerField("cơ quan", null=True, blank=True)
    reason = models.CharField("lý do", max_length=200)
    ground = models.CharField("căn cứ", max_length=500)
    source = models.CharField("nguồn", max_length=500, blank=True)
    added_at = models.DateTimeField("thêm lúc")
    removed_at = models.DateTimeField("bỏ lúc", null=True, blank=True)
    removal_ground = models.CharField("căn cứ bỏ", max_length=500, blank=True)

    class Meta:
        verbose_name = "ngày nghỉ, ngày làm việc riêng"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "organisation_id"],
                condition=Q(removed_at__isnull=True, organisation_id__isnull=False),
                name="holidayoverride_once_per_organisation",
            ),
            models.UniqueConstraint(
                fields=["day"],
                condition=Q(removed_at__isnull=True, organisation_id__isnull=True),
                name="holidayoverride_once_per_province",
            ),
            models.CheckConstraint(condition=Q(kind__in=["off", "work"]), name="holidayoverride_kind_known"),
        ]


class WorkingHours(models.Model):
    """The hours of a working day between two dates: for the whole province, or for one organisation."""

    organisation_id = models.BigIntegerField("cơ quan", null=True, blank=True)
    hours = models.CharField("giờ làm việc", max_length=100)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    ground = models.CharField("căn cứ", max_length=500)
    source = models.CharField("nguồn", max_length=500, blank=True)
    added_at = models.DateTimeField("thêm lúc")

    class Meta:
        verbose_name = "giờ làm việc"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "valid_from"],
                condition=Q(organisation_id__isnull=False),
                name="workinghours_once_per_organisation_and_start",
            ),
            models.UniqueConstraint(
                fields=["valid_from"],
                condition=Q(organisation_id__isnull=True),
                name="workinghours_once_per_province_and_start",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="workinghours_dates_in_order",
            ),
        ]


class CalendarState(models.Model):
    """One row whose token changes with every change of the tables above, so that each process knows when to reload.

    A random token and not a counter: after a rolled-back change the same number would come again with other content.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.CharField("dấu phiên bản", max_length=32)

    class Meta:
        verbose_name = "trạng thái lịch"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="calendarstate_one_row")]
