"""The way through a draft: its pages in order, and where one goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.api import Refused
from tinhso.kernel.access.web import ActorRequest
from tinhso.modules.dossiers.models import Draft
from tinhso.modules.dossiers.services.drafts import DraftNotFound, find
from tinhso.modules.dossiers.services.renewing import NoLongerOffered, has_ended, renew
from tinhso.modules.dossiers.services.submitting import Problem, applicant_context
from tinhso.modules.dossiers.web.citizen.visitor import keys_of
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.web.forms import element_id, pages

APPLICANT, PAPERS, CHECK = "applicant", "papers", "check"


@dataclass(frozen=True)
class Page:
    key: str
    title: str
    url: str


@dataclass(frozen=True)
class Way:
    """A draft with its version and its pages."""

    draft: Draft
    version: procedures.VersionInfo
    definition: procedures.Definition
    pages: tuple[Page, ...]

    def step(self, key: str) -> int:
        """Place of a page, from 1; 0 for one that this case does not have."""
        return next((number for number, page in enumerate(self.pages, 1) if page.key == key), 0)

    def page(self, key: str) -> Page | None:
        return next((page for page in self.pages if page.key == key), None)

    def after(self, key: str) -> Page:
        return self.pages[min(self.step(key), len(self.pages) - 1)]

    def before(self, key: str) -> Page | None:
        number = self.step(key)
        return self.pages[number - 2] if number > 1 else None

    def url_of(self, problem: Problem) -> str:
        """Where a problem is put right."""
        page = self.page(problem.page) or self.pages[0]
        if page.key == APPLICANT:
            return f"{page.url}#{problem.field}"
        if page.key == PAPERS:
            return f"{page.url}#paper-{problem.field}"
        return f"{page.url}#{element_id(problem.field)}"


def way_of(draft: Draft) -> Way:
    """Hidden groups have no page; «giấy tờ» stands only where the version has papers."""
    version = procedures.version(draft.version_id)
    if version.definition is None or version.definition.form is None:
        raise Http404
    definition = version.definition
    form = version.definition.form
    key = draft.public_id
    found = [Page(APPLICANT, "Người nộp hồ sơ", reverse("dossiers:draft_applicant", args=[key]))]
    for group, title in pages(form, draft.form_data, context=applicant_context(draft)):
        found.append(Page(group, title, reverse("dossiers:draft_form", args=[key, group])))
    if definition.papers:
        found.append(Page(PAPERS, "Giấy tờ kèm theo", reverse("dossiers:draft_papers", args=[key])))
    found.append(Page(CHECK, "Kiểm tra và gửi", reverse("dossiers:draft_check", args=[key])))
    return Way(draft, version, definition, tuple(found))


def open_draft(request: ActorRequest, public_id: UUID) -> Draft:
    """The person's draft, under the version in force. Raises `DraftNotFound`, whether it is another's or nobody's, and
    `NoLongerOffered`."""
    try:
        draft = find(public_id=public_id, actor=request.actor, keys=keys_of(request), now=request.now)
        if has_ended(draft, request.now.date()):
            told = renew(public_id=public_id, actor=request.actor, keys=keys_of(request), now=request.now)
            messages.warning(request, told)
            draft = find(public_id=public_id, actor=request.actor, keys=keys_of(request), now=request.now)
    except Refused:
        raise DraftNotFound from None
    return draft


def of_a_draft(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For pages of one's own draft: never from a cache, and not for others. Whoever is not signed in may have been so a
    while ago: they are asked to sign in, whatever the address, and come back to this page with what they had typed."""

    @never_cache
    @wraps(view)
    def inner(request: ActorRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "POST" and request.actor.kind == "nobody":
            # The days that the browser keeps a draft count from its last saving.
            request.session.modified = True
        try:
            return view(request, *args, **kwargs)
        except NoLongerOffered as ended:
            context = {"reason": str(ended), "public_id": kwargs.get("public_id")}
            return render(request, "dossiers/citizen/draft_ended.html", context, status=410)
        except DraftNotFound:
            if request.actor.kind != "nobody":
                raise Http404 from None
            messages.info(
                request,
                "Trình duyệt này không mở được bản nháp vừa rồi. Nếu bạn viết nó khi đã đăng nhập, hãy đăng nhập lại: "
                "nội dung vừa nhập sẽ được điền lại.",
            )
            return redirect_to_login(request.get_full_path())

    return inner


def revision_of(request: ActorRequest) -> int | None:
    """The revision of the draft that the page was made from."""
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def leave(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """«Lưu và thoát»: to the list of one's own, or to a page that tells how to come back."""
    if request.actor.kind == "citizen":
        return redirect("dossiers:mine")
    return redirect("dossiers:draft_saved", public_id=draft.public_id)


def resume_url(way: Way, problems: Sequence[Problem]) -> str:
    """The first page with something left to do, else the last one."""
    wanted = {problem.page for problem in problems}
    return next((page.url for page in way.pages if page.key in wanted), way.pages[-1].url)
