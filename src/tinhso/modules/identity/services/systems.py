"""Systems that sign people in through us: registered by an administrator, and told when a session of ours ends."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from allauth.idp.oidc.models import Client, Token
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.events import SystemSessionEnded
from tinhso.modules.identity.models import RelyingSystem, SystemSession
from tinhso.modules.identity.rules import SCOPES, clean_text

MOST_ADDRESSES = 10


class CannotRegisterSystem(ValueError):
    """Something is wrong with the fields: `errors` maps field → message. Nothing was registered or changed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Thông tin đăng ký còn chỗ cần sửa.")
        self.errors = dict(errors)


@dataclass(frozen=True)
class Registered:
    """A system just registered or given a new secret. The secret is shown once and kept only as a hash."""

    system_id: int
    client_id: str
    secret: str


@dataclass(frozen=True)
class SystemForm:
    """What an administrator states of a system. Addresses: whole, one per entry."""

    name: str
    organisation_id: int | None
    audience: str
    purpose: str
    redirect_uris: tuple[str, ...]
    post_logout_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    frontchannel_logout_uri: str = ""
    scopes: tuple[str, ...] = ("openid",)
    public: bool = False


def form_errors(form: SystemForm) -> dict[str, str]:
    """Field → message. Addresses must be https, or http of this machine; without user, fragment or wildcard."""
    errors: dict[str, str] = {}
    if not 3 <= len(form.name) <= 100:
        errors["name"] = "Nhập tên hệ thống, từ 3 đến 100 ký tự; người đăng nhập sẽ thấy tên này."
    if form.organisation_id is None:
        errors["organisation"] = "Chọn cơ quan chủ quản của hệ thống."
    if form.audience not in RelyingSystem.Audience.values:
        errors["audience"] = "Chọn ai được đăng nhập vào hệ thống này."
    if not 10 <= len(form.purpose) <= 500:
        errors["purpose"] = "Ghi mục đích kết nối và văn bản cho phép, từ 10 đến 500 ký tự."
    if not form.redirect_uris:
        errors["redirect_uris"] = "Nhập ít nhất một địa chỉ nhận kết quả đăng nhập, mỗi dòng một địa chỉ."
    for field, uris in (
        ("redirect_uris", form.redirect_uris),
        ("post_logout_uris", form.post_logout_uris),
        ("backchannel_logout_uri", (form.backchannel_logout_uri,)),
        ("frontchannel_logout_uri", (form.frontchannel_logout_uri,)),
    ):
        wrong = next((uri for uri in uris if uri and not safe_address(uri)), None)
        if wrong is not None:
            errors[field] = (
                f"Địa chỉ «{wrong[:80]}» chưa dùng được: phải bắt đầu bằng https:// (http:// chỉ cho máy này), đủ tên máy, "
                "không có dấu *, dấu # hay tên người dùng."
            )
        elif len(uris) > MOST_ADDRESSES:
            errors[field] = f"Tối đa {MOST_ADDRESSES} địa chỉ."
    if "openid" not in form.scopes or set(form.scopes) - SCOPES.keys():
        errors["scopes"] = "Chọn thông tin mà hệ thống được nhận trong danh sách."
    return errors


def safe_address(uri: str) -> bool:
    """May we send people, or news of them, to this address?"""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    own = host in ("127.0.0.1", "localhost", "::1")
    good_scheme = parts.scheme == "https" or (parts.scheme == "http" and own)
    return (
        good_scheme
        and bool(host)
        and "@" not in parts.netloc
        and "#" not in uri
        and "*" not in uri
        and "\\" not in uri
        and not any(char.isspace() or ord(char) < 32 for char in uri)
        and len(uri) <= 300
    )


@transaction.atomic
def register_system(*, form: SystemForm, actor: Actor, now: datetime) -> Registered:
    """Raises `CannotRegisterSystem`. A public system (a phone's) has no secret and proves itself by PKCE, as all do."""
    require(actor, "identity.manage_systems")
    errors = form_errors(form)
    if errors:
        raise CannotRegisterSystem(errors)
    organisation = directory.organisation(form.organisation_id or 0)
    secret = "" if form.public else secrets.token_urlsafe(32)
    client = Client(name=clean_text(form.name), type=Client.Type.PUBLIC if form.public else Client.Type.CONFIDENTIAL)
    client.set_secret(secret or secrets.token_urlsafe(32))
    client.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    client.set_response_types(["code"])
    client.set_redirect_uris(list(form.redirect_uris))
    client.set_post_logout_redirect_uris(list(form.post_logout_uris))
    client.set_scopes(list(form.scopes))
    client.set_default_scopes(["openid"])
    # An officer's consent is their duty; people are asked.
    client.skip_consent = form.audience == RelyingSystem.Audience.OFFICERS
    client.created_at = now
    client.save(force_insert=True)
    system = RelyingSystem.objects.create(
        client=client,
        organisation_id=organisation.id,
        audience=form.audience,
        purpose=clean_text(form.purpose),
        backchannel_logout_uri=form.backchannel_logout_uri,
        frontchannel_logout_uri=form.frontchannel_logout_uri,
        registered_by_id=account_of(actor),
        registered_at=now,
    )
    record(
        who=actor,
        action="identity.register_system",
        object_ref=f"system:{system.pk}",
        after={"name": client.name, "organisation": organisation.code, "scopes": list(form.scopes)},
        now=now,
    )
    return Registered(system.pk, client.pk, secret)


