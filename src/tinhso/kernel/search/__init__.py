"""Search that does not mind diacritics, alike on SQLite and PostgreSQL.

A model keeps a `SearchColumn` filled by its service with `searchable(...)`; a list is narrowed with `folded_filter`;
the migration that makes the column adds a `TrigramIndex`, which makes "contains" fast on PostgreSQL.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.db import DatabaseError, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tinhso.kernel.text import fold

__all__ = ["MAX_TOKENS", "SearchColumn", "TrigramIndex", "folded_filter", "searchable", "tokens"]

MAX_TOKENS: Final = 16
"""Words beyond this many in one query are not looked at: nobody types them, and each costs a comparison per row."""

_MAX_QUERY_CHARACTERS: Final = 500

M = TypeVar("M", bound=models.Model)


class SearchColumn(models.TextField[str, str]):
    """A column of folded text, written by services and never shown or edited."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


def searchable(*parts: str | None) -> str:
    """The content of a `SearchColumn`: the parts folded, one after the other; None and empty parts left out."""
    return " ".join(folded for part in parts if part and (folded := fold(part)))


def tokens(text: str) -> tuple[str, ...]:
    """The different folded words of what somebody typed, in order, at most `MAX_TOKENS`."""
    return tuple(dict.fromkeys(fold(text[:_MAX_QUERY_CHARACTERS]).split()))[:MAX_TOKENS]


def folded_filter(queryset: models.QuerySet[M], field: str, text: str) -> models.QuerySet[M]:
    """The rows whose folded column `field` contains every word of `text`.

    Blank text narrows nothing; text without a letter or digit ("???") finds nothing.
    """
    words = tokens(text)
    if not words:
        return queryset.none() if text.strip() else queryset
    for word in words:
        queryset = queryset.filter(**{f"{field}__contains": word})
    return queryset


class TrigramIndex(Operation):
    """Migration step: a pg_trgm GIN index on a text column of a model of the same app.

    Acts on PostgreSQL only. Where the database user may not create the extension the step leaves the index out:
    search stays right, only slower, and the operator's guide tells to create the extension and the index.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, field_name: str, name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The state of the models does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql" or not _has_trigrams(schema_editor):
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        quote = schema_editor.quote_name
        column = model._meta.get_field(self.field_name).column
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {quote(self.name)} ON {quote(model._meta.db_table)} "
            f"USING gin ({quote(column)} gin_trgm_ops)"
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.name)}")

    def describe(self) -> str:
        return f"Trigram index {self.name} on {self.model_name}.{self.field_name} (PostgreSQL)"


def _has_trigrams(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            return True
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        return False
    return True
