"""The tables of dossiers. What must hold for every row is a constraint here."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import F, Q

from tinhso.modules.dossiers.rules import (
    Channel,
    DeliveryState,
    MoneyState,
    PaperKind,
    State,
    SyncState,
    TaskKind,
)

USER = "access.User"
FILE = "files.FileRef"
ORGANISATION = "directory.Organisation"
VERSION = "procedures.ProcedureVersion"
# What somebody still has to do something about; a constant of the partial indexes below.
UNFINISHED = [1, 2, 4, 5, 6, 9]


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
    channel = models.CharField("kênh tiếp nhận", max_length=10, choices=[(c.value, c.title) for c in Channel])

    state = models.SmallIntegerField("trạng thái", choices=[(s.value, s.title) for s in State])
    money_state = models.CharField(max_length=12, choices=[(s.value, s.title) for s in MoneyState])
    delivery_state = models.CharField(max_length=12, choices=[(s.value, s.title) for s in DeliveryState])
    sync_state = models.CharField(max_length=14, choices=[(s.value, s.title) for s in SyncState])

    applicant_name = models.CharField("người nộp", max_length=300)
    acting_as = models.CharField("nộp cho ai", max_length=14)
    form_data = models.JSONField("nội dung tờ khai")
    search_text = models.TextField(editable=False)
    fee_total = models.BigIntegerField("phí, lệ phí (đồng)", null=True)
    result_delivery = models.CharField(max_length=10)

    submitted_at = models.DateTimeField("nộp lúc")
    accepted_at = models.DateTimeField("tiếp nhận lúc", null=True)
    term = models.JSONField("thời hạn theo quy định", null=True)
    original_due_at = models.DateTimeField("hẹn trả ban đầu", null=True)
    due_at = models.DateTimeField("hẹn trả", null=True)
    completed_at = models.DateTimeField("xử lý xong lúc", null=True)
    returned_at = models.DateTimeField("trả kết quả lúc", null=True)
    closed_reason = models.TextField("lý do kết thúc", blank=True)

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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "role"], name="party_once_per_role")]


class Draft(models.Model):
    """What a person is still writing. Sent once: then `dossier` is set and it can never be sent again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(USER, null=True, on_delete=models.CASCADE, related_name="+")
    # A clerk who fills it in for a person at the counter.
    written_by = models.ForeignKey(USER, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.ForeignKey(VERSION, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=[(c.value, c.title) for c in Channel])
    applicant = models.JSONField(default=dict)
    form_data = models.JSONField(default=dict)
    # Grows with each save: the second tab that saves over the first is told.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    dossier = models.OneToOneField(Dossier, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "bản nháp"
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="draft_owner_recent"),
            models.Index(fields=["updated_at"], condition=Q(dossier__isnull=True), name="draft_unsent_old"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.agency_id, self.office_id)

    @property
    def access_owner_id(self) -> int | None:
        return self.owner_id


class DraftFile(models.Model):
    """A paper uploaded to a draft."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="+")
    paper_key = models.CharField(max_length=60)
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()


class Paper(models.Model):
    """A paper received with a dossier: thành phần hồ sơ. `file` is null when only paper was handed in."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)
    name = models.TextField()
    kind = models.CharField(max_length=10, choices=[(k.value, k.title) for k in PaperKind])
    quantity = models.PositiveSmallIntegerField(default=1)
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["dossier"], name="paper_dossier")]


class Task(models.Model):
    """One piece of work on a dossier, open or done. The done ones are the control sheet (form 06)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in TaskKind])
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    role = models.CharField(max_length=60)
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField(max_length=300, blank=True)
    holder = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    # For parallel opinions: the step that asked, reopened when all have answered.
    asked_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    is_rework = models.BooleanField("bị trả lại", default=False)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    finished_by_name = models.CharField(max_length=300, blank=True)
    action = models.CharField(max_length=60, blank=True)
    action_title = models.CharField(max_length=300, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "key"], condition=Q(finished_at__isnull=True), name="task_open_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | ~Q(action=""), name="task_finished_has_action"
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "id"], name="task_dossier"),
            models.Index(
                fields=["holder", "due_at", "id"], condition=Q(finished_at__isnull=True), name="task_open_holder"
            ),
            models.Index(
                fields=["organisation", "role", "due_at", "id"],
                condition=Q(finished_at__isnull=True),
                name="task_open_pool",
            ),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class DeadlineChange(models.Model):
    """Every value that the due time had, who set it and why. The first row is the original."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    changed_at = models.DateTimeField()
    changed_by_name = models.CharField(max_length=300)
    ground = models.TextField()
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)
    # Rows {"date", "counted_minutes", "reason"}: the page "why this date".
    explanation = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["dossier", "id"], name="deadlinechange_dossier")]


class Printout(models.Model):
    """A printed form of the one-stop mechanism (01–07), numbered by office, year and form; never altered."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=2)
    number = models.PositiveIntegerField()
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "year", "form", "number"], name="printout_number_once"),
            models.UniqueConstraint(
                fields=["dossier", "form"], condition=Q(form__in=["01", "03"]), name="printout_once_per_dossier"
            ),
        ]


class Result(models.Model):
    """The result of a dossier: kết quả giải quyết. `file` is set as soon as it is printed."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    number = models.PositiveIntegerField()
    notation = models.CharField("số, ký hiệu", max_length=60)
    issued_at = models.DateTimeField()
    signer = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=300)
    signer_title = models.CharField(max_length=300)
    verify_token = models.CharField(max_length=40, unique=True)
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")
    # Proof of the return.
    received_by_name = models.CharField(max_length=300, blank=True)
    received_by_identity = models.CharField(max_length=20, blank=True)
    return_note = models.TextField(blank=True)


class SavedFilter(models.Model):
    """A list's filters that an officer keeps under a name."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="savedfilter_name_once")]


class Visit(models.Model):
    """An officer's look into a dossier. The trail gets one line per officer, dossier and day (`recorded_date`);
    `before_at` is the end of the visit before this one: what came after it is new to the officer."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    recorded_date = models.DateField()
    seen_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "user"], name="visit_once_per_officer")]


class PinFailure(models.Model):
    """A wrong PIN for a code, kept for the lock-out window only."""

    code = models.CharField(max_length=60)
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["code", "failed_at"], name="pinfailure_code")]
