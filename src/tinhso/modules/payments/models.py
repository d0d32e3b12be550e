"""Tables of payments. Amounts are integer đồng; rows of money are added, never written over."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import F, Q

from tinhso.modules.payments.rules.words import (
    AttemptState,
    ChargeState,
    DifferenceKind,
    Method,
    RefundState,
    Titled,
    Verdict,
)

USER = "access.User"
FILE = "files.FileRef"
ORGANISATION = "directory.Organisation"


def _choices(words: type[Titled]) -> list[tuple[str, str]]:
    return [(word.value, word.title) for word in words]


class Charge(models.Model):
    """What is to be paid for something above us: khoản phải nộp. `subject_ref` names it ("dossier:17")."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject_ref = models.CharField(max_length=60)
    subject_code = models.CharField("mã hồ sơ", max_length=60)
    title = models.CharField("nội dung", max_length=1000)
    topic_code = models.CharField("mã thủ tục", max_length=40, blank=True)
    # Who takes the money, and who settles the case.
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    payer_name = models.CharField("người nộp", max_length=300)
    lines = models.JSONField("các khoản")
    amount = models.BigIntegerField("số tiền (đồng)")
    reason = models.TextField("lý do yêu cầu", blank=True)
    state = models.CharField(max_length=10, choices=_choices(ChargeState))
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=300, blank=True)
    closed_ground = models.TextField("căn cứ", blank=True)

    class Meta:
        verbose_name = "khoản phải nộp"
        constraints = [
            models.UniqueConstraint(fields=["subject_ref"], condition=Q(state="open"), name="charge_open_once"),
            models.CheckConstraint(condition=Q(amount__gt=0) | Q(state="exempt", amount=0), name="charge_amount"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="charge_closed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["exempt", "cancelled"]) | ~Q(closed_ground=""), name="charge_has_ground"
            ),
        ]
        indexes = [
            models.Index(fields=["subject_ref", "id"], name="charge_subject"),
            models.Index(fields=["agency", "created_at"], name="charge_agency"),
            models.Index(fields=["organisation", "state", "created_at"], name="charge_organisation"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id, self.agency_id)

    @property
    def access_owner_id(self) -> int | None:
        return self.owner_id

    @property
    def ref(self) -> str:
        return f"charge:{self.pk}"


class Attempt(models.Model):
    """One try to pay through a provider, under a reference of ours that it hands back."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=10, choices=_choices(Method))
    reference = models.CharField("mã tham chiếu", max_length=40, unique=True)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=_choices(AttemptState))
    pay_url = models.CharField(max_length=2000, blank=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    asks = models.PositiveSmallIntegerField("số lần đã hỏi cổng", default=0)
    next_ask_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_amount_positive"),
            models.CheckConstraint(condition=~Q(provider="cash"), name="attempt_not_cash"),
        ]
        indexes = [
            models.Index(fields=["charge", "-id"], name="attempt_charge"),
            models.Index(fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False), name="attempt_to_ask"),
        ]


class Payment(models.Model):
    """Money that came: khoản thu. `is_surplus`: for something that was not owed (any more)."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="+")
    attempt = models.OneToOneField(Attempt, null=True, on_delete=models.PROTECT, related_name="+")
    # The charge's, so that the day book and its sums read one table.
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=_choices(Method))
    amount = models.BigIntegerField()
    tendered = models.BigIntegerField("tiền nhận", null=True)
    reference = models.CharField("mã giao dịch của ngân hàng, cổng", max_length=40, blank=True)
    paid_at = models.DateTimeField("trả lúc")
    noted_at = models.DateTimeField("ghi nhận lúc")
    taken_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    taken_by_name = models.CharField(max_length=300)
    is_surplus = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.UniqueConstraint(fields=["charge"], condition=Q(is_surplus=False), name="payment_settles_once"),
            models.UniqueConstraint(
                fields=["method", "reference"], condition=~Q(reference=""), name="payment_reference_once"
            ),
            models.CheckConstraint(
                condition=Q(tendered__isnull=True) | Q(method="cash", tendered__gte=F("amount")),
                name="payment_change_of_cash",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "paid_at"], name="payment_day_book"),
            models.Index(fields=["method", "paid_at"], name="payment_method_day"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class Receipt(models.Model):
    """Biên lai điện tử: numbered without a gap by organisation and year; printed once, never altered."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    form = models.CharField("ký hiệu mẫu biên lai", max_length=20)
    series = models.CharField("ký hiệu biên lai", max_length=20)
    issued_at = models.DateTimeField()
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_ground = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "year", "number"], name="receipt_number_once")]

    @property
    def shown_number(self) -> str:
        """Seven digits, as Nghị định 123/2020 has it."""
        return f"{self.number:07d}"


class ProviderMessage(models.Model):
    """A message from a provider and what became of it. Its bytes lie apart (`ProviderMessageBody`)."""

    provider = models.CharField(max_length=10)
    channel = models.CharField(max_length=8, choices=[("ipn", "callback"), ("return", "trở về"), ("answer", "trả lời")])
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=14, choices=_choices(Verdict))
    times = models.PositiveIntegerField("số lần nhận", default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "channel", "digest"], name="providermessage_kept_once")
        ]
        indexes = [models.Index(fields=["provider", "-received_at"], name="providermessage_recent")]


class ProviderMessageBody(models.Model):
    """The bytes of a message as they came: evidence in a dispute. Nothing else reads them."""

    message = models.OneToOneField(ProviderMessage, on_delete=models.CASCADE, related_name="+", primary_key=True)
    raw = models.BinaryField()


class Refund(models.Model):
    """Money to be given back: asked, approved by another person, done."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=_choices(RefundState))
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=300)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by_name = models.CharField(max_length=300, blank=True)
    decision_note = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    done_by_name = models.CharField(max_length=300, blank=True)
    reference = models.CharField("chứng từ chi", max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")), name="refund_two_persons"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state__in=["asked", "approved"]), name="refund_open_once"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "-asked_at"], name="refund_list")]


class Statement(models.Model):
    """Bảng kê: a provider's statement of a day. A later one for the same day takes its place."""

    provider = models.CharField(max_length=10, choices=_choices(Method))
    day_date = models.DateField()
    digest = models.CharField(max_length=64)
    read_at = models.DateTimeField()
    read_by_name = models.CharField(max_length=300)
    rows = models.PositiveIntegerField()
    total = models.BigIntegerField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "day_date"], condition=Q(superseded_at__isnull=True), name="statement_of_day_once"
            )
        ]


