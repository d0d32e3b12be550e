"""What identity announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinhso.kernel.events import Event


@dataclass(frozen=True)
class SystemSessionEnded(Event):
    """A person's session at another system is over with ours; the system is to be told."""

    name: ClassVar[str] = "identity.system_session_ended"
    system_session_id: int


@dataclass(frozen=True)
class DataReady(Event):
    """What a person asked to download of their data is ready; they are to be told."""

    name: ClassVar[str] = "identity.data_ready"
    export_id: int
    user_id: int
    until: str


@dataclass(frozen=True)
class SecondFactorRemovalAsked(Event):
    """Somebody asks that the second factor of an account be removed; its owner is to hear of it before it happens."""

    name: ClassVar[str] = "identity.second_factor_removal_asked"
    removal_id: int
    user_id: int


@dataclass(frozen=True)
class SecondFactorRemoved(Event):
    """The second factor of an account was removed by the rights office."""

    name: ClassVar[str] = "identity.second_factor_removed"
    removal_id: int
    user_id: int


@dataclass(frozen=True)
class MandateChanged(Event):
    """A mandate was made, accepted, ended, or ends soon; both sides are to be told. `what`: made, accepted, ended, ending."""

    name: ClassVar[str] = "identity.mandate_changed"
    mandate_id: int
    what: str


@dataclass(frozen=True)
class MandateRequestChanged(Event):
    """Somebody asked to act for another, or was refused. `what`: asked, refused."""

    name: ClassVar[str] = "identity.mandate_request_changed"
    request_id: int
    what: str
