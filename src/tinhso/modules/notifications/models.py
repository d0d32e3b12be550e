"""The tables of notifications. What must hold for every row is a constraint here."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Q

from tinhso.modules.notifications.rules import CHANNEL_TITLES, KINDS, MESSAGE_TITLES

_USER = "access.User"
CHANNELS = [(channel.value, title) for channel, title in CHANNEL_TITLES.items()]
KIND_CHOICES = [(kind.value, info.title) for kind, info in KINDS.items()]


class Notice(models.Model):
    """Something told to somebody, once. With an account it stands in their inbox; messages carry it out of the house."""

    # Of the event and the recipient: the same notice is never made twice.
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField("loại", max_length=20, choices=KIND_CHOICES)
    user = models.ForeignKey(_USER, null=True, on_delete=models.CASCADE, related_name="+")
    # What it is about, as the trail names it ("dossier:17"); "" for none.
    about = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=400)
    text = models.TextField()
    url = models.CharField("trang liên quan", max_length=300, blank=True)
    created_at = models.DateTimeField("lúc")
    read_at = models.DateTimeField("đọc lúc", null=True)

    class Meta:
        verbose_name = "thông báo"
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_inbox"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["about", "id"], condition=~Q(about=""), name="notice_about"),
            models.Index(fields=["created_at"], name="notice_when"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return ()

    @property
    def access_owner_id(self) -> int | None:
        return self.user_id


class Message(models.Model):
    """A notice on its way over one channel. `public_id` is the key by which a provider knows a repeated request."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField("kênh", max_length=5, choices=CHANNELS)
    # Emptied with the text when it is kept long enough (services.keeping).
    address = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    text = models.TextField()
    # Zalo: the approved template and what it is filled with.
    provider_template = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)

    state = models.CharField(
        "trạng thái", max_length=9, choices=[(state.value, title) for state, title in MESSAGE_TITLES.items()]
    )
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    # While a sender has it in hand: if it dies, another takes over after this.
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_ref = models.CharField(max_length=80, blank=True)
    # A class or code, never the provider's words: they may repeat the address.
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = "tin gửi đi"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="message_once_per_channel"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="message_sent_has_time"),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False), name="message_delivered_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | Q(failed_at__isnull=False), name="message_failed_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="expired") | Q(expired_at__isnull=False), name="message_expired_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "next_try_at", "id"], condition=Q(state="queued"), name="message_due"),
            models.Index(fields=["state", "-id"], name="message_by_state"),
            models.Index(fields=["queued_at"], name="message_when"),
        ]


class ChannelState(models.Model):
    """How a channel stands. One sender at a time holds it (`held_until`), at most one job to send waits (`asked_until`);
    a provider that does not answer is left alone until `paused_until`."""

    channel = models.CharField(max_length=5, primary_key=True, choices=CHANNELS)
    held_until = models.DateTimeField(null=True)
    asked_until = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField("số lần liên tiếp không trả lời", default=0)
    last_error = models.CharField(max_length=80, blank=True)
    last_sent_at = models.DateTimeField(null=True)


class Template(models.Model):
    """A text of a kind on a channel, in force from a moment until the next one. Never edited: a change is a new one.
    The first ones are data of the program (`data/templates.json`)."""

    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    channel = models.CharField(max_length=5, choices=CHANNELS)
    valid_from = models.DateTimeField("áp dụng từ")
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    provider_template = models.CharField("mã mẫu của Zalo", max_length=40, blank=True)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=300)

    class Meta:
        verbose_name = "mẫu thông báo"
        constraints = [
            models.UniqueConstraint(fields=["kind", "channel", "valid_from"], name="template_once_per_moment")
        ]


class ContactChoice(models.Model):
    """How a person wants to be told. Without a row: e-mail yes, telephone by SMS, Zalo no (it asks for consent)."""

    user = models.OneToOneField(_USER, on_delete=models.CASCADE, related_name="+")
    email = models.BooleanField(default=True)
    phone_channel = models.CharField(max_length=5, blank=True, choices=CHANNELS)
    zalo_consent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(phone_channel__in=["", "sms", "zalo"]), name="choice_phone_channel"),
            models.CheckConstraint(
                condition=~Q(phone_channel="zalo") | Q(zalo_consent_at__isnull=False), name="choice_zalo_consented"
            ),
        ]
