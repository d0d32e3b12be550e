"""Who may act: users and their dated role grants."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

SESSION_SALT = "tinhso.kernel.access.session"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person or a program that signs in. What it may do is told by `RoleGrant`, not by flags."""

    class Kind(models.TextChoices):
        CITIZEN = "citizen", "Người dân, doanh nghiệp"
        OFFICER = "officer", "Cán bộ, công chức"
        OPERATOR = "operator", "Quản trị kỹ thuật"
        SERVICE = "service", "Hệ thống"

    username = models.CharField("tên đăng nhập", max_length=150, unique=True)
    full_name = models.CharField("họ và tên", max_length=300)
    email = models.EmailField("thư điện tử", blank=True)
    phone = models.CharField("điện thoại", max_length=20, blank=True)
    kind = models.CharField("loại tài khoản", max_length=10, choices=Kind.choices)
    is_active = models.BooleanField("đang hoạt động", default=True)
    created_at = models.DateTimeField("tạo lúc", auto_now_add=True)
    # Grows when all sessions of the account are to end: a session carries a hash made with it.
    session_epoch = models.PositiveIntegerField("lượt phiên đăng nhập", default=0)
    # For the bell on every page: kept here because the account is read there anyway (notifications keep it true).
    unread_notices = models.PositiveIntegerField("thông báo chưa đọc", default=0)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "kind"]

    class Meta:
        verbose_name = "tài khoản"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["citizen", "officer", "operator", "service"]), name="user_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares on every request with the session's own: ends at a new password or a new epoch."""
        found = str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]
        if not self.session_epoch:
            return found
        return salted_hmac(SESSION_SALT, f"{found}:{self.session_epoch}", secret=secret, algorithm="sha256").hexdigest()


class RoleGrant(models.Model):
    """A role that a user holds over one organisation, or over it and all below it, between two dates."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField("vai trò", max_length=60)
    # The organisation lives in a higher layer (directory); the kernel knows only its number.
    organisation_id = models.BigIntegerField("cơ quan")
    subtree = models.BooleanField("cả cơ quan cấp dưới", default=False)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    ground = models.CharField("căn cứ", max_length=500)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField("cấp lúc", auto_now_add=True)
    # Lent during an absence by the holder of that grant; holds only while that one does, and is not lent further.
    delegated_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    revoked_at = models.DateTimeField("thu hồi lúc", null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoke_reason = models.CharField("lý do thu hồi", max_length=500, blank=True)

    class Meta:
        verbose_name = "vai trò được cấp"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "organisation_id", "valid_from"],
                condition=Q(revoked_at__isnull=True, delegated_from__isnull=True),
                name="rolegrant_once_per_start",
            ),
            models.UniqueConstraint(
                fields=["user", "delegated_from", "valid_from"],
                condition=Q(revoked_at__isnull=True, delegated_from__isnull=False),
                name="rolegrant_lent_once_per_start",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="rolegrant_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(delegated_from__isnull=True) | Q(valid_until__isnull=False), name="rolegrant_lent_ends"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
                name="rolegrant_revoked_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "valid_from"]),
            models.Index(fields=["organisation_id", "role"], name="rolegrant_where"),
            models.Index(fields=["valid_until"], condition=Q(revoked_at__isnull=True), name="rolegrant_ending"),
        ]


class RoleRequest(models.Model):
    """A role asked for, waiting for another person's approval, or decided. Who asks and who is to get it never decide."""

    class Decision(models.TextChoices):
        APPROVED = "approved", "Đã duyệt"
        REFUSED = "refused", "Không duyệt"
        WITHDRAWN = "withdrawn", "Đã rút"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField("vai trò", max_length=60)
    organisation_id = models.BigIntegerField("cơ quan")
    subtree = models.BooleanField("cả cơ quan cấp dưới", default=False)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    ground = models.CharField("căn cứ", max_length=500)
    requested_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    requested_at = models.DateTimeField("đề nghị lúc")
    decision = models.CharField("quyết định", max_length=10, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    decision_reason = models.CharField("lý do", max_length=500, blank=True)
    grant = models.OneToOneField(RoleGrant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = "đề nghị cấp vai trò"
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="rolerequest_decided_has_who",
            ),
            models.CheckConstraint(
                condition=~Q(decision="approved")
                | (~Q(decided_by=models.F("requested_by")) & ~Q(decided_by=models.F("user"))),
                name="rolerequest_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="rolerequest_dates_in_order",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "organisation_id"], condition=Q(decision=""), name="rolerequest_open_once"
            ),
        ]
        indexes = [models.Index(fields=["requested_at"], condition=Q(decision=""), name="rolerequest_open")]