class StatementLine(models.Model):
    """A row of a statement."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=40)
    number = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=7, choices=[("payment", "thanh toán"), ("refund", "hoàn trả")])
    amount = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["reference"], name="statementline_reference")]


class Difference(models.Model):
    """Our books and a provider's do not agree on a reference. Shown until a person settles it with a ground."""

    provider = models.CharField(max_length=10, choices=_choices(Method))
    day_date = models.DateField()
    kind = models.CharField(max_length=9, choices=_choices(DifferenceKind))
    reference = models.CharField(max_length=40)
    here = models.BigIntegerField(null=True)
    there = models.BigIntegerField(null=True)
    charge = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    settled_by_name = models.CharField(max_length=300, blank=True)
    ground = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "day_date", "kind", "reference"], name="difference_found_once"),
            models.CheckConstraint(condition=Q(settled_at__isnull=True) | ~Q(ground=""), name="difference_has_ground"),
        ]
        indexes = [
            models.Index(fields=["day_date", "id"], condition=Q(settled_at__isnull=True), name="difference_unsettled")
        ]


class ProviderHealth(models.Model):
    """How a provider answered last: what the operator's page shows, and whether citizens are offered it."""

    provider = models.CharField(max_length=10, unique=True)
    ok_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField("lần lỗi liên tiếp", default=0)
    problem = models.CharField(max_length=300, blank=True)
