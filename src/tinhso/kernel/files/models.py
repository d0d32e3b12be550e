"""Stored contents, and the names under which they were handed in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Blob(models.Model):
    """One content, kept once, never altered. Its bytes lie on disk under its hash."""

    class Scan(models.TextChoices):
        OFF = "off", "không quét"
        PENDING = "pending", "chờ quét"
        CLEAN = "clean", "sạch"
        INFECTED = "infected", "có mã độc"

    sha256 = models.CharField("mã băm SHA-256", max_length=64, unique=True)
    size = models.BigIntegerField("kích thước (byte)")
    media_type = models.CharField("loại", max_length=100)
    scan_state = models.CharField("quét mã độc", max_length=10, choices=Scan.choices, default=Scan.OFF)
    scanned_at = models.DateTimeField("quét lúc", null=True)
    created_at = models.DateTimeField("lưu lúc")

    class Meta:
        verbose_name = "nội dung tệp"
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="files_blob_not_empty"),
            models.CheckConstraint(
                condition=Q(scan_state__in=["off", "pending", "clean", "infected"]), name="files_blob_scan_known"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(scan_state="pending"), name="files_blob_pending"),
        ]


class FileRef(models.Model):
    """A file as somebody handed it in: a name for a content. The module that uses it guards it."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField("tên tệp", max_length=130)
    original_filename = models.CharField("tên tệp gốc", max_length=1000)
    purpose = models.CharField("mục đích", max_length=60)
    owner_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField("gửi lúc")

    class Meta:
        verbose_name = "tệp"
        indexes = [models.Index(fields=["owner_user", "created_at"], name="files_ref_owner_day")]
