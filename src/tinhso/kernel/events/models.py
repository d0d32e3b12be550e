"""The outbox: events as they were published, and one delivery for each subscriber."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tinhso.kernel.events.rules import MAX_KEY_LENGTH


class StoredEvent(models.Model):
    """An event, kept even when nobody listens. The number grows in the order of publication within a key."""

    name = models.CharField("tên sự kiện", max_length=100)
    key = models.CharField("khóa thứ tự", max_length=MAX_KEY_LENGTH)
    payload = models.JSONField("nội dung")
    published_at = models.DateTimeField("phát lúc")

    class Meta:
        verbose_name = "sự kiện"

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Delivery(models.Model):
    """One event on its way to one subscriber.

    Open (`closed_at` empty) is what waits (`pending`) or stands still for an operator (`parked`): it holds up the later
    deliveries of its lane, which is (subscriber, key). `next_attempt_at` is set while it waits, and only then,
    so that both small indexes below hold nothing but open work, however much has been delivered.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Chờ giao"
        DONE = "done", "Đã giao"
        PARKED = "parked", "Tạm dừng, chờ quản trị xử lý"
        DISCARDED = "discarded", "Đã bỏ qua"

    event = models.ForeignKey(StoredEvent, on_delete=models.CASCADE, related_name="+", db_index=False)
    subscriber = models.CharField("nơi nhận", max_length=100)
    # The event's key, repeated here so that a lane is found without a join.
    key = models.CharField("khóa thứ tự", max_length=MAX_KEY_LENGTH)
    status = models.CharField("trạng thái", max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField("số lần đã thử", default=0)
    next_attempt_at = models.DateTimeField("thử tiếp lúc", null=True)
    last_error = models.TextField("lỗi gần nhất", blank=True, default="")
    closed_at = models.DateTimeField("xong lúc", null=True)

    class Meta:
        verbose_name = "lượt giao sự kiện"
        constraints = [
            # Serves the foreign key as its index too.
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once_per_subscriber"),
            models.CheckConstraint(
                condition=(
                    Q(status="pending", next_attempt_at__isnull=False, closed_at__isnull=True)
                    | Q(status="parked", next_attempt_at__isnull=True, closed_at__isnull=True)
                    | Q(status__in=["done", "discarded"], next_attempt_at__isnull=True, closed_at__isnull=False)
                ),
                name="delivery_times_fit_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(next_attempt_at__isnull=False), name="delivery_due"
            ),
            models.Index(
                fields=["subscriber", "key", "id"], condition=Q(closed_at__isnull=True), name="delivery_open_lane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ← #{self.event_id} ({self.status})"
