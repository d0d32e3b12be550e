"""The route designer: the steps with their buttons beside the drawing, and the page of one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tinhso.kernel.access.api import roles
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.procedures.queries.designing import Draft
from tinhso.modules.procedures.rules import ACTION_KINDS, LEVELS, ORGANISATION_KINDS, read_definition, route_hours
from tinhso.modules.procedures.rules import route_editing as editing
from tinhso.modules.procedures.rules.condition_rows import FieldRef, WrongRow, fields_before
from tinhso.modules.procedures.rules.form_editing import CannotEdit
from tinhso.modules.procedures.rules.route_drawing import draw
from tinhso.modules.procedures.rules.route_editing import steps_of, targets_of
from tinhso.modules.procedures.rules.route_layers import asked_only
from tinhso.modules.procedures.rules.wording import condition_in_words, term_in_words
from tinhso.modules.procedures.services.open_dossiers import open_dossiers
from tinhso.modules.procedures.web.designer.conditions import condition_view, posted_condition, posted_rows, view_of
from tinhso.modules.procedures.web.designer.form_pages import form_of
from tinhso.modules.procedures.web.designer.frame import only_drafts, opened, page, refused, save, told

# Who may stand in the route of a dossier; the other roles govern, they do not handle.
WORKING_ROLES = ("handler", "unit_head", "leader", "clerk")
MOST_ACTIONS = 12


@dataclass(frozen=True)
class ActionLine:
    title: str
    kind: str
    targets: str
    join: str
    when: str


@dataclass(frozen=True)
class StepLine:
    number: int
    step: Mapping[str, Any]
    role: str
    starts: bool
    asked: bool
    actions: tuple[ActionLine, ...]
    problems: tuple[str, ...]

    @property
    def place(self) -> int:
        return self.number + 1

    @property
    def where(self) -> str:
        """The other agency whose part the step is; "" for the competent one."""
        place = self.step.get("place") or {}
        kind = ORGANISATION_KINDS.get(str(place.get("kind")), "")
        level = LEVELS.get(str(place.get("level")), "")
        return str(place.get("name") or f"{kind} {level.lower()}".strip())


def route_of(one: Draft) -> Mapping[str, Any] | None:
    route = one.definition.get("route")
    return route if isinstance(route, Mapping) else None


def _back(one: Draft, number: int | None = None) -> str:
    anchor = "" if number is None else f"#step-{number}"
    return reverse("procedures:design_route", args=[one.version.pk]) + anchor


def problems_by_step(one: Draft) -> tuple[dict[int, list[str]], list[str]]:
    """(number of the step → its defects, defects of the route as a whole)."""
    of_steps: dict[int, list[str]] = {}
    others: list[str] = []
    for defect in one.defects_below("/route"):
        steps = defect.path.split("/")
        if len(steps) > 3 and steps[2] == "steps" and steps[3].isdecimal():
            of_steps.setdefault(int(steps[3]), []).append(told(defect))
        else:
            others.append(told(defect))
    return of_steps, others


@never_cache
@require_http_methods(["GET", "HEAD"])
@guarded("procedures.edit")
@only_drafts
def route(request: ActorRequest, one: Draft) -> HttpResponse:
    """All steps, where each action leads, the drawing, hours against the legal term, dossiers on older versions."""
    found = route_of(one)
    steps = steps_of(found)
    known = roles()
    of_steps, others = problems_by_step(one)
    titles = {step.get("key"): str(step.get("title", "")) for step in steps}
    form = form_of(one)
    asked = asked_only(found)
    lines = [
        StepLine(
            number,
            step,
            known.get(str(step.get("role")), str(step.get("role", ""))),
            step.get("key") == (found or {}).get("start"),
            step.get("key") in asked,
            tuple(
                ActionLine(
                    str(action.get("title", "")),
                    ACTION_KINDS.get(str(action.get("kind")), ""),
                    ", ".join(titles.get(key, f"«{key}» (không có)") for key in targets_of(action)),
                    titles.get(action.get("join"), ""),
                    condition_in_words(action.get("when"), form),
                )
                for action in step.get("actions") or []
            ),
            tuple(of_steps.get(number, ())),
        )
        for number, step in enumerate(steps)
    ]
    faulty = [step["key"] for number, step in enumerate(steps) if number in of_steps]
    context = {
        "lines": lines,
        "others": others,
        "drawing": draw(found, known, faulty=faulty) if steps else None,
        "hours": _hours(one),
        "terms": _terms(one),
        "old": open_dossiers(one.version.procedure_id),
        "last": len(steps) - 1,
    }
    return page(request, "procedures/designer/route.html", one, "design_route", context)


def _hours(one: Draft) -> int | None:
    """Working hours of the longest way."""
    parsed = read_definition(one.definition).parsed
    return route_hours(parsed.route) if parsed.route and parsed.route.steps else None


def _terms(one: Draft) -> list[tuple[str, int, bool]]:
    """(the term in words, its working hours at the least, too short for the route?) of each case."""
    hours = _hours(one) or 0
    terms = [case.term for case in read_definition(one.definition).parsed.deadline or ()]
    return [(term_in_words(term), term.least_working_hours(), hours > term.least_working_hours()) for term in terms]


@require_POST
@guarded("procedures.edit")
@only_drafts
def change(request: ActorRequest, one: Draft) -> HttpResponse:
    """A button of the list: "up:2", "delete:0", "start:1", "drop:3:1"."""
    operation, _, rest = request.POST.get("do", "").partition(":")
    text, _, to = rest.partition(":")
    number = int(text) if text.isdecimal() and len(text) < 4 else -1
    found = route_of(one)
    try:
        title = str(steps_of(found)[number].get("title", "")) if 0 <= number < len(steps_of(found)) else ""
        if operation in ("up", "down"):
            changed = editing.move_step(found, number, number + (1 if operation == "down" else -1))
            what = f"Chuyển chỗ bước «{title}»"
        elif operation == "drop" and to.isdecimal() and len(to) < 4:
            changed, what = editing.move_step(found, number, int(to)), f"Chuyển chỗ bước «{title}»"
        elif operation == "copy":
            changed, what = editing.duplicate_step(found, number), f"Sao chép bước «{title}»"
        elif operation == "delete":
            changed, what = editing.remove_step(found, number), f"Xóa bước «{title}»"
        elif operation == "start":
            changed, what = editing.set_start(found, number), f"Bắt đầu từ bước «{title}»"
        else:
            raise CannotEdit("Bước này không còn trong quy trình. Trang đã được tải lại.")
    except CannotEdit as reason:
        return refused(request, str(reason), _back(one))
    new_route = changed if changed["steps"] else None
    done = save(request, one, {**one.definition, "route": new_route}, what, then=_back(one))
    return refused(request, done, _back(one)) if isinstance(done, str) else done


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def step(request: ActorRequest, one: Draft, number: int) -> HttpResponse:
    """Everything of one step; a new one where the number is the length of the list."""
    found = route_of(one)
    steps = steps_of(found)
    if number > len(steps):
        if request.method == "POST":
            return refused(request, "Bước này đã bị người khác xóa.", _back(one))
        raise Http404("Không có bước này.")
    is_new = number == len(steps)
    current: Mapping[str, Any] = {"role": "handler", "actions": []} if is_new else steps[number]
    fields = fields_before(form_of(one), None)
    values: dict[str, Any] = {
        name: str(current.get(name) or "") for name in ("title", "role", "unit", "agency", "hours")
    }
    place = current.get("place") or {}
    values |= {f"place_{name}": str(place.get(name) or "") for name in ("kind", "level", "name")}
    actions = _actions_shown(one, current, fields)
    errors: dict[str, str] = {}
    told = ""
    if request.method == "POST":
        values = {name: request.POST.get(name, "").strip()[:500] for name in values}
        settings = _settings(values, errors)
        posted, actions = _actions_posted(request.POST, one, current, fields, errors)
        if not errors:
            try:
                if is_new:
                    changed, number = editing.add_step(found, title=settings["title"], role=settings["role"],
                        unit=settings["unit"], hours=settings["hours"], agency=settings["agency"])  # fmt: skip
                    own = {"place": settings["place"]} if settings["place"] else {}
                    changed = editing.change_step(changed, number, values=own, actions=posted)
                else:
                    changed = editing.change_step(found, number, values=settings, actions=posted)
            except CannotEdit as reason:
                errors["title"] = str(reason)
            else:
                verb = "Thêm" if is_new else "Sửa"
                then = _back(one, number)
                if "stay" in request.POST:
                    then = reverse("procedures:design_step", args=[one.version.pk, number])
                what = f"{verb} bước «{settings['title']}»"
                done = save(request, one, {**one.definition, "route": changed}, what, then=then)
                if not isinstance(done, str):
                    return done
                told = done
                one = opened(request, one.version.pk)
    for shown in actions:
        shown["kind_error"] = errors.get(f"a{shown['number']}_kind", "")
        shown["is_open"] = bool(shown["join"] or shown["when"].words or shown["when"].error)
    known = roles()
    working = [key for key in WORKING_ROLES if key in known]
    context = {
        "number": number,
        "is_new": is_new,
        "values": values,
        "roles": [(key, known[key]) for key in working]
        + (
            [(values["role"], known.get(values["role"], values["role"]))]
            if values["role"] not in ("", *working)
            else []
        ),
        "units": sorted({str(other["unit"]) for other in steps if other.get("unit")}),
        "actions": actions,
        "kinds": list(ACTION_KINDS.items()),
        "place_kinds": list(ORGANISATION_KINDS.items()),
        "place_levels": list(LEVELS.items()),
        "targets": [(str(other["key"]), str(other["title"])) for other in steps],
        "problems": problems_by_step(one)[0].get(number, []),
        "error_of": errors,
        "errors": ([("", told)] if told else []) + list(errors.items()),
        "back_url": _back(one, None if is_new else number),
    }
    return page(request, "procedures/designer/step.html", one, "design_route", context, wrong=bool(errors or told))


def _settings(values: Mapping[str, str], errors: dict[str, str]) -> dict[str, Any]:
    if not values["title"]:
        errors["title"] = "Ghi tên bước, ví dụ «Thẩm định hồ sơ»."
    if values["role"] not in roles():
        errors["role"] = "Chọn vai trò của người làm bước này."
    hours = int(values["hours"]) if values["hours"].isdecimal() and len(values["hours"]) < 5 else 0
    if not 1 <= hours <= editing.MOST_HOURS:
        errors["hours"] = "Ghi số giờ làm việc, từ 1 trở lên. Một ngày làm việc là 8 giờ."
    place = None
    if values["place_kind"] or values["place_level"]:
        place = {"kind": values["place_kind"], "level": values["place_level"]}
        if values["place_name"]:
            place["name"] = values["place_name"]
        if values["place_kind"] not in ORGANISATION_KINDS or values["place_level"] not in LEVELS:
            errors["place_kind"] = "Chọn cả loại cơ quan và cấp của cơ quan làm bước này."
        if values["agency"]:
            errors["agency"] = "Chỉ ghi một trong hai: mã cơ quan hỏi ý kiến, hoặc cơ quan khác làm bước này."
    return {
        "title": values["title"], "role": values["role"], "unit": values["unit"] or None,
        "agency": values["agency"] or None, "hours": hours, "place": place,
    }  # fmt: skip


def _actions_shown(one: Draft, current: Mapping[str, Any], fields: Sequence[FieldRef]) -> list[dict[str, Any]]:
    known = [action for action in current.get("actions") or [] if isinstance(action, dict)]
    return [
        {
            "number": number,
            "key": action.get("key", ""),
            "title": action.get("title", ""),
            "kind": action.get("kind", "forward"),
            "to": targets_of(action),
            "join": action.get("join") or "",
            "when": condition_view(f"a{number}_when", action.get("when"), fields, form_of(one)),
        }
        for number, action in enumerate([*known, {}])
    ]


def _actions_posted(
    given: QueryDict, one: Draft, current: Mapping[str, Any], fields: Sequence[FieldRef], errors: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the actions that were posted, what the page shows of them). Without a title there is no action."""
    before = {action.get("key"): action for action in current.get("actions") or [] if isinstance(action, dict)}
    posted: list[tuple[int, dict[str, Any]]] = []
    shown: list[dict[str, Any]] = []
    for number in range(MOST_ACTIONS):
        if f"a{number}_title" not in given:
            break
        key = given.get(f"a{number}_key", "")
        old = before.get(key) or {}
        action: dict[str, Any] = {
            "key": key if key in before else "",
            "title": given.get(f"a{number}_title", "").strip()[:300],
            "kind": given.get(f"a{number}_kind", ""),
            "to": given.getlist(f"a{number}_to"),
            "join": given.get(f"a{number}_join") or None,
        }
        error = ""
        try:
            action["when"] = posted_condition(given, f"a{number}_when", old.get("when"), fields)
        except WrongRow as wrong:
            error = errors[f"a{number}_when_mode"] = str(wrong)
        mode, rows = posted_rows(given, f"a{number}_when")
        when = view_of(f"a{number}_when", mode, rows, fields, current=old.get("when"), form=form_of(one), error=error)
        shown.append({**action, "number": number, "join": action["join"] or "", "when": when})
        if not action["title"] or f"a{number}_remove" in given:
            errors.pop(f"a{number}_when_mode", None)
            continue
        if action["kind"] not in ACTION_KINDS:
            errors[f"a{number}_kind"] = "Chọn loại thao tác."
        elif action["kind"] == "parallel":
            # The order of those asked has no meaning: as long as they are the same, it stays.
            if set(action["to"]) == set(targets_of(old)):
                action["to"] = targets_of(old)
            if not action["to"] or not action["join"]:
                errors[f"a{number}_kind"] = f"«{action['title']}»: chọn các bước cho ý kiến và bước tổng hợp ý kiến."
        elif action["kind"] == "issue":
            action |= {"to": [], "join": None}
        else:
            action["join"] = None
            if len(action["to"]) != 1:
                errors[f"a{number}_kind"] = f"«{action['title']}»: chọn đúng một bước để chuyển đến."
        place = given.get(f"a{number}_place", "")
        posted.append((int(place) if place.isdecimal() and len(place) < 4 else 999, action))
    return [action for _, action in sorted(posted, key=lambda entry: entry[0])], shown
