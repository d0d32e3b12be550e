"""Who is who in the administration, each fact with the days on which it holds.

The materialised `path` and the folded and sorting columns are written by `services` and `seed` only.
"""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tinhso.kernel.search import SearchColumn
from tinhso.kernel.text import SORT_KEY_LENGTH
from tinhso.modules.directory.rules import CODE_SOURCES, KINDS, LEVELS, SUCCESSION_KINDS


def _dates_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name=name
    )


class Organisation(models.Model):
    """An agency with powers or accounts of its own: a People's Committee, a department, a public service centre."""

    name = models.CharField("tên", max_length=300)
    short_name = models.CharField("tên gọn", max_length=150, blank=True)
    code = models.CharField("mã định danh", max_length=40)
    code_source = models.CharField("nguồn của mã", max_length=10, choices=list(CODE_SOURCES.items()))
    level = models.CharField("cấp", max_length=10, choices=list(LEVELS.items()))
    kind = models.CharField("loại", max_length=30, choices=list(KINDS.items()))
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    path = models.CharField("đường dẫn trong cây", max_length=255, blank=True)
    admin_unit_code = models.CharField("mã đơn vị hành chính", max_length=10, blank=True)
    address = models.CharField("địa chỉ", max_length=500, blank=True)
    phone = models.CharField("điện thoại", max_length=30, blank=True)
    note = models.CharField("ghi chú", max_length=1000, blank=True)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    search_text = SearchColumn("tên không dấu")
    sort_key = models.CharField("khóa sắp xếp", max_length=SORT_KEY_LENGTH, editable=False)

    class Meta:
        verbose_name = "cơ quan"
        constraints = [
            _dates_in_order("organisation_dates_in_order"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="organisation_not_its_own_parent"),
            models.CheckConstraint(condition=Q(level__in=list(LEVELS)), name="organisation_level_known"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="organisation_kind_known"),
            models.CheckConstraint(condition=~Q(code=""), name="organisation_has_code"),
            models.UniqueConstraint(fields=["code", "valid_from"], name="organisation_code_once_per_start"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_until__isnull=True), name="organisation_code_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["path"]),
            models.Index(fields=["kind", "level"]),
            models.Index(fields=["admin_unit_code"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.pk,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class Succession(models.Model):
    """`successor` carries on, wholly or in part, the work of `predecessor` from a day on."""

    predecessor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    effective_date = models.DateField("có hiệu lực từ ngày")
    kind = models.CharField("hình thức", max_length=20, choices=list(SUCCESSION_KINDS.items()))
    note = models.CharField("ghi chú", max_length=500, blank=True)

    class Meta:
        verbose_name = "kế thừa"
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_not_of_itself"),
            models.CheckConstraint(condition=Q(kind__in=list(SUCCESSION_KINDS)), name="succession_kind_known"),
        ]


class StaffNumber(models.Model):
    """How many people an organisation had on a day, as a document states it (not counted from `StaffMember`)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    as_of_date = models.DateField("tính đến ngày")
    people = models.PositiveIntegerField("số cán bộ, công chức")
    source = models.CharField("nguồn", max_length=500)

    class Meta:
        verbose_name = "số cán bộ, công chức"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "as_of_date"], name="staffnumber_once_per_day"),
        ]


class Unit(models.Model):
    """An inner unit (phòng, bộ phận) of an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("tên", max_length=300)
    rank = models.PositiveSmallIntegerField("thứ tự", default=100)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)

    class Meta:
        verbose_name = "đơn vị bên trong"
        constraints = [
            _dates_in_order("unit_dates_in_order"),
            models.UniqueConstraint(fields=["organisation", "name", "valid_from"], name="unit_once_per_start"),
        ]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A title that people hold; a smaller `rank` stands higher."""

    title = models.CharField("chức danh", max_length=150, unique=True)
    rank = models.PositiveSmallIntegerField("thứ bậc", default=100)

    class Meta:
        verbose_name = "chức danh"

    def __str__(self) -> str:
        return self.title


class StaffMember(models.Model):
    """A person's place in an organisation between two days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    search_text = SearchColumn("tên không dấu")
    sort_key = models.CharField("khóa sắp xếp theo tên", max_length=SORT_KEY_LENGTH, editable=False)

    class Meta:
        verbose_name = "cán bộ"
        constraints = [
            _dates_in_order("staffmember_dates_in_order"),
            models.UniqueConstraint(fields=["user", "organisation", "valid_from"], name="staffmember_once_per_start"),
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=Q(valid_until__isnull=True),
                name="staffmember_open_once_per_organisation",
            ),
        ]
        # The whole list by name: without it tens of thousands are sorted for each page.
        indexes = [models.Index(fields=["sort_key", "id"], name="staffmember_by_name")]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class ImportBatch(models.Model):
    """A file that was read and checked whole, waiting for its uploader to confirm, or applied.

    The tables are kept as text and checked again when applied, for the directory may have changed in between.
    """

    class State(models.TextChoices):
        FAULTY = "faulty", "Có lỗi"
        READY = "ready", "Chờ xác nhận"
        APPLIED = "applied", "Đã nhập"

    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("tải lên lúc")
    filename = models.CharField("tên tệp", max_length=255)
    sha256 = models.CharField("mã băm của tệp", max_length=64)
    read_as = models.CharField("đọc như", max_length=40)
    state = models.CharField("trạng thái", max_length=10, choices=State.choices)
    tables = models.JSONField("các bảng")
    faults = models.JSONField("lỗi", default=list)
    counts = models.JSONField("số lượng", default=dict)
    applied_at = models.DateTimeField("nhập lúc", null=True, blank=True)

    class Meta:
        verbose_name = "lần nhập"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["faulty", "ready", "applied"]), name="importbatch_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="importbatch_applied_has_time",
            ),
        ]


class Departure(models.Model):
    """Somebody leaves an organisation, for another or for good: decided once with all that follows, carried out after
    the last day."""

    class Kind(models.TextChoices):
        LEAVE = "leave", "Thôi làm việc tại đây"
        MOVE = "move", "Chuyển công tác"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("hình thức", max_length=10, choices=Kind.choices)
    last_day = models.DateField("ngày làm việc cuối cùng")
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField("căn cứ", max_length=500)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("quyết định lúc")
    done_at = models.DateTimeField("thực hiện lúc", null=True, blank=True)
    # What was there before, so that it can be taken back until the last day is over: see `services.leaving`.
    before = models.JSONField("trước khi quyết định", default=dict)
    cancelled_at = models.DateTimeField("hủy lúc", null=True, blank=True)
    # The successor's own word about what they take over.
    confirmed_at = models.DateTimeField("người nhận xác nhận lúc", null=True, blank=True)
    refused_at = models.DateTimeField("người nhận từ chối lúc", null=True, blank=True)
    answer_note = models.CharField("ghi chú của người nhận", max_length=500, blank=True)

    class Meta:
        verbose_name = "lần rời cơ quan"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], condition=Q(done_at__isnull=True), name="departure_open_once"
            ),
            models.CheckConstraint(condition=~Q(successor=F("user")), name="departure_hands_to_another"),
            models.CheckConstraint(
                condition=Q(kind="move", to_organisation__isnull=False) | Q(kind="leave", to_organisation__isnull=True),
                name="departure_move_says_where",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(refused_at__isnull=True), name="departure_one_answer"
            ),
        ]
        indexes = [models.Index(fields=["last_day"], condition=Q(done_at__isnull=True), name="departure_open")]
