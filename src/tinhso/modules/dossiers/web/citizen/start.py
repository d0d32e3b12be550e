"""Where filing begins: which agency, with or without an account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.text import fold
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.queries.own import unsent_drafts
from tinhso.modules.dossiers.rules import Channel
from tinhso.modules.dossiers.services import drafts
from tinhso.modules.dossiers.web.citizen.visitor import AGENCY, keys_of, remember_draft
from tinhso.modules.procedures import api as procedures

FEW = 8
MOST_FOUND = 20
_PREFIXES = ("Ủy ban nhân dân ", "UBND ")


@dataclass(frozen=True)
class Place:
    """An agency as people look for it: by the commune's name, today's or a former one."""

    id: int
    name: str
    agency_name: str
    former: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return fold(" | ".join((self.name, self.agency_name, *self.former)))


def spoken(agency_name: str) -> str:
    """ "UBND phường Hạc Thành" → "Phường Hạc Thành"."""
    for prefix in _PREFIXES:
        if agency_name.startswith(prefix):
            rest = agency_name.removeprefix(prefix)
            return rest[:1].upper() + rest[1:]
    return agency_name


def find_places(places: Sequence[Place], typed: str) -> list[Place]:
    """The places that a typed name means, by the strictest reading that any fits: a name of today, with or without
    «phường» or «xã»; a former name; words in a row within a name; all words anywhere."""
    wanted = fold(typed)
    if not wanted:
        return []
    tokens = wanted.split()
    readings: tuple[Callable[[Place], bool], ...] = (
        lambda place: wanted in (fold(place.name), fold(place.agency_name), _bare(place.name)),
        lambda place: any(wanted in (fold(name), _bare(name)) for name in place.former),
        lambda place: wanted in fold(place.name),
        lambda place: wanted in place.words,
        lambda place: all(token in place.words for token in tokens),
    )
    for fits in readings:
        found = [place for place in places if fits(place)]
        if found:
            return found
    return []


def _bare(name: str) -> str:
    """ "Phường Hạc Thành" → "hac thanh"."""
    folded = fold(name)
    for unit in ("phuong ", "xa ", "thi tran ", "dac khu "):
        if folded.startswith(unit):
            return folded.removeprefix(unit)
    return folded


@guarded("dossiers.start")
def start(request: ActorRequest, code: str) -> HttpResponse:
    """Choose the agency; sign in or go on. POST makes the draft."""
    version = procedures.current_version(code, request.now.date()) if code.isprintable() else None
    if version is None:
        raise Http404
    closed = ""
    if request.actor.kind not in ("nobody", "citizen"):
        closed = "Bạn đang đăng nhập bằng tài khoản cán bộ. Hãy tiếp nhận tại quầy từ bàn làm việc, hoặc đăng xuất để nộp hồ sơ của chính bạn."
    elif not version.fileable or version.definition is None:
        closed = "Thủ tục này chưa nhận hồ sơ trực tuyến. Trang thủ tục cho biết nơi nộp và giấy tờ cần mang theo."
    elif Channel.ONLINE not in version.definition.channels:
        closed = "Thủ tục này chỉ nhận hồ sơ trực tiếp hoặc qua bưu chính. Trang thủ tục cho biết nơi nộp."
    if closed:
        return render(request, "dossiers/citizen/start_closed.html", {"version": version, "reason": closed})
    agencies = procedures.agencies_offering(version.id, request.now.date())
    former = (
        directory.former_names([agency.id for agency in agencies], request.now.date()) if len(agencies) > FEW else {}
    )
    places = [
        Place(agency.id, spoken(agency.name), agency.name, tuple(spoken(name) for name in former.get(agency.id, ())))
        for agency in agencies
    ]
    by_id = {str(place.id): place for place in places}
    posted = request.method == "POST"
    typed = (request.POST if posted else request.GET).get("place", "").strip()[:300]
    chosen = by_id.get((request.POST if posted else request.GET).get("agency", ""))
    if chosen is None and not typed:
        chosen = places[0] if len(places) == 1 else None if posted else by_id.get(str(request.session.get(AGENCY, "")))
    found = find_places(places, typed) if chosen is None else []
    if chosen is None and len(found) == 1:
        chosen = found[0]
    error = ""
    if posted and chosen is not None:
        request.session[AGENCY] = chosen.id
        if request.POST.get("go") == "login":
            back = reverse("dossiers:start", args=[code])
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")
        try:
            public_id = drafts.start(
                version_id=version.id, agency_id=chosen.id, channel=Channel.ONLINE, actor=request.actor, now=request.now
            )
        except drafts.CannotStart as refusal:
            error = str(refusal)
        else:
            remember_draft(request, public_id)
            return redirect("dossiers:draft_applicant", public_id=public_id)
    elif posted or typed:
        error = _not_chosen(typed, found, few=len(places) <= FEW)
    offered = places if len(places) <= FEW else found[:MOST_FOUND]
    context = {
        "version": version,
        "definition": version.definition,
        "places": places if len(places) > FEW else (),
        "options": [(place.id, _option(place, typed)) for place in offered],
        "chosen": chosen,
        "typed": typed or (chosen.name if chosen else ""),
        "few": len(places) <= FEW,
        "error": error,
        "summary": [("place" if len(places) > FEW else "agency", error)] if error else [],
        "nowhere": not places,
        "old": unsent_drafts(
            user_id=request.actor.owner_id, keys=() if request.actor.mandate else keys_of(request), procedure_code=code
        ),
    }
    return render(request, "dossiers/citizen/start.html", context, status=422 if posted else 200)


def _not_chosen(typed: str, found: Sequence[Place], *, few: bool) -> str:
    if few:
        return "Chọn nơi giải quyết hồ sơ."
    if not typed:
        return "Nhập tên xã, phường nơi giải quyết."
    if not found:
        return f"Không tìm thấy xã, phường nào tên «{typed}». Thử gõ ít chữ hơn, không cần dấu."
    if len(found) > MOST_FOUND:
        return f"Có {len(found)} nơi khớp. Gõ đầy đủ hơn."
    return f"Có {len(found)} nơi khớp với «{typed}». Chọn một nơi."


def _option(place: Place, typed: str) -> str:
    """The name, and the former names that explain why it was found."""
    tokens = fold(typed).split()
    old = [name for name in place.former if tokens and all(token in fold(name) for token in tokens)]
    if not old or all(token in fold(place.name) for token in tokens):
        return place.name
    return f"{place.name} (trước đây: {', '.join(old[:3])})"
