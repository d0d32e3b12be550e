"""Vietnamese dates, money and marks for templates; built in, so no `{% load %}` is needed.

The tags here are the quick way for cells of long lists (one string operation each); components are for the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tinhso.kernel.calendar.rules import working_time_text
from tinhso.kernel.clock import VIETNAM

register = template.Library()

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
TONES = frozenset({"neutral", "info", "progress", "success", "warning", "danger"})
SOON = timedelta(hours=24)


def _moment(value: object) -> date | datetime | None:
    """A date, a datetime or their ISO text; None for anything else."""
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM) if value.tzinfo else value
    if isinstance(value, date):
        return value
    if isinstance(value, str) and value:
        try:
            return date.fromisoformat(value) if len(value) == 10 else _moment(datetime.fromisoformat(value))
        except ValueError:
            return None
    return None


@register.filter
def vi_date(value: object) -> str:
    """`dd/MM/yyyy`; an ISO text is understood, another text comes back as it is."""
    moment = _moment(value)
    return moment.strftime("%d/%m/%Y") if moment else _unchanged(value)


@register.filter
def vi_datetime(value: object) -> str:
    """`dd/MM/yyyy HH:mm` in Vietnam time; a date without a time stays a date."""
    moment = _moment(value)
    if isinstance(moment, datetime):
        return moment.strftime("%d/%m/%Y %H:%M")
    return moment.strftime("%d/%m/%Y") if moment else _unchanged(value)


@register.filter
def vi_time(value: object) -> str:
    """`HH:mm` in Vietnam time."""
    moment = _moment(value)
    return moment.strftime("%H:%M") if isinstance(moment, datetime) else _unchanged(value)


@register.filter
def vi_weekday(value: object) -> str:
    """ "thứ Hai" … "Chủ nhật"."""
    moment = _moment(value)
    return WEEKDAYS[moment.weekday()] if moment else ""


def _unchanged(value: object) -> str:
    return "" if value is None else str(value)


@register.filter
def working_time(value: object) -> str:
    """Working minutes: 660 → "1 ngày 3 giờ"; a working day is 8 hours."""
    return working_time_text(value) if isinstance(value, int) else _unchanged(value)


@register.filter
def number(value: object) -> str:
    """A whole number with dots between thousands: 3591 → "3.591"."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return _unchanged(value)
    return f"{round(value):,}".replace(",", ".")


@register.filter
def money(value: object) -> str:
    """Dong, never with decimals: 1458818 → "1.458.818 đồng"; unknown (None) → ""."""
    if isinstance(value, str) and value.lstrip("-").isdigit():
        value = int(value)
    text = number(value)
    return f"{text} đồng" if text else ""


def _span(gap: timedelta) -> str:
    """A length of time in at most two units, the way a clerk says it."""
    minutes = int(abs(gap).total_seconds()) // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    if days >= 7 or (days and not hours):
        return f"{days} ngày"
    if days:
        return f"{days} ngày {hours} giờ"
    if hours >= 4 or (hours and not minutes):
        return f"{hours} giờ"
    if hours:
        return f"{hours} giờ {minutes} phút"
    return f"{minutes} phút"


@register.filter
def remaining(due: datetime | None, now: datetime) -> str:
    """By the clock (not by working time): "còn 1 ngày 3 giờ", "quá hạn 2 ngày", "đến hạn"; "" without a due time."""
    if due is None:
        return ""
    gap = due - now
    if abs(gap) < timedelta(minutes=1):
        return "đến hạn"
    return f"còn {_span(gap)}" if gap > timedelta(0) else f"quá hạn {_span(gap)}"


@register.simple_tag(name="due")
def due_mark(due: datetime | None, now: datetime, done: datetime | None = None) -> str:
    """The due time of a dossier in a cell: grey, amber within 24 hours, red when late; the date on hover.

    With `done`, the time at which the work ended, it tells whether that was in time.
    """
    if due is None:
        return mark_safe('<span class="due due-none">không có hạn</span>')
    if done is not None:
        tone, text = ("done", "đúng hạn") if done <= due else ("late", f"trễ hạn {_span(done - due)}")
    else:
        tone = "late" if due < now else "soon" if due - now <= SOON else "ok"
        text = remaining(due, now)
    local = vi_datetime(due)
    return format_html(
        '<time class="due due-{}" datetime="{}" title="Hạn: {} {}">{}</time>',
        tone, due.isoformat(timespec="minutes"), vi_weekday(due), local, text,
    )  # fmt: skip


