"""The catalogue of procedures and their dated versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tinhso.kernel.search import SearchColumn
from tinhso.kernel.text import SORT_KEY_LENGTH
from tinhso.modules.procedures.models.guidance import (
    Guidance as Guidance,
)
from tinhso.modules.procedures.models.national import (
    CatalogueChange as CatalogueChange,
)
from tinhso.modules.procedures.models.national import (
    NationalRecord as NationalRecord,
)
from tinhso.modules.procedures.models.national import (
    SyncItem as SyncItem,
)
from tinhso.modules.procedures.models.national import (
    SyncRun as SyncRun,
)


class Field(models.Model):
    """Lĩnh vực: the subject that a procedure belongs to in the national catalogue."""

    name = models.CharField("tên lĩnh vực", max_length=300, unique=True)
    folded = SearchColumn()
    sort = models.CharField(max_length=SORT_KEY_LENGTH, default="", editable=False)

    class Meta:
        verbose_name = "lĩnh vực"
        ordering = ["sort", "id"]

    def __str__(self) -> str:
        return self.name


class Procedure(models.Model):
    """A procedure of the national catalogue. What it asks stands in its dated versions. Never deleted."""

    code = models.CharField("mã thủ tục", max_length=20, unique=True)
    name = models.CharField("tên theo danh mục", max_length=1500)
    plain_name = models.CharField("tên dễ hiểu", max_length=300, blank=True)
    folded = SearchColumn()
    sort = models.CharField(max_length=SORT_KEY_LENGTH, default="", editable=False)
    field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    life_event = models.CharField("sự kiện trong đời", max_length=30, blank=True)
    at_ministry = models.BooleanField("cấp bộ", default=False)
    at_province = models.BooleanField("cấp tỉnh", default=False)
    at_commune = models.BooleanField("cấp xã", default=False)
    at_other = models.BooleanField("cơ quan khác", default=False)
    ministry = models.CharField("bộ, ngành quản lý", max_length=200, blank=True)
    portal_url = models.URLField("trang trên Cổng Dịch vụ công quốc gia", max_length=500, blank=True)
    source = models.CharField("nguồn", max_length=200, blank=True)
    as_of = models.CharField("thời điểm của nguồn", max_length=30, blank=True)
    remark = models.CharField("ghi chú của nguồn", max_length=500, blank=True)
    # Gone from the national catalogue: from this day on nothing of it is in force (services, and a guard, 0005).
    retired_on = models.DateField("bãi bỏ từ ngày", null=True, blank=True)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "thủ tục hành chính"
        indexes = [
            models.Index(fields=["sort", "id"], name="procedure_by_name"),
            models.Index(fields=["life_event"], name="procedure_by_life_event"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.plain_name or self.name}"


class ProcedureVersion(models.Model):
    """What a procedure asks between two dates. `definition` null: known from the catalogue only (for reference).

    draft → in_review → published → retired; a draft that leads nowhere is withdrawn. At most one version of a
    procedure is a draft or in review. A published version is never edited: a change is a new version, and dossiers keep
    the one they came in under. Two published versions never overlap (services, and a guard of the database, 0002).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Bản nháp"
        IN_REVIEW = "in_review", "Chờ duyệt"
        PUBLISHED = "published", "Đang áp dụng"
        RETIRED = "retired", "Đã thay thế"
        WITHDRAWN = "withdrawn", "Đã bỏ"

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("phiên bản")
    # The catalogue's name as it was under this version; empty: as it is now.
    name = models.CharField("tên theo danh mục", max_length=1500, blank=True)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField("tình trạng", max_length=10, choices=Status.choices, default=Status.DRAFT)
    valid_from = models.DateField("áp dụng từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    decision = models.CharField("quyết định công bố", max_length=300, blank=True)
    # When the decision was made, and from when the rule that it makes known holds: Quyết định 766 asks whether it was in time.
    decided_on = models.DateField("ngày quyết định công bố", null=True, blank=True)
    rule_in_force_on = models.DateField("văn bản quy định có hiệu lực từ ngày", null=True, blank=True)
    service_level = models.CharField("mức độ dịch vụ công", max_length=12, null=True, blank=True)
    old_level = models.PositiveSmallIntegerField("mức độ 1–4 (trước 15/8/2022)", null=True, blank=True)
    levels = models.JSONField("cấp thực hiện", default=list)
    agency = models.CharField("cơ quan thực hiện", max_length=500, blank=True)
    competent_kind = models.CharField("loại cơ quan có thẩm quyền", max_length=30, blank=True)
    competent_level = models.CharField("cấp của cơ quan có thẩm quyền", max_length=20, blank=True)
    time_limit_text = models.CharField("thời hạn theo nguồn", max_length=1000, blank=True)
    fee_text = models.CharField("phí, lệ phí theo nguồn", max_length=1500, blank=True)
    # Read from the source's text only where it can mean one thing; the texts above are what was read.
    time_limit_amount = models.PositiveIntegerField("thời hạn", null=True, blank=True)
    time_limit_unit = models.CharField("đơn vị thời hạn", max_length=15, blank=True)
    is_free = models.BooleanField("không thu phí", null=True, blank=True)
    channels = models.JSONField("cách thức nộp", default=list)
    # JSON as text: the order of questions is meaning, and PostgreSQL's jsonb does not keep it.
    definition = models.TextField("định nghĩa", null=True, blank=True)
    definition_digest = models.CharField("mã băm của định nghĩa", max_length=64, blank=True)
    fileable = models.BooleanField("nộp được tại đây", default=False)
    created_at = models.DateTimeField("tạo lúc")
    # Numbers of the accounts that wrote on the draft: none of them may publish it.
    authors = models.JSONField("người soạn", default=list)
    change_note = models.CharField("nội dung thay đổi", max_length=2000, blank=True)
    submitted_at = models.DateTimeField("trình duyệt lúc", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    review_note = models.CharField("lý do trả lại, bỏ hoặc thôi áp dụng", max_length=1000, blank=True)
    published_at = models.DateTimeField("công bố lúc", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "phiên bản thủ tục"
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedureversion_number_once"),
            models.UniqueConstraint(
                fields=["procedure", "valid_from"],
                condition=Q(status="published"),
                name="procedureversion_one_published_per_start",
            ),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=Q(status__in=["draft", "in_review"]),
                name="procedureversion_one_in_the_making",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "in_review", "published", "retired", "withdrawn"]),
                name="procedureversion_status_known",
            ),
            models.CheckConstraint(
                condition=Q(submitted_by__isnull=True)
                | Q(published_by__isnull=True)
                | ~Q(submitted_by=F("published_by")),
                name="procedureversion_published_by_another",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="procedureversion_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(fileable=False) | Q(definition__isnull=False), name="procedureversion_fileable_is_defined"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["published", "retired"]) | Q(published_at__isnull=False),
                name="procedureversion_published_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(service_level__isnull=True) | Q(service_level__in=["full", "partial", "information"]),
                name="procedureversion_service_level_known",
            ),
            models.CheckConstraint(
                condition=Q(old_level__isnull=True) | Q(old_level__in=[1, 2, 3, 4]),
                name="procedureversion_old_level_known",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "fileable", "procedure"], name="procedureversion_fileable"),
            models.Index(fields=["status", "service_level"], name="procedureversion_by_level"),
            models.Index(fields=["decided_on"], condition=Q(decided_on__isnull=False), name="procedureversion_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure_id} v{self.number}"


class ProcedureOffering(models.Model):
    """An agency that offers a procedure, where the rule "every agency of that kind and level" is not enough
    (a province's Sở Xây dựng, not every Sở). Dated, since reorganisation moves competence."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)

    class Meta:
        verbose_name = "nơi thực hiện thủ tục"
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "organisation", "valid_from"], name="procedureoffering_once_per_start"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="procedureoffering_dates_in_order",
            ),
        ]


class DesignStep(models.Model):
    """One change of a draft in the designers, so that it can be undone: the definition as it was before."""

    version = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="+")
    what = models.CharField("việc đã làm", max_length=300)
    before = models.TextField("định nghĩa trước đó")
    digest_before = models.CharField("mã băm trước", max_length=64)
    digest_after = models.CharField("mã băm sau", max_length=64)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    done_by_name = models.CharField("người làm", max_length=300)
    done_at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "bước soạn"
        indexes = [models.Index(fields=["version", "-id"], name="designstep_of_version")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.what}"


class RouteFile(models.Model):
    """A drawing (BPMN) or table (XLSX, CSV) of a route as it was handed in, kept whatever could be read of it.

    `reading`: what was understood, waiting for the officer's word; applied once.
    """

    class Kind(models.TextChoices):
        BPMN = "bpmn", "Sơ đồ BPMN"
        TABLE = "table", "Bảng quy trình"

    class State(models.TextChoices):
        REFUSED = "refused", "Không nhập được"
        READY = "ready", "Chờ xác nhận"
        APPLIED = "applied", "Đã đưa vào quy trình"

    version = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("loại", max_length=10, choices=Kind.choices)
    state = models.CharField("tình trạng", max_length=10, choices=State.choices)
    filename = models.CharField("tên tệp", max_length=255)
    content = models.BinaryField("nội dung")
    sha256 = models.CharField("SHA-256", max_length=64)
    reading = models.JSONField("nội dung đọc được", default=dict)
    problems = models.JSONField("điều không nhập được", default=list)
    notes = models.JSONField("điều cần biết", default=list)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("tải lên lúc")
    applied_at = models.DateTimeField("đưa vào lúc", null=True, blank=True)

    class Meta:
        verbose_name = "tệp quy trình"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["refused", "ready", "applied"]) & Q(kind__in=["bpmn", "table"]),
                name="routefile_words_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="routefile_applied_is_dated"
            ),
        ]
        indexes = [models.Index(fields=["version", "-id"], name="routefile_of_version")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.filename}"
