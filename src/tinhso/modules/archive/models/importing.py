"""Bulk import of old results with their index, and how many there are to digitise."""

from __future__ import annotations

from django.db import models

from tinhso.modules.archive.models.documents import FILE, ORGANISATION, USER


class ImportBatch(models.Model):
    """An index that was read and checked whole, and the files that came for it."""

    class State(models.TextChoices):
        FAULTY = "faulty", "Chỉ mục có lỗi"
        WAITING = "waiting", "Chờ tệp"
        READY = "ready", "Đủ tệp, chờ xác nhận"
        APPLYING = "applying", "Đang đưa vào kho"
        APPLIED = "applied", "Đã vào kho"
        DISCARDED = "discarded", "Đã bỏ"

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    uploaded_by_name = models.CharField(max_length=300)
    uploaded_at = models.DateTimeField()
    index_name = models.CharField(max_length=255)
    index_sha256 = models.CharField(max_length=64)
    columns = models.JSONField("cột nào là gì")
    state = models.CharField(max_length=10, choices=State.choices)
    row_count = models.PositiveIntegerField()
    fault_count = models.PositiveIntegerField()
    faults = models.JSONField()
    # Parcels of files (ZIP) on their way: name on disk → original name; unpacked by a job, one after the other.
    parcels = models.JSONField(default=list)
    parcel_notes = models.JSONField(default=list)
    files_done = models.PositiveIntegerField(default=0)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "lần nhập kết quả cũ"
        indexes = [models.Index(fields=["organisation", "-uploaded_at"], name="archive_import_recent")]


class ImportRow(models.Model):
    """A row of the index, read; `file` is set when its file has come and was taken in."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="+")
    row = models.PositiveIntegerField("dòng")
    filename = models.CharField("tên tệp", max_length=300)
    values = models.JSONField()
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    page_count = models.PositiveIntegerField(null=True)
    fault = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "row"], name="archive_import_row_once"),
            models.UniqueConstraint(fields=["batch", "filename"], name="archive_import_file_once"),
        ]


class HoldingFigure(models.Model):
    """How many results still valid an organisation has to digitise, as it declared on a day."""

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    as_of_date = models.DateField("tính đến ngày")
    count = models.PositiveIntegerField("số kết quả còn hiệu lực phải số hóa")
    source = models.CharField("căn cứ", max_length=300)
    declared_at = models.DateTimeField()
    declared_by_name = models.CharField(max_length=300)

    class Meta:
        verbose_name = "số kết quả phải số hóa"
        constraints = [models.UniqueConstraint(fields=["organisation", "as_of_date"], name="archive_figure_once")]