@register.simple_tag
def state(tone: str, label: str) -> str:
    """A tag of state: word, shape and colour. Tones: neutral, info, progress, success, warning, danger."""
    return format_html('<span class="state state-{}">{}</span>', tone if tone in TONES else "neutral", label)


@register.filter
def filesize_vi(size: object) -> str:
    """Bytes → "812 byte", "340 KB", "1,8 MB"."""
    if not isinstance(size, (int, float)):
        return ""
    if size < 1024:
        return f"{int(size)} byte"
    if size < 1024 * 1024:
        return f"{round(size / 1024)} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".", ",")


@register.filter
def phone(value: str | None) -> str:
    """ "0912345678" or "+84912345678" → "0912 345 678"; what is not a Vietnamese number stays as it is."""
    digits = "".join(c for c in value or "" if c.isdigit())
    if digits.startswith("84") and len(digits) == 11:
        digits = "0" + digits[2:]
    if len(digits) == 10 and digits.startswith("0"):
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    if len(digits) == 11 and digits.startswith("02"):
        return f"{digits[:4]} {digits[4:8]} {digits[8:]}"
    return value or ""


@register.filter
def mask(value: str | None) -> str:
    """An identity number on a screen where it need not be read whole: only its last four digits."""
    text = value or ""
    return "•" * max(len(text) - 4, 0) + text[-4:] if len(text) > 4 else "•" * len(text)


@register.simple_tag
def icon(name: str, label: str = "") -> str:
    """A drawing of `ui/icons.svg`; silent for screen readers unless it has a `label`."""
    spoken: str = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" width="20" height="20" focusable="false" {}><use href="{}#{}"></use></svg>',
        spoken, _sprite(), name,
    )  # fmt: skip


def _sprite() -> str:
    return static("ui/icons.svg")


@register.filter
def html_attrs(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes left over in a component, each escaped; false and empty ones are dropped.

    Cotton's own `{{ attrs }}` escapes nothing, so components print this instead.
    """
    hidden: Collection[str] = getattr(attrs, "_exclude_from_str", frozenset())
    shown = [(k, v) for k, v in attrs.items() if k not in hidden and v is not False and v is not None]
    return format_html_join(" ", '{}="{}"', ((key, "" if value is True else value) for key, value in shown))


@register.filter
def first_letters(name: str) -> str:
    """Two letters for a person's round mark: the first of the family name and of the given name."""
    words = (name or "").split()
    return (words[0][0] + words[-1][0]).upper() if len(words) > 1 else (name or "")[:2].upper()


# The attributes of controls, used by the components of fields.


@register.simple_tag
def aria(control_id: str, help_text: object, error: object, required: object) -> str:
    """`aria-describedby`, `aria-invalid` and `aria-required` of a control whose help and error stand beside it."""
    told = [f"{control_id}-{part}" for part, text in (("help", help_text), ("error", error)) if text]
    described = format_html(' aria-describedby="{}"', " ".join(told)) if told else ""
    invalid = mark_safe(' aria-invalid="true"') if error else ""
    needed = mark_safe(' aria-required="true"') if required else ""
    return format_html("{}{}{}", described, invalid, needed)


def _is_chosen(key: object, value: object) -> bool:
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(_is_chosen(key, one) for one in value)
    # Text from a form and a number or truth value from data mean the same choice.
    return value is not None and value != "" and str(key) == str(value)


@register.simple_tag
def selected(key: object, value: object) -> str:
    return mark_safe(" selected") if _is_chosen(key, value) else ""


@register.simple_tag
def checked(key: object, value: object) -> str:
    return mark_safe(" checked") if _is_chosen(key, value) else ""
