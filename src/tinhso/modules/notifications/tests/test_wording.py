"""Texts: every shipped one is whole, placeholders are checked, and nothing private reaches a weak channel."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.modules.notifications.rules import (
    KINDS,
    PLACEHOLDERS,
    WEAK_CHANNELS,
    WEAK_PLACEHOLDERS,
    Channel,
    Kind,
    UnfitText,
    check_template,
    check_weak_values,
    fill,
    placeholders_of,
    sample_values,
    without_accents,
)
from tinhso.modules.notifications.services.templates import shipped

PRIVATE = sorted(set(PLACEHOLDERS) - WEAK_PLACEHOLDERS)
# Letters that occur in no template: what is found of them came from a value.
ODD = "☂☃☄★☆☇☈☉☊☋"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_the_texts_that_its_channels_need(kind: Kind) -> None:
    info = KINDS[kind]
    needed = {Channel.EMAIL, *(WEAK_CHANNELS if info.phone else ())}
    assert {channel for of, channel in shipped() if of == kind} == needed
    for channel in needed:
        text = shipped()[kind, channel]
        filled = fill(text.text, sample_values(kind))
        assert "{" not in filled + fill(text.subject, sample_values(kind))
        if channel == Channel.SMS:
            assert without_accents(filled) == filled
            assert len(filled) <= 306


@given(
    st.sampled_from([key for key in shipped() if key[1] in WEAK_CHANNELS]),
    st.fixed_dictionaries({name: st.text(ODD, min_size=1) for name in PRIVATE}),
    st.text(string.digits, min_size=4, max_size=4),
)
def test_nothing_private_is_ever_said_on_a_weak_channel(
    key: tuple[Kind, Channel], private: dict[str, str], number: str
) -> None:
    values = {
        **private,
        "code": f"H56.102-261124-{number}",
        "date": "16:00 27/11/2026",
        "link": "https://x.vn/dossiers/track/",
        "province": "tỉnh Thanh Hóa",
    }
    said = check_weak_values(values)
    assert set(said) <= WEAK_PLACEHOLDERS
    text = fill(shipped()[key].text, said)
    assert not set(text) & set(ODD)
    assert not set("".join(said.values())) & set(ODD)


@given(st.text(ODD + string.ascii_letters + " ", min_size=1), st.sampled_from(["code", "date", "link"]))
def test_a_name_in_the_place_of_a_code_is_refused(name: str, place: str) -> None:
    good = {"code": "H56.1-261124-0001", "date": "27/11/2026", "link": "https://x.vn/dossiers/track/"}
    if any(char in ODD or char.islower() or char == " " for char in name):
        with pytest.raises(UnfitText):
            check_weak_values({**good, place: name})


def test_a_link_with_the_number_of_a_dossier_does_not_pass() -> None:
    with pytest.raises(UnfitText):
        check_weak_values({"link": "https://x.vn/dossiers/follow/8d2e4f1c-0000-4000-8000-000000000000/"})


@pytest.mark.parametrize("channel", sorted(WEAK_CHANNELS))
@pytest.mark.parametrize("name", PRIVATE)
def test_a_template_of_a_weak_channel_cannot_ask_for_something_private(channel: Channel, name: str) -> None:
    errors = check_template(
        Kind.REFUSED, channel, subject="", text=f"Ho so {{code}} {{{name}}}", provider_template="330101"
    )
    assert "điều riêng tư" in errors["text"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Nhập nội dung"),
        ("Ho so {ma}", "{ma}"),
        ("Ho so {code.__class__}", "{code.__class__}"),
        ("Ho so {}", "{}"),
        ("Ho so {code", "ngoặc nhọn lẻ"),
        ("x" * 400, "tối đa 306"),
    ],
)
def test_a_text_with_a_mistake_is_told_which(text: str, told: str) -> None:
    assert told in check_template(Kind.REFUSED, Channel.SMS, subject="", text=text, provider_template="")["text"]


@given(st.text())
def test_braces_in_a_value_stay_as_they_are(value: str) -> None:
    assert fill("a {reason} b", {"reason": value}) == f"a {value} b"
    assert placeholders_of("a {reason} b") == {"reason"}
