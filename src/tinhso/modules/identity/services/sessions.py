"""Sessions: begun at sign-in, listed, ended by their owner; one at a time on a shared computer of a counter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import now as clock_now
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import CounterComputer, SystemSession
from tinhso.modules.identity.rules import clean_text, device_name
from tinhso.modules.identity.services.systems import end_at_systems


class CannotRegisterComputer(ValueError):
    """The shared computer is not registered; the message says why, in Vietnamese."""


@dataclass(frozen=True)
class SessionInfo:
    """One session of an account. `key` is the row's number, never the session's own secret."""

    key: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    counter: str
    current: bool


@transaction.atomic
def begin_session(*, session_key: str, counter: UUID | None, actor: Actor, now: datetime) -> None:
    """Called at sign-in. At a shared computer whatever was signed in there before ends, and so does the same
    person's session at another shared computer."""
    if counter is not None:
        _settle(session_key, counter, actor, now)
    record(who=actor, action="identity.sign_in", object_ref=f"user:{actor.user_id}", now=now)


def is_shared(computer: UUID) -> bool:
    """Is this the number of a shared computer in use?"""
    return CounterComputer.objects.filter(pk=computer, retired_at__isnull=True).exists()


def _settle(session_key: str, counter: UUID, actor: Actor, now: datetime) -> None:
    mark = str(counter)
    others = UserSession.objects.exclude(session_key=session_key)
    _end([*others.filter(data__counter=mark), *others.filter(user_id=actor.user_id, data__has_key="counter")], now)
    UserSession.objects.filter(session_key=session_key).update(data={"counter": mark})


@transaction.atomic
def _end(rows: Iterable[UserSession], now: datetime) -> Sequence[str]:
    """Delete sessions with their rows, and end what they opened at other systems. Returns pages for the browser."""
    found = {row.pk: row for row in rows}
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for row in found.values():
        store.delete(row.session_key)
    living = SystemSession.objects.filter(session__in=found, ended_at__isnull=True).select_related("system")
    pages = end_at_systems(living, now=now)
    UserSession.objects.filter(pk__in=found).delete()
    return pages


@transaction.atomic
def note_proof(*, actor: Actor, now: datetime) -> None:
    """The person has proved again that it is they; the trail tells when, before what they then did."""
    record(who=actor, action="identity.prove", object_ref=f"user:{account_of(actor)}", now=now)


def opened_pages(*, session_key: str) -> bool:
    """Did this session open one at a system that wants a page loaded when it ends? One query."""
    living = SystemSession.objects.filter(session__session_key=session_key, ended_at__isnull=True)
    return living.exclude(system__frontchannel_logout_uri="").exists()


def sign_out(*, session_key: str, now: datetime) -> Sequence[str]:
    """The session ends: by its owner's hand, or because its time is over. Returns pages that the browser should load."""
    return _end(UserSession.objects.filter(session_key=session_key), now)


def own_sessions(*, actor: Actor, session_key: str) -> tuple[SessionInfo, ...]:
    """The account's living sessions, the present one first."""
    require(actor, "identity.sessions")
    rows = UserSession.objects.filter(user_id=account_of(actor)).order_by("-last_seen_at")[:50]
    names = {
        str(number): f"{label}, {place}"
        for number, label, place in CounterComputer.objects.filter(
            pk__in=[row.data["counter"] for row in rows if row.data.get("counter")]
        ).values_list("pk", "label", "organisation__name")
    }
    found = [
        SessionInfo(
            key=row.pk,
            device=device_name(row.user_agent),
            address=row.ip,
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            counter=names.get(row.data.get("counter", ""), ""),
            current=row.session_key == session_key,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: not one.current))


@transaction.atomic
def end_own_sessions(*, keys: Iterable[int] | None, session_key: str, actor: Actor, now: datetime) -> int:
    """End some of one's own sessions, or (`keys` None) all but the present one. Returns how many; others' are not touched."""
    require(actor, "identity.sessions")
    rows: Any = UserSession.objects.filter(user_id=account_of(actor))
    rows = rows.exclude(session_key=session_key) if keys is None else rows.filter(pk__in=list(keys))
    found = list(rows)
    _end(found, now)
    if found:
        after = {"ended": len(found)}
        record(who=actor, action="identity.end_sessions", object_ref=f"user:{actor.user_id}", after=after, now=now)
    return len(found)


def forget_sessions(user_id: int) -> None:
    """All sessions of an account end on all devices: on leaving, on being locked, at a new password."""
    _end(UserSession.objects.filter(user_id=user_id), clock_now())


def note_seen(*, session_key: str, now: datetime) -> None:
    """The time of a session's last request, for its owner's list."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now)


@transaction.atomic
def register_computer(*, organisation_id: int, label: str, session_key: str, actor: Actor, now: datetime) -> UUID:
    """A shared computer of a counter: the browser that asks keeps the number, and its session is one there. Raises `CannotRegisterComputer`."""
    organisation = directory.organisation(organisation_id)
    require(actor, "identity.register_computer", organisation)
    label = clean_text(label)
    if not 2 <= len(label) <= 60:
        raise CannotRegisterComputer("Đặt tên máy để mọi người nhận ra, ví dụ «Quầy 3»; từ 2 đến 60 ký tự.")
    computer = CounterComputer.objects.create(
        organisation_id=organisation_id, label=label, registered_by_id=account_of(actor), registered_at=now
    )
    _settle(session_key, computer.pk, actor, now)
    record(
        who=actor,
        action="identity.register_computer",
        object_ref=f"organisation:{organisation_id}",
        after={"computer": str(computer.pk), "label": label},
        now=now,
    )
    return computer.pk


@transaction.atomic
def retire_computer(*, computer: UUID, actor: Actor, now: datetime) -> None:
    """The computer is an ordinary one again; what is signed in there ends. Unknown or retired: nothing happens."""
    row = CounterComputer.objects.select_for_update().filter(pk=computer, retired_at__isnull=True).first()
    if row is None:
        return
    require(actor, "identity.register_computer", directory.organisation(row.organisation_id))
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    _end(UserSession.objects.filter(data__counter=str(computer)), now)
    record(
        who=actor,
        action="identity.retire_computer",
        object_ref=f"organisation:{row.organisation_id}",
        before={"computer": str(computer), "label": row.label},
        now=now,
    )
