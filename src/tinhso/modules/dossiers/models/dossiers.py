"""A dossier, who takes part in it, and what was handed in."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tinhso.modules.dossiers.models.digitised import Digitisation
from tinhso.modules.dossiers.models.references import CHARGE, DOCUMENT_USE, FILE, ORGANISATION, USER, VERSION
from tinhso.modules.dossiers.rules import Channel, DeliveryState, MoneyState, PaperKind, State, SyncState

# What somebody still has to do something about; a constant of the partial indexes below.
UNFINISHED = [1, 2, 4, 5, 6, 9]
# What the progress table asks of each dossier.
COUNTED = ["agency", "office", "version", "channel", "state", "due_at", "supplement_count", "is_joint"]


class Dossier(models.Model):
    """One request under one version of a procedure: hồ sơ."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField("mã hồ sơ", max_length=60, unique=True)
    pin_serial = models.PositiveIntegerField(default=1)
    version = models.ForeignKey(VERSION, on_delete=models.PROTECT, related_name="+")
    # Competent to settle (from the version, not from the counter's address); and where it was received.
    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    # Under which somebody else does it for the owner: who transacts, for whom, on what authority.
    mandate = models.ForeignKey("identity.Mandate", null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField("kênh tiếp nhận", max_length=10, choices=[(c.value, c.title) for c in Channel])
    # Had the national identity vouched for the sender's account when it was sent? Quyết định 766 asks; never changed after.
    by_national_identity = models.BooleanField(
        "tài khoản gửi đã xác thực qua VNeID", default=False, db_default=False, editable=False
    )

    state = models.SmallIntegerField("trạng thái", choices=[(s.value, s.title) for s in State])
    money_state = models.CharField(max_length=12, choices=[(s.value, s.title) for s in MoneyState])
    delivery_state = models.CharField(max_length=12, choices=[(s.value, s.title) for s in DeliveryState])
    sync_state = models.CharField(max_length=14, choices=[(s.value, s.title) for s in SyncState])

    applicant_name = models.CharField("người nộp", max_length=300)
    acting_as = models.CharField("nộp cho ai", max_length=14)
    form_data = models.JSONField("nội dung tờ khai")
    search_text = models.TextField(editable=False)
    fee_total = models.BigIntegerField("phí, lệ phí (đồng)", null=True)
    # What is or was to be paid last; None where nothing ever was. `money_state` follows it, see services.money.
    charge = models.ForeignKey(CHARGE, null=True, on_delete=models.PROTECT, related_name="+")
    result_delivery = models.CharField(max_length=10)

    submitted_at = models.DateTimeField("nộp lúc")
    accepted_at = models.DateTimeField("tiếp nhận lúc", null=True)
    term = models.JSONField("thời hạn theo quy định", null=True)
    original_due_at = models.DateTimeField("hẹn trả ban đầu", null=True)
    due_at = models.DateTimeField("hẹn trả", null=True)
    completed_at = models.DateTimeField("xử lý xong lúc", null=True)
    returned_at = models.DateTimeField("trả kết quả lúc", null=True)
    closed_at = models.DateTimeField("kết thúc không có kết quả lúc", null=True)
    closed_reason = models.TextField("lý do kết thúc", blank=True)
    # When the progress table stops counting it as open. Made by the database, so that it can be in an index.
    ended_at = models.GeneratedField(
        expression=Coalesce("completed_at", "closed_at"),
        output_field=models.DateTimeField("kết thúc lúc", null=True),
        db_persist=True,
    )
    # Quyết định 766 counts a dossier with more than one request as late; the law need not: it is only counted here.
    is_joint = models.BooleanField("liên thông nhiều cơ quan", default=False)
    supplement_count = models.PositiveSmallIntegerField("số lần yêu cầu bổ sung", default=0)

    class Meta:
        verbose_name = "hồ sơ"
        constraints = [
            models.CheckConstraint(condition=Q(state__gte=1, state__lte=10), name="dossier_state_legal"),
            models.CheckConstraint(
                condition=~Q(state__in=[2, 4, 9, 10]) | Q(accepted_at__isnull=False), name="dossier_accepted_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[9, 10]) | Q(completed_at__isnull=False), name="dossier_completed_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=10) | Q(returned_at__isnull=False), name="dossier_returned_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[3, 7, 8]) | Q(closed_at__isnull=False), name="dossier_closed_has_time"
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(completed_at__gte=F("submitted_at")),
                name="dossier_times_in_order",
            ),
        ]
        indexes = [
            # The officers' list: unfinished dossiers by due time, all by time of sending; over the whole province, by
            # agency, by receiving office. The id keeps the order total. Texts: a trigram index, see the migration.
            models.Index(fields=["due_at", "id"], condition=Q(state__in=UNFINISHED), name="dossier_open_due"),
            models.Index(
                fields=["agency", "due_at", "id"], condition=Q(state__in=UNFINISHED), name="dossier_open_agency_due"
            ),
            models.Index(
                fields=["office", "due_at", "id"], condition=Q(state__in=UNFINISHED), name="dossier_open_office_due"
            ),
            models.Index(fields=["submitted_at", "id"], name="dossier_recent"),
            models.Index(fields=["agency", "submitted_at", "id"], name="dossier_agency_recent"),
            models.Index(fields=["office", "submitted_at", "id"], name="dossier_office_recent"),
            models.Index(fields=["owner", "-submitted_at"], name="dossier_owner_recent"),
            # The progress table and the lists behind its numbers are read from these alone (PostgreSQL): what ended, by
            # the end; what is open, by the beginning.
            models.Index(
                fields=["ended_at", "id"],
                condition=Q(ended_at__isnull=False),
                include=[*COUNTED, "accepted_at"],
                name="dossier_progress_ended",
            ),
            models.Index(
                fields=["accepted_at", "id"],
                condition=Q(ended_at__isnull=True),
                include=COUNTED,
                name="dossier_progress_open",
            ),
            # The follow-up book (form 07).
            models.Index(
                fields=["office", "accepted_at", "id"],
                condition=Q(accepted_at__isnull=False),
                name="dossier_office_book",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.agency_id, self.office_id)

    @property
    def access_owner_id(self) -> int | None:
        return self.owner_id

    @property
    def access_procedure(self) -> str:
        """For a mandate of some procedures only: one more query or two."""
        return self.version.procedure.code

    @property
    def case(self) -> dict[str, Any]:
        """What the conditions of the procedure's version are asked on."""
        return {**self.form_data, "applicant": {"acting_as": self.acting_as}}

    @property
    def ref(self) -> str:
        """How audit names this dossier."""
        return f"dossier:{self.pk}"


class Party(models.Model):
    """A person or organisation of a dossier: who transacts, for whom, who helped. Kept apart by law."""

    class Role(models.TextChoices):
        APPLICANT = "applicant", "Người nộp"
        SUBJECT = "subject", "Người được nộp thay"
        HELPER = "helper", "Người hỗ trợ"

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    full_name = models.CharField(max_length=300)
    identity_number = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=300, blank=True)
    acting_as = models.CharField(max_length=14, blank=True)
    authority = models.CharField(max_length=300, blank=True)
    # Of a helper: where the help was given, which is neither where it is received nor who settles it.
    place = models.CharField("nơi hỗ trợ", max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "role"], name="party_once_per_role")]


class Paper(models.Model):
    """A paper received with a dossier: thành phần hồ sơ. `file` is null when only paper was handed in."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)
    name = models.TextField()
    kind = models.CharField(max_length=10, choices=[(k.value, k.title) for k in PaperKind])
    quantity = models.PositiveSmallIntegerField(default=1)
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    superseded_at = models.DateTimeField("được thay bằng bản bổ sung lúc", null=True)
    # Not handed in but taken from the person's store: the proof of it.
    digitisation = models.OneToOneField(Digitisation, null=True, on_delete=models.PROTECT, related_name="+")
    reuse = models.ForeignKey(DOCUMENT_USE, null=True, on_delete=models.PROTECT, related_name="+")
    # As the national portal says; our own store is `reuse`.
    from_national_store = models.BooleanField("lấy từ kho dữ liệu cá nhân quốc gia", default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["dossier"], name="paper_dossier")]
