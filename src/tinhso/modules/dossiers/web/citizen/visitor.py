"""What a browser's session knows of a person without an account: drafts written, dossiers sent, dossiers opened by PIN.

Nothing of it is in an address; a stranger who has the address of a draft or a dossier has nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tinhso.kernel.access.web import ActorRequest
from tinhso.modules.dossiers.services.drafts import adopt

DRAFTS, SENT, FOLLOWED, AGENCY = "draft_keys", "sent_keys", "followed", "agency_id"
MOST = 30
# A dossier opened by PIN stays open this long, so that the next one at a shared machine does not see it.
FOLLOW_HOURS = 2


def keys_of(request: ActorRequest) -> tuple[str, ...]:
    """The keys of this browser's drafts. After signing in, the drafts written before become the person's own."""
    drafts = list(request.session.get(DRAFTS, ()))
    if drafts and request.actor.kind == "citizen" and request.actor.mandate is None:
        adopt(actor=request.actor, keys=drafts)
        request.session[DRAFTS] = drafts = []
    return (*drafts, *request.session.get(SENT, ()))


def remember_draft(request: ActorRequest, public_id: UUID) -> None:
    if request.actor.kind == "nobody":
        request.session[DRAFTS] = [*request.session.get(DRAFTS, ()), str(public_id)][-MOST:]


def remember_sent(request: ActorRequest, public_id: UUID) -> None:
    """The draft is a dossier now: its receipt can be shown again in this browser."""
    key = str(public_id)
    drafts = list(request.session.get(DRAFTS, ()))
    if key in drafts:
        drafts.remove(key)
        request.session[DRAFTS] = drafts
        request.session[SENT] = [*request.session.get(SENT, ()), key][-MOST:]


def open_here(request: ActorRequest, public_id: UUID) -> None:
    """Code and PIN went together: this session may see the dossier for a while."""
    followed = dict(request.session.get(FOLLOWED, {}))
    followed[str(public_id)] = request.now.isoformat()
    request.session[FOLLOWED] = dict(list(followed.items())[-MOST:])


def opened(request: ActorRequest) -> frozenset[str]:
    since = request.now - timedelta(hours=FOLLOW_HOURS)
    followed = request.session.get(FOLLOWED, {})
    return frozenset(key for key, at in followed.items() if datetime.fromisoformat(at) > since)


def close_all(request: ActorRequest) -> None:
    """«Kết thúc xem»: what was opened by PIN or sent without an account is closed on this machine."""
    for name in (FOLLOWED, SENT):
        request.session.pop(name, None)
