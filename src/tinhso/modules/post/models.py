"""Consignments handed to the public postal service, the hand-over sheets, and what the operator told."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Q

from tinhso.modules.post.rules import ENVELOPE_TITLES, STATE_TITLES

ORGANISATION = "directory.Organisation"
USER = "access.User"
FILE = "files.FileRef"


class Sheet(models.Model):
    """Biên bản bàn giao: what an office gave the postman at one time, numbered without gaps by office and year."""

    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    postman_name = models.CharField("bưu tá", max_length=300)
    handed_at = models.DateTimeField("bàn giao lúc")
    handed_by_name = models.CharField(max_length=300)
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "year", "number"], name="sheet_number_once")]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.office_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class Consignment(models.Model):
    """Bưu gửi. `reference`: what it carries, as its owner names it ("dossier:17"); one at a time is on its way."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60)
    subject = models.CharField("nội dung", max_length=300)
    recipient_name = models.CharField("người nhận", max_length=300)
    recipient_phone = models.CharField("điện thoại", max_length=20)
    recipient_address = models.CharField("địa chỉ", max_length=300)
    state = models.CharField(max_length=12, choices=list(STATE_TITLES.items()))
    tracking_code = models.CharField("mã vận đơn", max_length=20, blank=True)
    fee = models.PositiveIntegerField("cước (đồng)", null=True)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    # Why the operator has not taken it yet; "" when nothing is wrong.
    problem = models.CharField(max_length=300, blank=True)
    tries = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    sheet = models.ForeignKey(Sheet, null=True, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField("tin mới nhất của bưu chính", null=True)
    ended_at = models.DateTimeField(null=True)
    received_by_name = models.CharField("người ký nhận", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(state="returned"), name="consignment_once_per_reference"
            ),
            models.UniqueConstraint(
                fields=["tracking_code"], condition=~Q(tracking_code=""), name="consignment_tracking_once"
            ),
            models.CheckConstraint(
                condition=Q(state="ordered") | ~Q(tracking_code=""), name="consignment_created_has_code"
            ),
        ]
        indexes = [
            models.Index(fields=["office", "-ordered_at"], name="consignment_office"),
            models.Index(fields=["id"], condition=Q(state="ordered"), name="consignment_to_create"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.office_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class Told(models.Model):
    """One message of the operator, kept once however often it came."""

    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="+")
    event_key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=12, choices=list(STATE_TITLES.items()))
    at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["consignment", "at"], name="told_consignment")]


class Envelope(models.Model):
    """Phong bì đến: what somebody sent to an office by post. `reference`: what came of it, as its owner names it; until then
    it stays on the office's list."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    tracking_code = models.CharField("mã vận đơn", max_length=20, unique=True)
    sender_name = models.CharField("người gửi", max_length=300)
    sender_phone = models.CharField("điện thoại người gửi", max_length=20, blank=True)
    sender_address = models.CharField("địa chỉ người gửi", max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=list(ENVELOPE_TITLES.items()))
    announced_at = models.DateTimeField("bưu chính báo lúc", null=True)
    arrived_at = models.DateTimeField("nhận tại nơi tiếp nhận lúc", null=True)
    registered_at = models.DateTimeField("vào sổ lúc", null=True)
    registered_by_name = models.CharField(max_length=300, blank=True)
    postman_name = models.CharField("bưu tá giao", max_length=300, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    handled_at = models.DateTimeField(null=True)
    handled_by_name = models.CharField(max_length=300, blank=True)
    reason = models.CharField("lý do gửi trả", max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="announced") | Q(arrived_at__isnull=False), name="envelope_arrived_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="taken_in") | ~Q(reference=""), name="envelope_taken_has_reference"
            ),
            models.CheckConstraint(condition=~Q(state="sent_back") | ~Q(reason=""), name="envelope_back_has_reason"),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="envelope_once_per_reference"
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "arrived_at"], condition=Q(state__in=["announced", "arrived"]), name="envelope_open"
            ),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.office_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None

    @property
    def ref(self) -> str:
        return f"envelope:{self.pk}"
