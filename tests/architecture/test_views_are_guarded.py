"""Default deny at the edge: every URL of ours names a declared permission."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tinhso.kernel.access.api import permissions

# Log-in, log-out and their like are the library's own pages: they are about having no rights yet.
LIBRARY = "allauth."


def views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, object]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback


def test_every_view_names_a_declared_permission() -> None:
    declared = permissions()
    unguarded = []
    count = 0
    for path, view in views(get_resolver()):
        module = getattr(view, "__module__", "")
        if module.startswith(LIBRARY):
            continue
        count += 1
        permission = getattr(view, "permission", None)
        if permission not in declared:
            unguarded.append(f"/{path} ({module}): {permission}")
    assert unguarded == []
    assert count > 20


def test_a_url_begins_with_the_name_of_its_module() -> None:
    wrong = []
    for path, view in views(get_resolver()):
        module = getattr(view, "__module__", "")
        if not module.startswith("tinhso.modules."):
            continue
        name = module.split(".")[2]
        if path and not path.startswith(f"{name}/"):
            wrong.append(f"/{path} -> {module}")
    assert wrong == []
