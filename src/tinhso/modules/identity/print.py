"""A person's data as a page that opens in any browser, without us and without the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:4px 8px;text-align:left;vertical-align:top}"
    "th{width:14rem;font-weight:normal;background:#f3f3f3}"
)


def page(title: str, parts: Sequence[tuple[str, Any]]) -> str:
    """`parts`: heading → what was kept, as it also stands in the JSON."""
    body = format_html_join(
        "", "<section><h2>{}</h2>{}</section>", ((name, _shown(content)) for name, content in parts)
    )
    style = mark_safe(STYLE)  # noqa: S308 (ours)
    return format_html(
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{}</title><style>{}</style></head>'
        "<body><main><h1>{}</h1>{}</main></body></html>",
        title, style, title, body,
    )  # fmt: skip


def _shown(content: Any) -> SafeString:
    if isinstance(content, Mapping):
        if not content:
            return format_html("<p>{}</p>", "Không có gì.")
        rows = ((str(name), _shown(value)) for name, value in content.items())
        return format_html(
            "<table><tbody>{}</tbody></table>", format_html_join("", "<tr><th scope=row>{}</th><td>{}</td></tr>", rows)
        )
    if isinstance(content, Sequence) and not isinstance(content, str):
        if not content:
            return format_html("<p>{}</p>", "Không có gì.")
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{}</li>", ((_shown(one),) for one in content)))
    if isinstance(content, bool):
        return conditional_escape("có" if content else "không")
    return conditional_escape("" if content is None else str(content))