@transaction.atomic
def renew_secret(*, system_id: int, actor: Actor, now: datetime) -> Registered:
    """The old secret stops working at once. Raises `LookupError` for an unknown, retired or public system."""
    require(actor, "identity.manage_systems")
    system = RelyingSystem.objects.select_for_update().get(pk=system_id, retired_at__isnull=True)
    client = system.client
    if client.type == Client.Type.PUBLIC:
        raise LookupError("a public system has no secret")
    secret = secrets.token_urlsafe(32)
    client.set_secret(secret)
    client.save(update_fields=["secret"])
    record(who=actor, action="identity.renew_secret", object_ref=f"system:{system.pk}", now=now)
    return Registered(system.pk, client.pk, secret)


@transaction.atomic
def retire_system(*, system_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Nobody signs in there through us any more; its tokens stop working. Its past stays."""
    require(actor, "identity.manage_systems")
    if len(clean_text(reason)) < 5:
        raise CannotRegisterSystem({"reason": "Ghi lý do thôi kết nối, ít nhất 5 ký tự."})
    system = RelyingSystem.objects.select_for_update().get(pk=system_id)
    if system.retired_at is not None:
        return
    system.retired_at = now
    system.save(update_fields=["retired_at"])
    Client.objects.filter(pk=system.client_id).update(redirect_uris="", grant_types="", scopes="")
    Token.objects.filter(client_id=system.client_id).delete()
    end_at_systems(SystemSession.objects.filter(system=system), now=now)
    record(
        who=actor,
        action="identity.retire_system",
        object_ref=f"system:{system.pk}",
        after={"reason": clean_text(reason)[:300]},
        now=now,
    )


# Sessions at the systems


@transaction.atomic
def begin_at_system(*, client_id: str, session_key: str, actor: Actor, now: datetime) -> UUID:
    """The person goes on to a system with this session of ours; the same session gives the same `sid`."""
    system = RelyingSystem.objects.get(client_id=client_id, retired_at__isnull=True)
    session = UserSession.objects.filter(session_key=session_key).first()
    living = SystemSession.objects.filter(system=system, session=session, ended_at__isnull=True)
    found = living.first() if session is not None else None
    if found is None:
        try:
            with transaction.atomic():
                found = SystemSession.objects.create(
                    system=system, user_id=account_of(actor), session=session, began_at=now
                )
        except IntegrityError:
            found = living.get()  # The same browser in two tabs.
        record(
            who=actor,
            action="identity.sign_in_at_system",
            object_ref=f"user:{actor.user_id}",
            after={"system": system.pk},
            now=now,
        )
    return found.sid


def end_at_systems(rows: Iterable[SystemSession], *, now: datetime) -> Sequence[str]:
    """End sessions at systems: their tokens stop working, and each is told. Returns pages that the browser should load."""
    pages = []
    for row in list(rows):
        if row.ended_at is not None:
            continue
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        if not SystemSession.objects.filter(
            system_id=row.system_id, user_id=row.user_id, ended_at__isnull=True
        ).exists():
            Token.objects.filter(client_id=row.system.client_id, user_id=row.user_id).delete()
        if row.system.backchannel_logout_uri:
            publish(SystemSessionEnded(system_session_id=row.pk), key=f"system:{row.system_id}:{row.user_id}")
        if row.system.frontchannel_logout_uri:
            pages.append(f"{row.system.frontchannel_logout_uri}|{row.sid}")
    return pages


@transaction.atomic
def sweep(*, now: datetime) -> int:
    """Close what sessions of ours left behind when they ran out, and forget expired tokens. Returns how many closed."""
    orphans = SystemSession.objects.filter(session__isnull=True, ended_at__isnull=True).select_related("system")
    left = list(orphans.filter(began_at__lt=now - timedelta(minutes=5))[:1000])
    end_at_systems(left, now=now)
    Token.objects.expired().delete()
    return len(left)
