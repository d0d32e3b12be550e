"""The pure part of access: who acts, what is declared, what is decided. Default deny.

A module declares its roles and permissions once, when its app is ready:

    declare_role("clerk", title="Cán bộ tiếp nhận")
    declare("dossiers.accept", title="Tiếp nhận hồ sơ", roles={"clerk"})

and every service starts with `require(actor, "dossiers.accept", dossier)`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

ActorKind = Literal["nobody", "citizen", "officer", "operator", "service", "system"]


@dataclass(frozen=True)
class Grant:
    """A role over a set of organisations (already expanded to all below, where the grant says so)."""

    role: str
    organisation_ids: frozenset[int]


@dataclass(frozen=True)
class Mandated:
    """Under what a citizen acts for another. `acts`: of `Permission.act`; `procedures`: codes, empty for all."""

    number: int
    principal_id: int
    principal_name: str
    acts: frozenset[str]
    procedures: frozenset[str]


@dataclass(frozen=True)
class Actor:
    """Who acts. `label` is the name that the audit trail shows. Made by `access.api.actor_of`.

    `on_behalf_of`: the person in whose absence is acted. Then `grants` are only those delegated by them, and the label
    names both: own rights and lent rights are never mixed in one actor, so that each thing done tells under which.
    `mandate`: a citizen acts for another; then nothing of their own is before them."""

    kind: ActorKind
    label: str
    user_id: int | None = None
    grants: tuple[Grant, ...] = field(default=(), repr=False)
    on_behalf_of: int | None = None
    mandate: Mandated | None = None

    @property
    def owner_id(self) -> int | None:
        """Whose things a citizen has before them: their own, or under a mandate the principal's alone."""
        return self.user_id if self.mandate is None else self.mandate.principal_id

    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    def stands_for(self, user_id: int | None) -> bool:
        """Is this the actor's own account, or that of the absent one in whose place they act?"""
        return user_id is not None and user_id in (self.user_id, self.on_behalf_of)


NOBODY = Actor(kind="nobody", label="Khách")
SYSTEM = Actor(kind="system", label="Hệ thống")


@runtime_checkable
class Guarded(Protocol):
    """What an object tells about itself so that access can be decided."""

    @property
    def access_organisation_ids(self) -> Collection[int]: ...

    @property
    def access_owner_id(self) -> int | None: ...


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


Check = Callable[[Actor, Any], Decision]


@dataclass(frozen=True)
class Permission:
    """`kinds`: actors who need no role (citizens see only what they own, unless `check` decides
    otherwise; "nobody" and the others: without an object or by `check`). `roles`: officers' roles, over the object's organisation.
    `check`: a last word, asked only after the rest has allowed. `step_up`: who does it by hand has proved a short while
    ago that it is they who sit there (`access.web.guarded`). `level`: the level of assurance of the national identity that
    a citizen who signs in by it must have shown. `act`: the kind of act that a mandate must cover; without one it cannot be
    done for another."""

    name: str
    title: str
    kinds: frozenset[ActorKind] = frozenset()
    roles: frozenset[str] = frozenset()
    check: Check | None = None
    step_up: bool = False
    level: int = 0
    act: str = ""


class Refused(PermissionError):
    """The action is not allowed. The message is for the person who tried, in Vietnamese; `permission` is what they
    lacked, "" where none is meant."""

    def __init__(self, message: str = "", *, permission: str = "") -> None:
        super().__init__(message)
        self.permission = permission


OFFICERS: tuple[ActorKind, ...] = ("officer",)

_permissions: dict[str, Permission] = {}
_roles: dict[str, str] = {}
_role_kinds: dict[str, frozenset[ActorKind]] = {}
_apart: set[frozenset[str]] = set()


def declare(
    name: str,
    *,
    title: str,
    kinds: Collection[ActorKind] = (),
    roles: Collection[str] = (),
    check: Check | None = None,
    step_up: bool = False,
    level: int = 0,
    act: str = "",
) -> None:
    """Declare a permission. Declaring one name twice with another content is a mistake of the programmer."""
    permission = Permission(name, title, frozenset(kinds), frozenset(roles), check, step_up, level, act)
    known = _permissions.get(name)
    if known is not None and (known.kinds, known.roles) != (permission.kinds, permission.roles):
        raise ValueError(f"permission {name} declared twice")
    unknown = permission.roles - _roles.keys()
    if unknown:
        raise ValueError(f"permission {name} names unknown roles {sorted(unknown)}")
    _permissions[name] = permission


def declare_role(name: str, *, title: str, kinds: Collection[ActorKind] = OFFICERS) -> None:
    """Declare a role. `kinds`: the accounts that may hold it; technical operators hold none unless said here."""
    _roles[name] = title
    _role_kinds[name] = frozenset(kinds)


def declare_apart(role: str, others: Collection[str]) -> None:
    """Separation of duties: nobody holds `role` together with one of `others` over one organisation."""
    for other in others:
        if other == role:
            raise ValueError(f"role {role} cannot be kept apart from itself")
        _apart.add(frozenset({role, other}))


