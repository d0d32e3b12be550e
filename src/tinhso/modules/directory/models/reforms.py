"""A reorganisation (sắp xếp đơn vị): its plan, who drafted and who approved it, and how far it has been carried out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tinhso.modules.directory.models.structure import Organisation
from tinhso.modules.directory.rules import KINDS, LEVELS
from tinhso.modules.directory.rules.reforms import ACTION_KINDS, TAKES


class Reform(models.Model):
    """A plan that ends, founds, joins, divides, renames or moves organisations on one day."""

    class State(models.TextChoices):
        DRAFT = "draft", "Đang soạn"
        SUBMITTED = "submitted", "Chờ phê duyệt"
        APPROVED = "approved", "Đã phê duyệt"
        APPLYING = "applying", "Đang áp dụng"
        APPLIED = "applied", "Đã áp dụng"
        CANCELLED = "cancelled", "Đã hủy"

    title = models.CharField("tên phương án", max_length=300)
    ground = models.CharField("căn cứ", max_length=500)
    effective_date = models.DateField("có hiệu lực từ ngày")
    state = models.CharField("trạng thái", max_length=10, choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField("soạn lúc")
    submitted_at = models.DateTimeField("trình lúc", null=True, blank=True)
    # What was submitted is what is approved and applied: the digest of its actions.
    digest = models.CharField("mã băm của phương án", max_length=64, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("phê duyệt lúc", null=True, blank=True)
    decision_note = models.CharField("ý kiến", max_length=500, blank=True)
    # The last trial run or, in the end, the report of the application.
    report = models.JSONField("báo cáo", default=dict)
    tried_at = models.DateTimeField("chạy thử lúc", null=True, blank=True)
    started_at = models.DateTimeField("bắt đầu áp dụng lúc", null=True, blank=True)
    applied_at = models.DateTimeField("áp dụng xong lúc", null=True, blank=True)

    class Meta:
        verbose_name = "phương án sắp xếp"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "approved", "applying", "applied", "cancelled"]),
                name="reform_state_known",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("drafted_by")), name="reform_decided_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "applying", "applied"])
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(digest=""),
                name="reform_approved_has_who",
            ),
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False, started_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="reform_applied_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReformAction(models.Model):
    """One row of a plan: one organisation founded, ended, renamed or moved; one row per successor when divided.

    Codes as typed; `old`, `successor` and `made` are filled in when the plan is applied."""

    reform = models.ForeignKey(Reform, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField("dòng")
    kind = models.CharField("hình thức", max_length=10, choices=list(ACTION_KINDS.items()))
    old_code = models.CharField("mã cơ quan cũ", max_length=40, blank=True)
    new_code = models.CharField("mã cơ quan mới, nơi nhận", max_length=40, blank=True)
    name = models.CharField("tên mới", max_length=300, blank=True)
    short_name = models.CharField("tên gọn", max_length=150, blank=True)
    level = models.CharField("cấp", max_length=10, choices=list(LEVELS.items()), blank=True)
    organisation_kind = models.CharField("loại", max_length=30, choices=list(KINDS.items()), blank=True)
    parent_code = models.CharField("mã cơ quan cấp trên", max_length=40, blank=True)
    admin_unit_code = models.CharField("mã đơn vị hành chính", max_length=10, blank=True)
    address = models.CharField("địa chỉ", max_length=500, blank=True)
    # What of the old one's open work goes this way.
    takes = models.CharField("nhận việc", max_length=6, choices=list(TAKES.items()), default="all")
    fields = models.JSONField("lĩnh vực", default=list, blank=True)
    note = models.CharField("ghi chú", max_length=500, blank=True)
    doubt = models.CharField("điểm cần người quyết định", max_length=500, blank=True)
    settled_at = models.DateTimeField("đã quyết định lúc", null=True, blank=True)
    old = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "việc của phương án"
        constraints = [
            models.UniqueConstraint(fields=["reform", "number"], name="reformaction_number_once"),
            models.CheckConstraint(condition=Q(kind__in=list(ACTION_KINDS)), name="reformaction_kind_known"),
            models.CheckConstraint(condition=Q(takes__in=list(TAKES)), name="reformaction_takes_known"),
        ]


class ReformStep(models.Model):
    """How far one kind of rows has come. Written in the transaction that moved them, so a killed application goes on."""

    reform = models.ForeignKey(Reform, on_delete=models.CASCADE, related_name="+")
    name = models.CharField("bước", max_length=60)
    total = models.PositiveIntegerField("phải chuyển", default=0)
    moved = models.PositiveIntegerField("đã chuyển", default=0)
    done_at = models.DateTimeField("xong lúc", null=True, blank=True)

    class Meta:
        verbose_name = "bước áp dụng"
        constraints = [models.UniqueConstraint(fields=["reform", "name"], name="reformstep_once")]
