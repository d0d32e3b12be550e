from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.migrations.state import ModelState, ProjectState

from tinhso.kernel.search import MAX_TOKENS, SearchColumn, TrigramIndex, folded_filter, searchable, tokens


@pytest.fixture
def rows(db: None) -> None:
    # Any table with a text column will do; this one is always there.
    for number, name in enumerate(["Đăng ký khai sinh", "Đăng ký kết hôn", "Cấp bản sao trích lục"]):
        ContentType.objects.create(app_label="search_test", model=f"{searchable(name)} {number}")


def found(text: str) -> int:
    return folded_filter(ContentType.objects.filter(app_label="search_test"), "model", text).count()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("dang ky khai sinh", 1),
        ("Đăng Ký", 2),
        ("sinh  khai", 1),
        ("trich-luc", 1),
        ("khai hôn", 0),
        ("  ", 3),
        ("", 3),
        ("???", 0),
        ("%", 0),
        ("_", 0),
        ("a" * 100_000, 0),
    ],
)
def test_every_word_in_any_order_and_spelling(typed: str, count: int) -> None:
    assert found(typed) == count


def test_query_is_bounded() -> None:
    assert len(tokens(" ".join(f"w{i}" for i in range(90)))) == MAX_TOKENS
    assert tokens("Hóa hoá HOA") == ("hoa",)


def test_searchable_leaves_out_what_is_empty() -> None:
    assert searchable("Nguyễn Văn A", None, "", "…", "H56.12") == "nguyen van a h56 12"


@pytest.mark.django_db
def test_trigram_index_only_on_postgresql() -> None:
    state = ProjectState()
    state.add_model(
        ModelState("search_test", "Paper", [("id", models.BigAutoField(primary_key=True)), ("text", SearchColumn())])
    )
    step = TrigramIndex("Paper", "text", name="paper_text_trgm")
    model = state.apps.get_model("search_test", "Paper")
    if connection.vendor != "postgresql":
        # Not entered: SQLite's editor wants to be outside of the test's transaction, and nothing is to be run.
        editor = connection.SchemaEditorClass(connection, collect_sql=True)
        step.database_forwards("search_test", editor, state, state)
        step.database_backwards("search_test", editor, state, state)
        assert editor.collected_sql == []
        return
    with connection.schema_editor() as editor:
        editor.create_model(model)
        step.database_forwards("search_test", editor, state, state)
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert indexes["paper_text_trgm"]["type"] == "gin"
    with connection.schema_editor() as editor:
        step.database_backwards("search_test", editor, state, state)
        editor.delete_model(model)