def kept_apart_from(role: str) -> frozenset[str]:
    """The roles that may not be held together with `role` over one organisation."""
    return frozenset().union(*(pair - {role} for pair in _apart if role in pair))


def may_be_held_by(role: str, kind: str) -> bool:
    """May an account of this kind hold the role?"""
    return kind in _role_kinds.get(role, frozenset())


def permissions() -> dict[str, Permission]:
    return dict(_permissions)


def roles() -> dict[str, str]:
    """Role name → Vietnamese title."""
    return dict(_roles)


def allow(actor: Actor, name: str, obj: object | None = None) -> Decision:
    """May `actor` do `name` (to `obj`)? Unknown permission: no. No query is made here."""
    permission = _permissions.get(name)
    if permission is None:
        return Decision(False, f"Thao tác «{name}» chưa được khai báo nên không ai được thực hiện.")
    if actor.kind == "system":
        return Decision(True)
    decision = _by_kind_or_role(actor, permission, obj)
    if decision and permission.check is not None and obj is not None:
        return permission.check(actor, obj)
    return decision


def _by_kind_or_role(actor: Actor, permission: Permission, obj: object | None) -> Decision:
    if actor.kind in permission.kinds:
        if actor.kind != "citizen":
            return Decision(True)
        if actor.mandate is not None and not (covered := _covered(actor.mandate, permission, obj)):
            return covered
        if obj is None or not isinstance(obj, Guarded):
            return Decision(True)
        if obj.access_owner_id is not None and obj.access_owner_id == actor.owner_id:
            return Decision(True)
        return Decision(False, "Hồ sơ này không thuộc tài khoản của bạn.")
    if actor.kind == "nobody":
        return Decision(False, "Bạn cần đăng nhập để thực hiện việc này.")
    held = [grant for grant in actor.grants if grant.role in permission.roles]
    if not held:
        return Decision(False, f"Tài khoản của bạn không có vai trò được phép «{permission.title}».")
    if obj is None or not isinstance(obj, Guarded):
        return Decision(True)
    over = set(obj.access_organisation_ids)
    if any(over & grant.organisation_ids for grant in held):
        return Decision(True)
    return Decision(False, f"Vai trò của bạn không bao gồm cơ quan này nên không được «{permission.title}».")


ANY_ACT = "any"


def _covered(mandate: Mandated, permission: Permission, obj: object | None) -> Decision:
    """Default deny: what names no act is open only where it is open to everybody and touches nothing of anybody."""
    if permission.act == ANY_ACT or (
        not permission.act and "nobody" in permission.kinds and not isinstance(obj, Guarded)
    ):
        return Decision(True)
    if permission.act not in mandate.acts:
        return Decision(
            False,
            f"Bạn đang thay mặt {mandate.principal_name}: ủy quyền không gồm «{permission.title}». Thôi thay mặt để làm việc "
            "của chính mình.",
        )
    if (
        mandate.procedures
        and isinstance(obj, Guarded)
        and getattr(obj, "access_procedure", "") not in mandate.procedures
    ):
        return Decision(False, f"Ủy quyền của {mandate.principal_name} không gồm thủ tục này.")
    return Decision(True)


def require(actor: Actor, name: str, obj: object | None = None) -> None:
    """Raise `Refused` unless allowed."""
    decision = allow(actor, name, obj)
    if not decision:
        raise Refused(decision.reason, permission=name)


def explain(actor: Actor, name: str, obj: object | None = None) -> str:
    """Why `allow` decides as it does, in Vietnamese: the ground of a yes as well as of a no."""
    decision = allow(actor, name, obj)
    if not decision:
        return decision.reason
    permission = _permissions[name]
    if actor.kind == "system":
        return "Hệ thống tự thực hiện."
    if actor.kind in permission.kinds:
        if actor.mandate is not None and permission.act:
            return f"Thay mặt {actor.mandate.principal_name}, theo ủy quyền số {actor.mandate.number}."
        if actor.kind == "citizen" and isinstance(obj, Guarded):
            return "Là chủ của hồ sơ."
        return "Ai cũng được." if "nobody" in permission.kinds else "Loại tài khoản này được, không cần vai trò."
    over = set(obj.access_organisation_ids) if isinstance(obj, Guarded) else None
    held = sorted(
        _roles[g.role]
        for g in actor.grants
        if g.role in permission.roles and (over is None or over & g.organisation_ids)
    )
    return f"Có vai trò {', '.join(dict.fromkeys(held))}."


def account_of(actor: Actor) -> int:
    """The number of the account that acts. Raises `Refused` for those who have none (guests, the system)."""
    if actor.user_id is None:
        raise Refused("Việc này cần một tài khoản đăng nhập.")
    return actor.user_id


def reach(actor: Actor, name: str) -> frozenset[int]:
    """The organisations over which `actor` holds `name` by role: the filter of a list page."""
    permission = _permissions.get(name)
    if permission is None:
        return frozenset()
    return frozenset().union(*(g.organisation_ids for g in actor.grants if g.role in permission.roles))
