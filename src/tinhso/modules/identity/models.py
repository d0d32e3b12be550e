"""Who a citizen is, which computers are shared, which systems sign people in through us."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import F, Q

from tinhso.kernel.search import SearchColumn
from tinhso.modules.identity.rules import BASIS_TITLES, PROOF_TITLES


class Person(models.Model):
    """What is known of a person, so that no form asks it again. `verified_at`: by the national electronic identity or
    a clerk who saw the card (`proof`); until then it is the person's own statement and opens nothing. A proven number
    stands in one record only. `national_level`: the highest level of assurance that the national identity told."""

    user = models.OneToOneField("access.User", on_delete=models.CASCADE, related_name="+")
    identity_number = models.CharField("số định danh cá nhân", max_length=12, blank=True)
    birth_date = models.DateField("ngày sinh", null=True, blank=True)
    address = models.CharField("địa chỉ liên hệ", max_length=300, blank=True)
    verified_at = models.DateTimeField("xác thực lúc", null=True, blank=True)
    proof = models.CharField("xác thực bằng", max_length=10, blank=True, choices=list(PROOF_TITLES.items()))
    national_level = models.PositiveSmallIntegerField("mức định danh điện tử", default=0)
    updated_at = models.DateTimeField("cập nhật lúc")

    class Meta:
        verbose_name = "người dân"
        constraints = [
            models.UniqueConstraint(
                fields=["identity_number"],
                condition=Q(verified_at__isnull=False) & ~Q(identity_number=""),
                name="person_verified_once",
            ),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return ()

    @property
    def access_owner_id(self) -> int | None:
        return self.user_id


class CounterComputer(models.Model):
    """A computer that several officers share at a counter. Its browser keeps the number in a signed cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    label = models.CharField("tên máy", max_length=60)
    registered_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField("đăng ký lúc")
    retired_at = models.DateTimeField("thôi dùng chung lúc", null=True, blank=True)

    class Meta:
        verbose_name = "máy dùng chung tại quầy"


class RelyingSystem(models.Model):
    """A system that signs people in through us by OpenID Connect. The library's `Client` holds its protocol side."""

    class Audience(models.TextChoices):
        OFFICERS = "officers", "Cán bộ, công chức"
        CITIZENS = "citizens", "Người dân, doanh nghiệp"
        EVERYBODY = "everybody", "Tất cả"

    client = models.OneToOneField("allauth_idp_oidc.Client", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    audience = models.CharField("dành cho", max_length=10, choices=Audience.choices)
    purpose = models.CharField("mục đích", max_length=500)
    backchannel_logout_uri = models.URLField("địa chỉ nhận tin đăng xuất", max_length=300, blank=True)
    frontchannel_logout_uri = models.URLField("trang đăng xuất", max_length=300, blank=True)
    registered_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField("đăng ký lúc")
    retired_at = models.DateTimeField("thôi kết nối lúc", null=True, blank=True)

    class Meta:
        verbose_name = "hệ thống đăng nhập qua tỉnh"

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return None


class SystemSession(models.Model):
    """A person's session at a relying system, begun out of a session of ours. `sid` is what the system knows it by.

    It ends with ours: `ended_at`; the system is told behind the scenes, `told_at`.
    """

    sid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey(RelyingSystem, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey("usersessions.UserSession", null=True, on_delete=models.SET_NULL, related_name="+")
    began_at = models.DateTimeField("bắt đầu lúc")
    ended_at = models.DateTimeField("kết thúc lúc", null=True, blank=True)
    told_at = models.DateTimeField("đã báo lúc", null=True, blank=True)

    class Meta:
        verbose_name = "phiên ở hệ thống khác"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "system"], condition=Q(ended_at__isnull=True), name="systemsession_once_per_session"
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="systemsession_living")]


class DataExport(models.Model):
    """A person asked for all that is kept about them: a ZIP, made behind the page, there for a few days."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField("yêu cầu lúc")
    ready_at = models.DateTimeField("xong lúc", null=True)
    until_at = models.DateTimeField("tải được đến", null=True)
    size = models.BigIntegerField("kích thước (byte)", default=0)
    sha256 = models.CharField("mã băm SHA-256", max_length=64, blank=True)
    download_count = models.PositiveIntegerField("số lần tải", default=0)

    class Meta:
        verbose_name = "bản tải dữ liệu của người dân"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ready_at__isnull=True), name="dataexport_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["user", "-asked_at"], name="dataexport_own")]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return ()

    @property
    def access_owner_id(self) -> int | None:
        return self.user_id


class OrganisationAccount(models.Model):
    """An organisation that people act for (tổ chức, doanh nghiệp). Its account is nobody's to sign in to."""

    user = models.OneToOneField("access.User", on_delete=models.PROTECT, related_name="+")
    number = models.CharField("mã số", max_length=13, unique=True)
    verified_at = models.DateTimeField("xác thực lúc")

    class Meta:
        verbose_name = "tổ chức có tài khoản"


