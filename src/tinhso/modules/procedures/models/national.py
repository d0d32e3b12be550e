"""What was read of the national procedure database, and what it changed of the catalogue."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class NationalRecord(models.Model):
    """What of the national database the catalogue has taken over of one code: the base against which a change is told.

    `stamp` empty: known from the catalogue that comes with the product, not yet from the national database itself.
    """

    code = models.CharField("mã thủ tục", max_length=30, unique=True)
    content = models.JSONField("nội dung đã tiếp nhận")
    stamp = models.CharField("thời điểm cập nhật của nguồn", max_length=20, blank=True)
    accepted_at = models.DateTimeField("tiếp nhận lúc")

    class Meta:
        verbose_name = "bản ghi quốc gia"


class SyncRun(models.Model):
    """One reading of the national database: list and changed procedures, page by page, then what differs."""

    class State(models.TextChoices):
        FETCHING = "fetching", "Đang lấy dữ liệu"
        HELD = "held", "Tạm giữ, chờ xem xét"
        OPEN = "open", "Chờ duyệt thay đổi"
        SETTLED = "settled", "Đã xong"
        FAILED = "failed", "Không lấy được"
        DISCARDED = "discarded", "Đã bỏ"

    state = models.CharField("tình trạng", max_length=10, choices=State.choices, default=State.FETCHING)
    started_at = models.DateTimeField("bắt đầu")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField("xong lúc", null=True, blank=True)
    # How far it came, so that it goes on there after a stop.
    next_page = models.PositiveIntegerField("trang danh sách tiếp theo", default=1)
    list_done = models.BooleanField("đã lấy hết danh sách", default=False)
    total = models.PositiveIntegerField("tổng số theo nguồn", null=True, blank=True)
    busy_until = models.DateTimeField("đang được xử lý đến", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("số lần lỗi liên tiếp", default=0)
    next_try_at = models.DateTimeField("thử lại lúc", null=True, blank=True)
    last_error = models.CharField("lỗi gần nhất", max_length=300, blank=True)
    doubts = models.JSONField("lý do tạm giữ", default=list)
    problems = models.JSONField("chỗ không đọc được", default=list)
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("lý do", max_length=1000, blank=True)

    class Meta:
        verbose_name = "lần đồng bộ"
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="fetching"), name="syncrun_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state__in=["fetching", "held", "open", "settled", "failed", "discarded"]),
                name="syncrun_state_known",
            ),
        ]


class SyncItem(models.Model):
    """One code of a run's list, kept while the run is read. `content` null: the same as what is known, or not read yet."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="+")
    code = models.CharField("mã thủ tục", max_length=30)
    stamp = models.CharField("thời điểm cập nhật của nguồn", max_length=20, blank=True)
    is_read = models.BooleanField("đã đọc", default=False)
    is_active = models.BooleanField("còn hiệu lực", default=True)
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_until = models.DateField("hết hiệu lực", null=True, blank=True)
    replaced_by = models.CharField("mã thay thế", max_length=30, blank=True)
    content = models.JSONField("nội dung", null=True, blank=True)
    problem = models.CharField("không đọc được", max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField("số lần không có trả lời", default=0)

    class Meta:
        verbose_name = "thủ tục của lần đồng bộ"
        constraints = [models.UniqueConstraint(fields=["run", "code"], name="syncitem_once")]


class CatalogueChange(models.Model):
    """What the national database changed of one procedure, waiting for a decision or decided. Never deleted."""

    class Kind(models.TextChoices):
        NEW = "new", "Mới"
        CHANGED = "changed", "Thay đổi"
        RETIRED = "retired", "Bãi bỏ"

    class State(models.TextChoices):
        OPEN = "open", "Chờ duyệt"
        APPLIED = "applied", "Đã áp dụng"
        DRAFTED = "drafted", "Đã chuyển người soạn"
        REFUSED = "refused", "Không áp dụng"
        OUTDATED = "outdated", "Nguồn đã đổi tiếp"

    run = models.ForeignKey(SyncRun, on_delete=models.PROTECT, related_name="+")
    code = models.CharField("mã thủ tục", max_length=30)
    name = models.CharField("tên thủ tục", max_length=1500)
    procedure = models.ForeignKey(
        "procedures.Procedure", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("loại", max_length=10, choices=Kind.choices)
    # [{"key", "before", "after"}]; labels and weights are those of rules.national.
    fields = models.JSONField("khác biệt", default=list)
    content = models.JSONField("nội dung mới", null=True, blank=True)
    stamp = models.CharField("thời điểm cập nhật của nguồn", max_length=20, blank=True)
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_until = models.DateField("hết hiệu lực", null=True, blank=True)
    replaced_by = models.CharField("mã thay thế", max_length=30, blank=True)
    is_harmless = models.BooleanField("không ảnh hưởng người dân", default=False)
    digest = models.CharField("mã băm", max_length=64)
    state = models.CharField("tình trạng", max_length=10, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("lý do", max_length=1000, blank=True)
    version = models.ForeignKey(
        "procedures.ProcedureVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "thay đổi danh mục"
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(state="open"), name="cataloguechange_one_open"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(decided_at__isnull=False), name="cataloguechange_decided_is_dated"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["new", "changed", "retired"]), name="cataloguechange_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "kind", "code"], name="cataloguechange_by_state")]
