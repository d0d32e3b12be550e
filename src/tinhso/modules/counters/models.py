"""The hall of an office, its counters and lines, and the numbers of each day. Nothing of the person is kept."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import F, Q

from tinhso.modules.counters.rules import PRIORITIES, STATE_TITLES

ORGANISATION = "directory.Organisation"
USER = "access.User"


class Hall(models.Model):
    """The waiting hall of an office. `token`: the secret part of the addresses of its kiosk and its screen."""

    office = models.OneToOneField(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    token = models.UUIDField(default=uuid.uuid4, unique=True)

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.office_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class Line(models.Model):
    """A group of matters to choose from at the kiosk: hộ tịch, đất đai…"""

    hall = models.ForeignKey(Hall, on_delete=models.CASCADE, related_name="+")
    letter = models.CharField(max_length=1)
    title = models.CharField("nhóm việc", max_length=100)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hall", "letter"], name="line_letter_once")]


class Counter(models.Model):
    """Quầy. `clerk`: who sits there on `taken_date`; yesterday's is free again."""

    hall = models.ForeignKey(Hall, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField("quầy số")
    lines = models.ManyToManyField(Line, related_name="+")
    clerk = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    taken_date = models.DateField(null=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="counter_number_once"),
            models.UniqueConstraint(
                fields=["clerk", "taken_date"], condition=Q(clerk__isnull=False), name="counter_clerk_once_a_day"
            ),
        ]


class Ticket(models.Model):
    """A number of one day. Its number never changes, whichever line it goes to."""

    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="+")
    date = models.DateField("ngày")
    number = models.PositiveIntegerField("số")
    letter = models.CharField(max_length=1)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="+")
    priority = models.CharField("ưu tiên", max_length=10, blank=True, choices=list(PRIORITIES.items()))
    state = models.CharField(max_length=8, choices=list(STATE_TITLES.items()))
    counter = models.ForeignKey(Counter, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField("lấy lúc")
    first_called_at = models.DateTimeField("gọi lần đầu lúc", null=True)
    called_at = models.DateTimeField("gọi gần nhất lúc", null=True)
    calls = models.PositiveSmallIntegerField("số lần gọi", default=0)
    done_at = models.DateTimeField("xong lúc", null=True)
    # What was begun for it, as the beginner names it ("draft:…"): how the hall and the work are tied.
    reference = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hall", "date", "number"], name="ticket_number_once_a_day"),
            models.UniqueConstraint(fields=["counter"], condition=Q(state="called"), name="ticket_one_at_a_counter"),
            models.CheckConstraint(
                condition=~Q(state="called") | Q(counter__isnull=False, called_at__isnull=False),
                name="ticket_called_has_counter",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(done_at__gte=F("taken_at")), name="ticket_times_in_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["hall", "date", "line", "number"], condition=Q(state="waiting"), name="ticket_waiting"
            ),
            models.Index(fields=["hall", "date", "-called_at"], name="ticket_called"),
        ]