class Mandate(models.Model):
    """`holder` acts for `principal`, in some things, between two days: ủy quyền, giám hộ, giao việc. Ended, never deleted."""

    principal = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    basis = models.CharField("tư cách", max_length=10, choices=list(BASIS_TITLES.items()))
    acts = models.JSONField("được làm")
    procedure_codes = models.JSONField("thủ tục", default=list)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày")
    ground = models.CharField("căn cứ", max_length=500)
    granted_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField("lập lúc")
    # Where an officer saw the document; None: granted by the principal, or told by the national identity.
    organisation = models.ForeignKey("directory.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField("nhận lúc", null=True)
    ended_at = models.DateTimeField("kết thúc lúc", null=True)
    ended_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField("lý do kết thúc", max_length=500, blank=True)
    # The paper that the ground names. Needed where an officer relied on it: nothing is in force without it.
    document = models.ForeignKey("files.FileRef", null=True, on_delete=models.PROTECT, related_name="+")
    document_needed = models.BooleanField("phải có giấy tờ", default=False)
    reminded_at = models.DateTimeField("đã nhắc sắp hết hạn lúc", null=True)
    search_text = SearchColumn()

    class Meta:
        verbose_name = "ủy quyền"
        constraints = [
            models.CheckConstraint(
                condition=Q(document_needed=False) | Q(document__isnull=False) | Q(accepted_at__isnull=True),
                name="mandate_not_without_document",
            ),
            models.CheckConstraint(condition=~Q(principal=models.F("holder")), name="mandate_not_to_oneself"),
            models.CheckConstraint(condition=Q(valid_until__gte=models.F("valid_from")), name="mandate_days_in_order"),
            models.CheckConstraint(condition=~Q(ground=""), name="mandate_has_ground"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="mandate_ended_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "valid_until"], condition=Q(ended_at__isnull=True), name="mandate_held"),
            models.Index(fields=["principal", "valid_until"], condition=Q(ended_at__isnull=True), name="mandate_given"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,) if self.organisation_id else ()

    @property
    def access_owner_id(self) -> int | None:
        return self.principal_id


class MandateRequest(models.Model):
    """Somebody asks to act for a child, a ward, an organisation, and shows the paper; an officer confirms it or not."""

    class State(models.TextChoices):
        WAITING = "waiting", "Chờ xác nhận"
        CONFIRMED = "confirmed", "Đã xác nhận"
        REFUSED = "refused", "Không xác nhận"
        WITHDRAWN = "withdrawn", "Đã rút"

    holder = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    principal_number = models.CharField("số định danh, mã số của bên được thay mặt", max_length=13)
    principal_name = models.CharField("tên bên được thay mặt", max_length=300)
    basis = models.CharField("tư cách", max_length=10, choices=list(BASIS_TITLES.items()))
    acts = models.JSONField("được làm")
    procedure_codes = models.JSONField("thủ tục", default=list)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày")
    ground = models.CharField("căn cứ", max_length=500)
    document = models.ForeignKey("files.FileRef", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("directory.Organisation", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("yêu cầu lúc")
    state = models.CharField("trạng thái", max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("quyết định lúc", null=True)
    reason = models.CharField("lý do", max_length=500, blank=True)
    mandate = models.OneToOneField(Mandate, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "yêu cầu xác nhận quyền thay mặt"
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "principal_number"], condition=Q(state="waiting"), name="mandaterequest_waiting_once"
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="mandaterequest_days_in_order"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True, mandate__isnull=True)
                | Q(state="withdrawn", decided_at__isnull=False, mandate__isnull=True)
                | (
                    Q(state="refused", decided_at__isnull=False, mandate__isnull=True)
                    & ~Q(reason="")
                    & ~Q(decided_by=F("holder"))
                )
                | (Q(state="confirmed", decided_at__isnull=False, mandate__isnull=False) & ~Q(decided_by=F("holder"))),
                name="mandaterequest_decided_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="mandaterequest_office"),
            models.Index(fields=["holder", "-id"], name="mandaterequest_holder"),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return (self.organisation_id,)

    @property
    def access_owner_id(self) -> int | None:
        return self.holder_id


class MandateLook(models.Model):
    """Somebody opened the paper of a mandate, or of the request for one. Never altered (migration 0007)."""

    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(MandateRequest, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    user_name = models.CharField(max_length=300)
    workplace = models.CharField(max_length=300, blank=True)
    looked_at = models.DateTimeField()

    class Meta:
        verbose_name = "lượt xem giấy tờ ủy quyền"
        constraints = [
            models.CheckConstraint(
                condition=Q(mandate__isnull=True, request__isnull=False)
                | Q(mandate__isnull=False, request__isnull=True),
                name="mandatelook_of_one",
            )
        ]


class FactorRemoval(models.Model):
    """Somebody has lost every second factor: the staff office asks for its removal, the rights office decides."""

    class State(models.TextChoices):
        WAITING = "waiting", "Chờ quyết định"
        REMOVED = "removed", "Đã gỡ"
        REFUSED = "refused", "Không gỡ"

    user = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    ground = models.CharField("đã xác minh thế nào, căn cứ", max_length=500)
    requested_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField("đề nghị lúc")
    state = models.CharField("trạng thái", max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey("access.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    reason = models.CharField("ý kiến", max_length=500, blank=True)

    class Meta:
        verbose_name = "đề nghị gỡ xác thực hai lớp"
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="waiting"), name="factorremoval_waiting_once"),
            models.CheckConstraint(condition=~Q(requested_by=F("user")), name="factorremoval_asked_by_another"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True)
                | (
                    Q(state__in=["removed", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("requested_by"))
                    & ~Q(decided_by=F("user"))
                ),
                name="factorremoval_decided_by_a_third",
            ),
        ]
